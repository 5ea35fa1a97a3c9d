"""One event whole, as lines of text: every key, long texts as text, values as indented JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tau2_tui.cli.page import Page, wrap
from tau2_tui.safe_text import visible

_KEY_WIDTH = 24


def event_lines(fields: dict[str, Any], paper: Page) -> Iterator[str]:
    """Yield an event's keys and values; those that hold nothing are named in one line at the end."""
    title = f"#{fields.get('seq')} {fields.get('event_type')}"
    yield paper.paint(visible(title), "bold")
    empty = []
    for key, value in fields.items():
        if key in ("seq", "event_type"):
            continue
        if value in (None, "", [], {}):
            empty.append(visible(key))
            continue
        yield from _field(visible(key), value, paper)
    if empty:
        yield from (
            paper.paint(f"  {line}", "muted") for line in wrap("nothing in: " + ", ".join(empty), paper.width - 2)
        )


def _field(key: str, value: Any, paper: Page) -> Iterator[str]:
    name = paper.paint(f"  {key:<{_KEY_WIDTH}}", "muted")
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
    lines = list(wrap(visible(text, newlines=True), paper.width - _KEY_WIDTH - 3))
    if len(lines) == 1:
        yield f"{name} {lines[0]}"
        return
    yield name.rstrip()
    yield from (f"    {line}" for line in wrap(visible(text, newlines=True), paper.width - 4))

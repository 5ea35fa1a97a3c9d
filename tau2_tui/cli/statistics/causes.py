"""The section ``causes``: why simulations failed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tau2_tui.analysis.shared import figures as fig
from tau2_tui.analysis.sheets import causes as sheets
from tau2_tui.cli.page import Page, cut, wrap
from tau2_tui.cli.statistics.drawing import lines_of
from tau2_tui.cli.statistics.layout import remark
from tau2_tui.safe_text import visible

_MOST_CAUSES = 3
_LINES = 4
_LEAST_NAME = 20
"""Cells of a task's name without which what failed stands on a line of its own."""


def causes(section: dict[str, Any], page: Page, limit: int) -> Iterator[str]:
    """Yield how often each cause comes first, then each failed simulation with its causes and where they show."""
    yield from lines_of(sheets.causes(section), page, limit)
    if not section["failed"]:
        return
    yield ""
    shown = section["verdicts"][:limit] if limit else section["verdicts"]
    for verdict in shown:
        yield from _verdict(verdict, page)
    if len(section["verdicts"]) > len(shown):
        yield from remark(
            f"… and {len(section['verdicts']) - len(shown):,} more failed simulations (--all shows them)", page
        )


def _verdict(verdict: Any, page: Page) -> Iterator[str]:
    trial = "" if verdict.trial is None else f":{verdict.trial}"
    failed = ", ".join(fig.text(name) for name in verdict.failed_checks)
    after = f"  {failed} failed" if failed else ""
    name = f"{fig.text(verdict.task_id)}{trial}"
    beside = page.width - 2 - len(after)
    if page.is_terminal and beside < _LEAST_NAME:
        yield f"  {page.paint(cut(name, page.width - 2), 'bold')}"
        yield from (f"    {line}" for line in wrap(after.lstrip(), page.width - 4))
    else:
        yield f"  {page.paint(cut(name, beside) if page.is_terminal else name, 'bold')}{after}"
    for place, cause in enumerate(verdict.causes[:_MOST_CAUSES]):
        name = f"{sheets.in_words(cause.kind)} ({cause.owner}, {100 * cause.confidence:.0f} %)"
        lines = list(wrap(f"{name}: {visible(cause.summary)}{_where(cause)}", max(page.text_width - 6, 20)))
        for number, line in enumerate(lines):
            start = "    " if number == 0 else "      "
            yield start + (line if place == 0 else page.paint(line, "muted"))
    if len(verdict.causes) > _MOST_CAUSES:
        yield from remark(
            f"  and {fig.things(len(verdict.causes) - _MOST_CAUSES, 'more cause')} (--json has them all)", page
        )
    if verdict.note:
        yield from remark(f"  {verdict.note}", page)


def _where(cause: Any) -> str:
    parts = []
    if cause.turn is not None:
        parts.append(f"message {cause.turn}")
    if cause.lines:
        lines = ", ".join(str(line + 1) for line in cause.lines[:_LINES]) + ("…" if len(cause.lines) > _LINES else "")
        parts.append(f"line{'s' if len(cause.lines) > 1 else ''} {lines}")
    return f" [{'; '.join(parts)}]" if parts else ""

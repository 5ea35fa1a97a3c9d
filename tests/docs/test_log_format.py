"""The page on the run log names every key of every event."""

from __future__ import annotations

import dataclasses
import re

import pytest

from tau2_tui import events
from tau2_tui.events import ENVELOPE, ExecutionEvent
from tests.docs.console import ROOT

TEXT = (ROOT / "docs" / "log-format.md").read_text(encoding="utf-8")
TYPES = re.split(r"^- ", TEXT.partition("## Event types")[2].partition("\n### ")[0], flags=re.MULTILINE)
KINDS = [kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, ExecutionEvent)]


def names_in(text: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", text))


def test_the_envelope_is_whole_and_in_order() -> None:
    table = TEXT.partition("## Envelope")[2].partition("## Event types")[0]
    rows = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    assert [name for row in rows for name in re.findall(r"`(\w+)`", row)] == list(ENVELOPE)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_key_of_an_event_is_named(kind: type[ExecutionEvent]) -> None:
    (text,) = [text for text in TYPES if text.startswith(f"`{kind.__name__}`")]
    own = {field.name for field in dataclasses.fields(kind)} - {*ENVELOPE, "extra"}
    assert own <= names_in(text)

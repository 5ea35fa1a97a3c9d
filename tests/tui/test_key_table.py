"""docs/keys.md says what the registry of actions says."""

from __future__ import annotations

from pathlib import Path

from tau2_tui.tui.actions import ACTIONS
from tau2_tui.tui.key_table import markdown


def test_the_page_is_current() -> None:
    written = (Path(__file__).parents[2] / "docs" / "keys.md").read_text()
    assert written == markdown(), "run: python -m tau2_tui.tui.key_table > docs/keys.md"


def test_every_action_has_a_row() -> None:
    assert markdown().count("\n| `") == len(ACTIONS)

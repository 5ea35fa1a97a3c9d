"""What the screen looks like; the pictures are in ``__snapshots__``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tau2_tui.tui.app import InspectorApp
from tests.tui.logs import airline
from tests.tui.screens.pictures import in_both_themes, inspector_of, press_when_known
from tests.tui.screens.walking import until_shown


@pytest.fixture
def app(tmp_path: Path) -> Iterator[InspectorApp]:
    with inspector_of(airline(tmp_path / "run.jsonl")) as app:
        yield app


async def show(pilot: Pilot[None]) -> None:
    app: Any = pilot.app
    await press_when_known(pilot, "4", "}")
    await until_shown(app, pilot, "XEWRD9")
    await pilot.press("a", "a", "j")
    await pilot.pause()


@in_both_themes
def test_screen(size: tuple[int, int], theme: str, app: InspectorApp, snap_compare: Any) -> None:
    app.theme = theme
    assert snap_compare(app, terminal_size=size, run_before=show)

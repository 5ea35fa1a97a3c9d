"""What the screen looks like; the pictures are in ``__snapshots__``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tau2_tui.runlog import RunLog
from tau2_tui.tui.app import InspectorApp
from tau2_tui.tui.source import EventSource
from tests.tui.screens.gold.scenes import reference_log
from tests.tui.screens.walking import until, until_shown

SIZES = [(40, 12), (80, 24), (120, 40), (200, 60)]


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InspectorApp]:
    for name in ("NO_COLOR", "COLORFGBG", "TAU2_TUI_THEME"):
        monkeypatch.delenv(name, raising=False)
    with RunLog.open(reference_log(tmp_path / "run.jsonl"), index="off") as log:
        yield InspectorApp(EventSource(log))


async def show(pilot: Pilot[None]) -> None:
    app: Any = pilot.app
    await until(pilot, lambda: bool(app.inspection.source.outcomes))
    await pilot.press("5", "}")
    await until_shown(app, pilot, "✗ failed")
    await pilot.press("d")
    await pilot.pause()


@pytest.mark.parametrize("theme", ["tau2-dark", "tau2-light"])
@pytest.mark.parametrize("size", SIZES, ids=[f"{width}x{height}" for width, height in SIZES])
def test_screen(size: tuple[int, int], theme: str, app: InspectorApp, snap_compare: Any) -> None:
    app.theme = theme
    assert snap_compare(app, terminal_size=size, run_before=show)

"""What the screens look like at three sizes; the pictures are in ``__snapshots__``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tau2_tui.runlog import RunLog
from tau2_tui.tui.app import InspectorApp
from tau2_tui.tui.source import EventSource
from tests.tui.logs import airline
from tests.tui.screens.walking import settled, until

SIZES = [(80, 24), (120, 40), (40, 12)]
SCREENS: dict[str, tuple[str, ...]] = {
    "run": ("j", "j"),
    "failure": ("}", "tab"),
    "conversation": ("7", "enter", "c"),
    "filtered": ("f", *"type:tool error", "enter"),
    "tool_call": ("7", "enter", "tab"),
    "json": ("tab", "J", "j"),
    "help": ("question_mark",),
}


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InspectorApp]:
    for name in ("NO_COLOR", "COLORFGBG", "TAU2_TUI_THEME"):
        monkeypatch.delenv(name, raising=False)
    with RunLog.open(airline(tmp_path / "run.jsonl"), index="off") as log:
        yield InspectorApp(EventSource(log))


def pressing(keys: tuple[str, ...]) -> Callable[[Pilot[None]], Any]:
    async def press(pilot: Pilot[None]) -> None:
        state: Any = pilot.app.screen.state  # type: ignore[attr-defined]
        await until(pilot, lambda: state.source.complete and state.outcomes_known)
        await pilot.press(*(("colon", *keys) if keys[0].isdigit() else keys))
        await settled(pilot)

    return press


@pytest.mark.parametrize("size", SIZES, ids=[f"{width}x{height}" for width, height in SIZES])
@pytest.mark.parametrize("screen", SCREENS)
def test_screen(screen: str, size: tuple[int, int], app: InspectorApp, snap_compare: Any) -> None:
    assert snap_compare(app, terminal_size=size, run_before=pressing(SCREENS[screen]))


def test_light_background(app: InspectorApp, snap_compare: Any) -> None:
    app.theme = "tau2-light"
    assert snap_compare(app, terminal_size=(160, 30), run_before=pressing(("}",)))

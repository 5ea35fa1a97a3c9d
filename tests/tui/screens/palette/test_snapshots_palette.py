"""What the palette and the question for a log look like; the pictures are in ``__snapshots__``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tau2_tui.tui.app import InspectorApp
from tests.tui.logs import airline
from tests.tui.screens.pictures import at_every_size, inspector_of, press_when_known

THEMES = ["tau2-dark", "tau2-light", "tau2-contrast", "tau2-dark-16"]


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InspectorApp]:
    monkeypatch.chdir(tmp_path)
    airline(tmp_path / "other.jsonl")
    (tmp_path / "results").mkdir()
    with inspector_of(airline(tmp_path / "run.jsonl")) as app:
        yield app


async def show_palette(pilot: Pilot[None]) -> None:
    await press_when_known(pilot, "ctrl+p", *"fail")
    await pilot.pause()


async def show_question(pilot: Pilot[None]) -> None:
    await press_when_known(pilot, "o", *"r")
    await pilot.pause()


@at_every_size
@pytest.mark.parametrize("show", [show_palette, show_question], ids=["palette", "question"])
def test_screen(size: tuple[int, int], show: Any, app: InspectorApp, snap_compare: Any) -> None:
    assert snap_compare(app, terminal_size=size, run_before=show)


@pytest.mark.parametrize("theme", THEMES)
def test_theme(theme: str, app: InspectorApp, snap_compare: Any) -> None:
    app.theme = theme
    assert snap_compare(app, terminal_size=(100, 24), run_before=show_palette)

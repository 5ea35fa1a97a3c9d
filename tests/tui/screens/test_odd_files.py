"""Every screen on files that are as odd as files can be: those of the corpus."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tau2_tui.errors import Tau2TuiError
from tau2_tui.runlog.opening import open_log
from tau2_tui.tui.app import InspectorApp
from tau2_tui.tui.source import EventSource
from tests.tui.screens.walking import shown, until

CORPUS = Path(__file__).parents[2] / "corpus" / "files"

ODDEST = {
    "directory",
    "duplicate-keys.json",
    "empty.jsonl",
    "escapes.json",
    "events-odd.jsonl",
    "huge-numbers.json",
    "log-deep.jsonl",
    "log-huge-times.jsonl",
    "log-wrong-types.jsonl",
    "lone-surrogates.json",
    "run_enhanced_logs.json",
    "same-ids.json",
    "torn.jsonl.gz",
    "wrong-checks.json",
    "wrong-info.json",
}
"""Those that a screen has stumbled over, or may best; the others take as long again three times."""


def _files() -> list[Any]:
    return [
        path if path.name in ODDEST else pytest.param(path, marks=pytest.mark.slow) for path in sorted(CORPUS.iterdir())
    ]


async def look_at_all(app: InspectorApp, pilot: Pilot[None]) -> None:
    """Go to each screen, wait for what it says, and move to its end."""
    await pilot.press("v", "G", "J", "g", "]", "e", "c", "pagedown", "escape", "escape")
    for key in "123456":
        await pilot.press(key)
        await pilot.app.workers.wait_for_complete()
        await pilot.press("G", "}", "enter", "pageup")
        await pilot.pause()
        assert app.failure is None
        assert "\x1b" not in shown(app)


@pytest.mark.parametrize("path", _files(), ids=lambda path: path.name)
async def test_every_screen_stands_any_file(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    try:
        log = open_log(path, index="off")
    except Tau2TuiError:
        pytest.skip("no log")
    with log:
        app = InspectorApp(EventSource(log))
        async with app.run_test(size=(120, 40)) as pilot:
            await until(pilot, lambda: log.complete)
            await look_at_all(app, pilot)
        assert app.failure is None

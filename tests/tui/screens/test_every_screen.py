"""Every screen at three sizes, dark and light, against ``pictures/``.

After a wanted change: ``TAU2_TUI_UPDATE_PICTURES=1 pytest tests/tui/screens/test_every_screen.py``; then look at what
is different.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from textual.pilot import Pilot

from tau2_tui.runlog import RunLog
from tau2_tui.tui.app import InspectorApp
from tau2_tui.tui.source import EventSource
from tests.tui.screens.leaving.test_leaving_screen import Made
from tests.tui.screens.picture import cells, written
from tests.tui.screens.walking import settled, shown, until, until_shown

SIZES = ((80, 24), (120, 40), (200, 60))
THEMES = ("tau2-dark", "tau2-light")
PICTURES = Path(__file__).parent / "pictures"
LOGS = Path(__file__).parents[3] / "sample_logs"

Step = tuple[tuple[str, ...], str]
"""Keys, and what the screen shows once they have done their work."""


class Scene(NamedTuple):
    """A screen and how to get there.

    Attributes:
        steps: the keys.
        logs: the logs that are open.
        recorded: they are being recorded.
    """

    steps: tuple[Step, ...]
    logs: tuple[str, ...] = ("noisy.jsonl",)
    recorded: bool = False


OVERVIEW: Step = (("1",), "pass^k")
FAILED: Step = (("}",) * 4, "} failed")
TIMELINE: Step = (("enter",), "wrong argument: send_certificate")
STATISTICS: Step = (("6",), "pass@k")
SCENES = {
    "overview": Scene((OVERVIEW, FAILED)),
    "simulations": Scene(((("2",), "database"), (("}",), "✗ failed"))),
    "timeline": Scene((OVERVIEW, FAILED, TIMELINE)),
    "timeline_detail": Scene((OVERVIEW, FAILED, TIMELINE, (("tab",), "Arguments"))),
    "timeline_json": Scene((OVERVIEW, FAILED, TIMELINE, (("tab",), "Arguments"), (("J",), '"event_type"'))),
    "timeline_filter": Scene(((("f", *"type:tool error", "enter"), "3 of 417"),)),
    "state": Scene((OVERVIEW, (("}",) * 5, "}"), (("4",), "turn"))),
    "gold": Scene((OVERVIEW, FAILED, (("5",), "first divergence"), (("d",), "first divergence"))),
    "statistics": Scene((STATISTICS,)),
    "sheet": Scene((STATISTICS, (("enter",), "What is in this run?"))),
    "compare": Scene(((("7",), "common task"),), logs=("airline.jsonl", "noisy.jsonl")),
    "conversation": Scene((OVERVIEW, FAILED, TIMELINE, (("c",), "conversation"))),
    "help": Scene(((("question_mark",), "Next row"),)),
    "palette": Scene((OVERVIEW, (("ctrl+p", *"theme"), "in use"))),
    "opening": Scene(((("o",), "noisy.jsonl"),)),
    "bookmarks": Scene(
        (OVERVIEW, FAILED, TIMELINE, (("m", *"fifty", "enter"), "bookmarked"), (("apostrophe",), "fifty"))
    ),
    "leaving": Scene(((("q",), "in the background"),), recorded=True),
}


@asynccontextmanager
async def standing(name: str) -> AsyncIterator[tuple[InspectorApp, Pilot[None]]]:
    """Open the logs and go to a screen."""
    scene = SCENES[name]
    with ExitStack() as stack:
        logs = [stack.enter_context(RunLog.open(Path(log), index="off")) for log in scene.logs]
        first, *more = map(EventSource, logs)
        app = InspectorApp(first, more=more, recording=Made(begun=True) if scene.recorded else None)
        app.theme = THEMES[0]
        async with app.run_test(size=SIZES[0]) as pilot:
            await until(pilot, lambda: logs[0].complete and bool(first.outcomes))
            for keys, expected in scene.steps:
                await pilot.press(*keys)
                await until_shown(app, pilot, expected)
            await settled(pilot)
            yield app, pilot


async def seen(app: InspectorApp, pilot: Pilot[None], size: tuple[int, int], theme: str) -> None:
    """Show the screen in another size and theme."""
    app.theme = theme
    await pilot.resize_terminal(*size)
    await until(pilot, lambda: len(shown(app).splitlines()) == size[1] and getattr(app.screen, "rests", True))
    await pilot.pause()


@pytest.mark.parametrize("name", SCENES)
async def test_a_screen_looks_as_it_did(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for log in ("airline.jsonl", "noisy.jsonl"):
        (tmp_path / log).symlink_to(LOGS / log)
    monkeypatch.chdir(tmp_path)
    pictures = {}
    async with standing(name) as (app, pilot):
        for size in SIZES:
            both = []
            for theme in THEMES:
                await seen(app, pilot, size, theme)
                both.append(cells(app))
            pictures[f"{size[0]}x{size[1]}"] = (both[0], both[1])
    made, kept = written(pictures), PICTURES / f"{name}.txt"
    if os.environ.get("TAU2_TUI_UPDATE_PICTURES"):
        PICTURES.mkdir(exist_ok=True)
        kept.write_text(made, encoding="utf-8")
    assert made == kept.read_text(encoding="utf-8")

"""Walks through the inspector's screens on small logs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from tau2_tui.runlog import RunLog
from tau2_tui.tui.app import InspectorApp
from tau2_tui.tui.source import EventSource
from tests.tui.logs import airline


@asynccontextmanager
async def inspector(
    tmp_path: Path, size: tuple[int, int] = (80, 24), write: Callable[[Path], Path] = airline
) -> AsyncIterator[tuple[InspectorApp, Pilot[None]]]:
    """Open a log; the index is complete when the test begins."""
    with RunLog.open(write(tmp_path / "run.jsonl"), index="off") as log:
        app = InspectorApp(EventSource(log))
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda: log.complete)
            yield app, pilot


def shown(app: InspectorApp) -> str:
    """Return the text on the screen."""
    strips: Any = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


async def until(pilot: Pilot[None], done: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for a worker."""
    for _ in range(int(seconds / 0.02)):
        await pilot.pause(0.02)
        if done():
            return
    raise AssertionError(f"nothing happened; on the screen:\n{shown(pilot.app)}")  # type: ignore[arg-type]


async def settled(pilot: Pilot[None]) -> None:
    """Wait until all is found out and drawn: what a worker says may come after its end."""
    await pilot.app.workers.wait_for_complete()
    await until(pilot, lambda: _stands(pilot.app))
    await pilot.pause()


def _stands(app: Any) -> bool:
    screen = app.screen
    wanted = getattr(screen, "_filter_typed", "")
    found = not wanted or (screen.state.filtering.text.strip() == wanted and screen.state.filtering.version is not None)
    drawn = getattr(screen, "rests", True) and getattr(screen, "_syncing", None) is None
    return found and drawn and not app.inspection.facts._wanted


async def until_shown(app: InspectorApp, pilot: Pilot[None], text: str) -> str:
    """Wait until a text is on the screen; return the screen."""
    await until(pilot, lambda: text in shown(app))
    return shown(app)

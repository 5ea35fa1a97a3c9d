"""A log of which only a part can be read: what is there is shown, and every screen says that something is missing."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pytest

from tau2_tui.runlog.opening import open_log
from tau2_tui.tui.app import InspectorApp
from tau2_tui.tui.source import EventSource
from tests.tui.logs import long_run
from tests.tui.screens.walking import until_shown


def cut_off(path: Path) -> Path:
    """Compress a log and leave off the last third of that."""
    noise = random.Random(1).randbytes(50_000).hex()
    whole = gzip.compress(long_run(path.with_suffix(".plain")).read_bytes() + noise.encode())
    path.write_bytes(whole[: len(whole) * 2 // 3])
    return path


@pytest.mark.parametrize(("key", "title"), [("1", "1 overview"), ("2", "2 simulations"), ("6", "6 statistics")])
async def test_every_screen_says_what_cannot_be_read(tmp_path: Path, key: str, title: str) -> None:
    with open_log(cut_off(tmp_path / "run.jsonl.gz"), index="off") as log:
        app = InspectorApp(EventSource(log))
        async with app.run_test(size=(120, 24)) as pilot:
            await until_shown(app, pilot, "✗ breaks off")
            await pilot.press(key)
            screen = await until_shown(app, pilot, "✗ breaks off")
            assert title in screen.splitlines()[0] and "breaks off" in screen.splitlines()[0]


async def test_what_can_be_read_is_shown(tmp_path: Path) -> None:
    with open_log(cut_off(tmp_path / "run.jsonl.gz"), index="off") as log:
        app = InspectorApp(EventSource(log))
        async with app.run_test(size=(120, 24)) as pilot:
            await until_shown(app, pilot, "✗ breaks off")
            await pilot.press("2")
            await until_shown(app, pilot, "✓ passed")

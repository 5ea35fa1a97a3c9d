"""What pictures of screens are taken of: every size that matters, both themes, one log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tau2_tui.runlog import RunLog
from tau2_tui.tui.app import InspectorApp
from tau2_tui.tui.source import EventSource
from tests.tui.screens.walking import until

SIZES = [(40, 12), (80, 24), (120, 40), (200, 60)]

at_every_size = pytest.mark.parametrize("size", SIZES, ids=[f"{width}x{height}" for width, height in SIZES])
"""Gives a test ``size``: columns and rows."""


def in_both_themes(test: Any) -> Any:
    """Give a test ``size`` and ``theme``."""
    return pytest.mark.parametrize("theme", ["tau2-dark", "tau2-light"])(at_every_size(test))


@contextmanager
def inspector_of(log: Path) -> Iterator[InspectorApp]:
    """Give the app of one log."""
    with RunLog.open(log, index="off") as opened:
        yield InspectorApp(EventSource(opened))


async def press_when_known(pilot: Pilot[None], *keys: str) -> None:
    """Press keys once it is known how the simulations ended, so that every picture says so."""
    app: Any = pilot.app
    await until(pilot, lambda: bool(app.inspection.source.outcomes))
    await pilot.press(*keys)

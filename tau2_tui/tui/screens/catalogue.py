"""The main screens by their number: what they are called and where they are found."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, NamedTuple

from tau2_tui.tui.actions import COMPARE, GOLD, OVERVIEW, SIMULATIONS, STATE, STATISTICS, TIMELINE

if TYPE_CHECKING:
    from tau2_tui.tui.inspection import Inspection
    from tau2_tui.tui.screens.main import MainScreen


class Entry(NamedTuple):
    """A main screen.

    Attributes:
        number: the key that shows it.
        name: its name in the registry of actions.
        title: what it is called.
        module: the module that holds it.
        class_name: its class there.
    """

    number: int
    name: str
    title: str
    module: str
    class_name: str

    def make(self, inspection: Inspection) -> MainScreen:
        """Import and make the screen: what is never looked at costs nothing."""
        module = importlib.import_module(f"tau2_tui.tui.screens.{self.module}")
        screen: MainScreen = getattr(module, self.class_name)(inspection)
        return screen


CATALOGUE: tuple[Entry, ...] = (
    Entry(1, OVERVIEW, "overview", "overview.screen", "OverviewScreen"),
    Entry(2, SIMULATIONS, "simulations", "simulations.screen", "SimulationsScreen"),
    Entry(3, TIMELINE, "timeline", "timeline.screen", "TimelineScreen"),
    Entry(4, STATE, "state", "state.screen", "StateScreen"),
    Entry(5, GOLD, "gold", "gold.screen", "GoldScreen"),
    Entry(6, STATISTICS, "statistics", "statistics.screen", "StatisticsScreen"),
    Entry(7, COMPARE, "compare", "compare.screen", "CompareScreen"),
)
"""In the order of their numbers."""


def numbered(number: int) -> Entry | None:
    """Return the screen with that number."""
    return next((entry for entry in CATALOGUE if entry.number == number), None)


def named(name: str) -> Entry:
    """Return the screen with that name in the registry of actions."""
    return next(entry for entry in CATALOGUE if entry.name == name)

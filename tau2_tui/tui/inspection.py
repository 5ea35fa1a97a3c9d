"""What all screens share: the logs, what workers found out about them, and where the user is."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from tau2_tui.tui.source import EventSource


@dataclass(frozen=True)
class Failed:
    """What stands for a fact that could not be found out.

    Attributes:
        reason: one line for a person, not safe to draw.
    """

    reason: str


class Facts:
    """What workers found out, by name: each is computed once for one state of a log, and kept."""

    def __init__(self) -> None:
        self._known: dict[Hashable, tuple[Hashable, Any]] = {}
        self._wanted: dict[Hashable, Hashable] = {}

    def get(self, name: Hashable, version: Hashable) -> Any:
        """Return a fact, that of an older state of the log while no newer one is known; None for none at all."""
        known = self._known.get(name)
        return None if known is None else known[1]

    def is_wanted(self, name: Hashable, version: Hashable) -> bool:
        """Return whether someone should find a fact out, and take note that someone does."""
        known = self._known.get(name)
        if (known is not None and known[0] == version) or self._wanted.get(name) == version:
            return False
        self._wanted[name] = version
        return True

    def put(self, name: Hashable, version: Hashable, value: Any) -> None:
        """Keep a fact."""
        self._known[name] = (version, value)
        if self._wanted.get(name) == version:
            del self._wanted[name]

    def give_up(self, name: Hashable, version: Hashable) -> None:
        """Take note that nobody finds a fact out any more."""
        if self._wanted.get(name) == version:
            del self._wanted[name]


@dataclass(frozen=True)
class Place:
    """Where a screen points to.

    Attributes:
        simulation_id: the simulation, None for none in particular.
        line: the line of the log, None for the first one of the simulation.
    """

    simulation_id: str | None
    line: int | None = None


class Inspection:
    """The logs that are open, and the place in them that all screens speak of.

    Attributes:
        sources: the logs; the first one is the one that most screens show.
        facts: what workers found out.
        simulation_id: the simulation that the screens about one simulation show; None until one is chosen.
    """

    def __init__(self, sources: Sequence[EventSource]) -> None:
        self.sources = list(sources)
        self.facts = Facts()
        self.simulation_id: str | None = None
        self._pointed: Place | None = None

    @property
    def source(self) -> EventSource:
        """The log that the screens about one log show."""
        return self.sources[0]

    def point(self, place: Place) -> None:
        """Let the timeline go somewhere when it is shown next, and the other screens speak of that simulation."""
        self.simulation_id = place.simulation_id or self.simulation_id
        self._pointed = place

    def take(self) -> Place | None:
        """Return where the timeline is to go, once."""
        place, self._pointed = self._pointed, None
        return place

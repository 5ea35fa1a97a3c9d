"""What all screens share: the logs, what workers found out about them, and where the user is."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple

from tau2_tui.tui.format.runs import one_line
from tau2_tui.tui.recording import Recording
from tau2_tui.tui.source import EventSource


def not_opened(failures: Sequence[str]) -> str:
    """Return one safe line about logs that could not be opened, empty for none."""
    return f"not opened: {one_line('; '.join(failures))}" if failures else ""


class Failed(NamedTuple):
    """What stands for a fact that could not be found out.

    Attributes:
        reason: one line for a person, not safe to draw.
    """

    reason: str


_LEAST_REST_SECONDS = 1.0
_MOST_REST_SECONDS = 30.0
_REST = 4.0
"""How many times as long as it took to find a fact out is rested before it is found out for a log that has grown."""


_MOST_KEPT = 32
"""Facts that are kept: more than all screens show of one log, few beside the simulations that one may look at."""


class Facts:
    """What workers found out, by name: each is computed once for one state of a log, and kept.

    Those that nobody has asked for in a long time go when there are many.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: OrderedDict[Hashable, tuple[Hashable, Any, float]] = OrderedDict()
        self._wanted: set[Hashable] = set()
        self._forgotten: set[Hashable] = set()
        """Those among the wanted that are not to be kept when they come."""
        self._awaited: set[Hashable] = set()

    def get(self, name: Hashable) -> Any:
        """Return a fact, that of an older state of the log while no newer one is known; None for none at all."""
        known = self._known.get(name)
        if known is None:
            return None
        self._known.move_to_end(name)
        return known[1]

    def is_wanted(self, name: Hashable, version: Hashable) -> bool:
        """Return whether someone should find a fact out, and take note that someone does."""
        known = self._known.get(name)
        if name in self._wanted or (known is not None and known[0] == version):
            return False
        self._wanted.add(name)
        return True

    def is_under_way(self, name: Hashable) -> bool:
        """Return whether someone finds a fact out now."""
        return name in self._wanted

    def rest_of(self, name: Hashable, version: Hashable) -> float:
        """Return for how many seconds a fact of an older state of the log shall do; 0 when none is known."""
        known = self._known.get(name)
        if known is None or known[0] == version or name in self._wanted:
            return 0.0
        return max(0.0, known[2] - self._clock())

    def is_awaited(self, name: Hashable) -> bool:
        """Return whether nobody was to be told about the end of a fact's rest so far; now someone is."""
        first = name not in self._awaited
        self._awaited.add(name)
        return first

    def told(self, name: Hashable) -> None:
        """Take note that whoever waited for a fact was told."""
        self._awaited.discard(name)

    def put(self, name: Hashable, version: Hashable, value: Any, seconds: float = 0.0) -> None:
        """Keep a fact that it took some seconds to find out, unless it was to be forgotten meanwhile."""
        self._wanted.discard(name)
        if name in self._forgotten:
            self._forgotten.discard(name)
            return
        rest = min(max(_LEAST_REST_SECONDS, seconds * _REST), _MOST_REST_SECONDS)
        self._known[name] = (version, value, self._clock() + rest)
        self._known.move_to_end(name)
        while len(self._known) > _MOST_KEPT:
            self._known.popitem(last=False)

    def forget(self, which: Callable[[Hashable], bool]) -> None:
        """Let go of the facts whose name is such as nobody will ask for again, those that are being found out too."""
        self._forgotten.update(filter(which, self._wanted))
        for name in [name for name in self._known if which(name)]:
            del self._known[name]


class Place(NamedTuple):
    """Where a screen points to.

    Attributes:
        simulation_id: the simulation, None for none in particular.
        line: the line of the log, None for the first one of the simulation.
        why: what is to be said of it there, safe; empty for nothing.
    """

    simulation_id: str | None
    line: int | None = None
    why: str = ""


class Inspection:
    """The logs that are open, and the place in them that all screens speak of.

    Attributes:
        sources: the logs; the first one is the one that most screens show.
        facts: what workers found out.
        simulation_id: the simulation that the screens about one simulation show; None until one is chosen.
        failures: what could not be opened, and why, a line each; not safe to draw.
        recording: the recording that writes the first log, None when the inspector did not begin one.
    """

    def __init__(self, sources: Sequence[EventSource], failures: Sequence[str] = ()) -> None:
        self.sources = list(sources)
        self.failures = list(failures)
        self.facts = Facts()
        self.simulation_id: str | None = None
        self.recording: Recording | None = None
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

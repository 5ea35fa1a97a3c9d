"""From one event to the next of a kind: errors, state changes, simulations, failed simulations."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from tau2_tui.events import LogLevel, StateChangeEvent
from tau2_tui.runlog.refs import SimulationOutcome, SimulationRef
from tau2_tui.tui.screens.timeline.view import View
from tau2_tui.tui.source import Entry

if TYPE_CHECKING:
    from tau2_tui.runlog.columns import Array, Columns


class Target(Enum):
    """A kind of event that can be jumped to, and its name for a person."""

    ERROR = "error"
    CHANGE = "state change"


_MASKS: dict[Target, Callable[[Columns], Array]] = {
    Target.ERROR: lambda columns: columns.at_least("error"),
    Target.CHANGE: lambda columns: columns.of_type(StateChangeEvent.__name__),
}

_TESTS: dict[Target, Callable[[Entry], bool]] = {
    Target.ERROR: lambda entry: entry.level in (LogLevel.ERROR, LogLevel.CRITICAL),
    Target.CHANGE: lambda entry: entry.event_type == StateChangeEvent.__name__,
}
"""What the columns tell, of an entry that is not among them yet."""


class Jump(NamedTuple):
    """Where a jump leads.

    Attributes:
        to: the row or line, None when there is none of the kind.
        wrapped: it goes on at the other end.
    """

    to: int | None
    wrapped: bool = False


class Walk(NamedTuple):
    """Where several steps lead.

    Attributes:
        to: the last place that they reach, None when that is not even one.
        wrapped: one of them went on at the other end.
        left: the steps for which there is no place, backwards where negative.
    """

    to: int | None
    wrapped: bool = False
    left: int = 0


Find = Callable[[int, int], Jump]
"""Returns the place after one, or before it with a negative direction."""


def step(places: Sequence[int] | Any, at: int, direction: int) -> Jump:
    """Return the place after (or before, with a negative direction) ``at`` among ``places``, which rise."""
    if not len(places):
        return Jump(None)
    if direction > 0:
        index = bisect_right(places, at)
        return Jump(int(places[index])) if index < len(places) else Jump(int(places[0]), wrapped=True)
    index = bisect_left(places, at) - 1
    return Jump(int(places[index])) if index >= 0 else Jump(int(places[-1]), wrapped=True)


def rows_of(view: View, target: Target) -> Sequence[int] | Any:
    """Return the rows of a kind in a view, rising, as far as the log is indexed."""
    columns = view.source.columns()
    if columns is None:
        return ()
    return view.of(_MASKS[target](columns)).nonzero()[0]


def finder(view: View, target: Target) -> Find:
    """Return what finds the row of a kind after (or before) another one, before the index among the first rows only."""
    source = view.source
    if source.columns() is not None:
        return partial(step, rows_of(view, target))

    def find(at: int, direction: int) -> Jump:
        if not view.whole or view.filtered or at >= source.first_count:
            return Jump(None)
        rows = range(at + 1, source.first_count) if direction > 0 else range(at - 1, -1, -1)
        return Jump(next((row for row in rows if _TESTS[target](source.entry(row))), None))

    return find


def walk(find: Find, at: int, steps: int, *, wraps: bool) -> Walk:
    """Return where steps lead, one after the other.

    Args:
        find: what finds the place after (or before) another one.
        at: the place to begin at.
        steps: how many, backwards where negative.
        wraps: to go on at the other end.
    """
    direction = 1 if steps > 0 else -1
    to, wrapped = None, False
    for left in range(abs(steps), 0, -1):
        found = find(at, direction)
        if found.to is None or (found.wrapped and not wraps):
            return Walk(to, wrapped, left * direction)
        to = at = found.to
        wrapped = wrapped or found.wrapped
    return Walk(to, wrapped)


def failed_refs(refs: Sequence[SimulationRef], outcomes: dict[str, SimulationOutcome]) -> list[SimulationRef]:
    """Return the simulations that count and failed, in the order in which they begin."""
    counting = [ref for ref in refs if ref.simulation_id in outcomes and not ref.repeated]
    return [ref for ref in counting if outcomes[ref.simulation_id].failed]

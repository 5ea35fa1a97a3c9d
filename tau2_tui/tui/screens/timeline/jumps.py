"""From one event to the next of a kind: errors, state changes, simulations, failed simulations."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from enum import Enum
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


def nearest(view: View, target: Target, at: int, direction: int) -> Jump:
    """Return the row of a kind after (or before) another one, before anything is indexed of the first rows only."""
    source = view.source
    if source.columns() is not None:
        return step(rows_of(view, target), at, direction)
    if not view.whole or view.filtered or at >= source.first_count:
        return Jump(None)
    rows = range(at + 1, source.first_count) if direction > 0 else range(at - 1, -1, -1)
    return Jump(next((row for row in rows if _TESTS[target](source.entry(row))), None))


def failed_refs(refs: Sequence[SimulationRef], outcomes: dict[str, SimulationOutcome]) -> list[SimulationRef]:
    """Return the simulations that count and failed, in the order in which they begin."""
    counting = [ref for ref in refs if ref.simulation_id in outcomes and not ref.repeated]
    return [ref for ref in counting if outcomes[ref.simulation_id].failed]

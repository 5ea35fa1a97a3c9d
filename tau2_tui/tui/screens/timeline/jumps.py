"""From one event to the next of a kind: errors, state changes, simulations, failed simulations."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from tau2_tui.events import StateChangeEvent
from tau2_tui.runlog.refs import SimulationOutcome, SimulationRef
from tau2_tui.tui.screens.timeline.view import View

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


@dataclass(frozen=True)
class Jump:
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


def failed_refs(refs: Sequence[SimulationRef], outcomes: dict[str, SimulationOutcome]) -> list[SimulationRef]:
    """Return the simulations that count and failed, in the order in which they begin."""
    counting = [ref for ref in refs if ref.simulation_id in outcomes and not ref.repeated]
    return [ref for ref in counting if outcomes[ref.simulation_id].failed]

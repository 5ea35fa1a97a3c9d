"""Which line of which log stands where when several logs are read as one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from tau2_tui.runlog.columns import COLUMN_TYPES, Array, Columns, Tables, columns_of


@dataclass(frozen=True, eq=False)
class Order:
    """Which line of which log stands where.

    Attributes:
        state: of the logs when this was made.
        source: number of the log of each line, int32.
        line: number that each line has in its log, int64.
        places: for each log, the numbers of its lines in the whole, rising.
        columns: over all lines; ``offset`` is that in the line's own file.
    """

    state: tuple[object, ...]
    source: Array
    line: Array
    places: tuple[Array, ...]
    columns: Columns


def order_of(state: tuple[object, ...], columns: list[Columns]) -> Order:
    """Return the order of the lines of logs, each with these columns; ``state`` tells it from a later one."""
    times = np.concatenate([_rising(one.timestamp) for one in columns])
    order = np.argsort(times, kind="stable")
    counts = [len(one) for one in columns]
    bounds = np.cumsum([0, *counts])
    source = np.repeat(np.arange(len(columns), dtype=np.int32), counts)[order]
    line = np.concatenate([np.arange(count) for count in counts])[order]
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    places = tuple(place[low:high] for low, high in pairwise(bounds.tolist()))
    return Order(state, source, line, places, _joined(columns, order, places))


def _rising(times: Array) -> Array:
    """Return times that never fall: each is at least the one before it, and that where there is none."""
    rising: Array = np.maximum.accumulate(np.where(np.isnan(times), -np.inf, times))
    return rising


def _joined(columns: list[Columns], order: Array, places: tuple[Array, ...]) -> Columns:
    """Return columns over all lines in their new order, with common tables: codes are given in that order, too."""
    tables = Tables()
    recoded: dict[str, list[Array]] = {name: [getattr(one, name) for one in columns] for name in COLUMN_TYPES}
    scopes = _scopes(columns, places, tables)
    for number, one in enumerate(columns):
        # Another name than the first, which stands for unreadable lines in each log.
        types = [0, *(tables.type_code(name) for name in one.types[1:])]
        recoded["type"][number] = np.array(types, COLUMN_TYPES["type"])[one.type]
        recoded["scope"][number] = scopes[number][one.scope]
    return columns_of({name: np.concatenate(parts)[order] for name, parts in recoded.items()}, tables)


def _scopes(columns: list[Columns], places: tuple[Array, ...], tables: Tables) -> list[Array]:
    """Return the common code of each scope of each log, given in the order of the lines in which they appear first."""
    codes = [np.zeros(len(one.scopes), COLUMN_TYPES["scope"]) for one in columns]
    appear: list[tuple[int, int, int]] = []
    for log, one in enumerate(columns):
        firsts = np.full(len(one.scopes), -1, np.int64)
        firsts[one.scope[::-1]] = np.arange(len(one))[::-1]  # of several numbers for one place the last one stays
        used = np.flatnonzero(firsts >= 0)
        appear += zip(places[log][firsts[used]].tolist(), [log] * len(used), used.tolist(), strict=True)
    for _, log, scope in sorted(appear):
        codes[log][scope] = tables.scope_code(*_scope_of(columns[log], columns[log].scopes[scope].tolist()))
    return codes


def _scope_of(columns: Columns, scope: list[int]) -> tuple[str | None, str | None, int | None]:
    simulation, task, trial = scope
    return (
        None if simulation < 0 else columns.simulations[simulation],
        None if task < 0 else columns.tasks[task],
        trial,
    )


def begins_with(order: Order, former: Order) -> bool:
    """Return whether the lines of a former order are still where they were."""
    count = len(former.line)
    return (
        len(order.line) >= count
        and np.array_equal(order.source[:count], former.source)
        and np.array_equal(order.line[:count], former.line)
    )

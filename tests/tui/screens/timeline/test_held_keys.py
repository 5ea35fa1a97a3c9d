"""Keys that are pressed again while what the first press asked for is not known yet: each press counts."""

from __future__ import annotations

import pytest

from tau2_tui.events import SimulationEndEvent
from tau2_tui.runlog import RunLog
from tau2_tui.tui.screens.timeline.jumps import Target, step, walk
from tau2_tui.tui.screens.timeline.search import Hit, Query, Search, find
from tau2_tui.tui.screens.timeline.state import TimelineState
from tau2_tui.tui.source import EventSource


class HalfIndexed(EventSource):
    """A source that says of itself whether everything is indexed."""

    done = False

    @property
    def complete(self) -> bool:
        return self.done


@pytest.fixture
def half(log: RunLog) -> TimelineState:
    """A state that knows all lines and takes them for some."""
    state = TimelineState(HalfIndexed(log))
    state.rows_fit(80, 10)
    return state


def index_the_rest(state: TimelineState) -> None:
    source = state.source
    assert isinstance(source, HalfIndexed)
    source.done = True
    state.refresh()


def errors(log: RunLog) -> list[int]:
    return [int(line) for line in log.columns.at_least("error").nonzero()[0]]


@pytest.mark.parametrize("presses", [1, 2, 3])
def test_each_press_for_an_error_is_a_step_when_more_is_indexed(half: TimelineState, log: RunLog, presses: int) -> None:
    half.goto_row(half.rows.last)
    for _ in range(presses):
        half.jump(Target.ERROR, 1)
    assert half.line == len(log) - 1 and "indexing" in half.message
    index_the_rest(half)
    found = errors(log)
    assert half.line == found[(presses - 1) % len(found)] and "from the start again" in half.message


def test_what_is_known_is_gone_to_at_once_and_the_rest_waits(half: TimelineState, log: RunLog) -> None:
    found = errors(log)
    for _ in range(len(found) + 2):
        half.jump(Target.ERROR, 1)
    assert half.line == found[-1] and half.message.endswith("then to the next error, 2 times")
    index_the_rest(half)
    assert half.line == found[1]


def test_a_step_back_takes_one_that_waits_back(half: TimelineState, log: RunLog) -> None:
    half.goto_row(half.rows.last)
    half.jump(Target.ERROR, 1)
    half.jump(Target.ERROR, -1)
    assert half.line == len(log) - 1 and half.message == "" and half.waiting is None
    index_the_rest(half)
    assert half.line == len(log) - 1


def test_another_key_takes_all_steps_back_that_wait(half: TimelineState, log: RunLog) -> None:
    half.goto_row(half.rows.last)
    half.jump(Target.ERROR, 1)
    half.jump(Target.ERROR, 1)
    half.jump(Target.CHANGE, 1)
    index_the_rest(half)
    changes = [int(line) for line in log.columns.of_type("StateChangeEvent").nonzero()[0]]
    assert half.line == changes[0]
    half.begin()
    index_the_rest(half)
    assert half.line == changes[0]


def test_simulations_are_counted_and_the_last_one_is_the_end(half: TimelineState, log: RunLog) -> None:
    for _ in range(5):
        half.simulation(1)
    firsts = [ref.first_line for ref in log.simulations()]
    assert half.line == firsts[-1] and "the next simulation, 2 times" in half.message
    index_the_rest(half)
    assert half.line == firsts[-1] and half.message == "no further simulation"


@pytest.mark.parametrize(("keys", "place"), [((1,), 0), ((1, 1), 1), ((1, 1, -1), 0), ((1, 1, 1), 0)])
def test_failed_simulations_are_counted_while_nobody_knows_which_those_are(
    log: RunLog, keys: tuple[int, ...], place: int
) -> None:
    state = TimelineState(EventSource(log))
    for direction in keys:
        state.failed(direction)
    assert state.line == 0 and "looking" in state.message
    state.set_outcomes(log.simulations(), log.outcomes())
    ends = sorted(one.line for one in log.outcomes().values() if one.failed)
    assert isinstance(state.entry, SimulationEndEvent) and state.line == ends[place]


def test_steps_stop_where_there_is_no_further_place() -> None:
    def go(steps: int, *, wraps: bool) -> tuple[int | None, bool, int]:
        return tuple(walk(lambda at, direction: step([2, 5, 7], at, direction), 3, steps, wraps=wraps))  # type: ignore[return-value]

    assert go(2, wraps=False) == (7, False, 0)
    assert go(4, wraps=False) == (7, False, 2)
    assert go(-3, wraps=False) == (2, False, -2)
    assert go(3, wraps=True) == (2, True, 0)
    assert go(0, wraps=True) == (None, False, 0)


def test_hits_that_were_asked_for_meanwhile_are_gone_on_to_one_by_one(state: TimelineState, log: RunLog) -> None:
    wanted = [line for line in range(len(log)) if b"HATHAT" in log.line(line)]
    query: Query | None = state.search.typed("HATHAT")
    state.search.left = len(wanted)  # presses while the first hit was looked for
    reached = []
    while query is not None:
        hit = find(log, query, lambda line: True, lambda: False)
        state.found(query, hit)
        reached.append(state.line)
        query = state.search.further(query, hit)
    assert reached == [*wanted, wanted[0]]


def test_another_key_takes_presses_back_and_so_does_the_only_hit() -> None:
    search = Search("x")
    search.left = 3
    assert search.further(Query("x", 8), Hit(7, wrapped=True)) is None and search.left == 0
    search.left = -2
    assert search.further(Query("x", 8), Hit(9)) == Query("x", 8, backwards=True) and search.left == -1
    search.left = 4
    assert search.further(Query("x", 8), Hit(None)) is None and search.left == 0


def test_a_hit_that_is_not_indexed_yet_counts_as_reached(log: RunLog) -> None:
    class Early(HalfIndexed):
        @property
        def count(self) -> int:
            return super().count if self.done else 5

    state = TimelineState(Early(log))
    state.search.typed("HATHAT")
    state.found(Query("HATHAT", 0), Hit(9))
    assert state.line == 0 and "then to event 9" in state.message
    assert state.next_hit(1) == Query("HATHAT", 10)
    state.found(Query("HATHAT", 10), Hit(11))
    state.found(Query("HATHAT", 10, backwards=True), Hit(4))  # what waited before is off
    assert state.line == 4
    index_the_rest(state)
    assert state.line == 4

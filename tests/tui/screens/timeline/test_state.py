from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tau2_tui.events import SimulationEndEvent, SimulationStartEvent, StateChangeEvent
from tau2_tui.runlog import RunLog
from tau2_tui.tui.format.times import TimeFormat
from tau2_tui.tui.screens.timeline.jumps import Target, step
from tau2_tui.tui.screens.timeline.state import Pane, TimelineState
from tau2_tui.tui.source import EventSource
from tests.tui.logs import START, STEP, airline, hostile


@pytest.fixture
def early(tmp_path: Path) -> Iterator[TimelineState]:
    """A state before anything is indexed."""
    with RunLog.open(airline(tmp_path / "run.jsonl"), index="off") as log:
        state = TimelineState(EventSource(log))
        state.rows_fit(80, 10)
        yield state


def kinds(state: TimelineState) -> list[str]:
    return [type(state.source.entry(state.view.line(row))).__name__ for row in range(state.view.count)]


def test_the_first_events_are_there_before_anything_is_indexed(early: TimelineState) -> None:
    assert len(early.source.log) == 0
    assert early.view.count > 10
    assert kinds(early)[0] == "RunStartEvent"
    early.move(3)
    assert early.line == 3


def test_moving_and_paging(state: TimelineState) -> None:
    state.move(1)
    state.page(1)
    assert state.line == 10
    state.last()
    assert state.line == len(state.source.log) - 1
    state.first()
    assert state.line == 0


def test_next_error_goes_through_all_of_them_and_starts_again(state: TimelineState) -> None:
    found = []
    for _ in range(3):
        state.begin()
        state.jump(Target.ERROR, 1)
        found.append((type(state.entry).__name__, state.message))
    assert [name for name, _ in found] == ["ToolExecutionEvent", "SimulationEndEvent", "ToolExecutionEvent"]
    assert found[0][1] == "" and "from the start again" in found[2][1]
    state.jump(Target.ERROR, -1)
    assert "from the end again" in state.message


def test_state_changes_in_one_simulation_stay_in_it(state: TimelineState) -> None:
    state.go_to("7:1")
    state.jump(Target.CHANGE, 1)
    line = state.line
    assert isinstance(state.entry, StateChangeEvent)
    state.jump(Target.CHANGE, 1)
    assert state.line == line
    assert "in this simulation" in state.message
    state.go_to("12:0")
    state.jump(Target.CHANGE, 1)
    assert state.message == "no state change in this simulation"


def test_brackets_go_from_start_to_start_in_the_whole_run(state: TimelineState) -> None:
    tasks = []
    for _ in range(3):
        state.simulation(1)
        assert isinstance(state.entry, SimulationStartEvent)
        tasks.append((state.entry.task_id, state.entry.trial))
    assert tasks == [("7", 0), ("7", 1), ("12", 0)]
    state.simulation(1)
    assert state.message == "no further simulation"
    state.simulation(-1)
    assert (state.entry.task_id, state.entry.trial) == ("7", 1)  # type: ignore[union-attr]


def test_brackets_change_the_view_in_a_simulations_view(state: TimelineState) -> None:
    state.go_to("7:0")
    state.simulation(1)
    assert state.view.ref is not None and (state.view.ref.task_id, state.view.ref.trial) == ("7", 1)
    state.simulation(-1)
    state.simulation(-1)
    assert state.message == "no further simulation"


def test_braces_go_to_the_ends_of_failed_simulations_only(state: TimelineState) -> None:
    ends = []
    for _ in range(3):
        state.failed(1)
        assert isinstance(state.entry, SimulationEndEvent)
        ends.append((state.entry.task_id, state.entry.trial))
    assert ends == [("7", 1), ("12", 0), ("7", 1)]
    assert "from the start again" in state.message


def test_a_failed_simulation_opens_in_a_simulations_view(state: TimelineState) -> None:
    state.go_to("7:0")
    state.failed(1)
    assert state.view.ref is not None and state.view.ref.trial == 1
    assert isinstance(state.entry, SimulationEndEvent)


def test_a_jump_to_failures_waits_until_it_is_known_what_failed(log: RunLog) -> None:
    state = TimelineState(EventSource(log))
    state.failed(1)
    assert state.line == 0 and "looking" in state.message
    state.set_outcomes(log.simulations(), log.outcomes())
    assert isinstance(state.entry, SimulationEndEvent)


def test_a_run_without_failures_says_so(state: TimelineState) -> None:
    state.set_outcomes([], {})
    state.failed(1)
    assert state.message == "no simulation failed, 0 ended"


def test_enter_goes_deeper_and_escape_comes_back_to_the_same_event(state: TimelineState) -> None:
    state.jump(Target.CHANGE, 1)
    line = state.line
    state.open()
    assert not state.view.whole and state.line == line and state.pane is Pane.LIST
    state.open()
    assert state.detail_shown and state.pane is Pane.DETAIL
    state.back()
    assert state.pane is Pane.LIST and not state.detail_shown
    state.back()
    assert state.view.whole and state.line == line
    state.back()
    assert "q leaves" in state.message


def test_enter_on_an_event_of_the_run_opens_its_detail(state: TimelineState) -> None:
    state.open()
    assert state.view.whole and state.pane is Pane.DETAIL


def test_a_simulations_view_holds_its_events_only(state: TimelineState) -> None:
    state.go_to("7:1")
    names = {state.source.entry(state.view.line(row)).simulation_id for row in range(state.view.count)}  # type: ignore[union-attr]
    assert names == {"sim-b"}
    assert state.view.row(0) is None


@pytest.mark.parametrize(
    ("text", "line"),
    [("5", 5), (f"@{START + 4 * STEP}", 4), (f"@{START + 3.5 * STEP}", 4), ("08:53:21", 1), ("sim-b", 13), ("#2", 13)],
)
def test_go_to(state: TimelineState, text: str, line: int) -> None:
    state.go_to(text)
    assert state.line == line, state.message


@pytest.mark.parametrize("text", ["99999", "7:9", "nowhere", "@x", "\x1b[31m", "25:00"])
def test_go_to_nowhere_says_so_harmlessly(state: TimelineState, text: str) -> None:
    state.move(2)
    state.go_to(text)
    assert state.line == 2
    assert state.message and "\x1b" not in state.message


def test_a_bookmark_on_what_is_not_in_the_log_leads_nowhere_and_says_so(state: TimelineState) -> None:
    state.move(2)
    state.goto_line(99_999)
    assert state.line == 2 and state.message == "no event 99,999: the last one is 30"


def test_task_and_trial_come_before_a_time_of_day(state: TimelineState) -> None:
    for text in ("12:00", "12:0"):
        state.show_view(None)
        state.go_to(text)
        assert state.view.ref is not None and state.view.ref.task_id == "12"


def test_jumps_wait_for_the_index_and_are_made_then(early: TimelineState) -> None:
    early.go_to("7:1")
    assert early.view.whole and "indexing" in early.message
    early.source.log.start()
    early.source.log.wait()
    early.refresh()
    assert early.view.ref is not None and early.message == ""


@pytest.mark.parametrize("target", Target)
def test_what_lies_among_the_first_events_is_reached_before_anything_is_indexed(
    early: TimelineState, state: TimelineState, target: Target
) -> None:
    early.jump(target, 1)
    state.jump(target, 1)
    assert early.line == state.line and early.message == "" and len(early.source.log) == 0


def test_what_may_lie_behind_the_first_events_is_waited_for(early: TimelineState) -> None:
    early.last()
    early.begin()
    early.goto_row(early.rows.last)
    early.jump(Target.ERROR, 1)
    assert "then to the next error" in early.message and early.waiting is not None


def test_another_key_calls_off_a_jump_that_waits(early: TimelineState) -> None:
    early.last()
    early.begin()
    early.move(1)
    early.source.log.start()
    early.source.log.wait()
    early.refresh()
    assert early.line == 1


class HalfIndexed(EventSource):
    """A source that says of itself whether everything is indexed."""

    done = False

    @property
    def complete(self) -> bool:
        return self.done


def test_the_last_error_so_far_is_not_taken_for_the_last_one(log: RunLog) -> None:
    source = HalfIndexed(log)
    state = TimelineState(source)
    state.go_to("30")
    state.jump(Target.ERROR, 1)
    assert state.line == 30 and "indexing" in state.message
    source.done = True
    state.refresh()
    assert state.line == 21 and "from the start again" in state.message


def test_search_from_the_start_of_the_search_and_onwards(state: TimelineState) -> None:
    from tau2_tui.tui.screens.timeline.search import find

    def look(query: object) -> None:
        state.found(query, find(state.source.log, query, lambda line: True, lambda: False))  # type: ignore[arg-type]

    state.move(4)
    state.start_search()
    look(state.search.typed("HATHAT"))
    first = state.line
    assert first is not None and first > 4
    look(state.next_hit(1))
    assert state.line is not None and state.line > first
    look(state.next_hit(-1))
    assert state.line == first
    for _ in range(30):
        state.begin()
        look(state.next_hit(1))
        if state.message:
            break
    assert state.message == "search: from the start again"
    look(state.search.typed("no such text"))
    assert state.message == "not found: no such text"
    state.cancel_search()
    assert state.line == 4 and state.search.pattern == ""


def test_an_empty_search_repeats_the_last_one(state: TimelineState) -> None:
    state.start_search()
    state.search.typed("HATHAT")
    state.start_search()
    query = state.search.repeated(0)
    assert query is not None and query.pattern == "HATHAT"


def test_a_search_that_was_left_is_searched_again(state: TimelineState) -> None:
    assert state.next_hit(1) is None and "nothing searched yet" in state.message
    state.start_search()
    state.search.typed("HATHAT")
    state.back()
    assert state.search.pattern == ""
    state.start_search()
    state.search.typed("HA")
    state.cancel_search()
    assert state.search.pattern == ""
    query = state.next_hit(1)
    assert query is not None and query.pattern == state.search.pattern == "HATHAT"


def test_times_go_through_their_formats(state: TimelineState) -> None:
    state.next_time_format()
    assert state.time_format is TimeFormat.RELATIVE
    assert "since the start" in state.message


def test_a_roomy_screen_shows_the_detail_unless_told_otherwise(state: TimelineState) -> None:
    assert not state.detail_shown
    state.roomy = True
    assert state.detail_shown
    state.toggle_detail()
    assert not state.detail_shown
    state.switch_pane()
    assert state.detail_shown and state.pane is Pane.DETAIL


def test_the_detail_follows_the_cursor_from_its_top(state: TimelineState) -> None:
    state.toggle_detail()
    state.switch_pane()
    state.last()
    assert state.detail.rows.cursor > 0
    state.switch_pane()
    state.move(1)
    assert state.detail.line == state.line and state.detail.rows.cursor == 0


def test_every_line_of_a_hostile_log_can_be_looked_at(tmp_path: Path) -> None:
    with RunLog.open(hostile(tmp_path / "run.jsonl", size=30_000), index="now") as log:
        state = TimelineState(EventSource(log))
        state.toggle_detail()
        for width in (80, 7, 1):
            state.detail_fits(width, 10)
            for row in range(state.view.count):
                state.goto_row(row)
                for change in (state.detail.toggle_raw, state.detail.toggle_wrap, state.detail.last):
                    change()
                    assert state.detail.row(0) is not None


@pytest.mark.parametrize(
    ("places", "at", "direction", "to", "wrapped"),
    [
        ([2, 5], 2, 1, 5, False),
        ([2, 5], 5, 1, 2, True),
        ([2, 5], 5, -1, 2, False),
        ([2, 5], 1, -1, 5, True),
        ([], 3, 1, None, False),
    ],
)
def test_step(places: list[int], at: int, direction: int, to: int | None, wrapped: bool) -> None:
    found = step(places, at, direction)
    assert (found.to, found.wrapped) == (to, wrapped)

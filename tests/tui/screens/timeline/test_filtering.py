from __future__ import annotations

from pathlib import Path

import pytest

from tau2_tui.events import MessageEvent
from tau2_tui.runlog import RunLog
from tau2_tui.runlog.filters import FilterError
from tau2_tui.tui.inspection import Place
from tau2_tui.tui.screens.timeline import bars, filtering
from tau2_tui.tui.screens.timeline.filtering import Filtering, Part, look, version_of
from tau2_tui.tui.screens.timeline.jumps import Target
from tau2_tui.tui.screens.timeline.state import TimelineState
from tau2_tui.tui.source import EventSource
from tests.tui.logs import airline


def parts_of(log: RunLog, text: str, start: int = 0) -> list[Part]:
    parts: list[Part] = []
    look(log, text, start, lambda: False, parts.append)
    return parts


def apply(state: TimelineState, text: str) -> None:
    state.begin()
    for part in parts_of(state.source.log, text):
        state.take_filtered(text, part)


def lines(state: TimelineState) -> list[int]:
    return [state.view.line(row) for row in range(state.view.count)]


def title(state: TimelineState, cells: int = 80) -> str:
    return "".join(run.text for run in bars.title(state, cells)).rstrip()


def test_the_list_shows_what_the_filter_lets_through_and_the_title_says_so(state: TimelineState) -> None:
    apply(state, "type:tool")
    assert lines(state) == [7, 18, 21]
    assert title(state) == "whole run · filter type:tool · 3 of 31 events"


def test_the_selected_event_stays_selected_or_the_next_one_is(state: TimelineState) -> None:
    state.goto_line(18)
    apply(state, "type:tool")
    assert state.line == 18
    state.unfilter()
    assert state.line == 18
    state.goto_line(20)
    apply(state, "type:tool")
    assert state.line == 21


def test_a_filter_that_lets_nothing_through_leads_back_to_where_it_was_set(state: TimelineState) -> None:
    state.goto_line(12)
    apply(state, "task:99")
    assert lines(state) == [] and state.line is None
    assert "no event matches" in "".join(run.text for run in bars.nothing(state))
    state.move(1)
    state.begin()
    state.back()
    assert state.line == 12 and not state.view.filtered


def test_a_simulation_shows_its_part_of_the_filter(state: TimelineState) -> None:
    apply(state, "type:tool")
    state.goto_row(1)
    state.open()
    assert lines(state) == [18, 21]
    assert title(state).startswith("#2 task 7 trial 1 · filter type:tool · 2 of 12 events")
    assert title(state, 120).endswith("✗ failed reward 0 · user_stop")
    state.back()
    assert state.view.whole and lines(state) == [7, 18, 21]
    state.back()
    assert not state.view.filtered


def test_jumps_stay_among_the_filtered_events(state: TimelineState) -> None:
    apply(state, "type:tool")
    state.jump(Target.ERROR, 1)
    assert state.line == 21
    state.jump(Target.CHANGE, 1)
    assert state.message == "no state change among the filtered events"


def test_brackets_and_braces_go_through_the_simulations_that_the_filter_leaves(state: TimelineState) -> None:
    apply(state, "type:message")
    assert state.line == 4
    state.simulation(1)
    assert state.line == 15
    state.simulation(1)
    assert state.message == "no further simulation"
    state.simulation(-1)
    assert state.line == 4
    state.first()
    state.failed(1)
    assert isinstance(state.entry, MessageEvent) and state.entry.trial == 1


def test_going_to_a_hidden_event_takes_the_filter_off_and_says_so(state: TimelineState) -> None:
    apply(state, "type:tool")
    state.go_to("20")
    assert state.line == 20 and not state.view.filtered
    assert "filter taken off" in state.message


def test_another_screen_points_to_an_event_that_is_then_shown(state: TimelineState) -> None:
    apply(state, "type:tool")
    state.visit(Place("sim-b", 25))
    assert state.line == 25


def test_a_mistake_names_its_column(log: RunLog) -> None:
    with pytest.raises(FilterError) as mistake:
        parts_of(log, "error tol:x")
    assert mistake.value.column == 7


def test_names_that_only_the_log_has_are_known_once_it_is_indexed(tmp_path: Path) -> None:
    path = airline(tmp_path / "run.jsonl")
    with path.open("ab") as file:
        file.write(b'{"event_type":"MyOwnEvent","shoe_size":44}\n')
    with RunLog.open(path, index="background") as log:
        assert [line for part in parts_of(log, "shoe_size>40 or type:MyOwn") for line in part.lines] == [31]


def test_what_is_appended_is_looked_at_from_where_the_looking_ended(tmp_path: Path) -> None:
    path = airline(tmp_path / "run.jsonl")
    whole = path.read_bytes()
    cut = whole.index(b'"ToolExecutionEvent"', len(whole) // 2)
    path.write_bytes(whole[:cut])
    with RunLog.open(path, index="now") as log:
        state = TimelineState(EventSource(log))
        apply(state, "type:tool or type:unreadable")
        torn = lines(state)
        assert state.filtering.version == version_of(log)
        path.write_bytes(whole)
        assert log.refresh() and log.wait()
        assert state.filtering.version != version_of(log)
        for part in parts_of(log, state.filtering.text, state.filtering.stop):
            state.take_filtered(state.filtering.text, part)
        assert torn[:-1] == lines(state)[: len(torn) - 1] and lines(state) == [7, 18, 21]


def test_the_selected_event_stays_selected_while_the_same_filter_is_looked_at_again(state: TimelineState) -> None:
    apply(state, "type:tool")
    state.goto_line(21)
    state.begin()
    state.look_again()
    state.take_filtered("type:tool", Part(0, 8, [7]))
    assert lines(state) == [7]
    state.take_filtered("type:tool", Part(8, 31, [18, 21], version_of(state.source.log)))
    assert state.line == 21


def test_another_file_in_the_logs_place_is_looked_at_from_its_start(monkeypatch: pytest.MonkeyPatch) -> None:
    class Replaced:
        generation, whole, revision, complete, length = 0, 5, 0, False, 5

        def __len__(self) -> int:
            return self.length

        def wait(self, timeout: float) -> bool:
            """Return that this one is not indexed either."""
            self.generation, self.whole, self.complete, self.length = 1, 3, True, 3
            return False

    class Everything:
        def lines(self, log: object, start: int, stop: int, cancelled: object) -> range:
            return range(start, stop)

    monkeypatch.setattr(filtering, "_parsed", lambda *_: Everything())
    monkeypatch.setattr(filtering, "_REPORT_SECONDS", 60.0)
    monkeypatch.setattr(filtering, "_FIRST_SECONDS", 60.0)
    parts: list[Part] = []
    look(Replaced(), "all", 0, lambda: False, parts.append)  # type: ignore[arg-type]
    assert parts == [Part(0, 5, [0, 1, 2, 3, 4]), Part(0, 3, [0, 1, 2], (1, 3, 3, 0))]


def test_a_part_replaces_what_was_found_from_its_start_on() -> None:
    filtering = Filtering("x")
    filtering.add(Part(0, 10, [1, 5, 9]))
    filtering.add(Part(9, 20, [12]))
    assert filtering.lines.tolist() == [1, 5, 12] and filtering.stop == 20


def test_a_cancelled_look_tells_nothing(log: RunLog) -> None:
    parts: list[Part] = []
    look(log, "error", 0, lambda: True, parts.append)
    assert parts == []

from __future__ import annotations

from pathlib import Path

import pytest

from tau2_tui.events import MessageEvent, RunStartEvent, SimulationStartEvent
from tau2_tui.runlog import RunLog
from tau2_tui.tui.format.runs import runs_width
from tau2_tui.tui.screens.timeline import bars
from tau2_tui.tui.screens.timeline.rows import RowWriter
from tau2_tui.tui.screens.timeline.state import TimelineState
from tau2_tui.tui.source import EventSource
from tests.tui.logs import belonging, hostile, simulation, write


def text(runs: object) -> str:
    return "".join(run.text for run in runs)  # type: ignore[attr-defined]


def row(state: TimelineState, number: int, width: int) -> str:
    return text(RowWriter(state).runs(number, width)).rstrip()


def test_a_row_at_each_width(state: TimelineState) -> None:
    assert row(state, 7, 120).startswith(" 08:53:25.500 7:0          tool  call     cancel_reservation(")
    assert row(state, 7, 120).endswith(" Δ changed")
    assert row(state, 7, 80).startswith(" 08:53:25 7:0     tool  call     cancel_reservation(")
    assert row(state, 7, 80).endswith("… Δ")
    assert row(state, 7, 60).startswith(" 08:53:25 tool  cancel_reservation(")
    assert row(state, 7, 40).startswith(" tool  cancel_reservation(")


def test_the_selected_row_is_marked_without_colour(state: TimelineState) -> None:
    assert row(state, 0, 80).startswith("▌")


def test_a_simulations_start_tells_its_end(state: TimelineState) -> None:
    assert row(state, 2, 120).endswith("─ ✓ passed")
    assert row(state, 13, 120).endswith("─ ✗ failed")


def test_times_since_the_start_and_since_the_event_before(state: TimelineState) -> None:
    state.next_time_format()
    assert row(state, 4, 120).startswith("       +3.000 ")
    state.next_time_format()
    assert row(state, 4, 120).startswith("       +0.750 ")
    state.go_to("7:1")
    state.move(2)
    assert "+0.000" in row(state, 0, 120)


def test_hits_of_a_search_are_marked(state: TimelineState) -> None:
    state.search.pattern = "HATHAT"
    runs = RowWriter(state).runs(7, 120)
    assert [run.text for run in runs if run.token == "match"] == ["HATHAT"]


@pytest.mark.parametrize("width", [1, 2, 5, 12, 20, 39, 50, 79, 100, 300])
def test_rows_and_bars_fit_into_any_width(width: int, tmp_path: Path) -> None:
    with RunLog.open(hostile(tmp_path / "run.jsonl", size=3_000), index="now") as log:
        state = TimelineState(EventSource(log))
        writer, minimap = RowWriter(state), bars.Minimap()
        for number in range(state.view.count):
            state.goto_row(number)
            assert runs_width(writer.runs(number, width)) <= width
            for bar in (bars.title, bars.status, bars.bottom, bars.detail_title, minimap.runs):
                assert runs_width(bar(state, width)) <= width


def test_the_status_names_file_event_and_place(state: TimelineState) -> None:
    state.move(7)
    assert text(bars.status(state, 120)).rstrip() == "run.jsonl  event 7 of 31  task 7  trial 0  turn 1  @1760000005.5"


def test_the_title_names_the_run_or_the_simulation_and_its_end(state: TimelineState) -> None:
    assert text(bars.title(state, 120)).startswith("whole run · airline · agent gpt-4.1, user gpt-4.1-mini")
    assert text(bars.title(state, 120)).endswith("3 simulations: ✓ 1  ✗ 2")
    state.go_to("7:1")
    assert text(bars.title(state, 120)).startswith("#2 task 7 trial 1")
    assert text(bars.title(state, 120)).endswith("✗ failed reward 0 · user_stop")


def test_the_minimap_shows_errors_changes_and_the_cursor(state: TimelineState) -> None:
    minimap = bars.Minimap()
    runs = minimap.runs(state, 66)
    strip = text(runs)
    assert len(strip) == 66
    assert strip.count("✗") == 2 and strip.count("Δ") == 2 and strip.count("┬") >= 2
    assert runs[0].token == "cursor"
    state.last()
    runs = minimap.runs(state, 66)
    at = next(place for place, run in enumerate(runs) if run.token == "cursor")
    assert len(text(runs[:at])) == 30 * 66 // 31


def test_hints_are_never_cut_in_the_middle(state: TimelineState) -> None:
    for width in range(80):
        shown = text(bars.bottom(state, width))
        assert all(part in text(bars.bottom(state, 200)) for part in shown.split("  "))


def test_a_message_takes_the_place_of_the_hints(state: TimelineState) -> None:
    state.say("found")
    assert text(bars.bottom(state, 80)) == "found"


def test_a_task_with_a_long_id_is_told_by_the_number_of_its_simulation(tmp_path: Path) -> None:
    names = [f"[mobile_data_issue]{what}[PERSONA:None]" for what in ("roaming", "airplane_mode", "data_mode")]
    events = [event for name in names for event in belonging([SimulationStartEvent(), MessageEvent()], name, name, 0)]
    path = write(tmp_path / "run.jsonl", [RunStartEvent(), *events])
    for index in ("off", "now"):
        with RunLog.open(path, index=index) as log:  # type: ignore[arg-type]
            state = TimelineState(EventSource(log))
            assert row(state, 6, 120)[14:26].strip() == "#3"
            assert row(state, 1, 120)[14:26].strip() == "#1"
            assert "#2 task [mobile_data_issue]airplane_mode" in row(state, 3, 120)


def test_rows_that_were_written_before_follow_what_they_are_written_by(state: TimelineState) -> None:
    writer = RowWriter(state)
    before = [text(writer.runs(number, 120)) for number in range(10)]
    state.move(3)
    assert text(writer.runs(3, 120)) == "▌" + before[3][1:]
    assert text(writer.runs(0, 120)) == " " + before[0][1:]
    state.next_time_format()
    assert text(writer.runs(4, 120)) != before[4]
    state.search.pattern = "cancel"
    assert any(run.token == "match" for run in writer.runs(7, 120))
    state.search.pattern = ""
    assert not any(run.token == "match" for run in writer.runs(7, 120))
    state.set_outcomes(state.source.simulations(), {})
    assert "passed" not in text(writer.runs(2, 120))


def test_rows_are_not_read_again_because_more_is_indexed(state: TimelineState, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = RowWriter(state)
    before = [writer.runs(number, 120) for number in range(10)]
    monkeypatch.setattr(EventSource, "entry", lambda _, line: pytest.fail(f"line {line} is read again"))
    writer.forget()
    assert [writer.runs(number, 120) for number in range(10)] == before


def test_a_simulation_that_has_no_number_yet_is_told_by_its_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EventSource, "simulation_number", lambda *_: None)
    events = belonging([SimulationStartEvent(), MessageEvent()], "s", "a task with a long name", 0)
    with RunLog.open(write(tmp_path / "run.jsonl", events), index="now") as log:
        state = TimelineState(EventSource(log))
        assert row(state, 1, 120)[14:26] == "a task…ame:0"
        assert "start    task a task with a long name" in row(state, 0, 120)


def test_the_title_counts_again_when_more_simulations_have_ended(state: TimelineState) -> None:
    assert state.source.tally == (3, 1, 2, 0, 0)
    state.set_outcomes(state.source.simulations(), {})
    assert state.source.tally == (3, 0, 0, 0, 3)


def test_where_there_is_less_room_the_title_still_says_how_the_simulations_ended(state: TimelineState) -> None:
    assert text(bars.title(state, 70)).endswith("gpt-4.1-mini        ✓ 1  ✗ 2")
    assert text(bars.title(state, 60)).endswith("user gpt-4.1…  ✓ 1  ✗ 2")
    assert text(bars.title(state, 38)).rstrip().endswith("agent gpt-4.1, …")


@pytest.mark.parametrize(("cells", "ended"), [(80, "✗ failed reward 0 · user_stop"), (56, "✗ failed")])
def test_a_long_name_of_a_task_leaves_room_for_how_its_simulation_ended(tmp_path: Path, cells: int, ended: str) -> None:
    name = f"[mobile_data_issue]{'airplane_mode_on|' * 8}[PERSONA:Hard]"
    events = [RunStartEvent(domain="telecom"), *simulation("sim", name, 0, passed=False)]
    with RunLog.open(write(tmp_path / "run.jsonl", events), index="now") as log:
        state = TimelineState(EventSource(log))
        state.set_outcomes(log.simulations(), log.outcomes())
        state.open_simulation(log.simulations()[0])
        title = text(bars.title(state, cells))
        assert title.startswith("#1 task [mobile") and "Hard] trial 0" in title
        assert title.rstrip().endswith(ended) and runs_width(bars.title(state, cells)) <= cells

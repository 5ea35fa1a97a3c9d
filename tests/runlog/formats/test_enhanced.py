from __future__ import annotations

import copy
import json
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.errors import LogFormatError
from tau2_tui.events import (
    ExecutionEvent,
    MessageEvent,
    RunEndEvent,
    RunStartEvent,
    SimulationEndEvent,
    SimulationStartEvent,
    StateChangeEvent,
    StateSnapshotEvent,
    ToolExecutionEvent,
)
from tau2_tui.runlog import formats
from tau2_tui.runlog.formats import enhanced
from tests.runlog.formats import enhanced_samples as samples
from tests.runlog.formats.enhanced_samples import drawn, of

CALLS = sum(len(sim.calls) for sim in samples.SIMULATIONS)


def write_pair(folder: Path, zone_hours: float = -7, stem: str = "run") -> Path:
    (folder / f"{stem}.json").write_text(json.dumps(samples.results(zone_hours=zone_hours), indent=4))
    path = folder / f"{stem}_enhanced_logs.json"
    path.write_text(json.dumps(samples.document(), indent=2))
    return path


class TestPair:
    @pytest.mark.parametrize("zone_hours", [-7, 0, 2, 5.75, 13])
    def test_replays_are_removed_and_calls_tied_to_their_simulations(self, tmp_path: Path, zone_hours: float) -> None:
        name, events, notes = drawn(write_pair(tmp_path, zone_hours))
        assert name == enhanced.PAIR
        calls = of(events, ToolExecutionEvent)
        assert len(calls) == CALLS
        assert Counter((call.simulation_id, call.tool_name) for call in calls) == Counter(
            (sim.id, call.tool) for sim in samples.SIMULATIONS for call in sim.calls
        )
        assert [call.success for call in calls].count(False) == 1
        assert sum(call.state_changed is True for call in calls) == 3
        assert all(call.execution_time for call in calls)
        removed = CALLS + sum(len(samples.GOLD[sim.task]) for sim in samples.SIMULATIONS)
        assert f"{CALLS} were made in the conversations; {removed} were the evaluator's" in "\n".join(notes)

    def test_times_are_utc_by_the_clock_offset(self, tmp_path: Path) -> None:
        _, events, notes = drawn(write_pair(tmp_path, -7))
        starts = of(events, SimulationStartEvent)
        assert starts[0].timestamp == pytest.approx(samples.began(0), abs=1e-5)
        assert events[0].timestamp == pytest.approx(samples.BEGAN - 0.5, abs=1e-5)
        [header] = of(events, RunStartEvent)
        assert header.metadata["imported"]["clock_offset"] == 7 * 3600
        assert header.message == "mock: 2 tasks, 4 simulations"
        assert any("UTC-07:00" in note for note in notes)
        assert not any("no time zone" in note for note in notes)
        messages = of(events, MessageEvent)
        assert messages[0].message_timestamp == samples.local(samples.began(0) + 0.5, -7)
        for simulation in {call.simulation_id for call in of(events, ToolExecutionEvent)}:
            times = [event.timestamp for event in events if event.simulation_id == simulation]
            assert times == pytest.approx(sorted(times), abs=0.05)

    def test_a_call_has_its_ids_result_hashes_and_error_type(self, tmp_path: Path) -> None:
        _, events, _ = drawn(write_pair(tmp_path))
        call = next(call for call in of(events, ToolExecutionEvent) if call.state_changed)
        assert call.tool_call_id == "call_0_1"
        assert call.result == {"tool": "create_task"} and not call.result_truncated
        assert call.result_type == "Task"
        assert call.metadata["tau2_enhanced"]["tool_call_id"] == "create_task_2"
        assert call.pre_state_hash != call.post_state_hash
        change = of(events, StateChangeEvent)[0]
        assert (change.tool_call_id, change.turn_idx) == ("call_0_1", call.turn_idx)
        assert (change.pre_state_hash, change.post_state_hash) == (call.pre_state_hash, call.post_state_hash)
        failed = next(call for call in of(events, ToolExecutionEvent) if not call.success)
        assert failed.error_type == "ValueError"
        assert failed.state_changed is None, "tau2-enhanced did not look at the database after a failure"

    def test_snapshots_carry_the_hash_of_the_database(self, tmp_path: Path) -> None:
        _, events, _ = drawn(write_pair(tmp_path))
        snapshots = of(events, StateSnapshotEvent)
        assert Counter(snapshot.action_trigger.split("_")[0] for snapshot in snapshots) == {"before": CALLS, "after": 3}
        same_state = [one.state_hash for one in snapshots if one.action_trigger == "before_get_users"]
        assert len(set(same_state)) == 1

    def test_the_totals_at_the_end_count_what_is_there(self, tmp_path: Path) -> None:
        _, events, _ = drawn(write_pair(tmp_path))
        end = events[-1]
        assert isinstance(end, RunEndEvent)
        assert end.event_counts == dict(Counter(event.event_type for event in events[:-1]))
        assert end.totals["tool_calls"] == CALLS and end.totals["tool_errors"] == 1
        assert end.totals["state_changes"] == 3 and end.totals["passed"] == 3

    def test_events_that_name_their_simulations_are_taken_at_their_word(self, tmp_path: Path) -> None:
        (tmp_path / "run.json").write_text(json.dumps(samples.results()))
        path = tmp_path / "run_enhanced_logs.json"
        whole = samples.document(evaluated=False)
        places = [sim for sim in samples.SIMULATIONS for _ in sim.calls]
        calls = [event for event in whole["execution_events"] if event["event_type"] == "ToolExecutionEvent"]
        for number, (event, sim) in enumerate(zip(calls, places, strict=True)):
            event |= {"simulation_id": sim.id, "task_id": sim.task, "trial": sim.trial, "tool_call_id": f"c_{number}"}
        path.write_text(json.dumps(whole))
        _, events, _ = drawn(path)
        assert [call.execution_time is not None for call in of(events, ToolExecutionEvent)] == [True] * CALLS
        (tmp_path / "run.json").unlink()
        _, events, _ = drawn(path)
        assert Counter(call.simulation_id for call in of(events, ToolExecutionEvent)) == Counter(
            sim.id for sim in places
        )
        assert {(end.task_id, end.trial) for end in of(events, SimulationEndEvent)} == {
            (sim.task, sim.trial) for sim in places
        }

    def test_results_of_another_run_are_told(self, tmp_path: Path) -> None:
        sims = (samples.Sim("brew", 0, (samples.WRONG, samples.WRONG)),)
        (tmp_path / "run.json").write_text(json.dumps(samples.results(sims)))
        path = tmp_path / "run_enhanced_logs.json"
        path.write_text(json.dumps(samples.document()))
        _, events, notes = drawn(path)
        assert any("of different runs" in note for note in notes)
        assert len(of(events, ToolExecutionEvent)) == 2 + 24, "nothing that cannot be told is dropped"

    def test_results_without_any_call(self, tmp_path: Path) -> None:
        sims = (samples.Sim("brew", 0, ()),)
        (tmp_path / "run.json").write_text(json.dumps(samples.results(sims)))
        path = tmp_path / "run_enhanced_logs.json"
        path.write_text(json.dumps(samples.document(sims)))
        name, events, notes = drawn(path)
        assert name == enhanced.PAIR and not of(events, ToolExecutionEvent)
        assert any("1 of reference actions" in note for note in notes)

    def test_results_are_found_where_the_name_was_cut_at_its_last_dot(self, tmp_path: Path) -> None:
        (tmp_path / "run.json").write_text(json.dumps(samples.results()))
        path = tmp_path / "run.v1_enhanced_logs.json"
        path.write_text(json.dumps(samples.document()))
        assert drawn(path)[0] == enhanced.PAIR

    def test_a_simulation_whose_log_lacks_a_call_keeps_it_from_the_results(self, tmp_path: Path) -> None:
        path = write_pair(tmp_path)
        whole = json.loads(path.read_text())
        whole["execution_events"].pop(0)  # the first call of the first conversation
        path.write_text(json.dumps(whole))
        _, events, notes = drawn(path)
        calls = [call for call in of(events, ToolExecutionEvent) if call.simulation_id == "sim-brew-0"]
        assert [(call.tool_name, call.execution_time is None) for call in calls] == [
            ("get_users", True),
            ("create_task", False),
        ]
        assert any("alike, not equal" in note for note in notes)

    def test_calls_that_fit_no_simulation_are_kept_without_one(self, tmp_path: Path) -> None:
        sims = (*samples.SIMULATIONS, samples.Sim("close", 2, (samples.UPDATE, samples.GET)))
        (tmp_path / "run.json").write_text(json.dumps(samples.results()))
        path = tmp_path / "run_enhanced_logs.json"
        path.write_text(json.dumps(samples.document(sims)))
        _, events, notes = drawn(path)
        loose = [call for call in of(events, ToolExecutionEvent) if call.simulation_id is None]
        conversation, replay, reference = loose[:2], loose[2:4], loose[4:]
        assert [call.tool_name for call in conversation] == ["update_task_status", "get_users"]
        assert [call.tool_name for call in replay] == ["update_task_status", "get_users"]
        assert [call.tool_name for call in reference] == ["get_task", "update_task_status"]
        assert any("6 logged tool calls fit no simulation" in note for note in notes)
        assert isinstance(events[-1], RunEndEvent)

    def test_results_that_cannot_be_read_leave_the_log(self, tmp_path: Path) -> None:
        path = write_pair(tmp_path)
        (tmp_path / "run.json").write_text("[1, 2")
        _, events, notes = drawn(path)
        assert len(of(events, ToolExecutionEvent)) >= CALLS
        assert any("cannot be read" in note for note in notes)


class TestLogAlone:
    def test_replays_are_told_by_repetition_and_pauses(self, tmp_path: Path) -> None:
        path = tmp_path / "x_enhanced_logs.json"
        path.write_text(json.dumps(samples.document()))
        name, events, notes = drawn(path)
        assert name == enhanced.LOG
        assert len(of(events, ToolExecutionEvent)) == CALLS
        assert all(samples.BEGAN - 1 < event.timestamp < samples.BEGAN + 300 for event in events)
        starts = of(events, SimulationStartEvent)
        assert [start.simulation_id for start in starts] == [f"environment-{n}" for n in (1, 4, 7, 10)]
        assert all(start.domain == "mock" and start.metadata["inferred"] for start in starts)
        assert [end.reward for end in of(events, SimulationEndEvent)] == [None] * 4
        call = of(events, ToolExecutionEvent)[0]
        assert call.result == call.result_preview == "tool='get_users'" and call.result_truncated
        assert any("inferred" in note for note in notes) and any("no results file" in note for note in notes)

    def test_what_could_be_a_conversation_is_kept(self, tmp_path: Path) -> None:
        sims = (samples.Sim("brew", 0, (samples.CREATE,)),)
        path = tmp_path / "x_enhanced_logs.json"
        path.write_text(json.dumps(samples.document(sims, evaluated=False)))
        _, events, _ = drawn(path)
        assert len(of(events, ToolExecutionEvent)) == 1


class TestOlderForms:
    def test_the_copies_in_every_simulation_count_once(self, tmp_path: Path) -> None:
        path = tmp_path / "run.json"
        path.write_text(json.dumps(samples.legacy_results(), indent=2))
        name, events, notes = drawn(path)
        assert name == enhanced.LEGACY
        calls = of(events, ToolExecutionEvent)
        assert len(calls) == CALLS and all(call.execution_time for call in calls)
        logged, _ = samples.log()
        assert any(note.startswith(f"{3 * len(logged)} events were copies") for note in notes)

    def test_the_log_beside_them(self, tmp_path: Path) -> None:
        (tmp_path / "run.json").write_text(json.dumps(samples.legacy_results()))
        path = tmp_path / "run_enhanced_logs.json"
        path.write_text(json.dumps(samples.legacy_log()))
        _, events, _ = drawn(path)
        assert len(of(events, ToolExecutionEvent)) == CALLS
        assert len(of(events, MessageEvent)) == sum(2 + 2 * len(sim.calls) for sim in samples.SIMULATIONS)

    def test_the_log_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "run_enhanced_logs.json"
        path.write_text(json.dumps(samples.legacy_log()))
        name, events, _ = drawn(path)
        assert name == enhanced.LEGACY_LOG
        assert len(of(events, ToolExecutionEvent)) == CALLS


class TestJit:
    def test_each_simulation_is_completed_by_its_own_log(self, tmp_path: Path) -> None:
        path = tmp_path / "run.json"
        path.write_text(json.dumps(samples.jit(), indent=2))
        name, events, _ = drawn(path)
        assert name == enhanced.JIT
        calls = of(events, ToolExecutionEvent)
        assert len(calls) == CALLS and {call.execution_time for call in calls} == {0.00005}
        assert all(call.metadata["tau2_enhanced"]["pre_call_timestamp"] for call in calls)
        changed = [call for call in calls if call.state_changed]
        assert Counter(call.state_changed for call in calls) == {True: 3, False: CALLS - 3}
        changes = of(events, StateChangeEvent)
        assert [(one.tool_call_id, one.turn_idx) for one in changes] == [
            (call.tool_call_id, call.turn_idx) for call in changed
        ]
        assert changes[0].pre_state_hash != changes[0].post_state_hash == changed[0].post_state_hash
        assert changes[0].changes == [
            {"op": "replace", "path": "/tasks/task_1/status", "old": "pending", "value": "completed"}
        ]
        snapshots = of(events, StateSnapshotEvent)
        assert len(snapshots) == CALLS and snapshots[0].action_trigger == "after_get_users"
        ends = of(events, SimulationEndEvent)
        assert [end.metadata["execution_metrics"]["total_tool_calls"] for end in ends] == [2, 3, 2, 2]
        usage = [event for event in events if event.event_type == "ContextUsageEvent"]
        assert len(usage) == 4 and usage[0].extra["prompt_tokens"] == 700 and usage[0].level == "warning"
        for simulation in {call.simulation_id for call in calls}:
            times = [event.timestamp for event in events if event.simulation_id == simulation]
            assert times == pytest.approx(sorted(times), abs=0.05)

    def test_made_up_ids_are_nobody_elses(self, tmp_path: Path) -> None:
        whole = samples.jit()
        ids = ["brew-0-2", None, None, "brew-0#2"]
        for simulation, name in zip(whole["simulations"], ids, strict=True):
            simulation |= {"id": name, "task_id": "brew", "trial": 0}
        path = tmp_path / "run.json"
        path.write_text(json.dumps(whole))
        _, events, notes = drawn(path)
        assert len({start.simulation_id for start in of(events, SimulationStartEvent)}) == 4
        assert {call.execution_time for call in of(events, ToolExecutionEvent)} == {0.00005}
        assert not any("not in the execution logs" in note for note in notes)

    def test_reduced_files_get_ids_and_the_true_reward(self, tmp_path: Path) -> None:
        path = tmp_path / "baseline_reduced.json"
        path.write_text(json.dumps(samples.reduced()))
        name, events, _ = drawn(path)
        assert name == enhanced.REDUCED
        assert [end.reward for end in of(events, SimulationEndEvent)] == [1.0, 1.0, 0.0, 1.0]
        assert len({start.simulation_id for start in of(events, SimulationStartEvent)}) == 4
        assert {call.execution_time for call in of(events, ToolExecutionEvent)} == {0.00005}
        first = samples.began(0) + 0.5 + 2 * 3600  # of the first message, by a local clock two hours ahead
        assert events[0].timestamp == of(events, SimulationStartEvent)[0].timestamp == pytest.approx(first)

    def test_a_file_with_many_tasks_before_its_simulations_is_recognised(self, tmp_path: Path) -> None:
        whole = samples.jit()
        filler = {**whole["tasks"][0], "ticket": "x" * 5000}
        whole["tasks"] += [{**filler, "id": f"filler-{number}"} for number in range(80)]
        path = tmp_path / "run.json"
        path.write_text(json.dumps(whole))
        assert drawn(path)[0] == enhanced.JIT

    def test_logged_calls_without_a_message_are_kept_and_said(self, tmp_path: Path) -> None:
        whole = samples.jit()
        entry = {**whole["simulations"][0]["execution_logs"][0], "tool_name": "unheard_of"}
        whole["simulations"][0]["execution_logs"].append(entry)
        whole["simulations"][1]["execution_logs"].pop()
        path = tmp_path / "run.json"
        path.write_text(json.dumps(whole))
        _, events, notes = drawn(path)
        kept = [call for call in of(events, ToolExecutionEvent) if call.tool_name == "unheard_of"]
        assert [call.simulation_id for call in kept] == ["sim-brew-0"]
        assert any("not in the messages: 1" in note for note in notes)
        assert any("not in the execution logs: 1" in note for note in notes)


class TestDamage:
    def test_a_file_that_breaks_off_gives_what_stands_before(self, tmp_path: Path) -> None:
        text = json.dumps(samples.document(evaluated=False))
        path = tmp_path / "x_enhanced_logs.json"
        path.write_text(text[: text.index('"state_snapshots"') - 200])
        _, events, notes = drawn(path)
        assert len(of(events, ToolExecutionEvent)) in (CALLS - 1, CALLS)
        assert any("damaged" in note for note in notes)

    @pytest.mark.parametrize("build", [samples.document, samples.legacy_log, samples.jit, samples.reduced])
    def test_wrong_types_never_raise(self, tmp_path: Path, build: Any) -> None:
        generator = random.Random(7)
        odd = [None, 1, -1.5, "x", [], {}, [[]], {"a": {}}, True, 10**30, "2025-09-29T01:41:49"]
        for number in range(60):
            whole = build()
            for _ in range(generator.randint(1, 6)):
                _spoil(whole, generator, odd)
            path = tmp_path / f"{number}_enhanced_logs.json"
            path.write_text(json.dumps(whole))
            found = formats.detect(path)
            try:
                events = list(found.read(path).events) if found else []
            except LogFormatError:
                continue
            assert all(isinstance(event, ExecutionEvent) for event in events)

    def test_cut_anywhere_never_raises(self, tmp_path: Path) -> None:
        data = json.dumps(samples.jit()).encode()
        for cut in range(1, len(data), len(data) // 40):
            path = tmp_path / "cut.json"
            path.write_bytes(data[:cut])
            found = formats.detect(path)
            if found is not None:
                try:
                    list(found.read(path).events)
                except LogFormatError as error:
                    assert "\n" not in str(error)


def _spoil(value: Any, generator: random.Random, odd: list[Any]) -> None:
    """Replace one value, anywhere inside, by another one."""
    while isinstance(value, (dict, list)) and value:
        key = generator.choice(list(value)) if isinstance(value, dict) else generator.randrange(len(value))
        if not isinstance(value[key], (dict, list)) or not value[key] or generator.random() < 0.15:
            value[key] = copy.deepcopy(generator.choice(odd))
            return
        value = value[key]


def test_a_live_call_is_never_taken_for_the_replay_of_another_trial(tmp_path: Path) -> None:
    """Two trials with the same calls and nothing evaluated: both are conversations."""
    same = replace(samples.SIMULATIONS[0], trial=1)
    path = tmp_path / "x_enhanced_logs.json"
    path.write_text(json.dumps(samples.document((samples.SIMULATIONS[0], same), evaluated=False)))
    _, events, _ = drawn(path)
    assert len(of(events, ToolExecutionEvent)) == 4

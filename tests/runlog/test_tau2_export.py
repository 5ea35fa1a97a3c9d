from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.errors import LogWriteError
from tau2_tui.events import (
    ExecutionEvent,
    MessageEvent,
    RunEndEvent,
    RunStartEvent,
    SimulationEndEvent,
    SimulationStartEvent,
    TaskEvent,
    ToolExecutionEvent,
)
from tau2_tui.events.simulation import JUDGE_SKIPPED
from tau2_tui.runlog import RunLog, formats
from tau2_tui.runlog.spool import write_events
from tau2_tui.runlog.tau2_export import write_results
from tests.runlog.formats import enhanced_samples
from tests.runlog.formats.plain_counts import simulations_of
from tests.runlog.naive import log_of
from tests.support.real_data import real_data

TEXT_FILES = [
    "tau2-0.x/edge_v01_telecom_zero-simulations.json",
    "tau2-0.x/v01_airline_gpt41_20x1.json",
    "tau2-0.x/v01_telecom_gpt4o_20x1.json",
    "tau2-0.x/v01_telecom_solo_gpt41_5x4.json",
    "tau2-0.x/v02_airline_gpt-oss-120b_langchain_50x1.json",
    "tau2-0.x/v02_mock_gpt41mini_1x1.json",
    "tau2-0.x/v02_retail_toolorchestra_114x1.json",
    "tau2-0.x/v02_telecom_gpt41mini_1x1.json",
    "tau2-1.x/v101_mock_infrastructure-error.json",
    "tau2-1.x/v1_airline_gpt41mini_5x1.json",
    "tau2-1.x/v1_mock_dirformat_10x1",
    "tau2-1.x/v1_mock_gpt41mini_10x1.json",
    "tau2-1.x/v1_retail_gpt-5.5_4x1_smoke.json",
    "nvidia/nv263_mock_skipped-samples.json",
    "nvidia/nv263_telecom_oracle_10x2.json",
    "tau2-enhanced/airline_gemini2_5_flash_10tasks_2t.json",
    "tau2-enhanced/airline_gemini2_5_flash_10tasks_2t_enhanced_logs.json",
]
_SET_BY_THE_LOADER = {"turn_idx", "timestamp"}
"""Where a file leaves these of a message out, tau2 fills them in when it loads the file."""


def loader() -> Any:
    pytest.importorskip("tau2.data_model.simulation", reason="tau2-bench is not installed")
    from tau2.data_model.simulation import Results

    return Results


def installed_dialect() -> Any:
    return "1.0" if hasattr(loader(), "load_metadata") else "0.2"


def exported(source: Path, folder: Path, dialect: Any = "auto") -> tuple[Path, list[str]]:
    write_events(formats.read(source).events, folder / "log.jsonl")
    with RunLog.open(folder / "log.jsonl", index="now") as log:
        notes = write_results(log, folder / "exported.json", dialect=dialect)
    return folder / "exported.json", notes


def written(events: list[ExecutionEvent], folder: Path, dialect: Any = "auto") -> tuple[dict[str, Any], list[str]]:
    write_events(events, folder / "log.jsonl")
    with RunLog.open(folder / "log.jsonl", index="now") as log:
        notes = write_results(log, folder / "exported.json", dialect=dialect)
    return json.loads((folder / "exported.json").read_text()), notes


@pytest.mark.parametrize("name", TEXT_FILES)
def test_tau2_loads_what_was_imported_and_it_is_equal(name: str, tmp_path: Path) -> None:
    results = loader()
    source = real_data(*name.split("/"))
    path, _ = exported(source, tmp_path, installed_dialect())
    found = {one.id: one.model_dump(mode="json") for one in results.load(path).simulations}
    plain = {one["id"]: one for one in simulations_of(_results_file(source))}
    assert found.keys() == plain.keys()
    for simulation_id, simulation in plain.items():
        _same_simulation(found[simulation_id], simulation)
    again, original = results.load(path), _original(source)
    if original is not None:
        assert again.info == original.info
        assert {task.id: task for task in again.tasks} == {task.id: task for task in original.tasks}


def _results_file(source: Path) -> Path:
    return source.with_name(source.name.replace("_enhanced_logs", ""))


def _same_simulation(found: dict[str, Any], plain: dict[str, Any]) -> None:
    for key in ("task_id", "trial", "seed", "start_time", "end_time", "duration", "agent_cost", "user_cost"):
        assert found[key] == plain.get(key), key
    if found["termination_reason"] != "agent_error":
        assert found["termination_reason"] == plain["termination_reason"]
    reward_info = plain.get("reward_info")
    assert (found["reward_info"] or {}).get("reward") == (reward_info or {}).get("reward")
    if reward_info:
        assert {key: found["reward_info"][key] for key in ("db_check", "nl_assertions")} == {
            key: reward_info.get(key) for key in ("db_check", "nl_assertions")
        }
        assert len(found["reward_info"]["action_checks"] or []) == len(reward_info.get("action_checks") or [])
    messages = plain.get("messages") or []
    assert len(found["messages"]) == len(messages)
    for one, other in zip(found["messages"], messages, strict=True):
        for key in other.keys() & one.keys() - _SET_BY_THE_LOADER:
            assert one[key] == other[key], key
        if other.get("timestamp") is not None:
            assert one["timestamp"] == other["timestamp"]


def _original(source: Path) -> Any:
    path = _results_file(source)
    try:
        return loader().load(path)
    except (ValueError, IsADirectoryError):
        return None  # of another version of tau2


@pytest.mark.parametrize("dialect", ["0.2", "1.0"])
def test_what_tau2_enhanced_wrote_in_older_forms_loads(dialect: str, tmp_path: Path) -> None:
    source = tmp_path / "reduced.json"
    source.write_text(json.dumps(enhanced_samples.reduced()))
    path, _ = exported(source, tmp_path, dialect)
    loaded = loader().load(path)
    assert [one.reward_info.reward for one in loaded.simulations] == [1.0, 1.0, 0.0, 1.0]
    assert [len(one.messages) for one in loaded.simulations] == [6, 8, 6, 6]
    assert loaded.info.environment_info.domain_name


def test_a_log_of_tool_calls_alone_loads(tmp_path: Path) -> None:
    source = tmp_path / "x_enhanced_logs.json"
    source.write_text(json.dumps(enhanced_samples.document()))
    path, notes = exported(source, tmp_path)
    loaded = loader().load(path)
    assert [len(one.messages) for one in loaded.simulations] == [4, 6, 4, 4]
    assert any("only the tool calls are known" in note for note in notes)


def test_a_recorded_run_equals_the_results_that_were_saved_with_it(tmp_path: Path) -> None:
    results = loader()
    from tau2_tui.recording import RecordConfig, record_run

    config = RecordConfig(domain="mock", num_trials=2, max_concurrency=1, save_to="saved")
    record_run(config, tmp_path / "run.jsonl")
    with RunLog.open(tmp_path / "run.jsonl", index="now") as log:
        assert write_results(log, tmp_path / "exported.json") == []
    saved, found = results.load(tmp_path / "saved.json"), results.load(tmp_path / "exported.json")
    assert {one.id: one for one in found.tasks} == {one.id: one for one in saved.tasks}
    by_id = {one.id: one for one in found.simulations}
    for simulation in saved.simulations:
        other = by_id.pop(simulation.id)
        assert other.messages == simulation.messages
        assert other.reward_info == simulation.reward_info
        assert (other.task_id, other.trial, other.seed) == (simulation.task_id, simulation.trial, simulation.seed)
        assert (other.agent_cost, other.user_cost) == (simulation.agent_cost, simulation.user_cost)
        assert other.termination_reason == simulation.termination_reason
        assert abs(_seconds(other.start_time) - _seconds(simulation.start_time)) < 1, "the same clock"
    assert not by_id
    info, expected = found.info.model_dump(), saved.info.model_dump()
    for key in ("num_trials", "max_steps", "max_errors", "seed", "agent_info", "environment_info"):
        assert info[key] == expected[key], key


def _seconds(written: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(written).timestamp()


# What the log holds and tau2 does not know


def start(**further: Any) -> RunStartEvent:
    return RunStartEvent(domain="mock", policy="Be good.", tau2_version="26.3", **further)


def simulation(
    name: str, end: SimulationEndEvent | None, *told: ExecutionEvent, **further: Any
) -> list[ExecutionEvent]:
    events = [SimulationStartEvent(domain="mock", agent="a", user="u", **further), *told, *([end] if end else [])]
    for number, event in enumerate(events):
        event.simulation_id, event.task_id, event.trial = name, "t", 0
        event.timestamp = 1_760_000_000.0 + number
    return events


DONE = {"termination_reason": "user_stop", "reward": 1.0, "reward_info": {"reward": 1.0}}


def test_simulations_that_have_not_ended_or_were_repeated_are_left_out(tmp_path: Path) -> None:
    events = [
        start(),
        *simulation("first", SimulationEndEvent(error="broken", termination_reason="infrastructure_error")),
        *simulation("second", SimulationEndEvent(**DONE), metadata={"repeats": "first"}),
        *simulation("third", None),
    ]
    document, notes = written(events, tmp_path)
    assert [one["id"] for one in document["simulations"]] == ["second"]
    assert notes == [
        "simulations left out, as they failed or were cut off and were repeated: 1",
        "simulations left out, as they have not ended: 1",
    ]


def test_reasons_that_the_other_tau2_does_not_know_are_replaced_and_said(tmp_path: Path) -> None:
    failed = SimulationEndEvent(termination_reason="infrastructure_error", error="no answer", error_type="OSError")
    judged = SimulationEndEvent(termination_reason="judge_stop", reward=0.0)
    events = [start(), *simulation("a", failed), *simulation("b", judged)]
    document, notes = written(events, tmp_path, "0.2")
    assert [one["termination_reason"] for one in document["simulations"]] == ["agent_error", "judge_stop"]
    assert len(notes) == 1 and "infrastructure_error" in notes[0]
    document, notes = written(events, tmp_path, "1.0")
    assert [one["termination_reason"] for one in document["simulations"]] == ["infrastructure_error", "agent_error"]
    assert document["simulations"][0]["info"]["error"] == "no answer"
    assert document["simulations"][0]["reward_info"] is None
    assert len(notes) == 1 and "judge_stop" in notes[0]


@pytest.mark.parametrize("number", [float("inf"), float("nan"), 10**400], ids=["inf", "nan", "large"])
def test_numbers_that_no_float_holds_are_left_out_and_tau2_loads_the_rest(tmp_path: Path, number: float) -> None:
    said = MessageEvent(role="user", content="hi", message_timestamp="2025-10-09T10:53:21.500000", turn_idx=0)
    end = SimulationEndEvent(**{**DONE, "reward": number}, duration=number, agent_cost=number)
    events = [start(), *simulation("a", end, said)]
    for event in events[1:]:
        event.timestamp = number
    path = tmp_path / "log.jsonl"
    path.write_bytes(log_of(events).replace(b'"timestamp":null', b'"timestamp":%b' % json.dumps(number).encode()))
    with RunLog.open(path, index="now") as log:
        notes = write_results(log, tmp_path / "exported.json")
    [found] = json.loads((tmp_path / "exported.json").read_text())["simulations"]
    assert (found["start_time"], found["duration"]) == ("1970-01-01T00:00:00.000000", 0.0)
    assert (found["agent_cost"], found["reward_info"]) == (None, None) and "without a reward" in notes[0]
    assert len(loader().load(tmp_path / "exported.json").simulations) == 1


def test_a_judge_that_was_not_asked_is_told_whatever_else_the_end_holds(tmp_path: Path) -> None:
    end = SimulationEndEvent(**DONE, metadata={"info": "odd", "judge": JUDGE_SKIPPED})
    document, _ = written([start(), *simulation("a", end)], tmp_path)
    assert list(document["simulations"][0]["info"]) == ["judge"]


def test_answers_of_one_bundle_are_in_one_again_and_refused_messages_are_not_there(tmp_path: Path) -> None:
    calls = [{"id": name, "name": "t", "arguments": {}, "requestor": "assistant"} for name in ("c1", "c2")]
    told = [
        MessageEvent(role="assistant", tool_calls=calls, turn_idx=0),
        ToolExecutionEvent(tool_name="t", tool_call_id="c1"),
        ToolExecutionEvent(tool_name="t", tool_call_id="c2", success=False, error_message="no"),
        MessageEvent(role="tool", content="1", turn_idx=1),
        MessageEvent(role="tool", content="Error: no", turn_idx=1),
        MessageEvent(role="assistant", content="", turn_idx=2, metadata={"in_conversation": False}),
    ]
    document, _ = written([start(), *simulation("a", SimulationEndEvent(**DONE), *told)], tmp_path)
    asked, bundle = document["simulations"][0]["messages"]
    assert [call["id"] for call in asked["tool_calls"]] == ["c1", "c2"]
    assert [(one["id"], one["error"]) for one in bundle["tool_messages"]] == [("c1", False), ("c2", True)]


def test_times_are_by_the_clock_of_the_messages(tmp_path: Path) -> None:
    said = MessageEvent(role="user", content="hi", message_timestamp="2025-10-09T10:53:21.500000", turn_idx=0)
    document, _ = written([start(), *simulation("a", SimulationEndEvent(**DONE), said)], tmp_path)
    assert document["simulations"][0]["start_time"] == "2025-10-09T10:53:20.000000"
    assert document["simulations"][0]["end_time"] == "2025-10-09T10:53:22.000000"


def test_what_a_log_does_not_say_is_filled_in_so_that_tau2_loads_it(tmp_path: Path) -> None:
    odd_call = {"id": None, "name": "t", "arguments": "x", "requestor": "someone"}
    told = MessageEvent(role="assistant", content="half \ud83d a pair", tool_calls=[odd_call], turn_idx=0)
    events = [
        RunStartEvent(config={"num_trials": "many", "info": {"agent_info": 3, "environment_info": []}}),
        TaskEvent(task_id="t", task={"id": None, "instruction": "Do it."}),
        *simulation("a", SimulationEndEvent(reward=1.0), told),
        RunEndEvent(),
    ]
    document, notes = written(events, tmp_path)
    assert document["info"]["environment_info"] == {"domain_name": "mock", "policy": ""}
    assert document["info"]["agent_info"]["implementation"] == "a"
    assert any("arguments are no object" in note for note in notes)
    assert [task["id"] for task in document["tasks"]] == ["t"]
    assert len(loader().load(tmp_path / "exported.json").simulations) == 1


def test_a_file_beside_a_folder_simulations_is_refused(small_log: Path, tmp_path: Path) -> None:
    (tmp_path / "simulations").mkdir()
    with RunLog.open(small_log, index="now") as log, pytest.raises(LogWriteError, match="would find no simulation"):
        write_results(log, tmp_path / "results.json")


def test_the_file_is_private_and_appears_whole(small_log: Path, tmp_path: Path) -> None:
    with RunLog.open(small_log, index="now") as log:
        write_results(log, tmp_path / "out.json")
        with pytest.raises(LogWriteError, match="cannot be written"):
            write_results(log, tmp_path / "missing" / "out.json")
        with pytest.raises(LogWriteError, match="is not a regular file"):
            write_results(log, tmp_path)
    assert (tmp_path / "out.json").stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob(".*tmp"))

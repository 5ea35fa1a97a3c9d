from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.analysis.calls.arguments import argument_profile
from tau2_tui.analysis.calls.divergence import divergences
from tau2_tui.analysis.data import reading
from tau2_tui.analysis.data.reading import Cancelled, read_run
from tau2_tui.analysis.data.records import Run
from tau2_tui.events import (
    ExecutionEvent,
    LLMCallEvent,
    MessageEvent,
    RunStartEvent,
    SimulationEndEvent,
    SimulationStartEvent,
    TaskEvent,
    ToolExecutionEvent,
)
from tau2_tui.logging import ExecutionLogger
from tau2_tui.runlog import RunLog
from tau2_tui.runlog.merged import MergedLog

SAMPLES = sorted((Path(__file__).parents[3] / "sample_logs").glob("*.jsonl"))


def write(path: Path, *events: ExecutionEvent) -> Path:
    with ExecutionLogger(path) as logger:
        for event in events:
            logger.log_event(event)
    return path


def read(path: Path, **options: Any) -> Run:
    with RunLog.open(path) as log:
        return read_run(log, **options)


def test_a_small_run(small_log: Path) -> None:
    run = read(small_log)
    assert (run.label, run.domain, run.agent, run.complete, run.notes) == ("small", "mock", "oracle", True, ())
    passed, failed = run.simulations
    assert (passed.simulation_id, passed.task_id, passed.trial, passed.seed) == ("sim-0", "create_task_1", 0, 626729)
    assert (passed.success, failed.success, passed.messages, passed.agent_cost) == (True, False, 5, 0.0125)
    assert passed.gold_diff == {"database": []} and failed.termination == "user_stop"
    first, second = run.calls
    assert (first.name, first.turn, first.state_changed, first.error) == ("create_task", 1, True, False)
    assert (second.error, second.error_text, second.result_digest) == (True, "User not found", None)
    assert [change.paths for change in run.state_changes] == [("/tasks/task_2",)]
    assert [message.role for message in run.messages[:3]] == ["user", "assistant", "tool"]
    assert run.tools["assistant", "create_task"].tool_type == "write"


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_samples_equal_a_plain_reading_of_their_lines(path: Path) -> None:
    rows = [json.loads(line) for line in path.read_bytes().splitlines()]
    kinds = Counter(row["event_type"] for row in rows)
    run = read(path)
    assert len(run.simulations) == kinds["SimulationStartEvent"]
    assert len(run.calls) == kinds["ToolExecutionEvent"]
    assert len(run.messages) == kinds["MessageEvent"] - sum(row.get("history") is True for row in rows)
    assert len(run.state_changes) == kinds["StateChangeEvent"]
    assert len(run.tasks) == kinds["TaskEvent"]
    ends = {row["simulation_id"]: row for row in rows if row["event_type"] == "SimulationEndEvent"}
    for simulation in run.simulations:
        end = ends[simulation.simulation_id]
        assert (simulation.reward, simulation.duration) == (end["reward"], end["duration"])
        assert rows[simulation.end_line or 0] is end
    gold = sum(len((task["evaluation_criteria"] or {}).get("actions") or []) for task in run.tasks.values())
    assert len(run.gold) == gold
    assert [rows[call.line]["tool_name"] for call in run.calls] == [call.name for call in run.calls]
    for simulation in run.simulations:
        places = [call.i for call in run.calls if call.simulation == simulation.index]
        assert places == list(range(len(places)))


def test_history_is_not_the_agents_and_repeated_simulations_do_not_count(tmp_path: Path) -> None:
    scope: dict[str, Any] = {"task_id": "1", "trial": 0}
    path = write(
        tmp_path / "run.jsonl",
        SimulationStartEvent(simulation_id="a", **scope),
        MessageEvent(simulation_id="a", role="user", content="x", **scope),
        ToolExecutionEvent(simulation_id="a", tool_name="get", **scope),
        SimulationStartEvent(simulation_id="b", metadata={"repeats": "a"}, **scope),
        MessageEvent(simulation_id="b", role="user", content="x", history=True, **scope),
        MessageEvent(simulation_id="b", role="user", content="y", **scope),
        ToolExecutionEvent(simulation_id="b", tool_name="set", **scope),
        SimulationEndEvent(simulation_id="b", reward=1.0, **scope),
        ToolExecutionEvent(tool_name="stray"),
    )
    run = read(path)
    assert ([one.simulation_id for one in run.simulations], run.repeated) == (["b"], 1)
    assert [call.name for call in run.calls] == ["set"]
    assert (len(run.messages), run.simulations[0].messages, run.complete) == (1, 1, False)
    assert run.notes == (
        "1 tool call outside of any simulation left out",
        "1 repeated simulation left out",
    )


def test_arguments_are_held_against_the_signature(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"a": {}, "b": {}}, "required": ["a"]}
    path = write(
        tmp_path / "run.jsonl",
        RunStartEvent(tools=[{"name": "get", "parameters": schema, "tool_type": "READ"}, {"name": "odd"}]),
        ToolExecutionEvent(simulation_id="s", tool_name="get", tool_args={"b": 1, "c": 2}),
        ToolExecutionEvent(simulation_id="s", tool_name="odd", tool_args={"b": 1}),
        ToolExecutionEvent(simulation_id="s", tool_name="unknown", tool_args={"email": "ann@example.com"}),
    )
    known, odd, unknown = (run := read(path)).calls
    assert (known.missing_args, known.unexpected_args) == (("a",), ("c",))
    assert (odd.missing_args, unknown.unexpected_args) == (None, None)
    assert [hit["kind"] for hit in unknown.sensitive] == ["email"]
    tool = run.tools["assistant", "get"]
    assert (tool.tool_type, tool.required, tool.optional) == ("read", ("a",), ("b",))


def test_what_a_reference_action_writes_is_told_by_its_tool_or_by_what_it_did(tmp_path: Path) -> None:
    actions = [{"name": name, "arguments": {}, "compare_args": ["x"]} for name in ("get", "set", "odd", "never")]
    path = write(
        tmp_path / "run.jsonl",
        RunStartEvent(tools=[{"name": "get", "tool_type": "read"}, {"name": "set", "tool_type": "write"}]),
        TaskEvent(task_id="1", task={"id": "1", "evaluation_criteria": {"actions": actions}}),
        ToolExecutionEvent(simulation_id="s", task_id="1", tool_name="odd", state_changed=True),
    )
    gold = read(path).gold
    assert [(action.name, action.writes) for action in gold] == [
        ("get", False),
        ("set", True),
        ("odd", True),
        ("never", None),
    ]
    assert gold[0].compare_args == ("x",)


def test_tools_of_tau2s_own_domains_are_known_where_the_log_lists_none(tmp_path: Path) -> None:
    def log(name: str, domain: str, tool: str, **fields: Any) -> Run:
        actions = [{"name": "cancel_reservation", "arguments": {}}, {"name": "get_user_details", "arguments": {}}]
        return read(
            write(
                tmp_path / name,
                RunStartEvent(domain=domain),
                TaskEvent(task_id="1", task={"id": "1", "evaluation_criteria": {"actions": actions}}),
                ToolExecutionEvent(simulation_id="s", task_id="1", tool_name=tool, **fields),
            )
        )

    known = log("a.jsonl", "airline_enhanced", "get_user_details")
    assert [action.writes for action in known.gold] == [True, False]
    assert known.tools["assistant", "get_user_details"].required is None and known.calls[0].missing_args is None
    assert any("lists no tools" in note for note in known.notes)
    mistaken = log("b.jsonl", "airline", "get_the_user", success=False, error_message="Tool not found")
    assert [action.writes for action in mistaken.gold] == [True, False]
    for other in (log("c.jsonl", "airline", "get_the_user"), log("d.jsonl", "hotel", "get_user_details")):
        assert [action.writes for action in other.gold] == [None, None] and not other.tools


def test_an_agent_without_a_user_has_the_users_tools_as_its_own(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"mode": {}}, "required": ["mode"]}
    toggle = {"name": "set_mode", "requestor": "user", "tool_type": "write", "parameters": schema}
    actions = [{"name": "toggle_data", "requestor": "user", "arguments": {}}]
    task = TaskEvent(task_id="1", task={"id": "1", "evaluation_criteria": {"actions": actions}})
    recorded = read(
        write(
            tmp_path / "recorded.jsonl",
            RunStartEvent(tools=[toggle]),
            ToolExecutionEvent(simulation_id="s", tool_name="set_mode", tool_args={}),
        )
    )
    assert recorded.calls[0].missing_args == ("mode",)
    (row,) = argument_profile(recorded.calls, recorded.tools)
    assert (row.missing_calls, row.note) == (1, "")
    imported = read(
        write(
            tmp_path / "imported.jsonl",
            RunStartEvent(domain="telecom"),
            task,
            ToolExecutionEvent(simulation_id="s", task_id="1", tool_name="run_speed_test"),
            ToolExecutionEvent(simulation_id="s", task_id="1", tool_name="toggle_data"),
            ToolExecutionEvent(simulation_id="s", task_id="1", tool_name="toggle_roaming"),
        )
    )
    assert imported.gold[0].writes is True
    (found,) = divergences(imported)
    assert (found.kind, found.unexpected_write) == ("unexpected write", 2)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_what_is_known_of_tau2s_domains_is_what_their_logs_say(path: Path) -> None:
    from tau2_tui.analysis.data.domain_tools import domain_tools

    run = read(path)
    assert run.domain == {"noisy": "airline"}.get(path.stem, path.stem)
    known = domain_tools(run.domain, run.calls)
    assert {key: tool.tool_type for key, tool in run.tools.items()} == {key: known[key].tool_type for key in run.tools}


def test_tau2s_own_times_are_shifted_by_their_zone(tmp_path: Path) -> None:
    def message(seconds: float, written: str | None) -> MessageEvent:
        event = MessageEvent(simulation_id="s", role="user", content="x", message_timestamp=written)
        event.timestamp, event.stamped_on_creation = seconds, False
        return event

    path = write(
        tmp_path / "run.jsonl",
        message(1_760_000_000.5, None),
        message(1_760_000_001.5, "2025-10-09T01:53:21"),
        message(1_760_000_050.5, "2025-10-09T01:53:31.250000"),
        message(1_760_000_051.5, "yesterday"),
    )
    times = [one.time for one in read(path).messages]
    assert times == [1_760_000_000.5, 1_760_000_001.0, 1_760_000_011.25, 1_760_000_051.5]


def test_model_calls_and_digests(tmp_path: Path) -> None:
    path = write(
        tmp_path / "run.jsonl",
        LLMCallEvent(simulation_id="s", model="m", purpose="agent", latency=1.5, prompt_tokens=7, cost=None),
        LLMCallEvent(model="j", purpose="judge", error="timeout", retries=2),
        ToolExecutionEvent(simulation_id="s", tool_name="get", result={"a": 1, "b": 2}),
        ToolExecutionEvent(simulation_id="s", tool_name="get", result={"b": 2, "a": 1}),
        ToolExecutionEvent(simulation_id="s", tool_name="get", result={"a": 2}),
    )
    run = read(path)
    agent, judge = run.model_calls
    assert (agent.simulation, agent.latency, agent.prompt_tokens, agent.cost, agent.failed) == (0, 1.5, 7, None, False)
    assert (judge.simulation, judge.failed, judge.retries) == (None, True, 2)
    one, two, three = (call.result_digest for call in run.calls)
    assert one == two != three


def test_damaged_and_hostile_lines_are_left_out_and_said(small_log: Path) -> None:
    lines = small_log.read_bytes().splitlines(keepends=True)
    lines[5] = lines[5][: len(lines[5]) // 2] + b"\n"
    hostile = (
        b'{"seq":98,"timestamp":NaN,"event_type":"SimulationEndEvent","simulation_id":"odd","task_id":7,"reward":NaN,'
        b'"reward_info":[1],"duration":"long","agent_cost":1e999,"metadata":3,"gold_diff":"x","error":5}\n'
        b'{"seq":99,"event_type":"ToolExecutionEvent","simulation_id":"odd","tool_name":5,"tool_args":[1],'
        b'"sensitive_args":[3],"missing_args":"x","result":{"deep":[[[]]]},"execution_time":true}\n'
        b'{"seq":99,"event_type":"MessageEvent","simulation_id":"odd","role":9,"content":{},"usage":[],'
        b'"tool_calls":{},"message_timestamp":12}\n'
        b'{"seq":99,"event_type":"LLMCallEvent","simulation_id":"odd","retries":"x","latency":{},"cost":1e308,'
        b'"prompt_tokens":' + b"9" * 400 + b"}\n"
        b'{"seq":99,"event_type":"StateChangeEvent","simulation_id":"odd","changes":[4,{"op":"add"}]}\n'
        b'{"seq":99,"event_type":"TaskEvent","task_id":"q","task":{"evaluation_criteria":{"actions":[null,{"name":[]}]}}}\n'
        b'{"seq":99,"event_type":"RunStartEvent","tools":[1,{"name":"x","parameters":{"properties":[]}}],"config":[]}\n'
    )
    small_log.write_bytes(b"".join(lines) + hostile + b'{"seq":100,"timest')
    run = read(small_log)
    odd = run.simulations[-1]
    assert (odd.simulation_id, odd.reward, odd.duration, odd.gold_diff, odd.counted) == ("odd", None, None, None, False)
    assert odd.agent_cost is None
    assert (run.model_calls[-1].cost, run.model_calls[-1].prompt_tokens) == (None, None)
    assert "2 unreadable lines left out" in run.notes
    assert run.calls[-1].args == {} and run.messages[-1].time is None


def test_progress_runs_to_its_end_and_reading_can_be_cancelled(small_log: Path) -> None:
    seen: list[float] = []
    read(small_log, progress=seen.append)
    assert seen[-1] == 1.0 and seen == sorted(seen)
    with pytest.raises(Cancelled):
        read(small_log, cancelled=lambda: True)


def test_a_label_of_ones_own(small_log: Path) -> None:
    assert read(small_log, label="mine").label == "mine"


DATA = Path(os.environ.get("TAU2_TUI_TEST_DATA", "/nonexistent"))
PAIR = next(iter(sorted((DATA / "tau2-enhanced").glob("*_enhanced_logs.json"))), None)


@pytest.mark.skipif(PAIR is None, reason="no data: set TAU2_TUI_TEST_DATA")
def test_the_evaluators_replays_are_no_calls() -> None:
    """The predecessor counted 212 calls here; the agent made 79, of which 8 failed."""
    opening = pytest.importorskip("tau2_tui.runlog.opening")
    with opening.open_log(PAIR, index="now") as log:
        run = read_run(log)
    assert (len(run.calls), sum(call.error for call in run.calls)) == (79, 8)


def test_many_lines_at_once_are_the_lines_one_by_one(small_log: Path) -> None:
    with small_log.open("ab") as file:
        file.write(b'\n{"torn')
    with RunLog.open(small_log, index="now") as log:
        whole = [log.line(line) for line in range(len(log))]
        for first in range(len(log)):
            for stop in range(first, len(log) + 1):
                assert log.lines(first, stop) == whole[first:stop]
        with pytest.raises(IndexError):
            log.lines(0, len(log) + 1)


def test_several_logs_in_one_hold_the_simulations_of_all() -> None:
    with MergedLog([RunLog.open(path, index="now") for path in SAMPLES]) as log:
        run = read_run(log)
    each = [read(path) for path in SAMPLES]
    assert len(run.simulations) == sum(len(one.simulations) for one in each)
    assert sorted(call.result_digest or "" for call in run.calls) == sorted(
        call.result_digest or "" for one in each for call in one.calls
    )


def test_progress_rises_from_the_indexing_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_EVERY", 0.0001)
    with RunLog.open(SAMPLES[0], index="later") as log:
        shares: list[float] = []
        read_run(log, progress=shares.append)
    assert shares == sorted(shares) and shares[-1] == 1.0
    with RunLog.open(SAMPLES[0], index="later") as log, pytest.raises(Cancelled):
        read_run(log, cancelled=lambda: True)

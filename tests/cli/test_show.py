from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.events import (
    ExecutionEvent,
    MessageEvent,
    RunStartEvent,
    SimulationEndEvent,
    SimulationStartEvent,
    StateChangeEvent,
    TaskEvent,
    ToolExecutionEvent,
)
from tests.cli.command import one_error, run
from tests.runlog.naive import log_of


def written(path: Path, events: list[ExecutionEvent]) -> Path:
    path.write_bytes(log_of(events))
    return path


def conversation_log(path: Path) -> Path:
    """A simulation with two calls in one message, of which one fails, and reference actions of which one was made."""
    actions = [
        {"name": "get_user", "arguments": {"user_id": "mia"}, "requestor": "assistant"},
        {"name": "book", "arguments": {"flight": "HAT1", "bags": 2}, "requestor": "assistant"},
        {"name": "pay", "arguments": {"amount": 5}, "requestor": "assistant"},
    ]
    mia, booking = {"user_id": "mia"}, {"flight": "HAT1", "bags": 3}
    calls = [
        {"id": "c1", "name": "get_user", "arguments": mia, "requestor": "assistant"},
        {"id": "c1", "name": "book", "arguments": booking, "requestor": "assistant"},
    ]
    change = {"op": "replace", "path": "/flights/HAT1/seats", "old": 3, "value": 2}
    events: list[ExecutionEvent] = [
        MessageEvent(role="user", content="I want to fly.\n\nTo Rome: 日本語のとても長い文章です。" * 3, turn_idx=0),
        MessageEvent(role="assistant", content="One moment.", tool_calls=calls, turn_idx=1),
        ToolExecutionEvent(
            tool_name="get_user", tool_args=calls[0]["arguments"], tool_call_id="c1", result={"id": "mia"}
        ),  # type: ignore[arg-type]
        ToolExecutionEvent(
            tool_name="book",
            tool_args=booking,
            tool_call_id="c1",
            success=False,
            error_message="no seat",
            error_type="ValueError",
            state_changed=True,
        ),
        StateChangeEvent(action_trigger="book", changes=[change], tool_call_id="c1"),
        MessageEvent(role="tool", content='{"id": "mia"}', tool_call_id="c1", requestor="assistant"),
        MessageEvent(role="tool", content="Error: no seat", tool_call_id="c1", error=True, requestor="assistant"),
        MessageEvent(role="tool", content="nobody asked", tool_call_id="zz", requestor="assistant"),
        ExecutionEvent(message="log repaired", level="warning"),  # type: ignore[arg-type]
        MessageEvent(role="assistant", content="word " * 2000, turn_idx=4),
    ]
    for event in [*events]:
        event.simulation_id, event.task_id, event.trial = "s1", "t1", 0
    start = SimulationStartEvent(simulation_id="s1", task_id="t1", trial=0, domain="air", agent="a", agent_llm="m")
    reward = {"reward": 0.0, "db_check": {"db_match": False}, "reward_basis": ["DB"]}
    end = SimulationEndEvent(simulation_id="s1", task_id="t1", trial=0, reward=0.0, reward_info=reward, duration=2.5)
    task = TaskEvent(task_id="t1", task={"id": "t1", "evaluation_criteria": {"actions": actions}})
    return written(path, [RunStartEvent(domain="air"), task, start, *events, end])


def test_a_conversation_in_reading_order(tmp_path: Path) -> None:
    text = run("show", conversation_log(tmp_path / "run.jsonl")).out
    parts = [
        "air · task t1 · trial 0",
        "agent a (m)",
        "#3 user    I want to fly.",
        "#4 agent   One moment.",
        '#5         → get_user(user_id="mia")',
        '← {"id": "mia"}',
        '#6         → book(flight="HAT1", bags=3)',
        "✗ ValueError: no seat",
        "#7         Δ ~ flights/HAT1/seats: 3 → 2",
        "#10 tool    nobody asked",
        "! log repaired",
        "#12 agent   word word",
        "✗ failed · reward 0 · 2.5 s",
        "because of: database",
    ]
    places = [text.find(part) for part in parts]
    assert -1 not in places and places == sorted(places), (dict(zip(parts, places, strict=True)), text)
    assert text.count("no seat") == 1, "a result stands once, with its call"


@pytest.mark.parametrize("width", [40, 80, 160])
def test_lines_fit_the_terminal_and_full_shows_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    from rich.cells import cell_len

    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("NO_COLOR", "1")
    log = conversation_log(tmp_path / "run.jsonl")
    short = run("show", log, "--gold", terminal=True).lines
    assert [line for line in short if cell_len(line) > width] == []
    assert any(re.search(r"… [\d,]+ characters", line) for line in short) == (width < 100)
    full = run("show", log, "--full", terminal=True)
    assert full.out.count("word") == 2000 and "--full" not in full.out


def test_gold_says_what_became_of_each_reference_action(tmp_path: Path) -> None:
    log = conversation_log(tmp_path / "run.jsonl")
    text = run("show", log, "--gold").out
    assert "= reference action 1 of 3" in text
    assert "≠ reference action 2 of 3: other bags" in text and "bags: 3; the reference: 2" in text
    assert "Reference actions: 1 of 3 made" in text
    assert re.search(r"3 ✗ pay\(amount=5\) +│ never called", text)
    gold = run("show", log, "--gold", "--json").json()["gold"]
    assert [action["outcome"] for action in gold["actions"]] == ["matched", "wrong arguments", "missing"]
    assert [action["seq"] for action in gold["actions"]] == [5, 6, None]
    assert gold["not_in_reference"] == [{"seq": 6, "name": "book", "state_changed": True}]


def test_gold_is_what_the_simulation_was_evaluated_against(tmp_path: Path) -> None:
    def check(name: str) -> dict[str, Any]:
        action = {"action_id": name, "name": name, "arguments": {}, "requestor": "assistant"}
        return {"action": action, "action_match": name == "made", "action_reward": float(name == "made")}

    def log(task_actions: list[str] | None, evaluated: list[str]) -> Path:
        task = {"evaluation_criteria": {"actions": [{"name": name, "arguments": {}} for name in task_actions or ()]}}
        scope: dict[str, Any] = {"simulation_id": "s", "task_id": "t", "trial": 0}
        call = ToolExecutionEvent(tool_name="made", tool_args={}, result=1, **scope)
        end = SimulationEndEvent(reward=0.0, reward_info={"action_checks": [*map(check, evaluated)]}, **scope)
        tasks = [] if task_actions is None else [TaskEvent(task_id="t", task=task)]
        return written(tmp_path / "run.jsonl", [*tasks, SimulationStartEvent(**scope), call, end])

    other = log(["expected_by_the_file"], ["made", "missing"])
    assert "Reference actions: 1 of 2 made" in run("show", other, "--gold").out
    assert "was evaluated against other actions than" in run("show", other, "--gold").out.replace("\n", " ")
    document = run("show", other, "--gold", "--json").json()["gold"]
    assert [one["action"]["name"] for one in document["actions"]] == ["made", "missing"]
    assert document["of_the_task"] is False
    same = log(["made"], ["made"])
    assert "evaluated against" not in run("show", same, "--gold").out
    assert run("show", same, "--gold", "--json").json()["gold"]["of_the_task"] is True
    assert "Reference actions: 1 of 1 made" in run("show", log(["made"], []), "--gold").out
    assert "Reference actions: 1 of 1 made" in run("show", log(None, ["made"]), "--gold").out


def test_gold_needs_the_task(tmp_path: Path) -> None:
    log = written(tmp_path / "run.jsonl", [SimulationStartEvent(simulation_id="s", task_id="t", trial=0)])
    done = run("show", log, "--gold")
    assert "the log does not hold the task t" in one_error(done)


def test_one_event_whole_and_around_it(small_log: Path) -> None:
    text = run("show", small_log, "--seq", 5).out
    assert "▶ #5" in text and "Please create a task to buy milk" in text and "update_task_1" not in text
    assert re.search(r"tool_name +create_task\n", text) and "nothing in: " in text
    assert run("show", small_log, "--seq", 0).lines[0] == "#0 RunStartEvent"
    assert run("show", small_log, "--seq", 0, "--json").json()["event_type"] == "RunStartEvent"
    event = run("show", small_log, "--task", "create_task_1", "--seq", 5, "--json").json()
    assert (event["seq"], event["event_type"]) == (5, "ToolExecutionEvent")
    assert "belongs to another simulation" in one_error(
        run("show", small_log, "--task", "update_task_1", "--seq", 5, "--json")
    )
    assert "--gold shows a whole simulation" in one_error(run("show", small_log, "--seq", 5, "--gold"))
    assert "no event has the number 99" in one_error(run("show", small_log, "--seq", 99))


def test_json_has_the_simulations_events(small_log: Path) -> None:
    document = run("show", small_log, "--task", "update_task_1", "--json").json()
    assert (document["task_id"], document["trial"], document["simulation_id"]) == ("update_task_1", 0, "sim-1")
    assert [event["seq"] for event in document["events"]] == list(range(12, 20))


def test_a_simulation_is_named_by_task_part_of_a_task_trial_or_id(small_log: Path) -> None:
    for choice in (
        ["--task", "update_task_1"],
        ["-t", "update"],
        ["--simulation", "sim-1"],
        ["-t", "UPD", "--trial", 0],
    ):
        assert run("show", small_log, *choice).lines[0] == "mock · task update_task_1 · trial 0", choice
    assert "the tasks are create_task_1, update_task_1" in one_error(run("show", small_log))
    assert "part of more than one" in one_error(run("show", small_log, "--task", "task"))
    assert "no task 'x'" in one_error(run("show", small_log, "--task", "x"))
    assert "the only trial is 0" in one_error(run("show", small_log, "-t", "update", "--trial", 3))
    assert "no simulation has the id" in one_error(run("show", small_log, "--simulation", "zz"))


def test_an_id_names_its_simulation_though_others_begin_with_it(tmp_path: Path) -> None:
    events = [SimulationStartEvent(simulation_id=name, task_id="t", trial=0) for name in ("12", "1", "13")]
    log = written(tmp_path / "run.jsonl", [*events])
    assert run("show", log, "--simulation", "1", "--json").json()["simulation_id"] == "1"
    assert run("show", log, "--simulation", "13", "--json").json()["simulation_id"] == "13"
    log = written(tmp_path / "run.jsonl", [events[0], events[2]])
    assert "the ids of 2 simulations begin with '1'" in one_error(run("show", log, "--simulation", "1"))


def test_which_of_several_is_shown_is_said_with_the_option_that_chooses(tmp_path: Path) -> None:
    def log(*trials: int) -> Path:
        events = [SimulationStartEvent(simulation_id=f"s{n}", task_id="t", trial=one) for n, one in enumerate(trials)]
        return written(tmp_path / "run.jsonl", [*events])

    assert run("show", log(0, 1)).err == "tau2-tui: task t, trials 0 to 1: trial 0 is shown; choose with --trial\n"
    said = "tau2-tui: task t, the only trial is 0, with 2 simulations: s0 is shown; choose with --simulation\n"
    assert run("show", log(0, 0)).err == said and run("show", log(0, 0), "--simulation", "s1").err == ""


def test_samples_read_well() -> None:
    log = Path(__file__).parents[2] / "sample_logs" / "airline.jsonl"
    text = run("show", log, "--task", "2", "--gold").out
    assert '→ send_certificate(user_id="noah_muller_9847", amount=50)' in text
    assert "Reference actions: 4 of 4 made" in text and "✓ passed · reward 1 · ended by user_stop" in text


def test_a_header_with_odd_tools_hides_no_comparison(tmp_path: Path) -> None:
    where: dict[str, Any] = {"simulation_id": "s", "task_id": "t", "trial": 0}
    tools: list[Any] = [1.5, None, {"name": "a", "tool_type": "write", "requestor": "assistant"}]
    task = {"id": "t", "evaluation_criteria": {"actions": [{"name": "a", "arguments": {}, "requestor": "assistant"}]}}
    events = [RunStartEvent(tools=tools), TaskEvent(task=task, task_id="t"), SimulationStartEvent(**where)]
    path = written(tmp_path / "run.jsonl", [*events, SimulationEndEvent(reward=0.0, **where)])
    assert "never called" in run("show", path, "--gold").out

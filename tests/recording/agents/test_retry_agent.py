"""``retry_agent``: what fails is asked again, what tau2 keeps and evaluates shows nothing of it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from tau2_tui.recording.tau2_api import Tau2
from tests.recording.agents.model_runs import ASKS, CREATE, DONE, QUICK, Run, check_request, run, was_corrected
from tests.support.model_replies import (
    ChatRequest,
    Drop,
    Failure,
    Hang,
    Raw,
    Reply,
    Script,
    ToolCall,
    calls,
    context_exceeded,
    empty,
    invalid_body,
    rate_limited,
    server_error,
)
from tests.support.model_scripts import agent, by_role, failing_first

CREATE_ONCE = dataclasses.replace(CREATE, id="call_same")
NO_CHOICES = Raw(b'{"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [], "usage": null}')


def first_answer_wrong(wrong: Reply) -> Script:
    """The agent's first answer is wrong until it is told so; then it creates the task."""

    def script(request: ChatRequest) -> Reply:
        if request.tool_results and "task_id" in request.tool_results[-1]:
            return DONE
        return calls(CREATE_ONCE) if was_corrected(request) else wrong

    return script


def plain(path: Path) -> Run:
    return run(path / "plain.jsonl", "llm_agent", agent(CREATE_ONCE), budgets={"retry": None})


def conversation(run: Run) -> list[tuple[str, str | None, object]]:
    return [(row["role"], row["content"], row["tool_calls"]) for row in run.said]


@pytest.mark.parametrize(
    ("failure", "fault"),
    [
        (server_error(), "server_error"),
        (server_error(503), "server_error"),
        (rate_limited(), "rate_limited"),
        (invalid_body(), "server_error"),
        (Drop(), "server_error"),
        (Drop(after_bytes=0, reset=True), "server_error"),
    ],
)
def test_a_request_that_fails_on_its_way_is_made_again(tau2: Tau2, tmp_path: Path, failure: Reply, fault: str) -> None:
    made = run(tmp_path / "run.jsonl", "retry_agent", failing_first(failure, failure, then=agent(CREATE_ONCE)))
    assert made.end["reward"] == 1.0
    assert [(row["fault"], row["attempt"]) for row in made.retries] == [(fault, 1), (fault, 2)] * 2
    asked = [row for row in made.of("LLMCallEvent") if row["purpose"] == "agent"]
    assert [row["error"] is None for row in asked] == [False, False, True] * 2
    assert [row["retries"] for row in asked] == [0, 1, 2] * 2
    assert [row["metadata"].get("attempt") for row in asked] == [None, 2, 3] * 2
    assert conversation(made) == conversation(plain(tmp_path))


def test_a_request_that_is_never_answered_is_given_up_and_made_again(tau2: Tau2, tmp_path: Path) -> None:
    budget = {"retry": {**QUICK, "request_timeout": 0.5}}
    made = run(tmp_path / "run.jsonl", "retry_agent", failing_first(Hang(), then=agent(CREATE_ONCE)), budgets=budget)
    assert made.end["reward"] == 1.0
    assert {row["fault"] for row in made.retries} == {"timeout"}


@pytest.mark.parametrize(
    ("wrong", "fault", "told"),
    [
        (calls(ToolCall("create_task", '{"user_id": "user_1", "title')), "malformed_arguments", '"user_1", "title'),
        (calls(ToolCall("create_task", "")), "malformed_arguments", "(nothing)"),
        (calls(ToolCall("create_task", "[1]")), "malformed_arguments", "[1]"),
        (empty(), "empty_answer", "was empty"),
        (
            calls(ToolCall("make_task", {"title": "x"})),
            "unknown_tool",
            "no tool 'make_task'; the tools are: create_task",
        ),
        (calls(ToolCall("create_task", {"title": "x"})), "missing_argument", "needs the argument user_id"),
    ],
)
def test_a_model_is_told_what_was_wrong_and_tau2_is_not(
    tau2: Tau2, tmp_path: Path, wrong: Reply, fault: str, told: str
) -> None:
    made = run(tmp_path / "run.jsonl", "retry_agent", first_answer_wrong(wrong))
    assert [row["fault"] for row in made.retries] == [fault]
    (corrected,) = filter(was_corrected, made.asked())
    assert told in "\n".join(corrected.texts)
    check_request(corrected)
    assert made.end["reward"] == 1.0
    assert conversation(made) == conversation(plain(tmp_path))
    assert all(row["success"] for row in made.of("ToolExecutionEvent"))


def test_an_answer_without_choices_is_asked_for_again(tau2: Tau2, tmp_path: Path) -> None:
    made = run(tmp_path / "run.jsonl", "retry_agent", failing_first(NO_CHOICES, then=agent(CREATE_ONCE)))
    assert made.end["reward"] == 1.0
    assert {row["fault"] for row in made.retries} <= {"invalid_answer", "server_error"}


def test_the_right_call_beside_a_wrong_one_waits_for_it(tau2: Tau2, tmp_path: Path) -> None:
    wrong = calls(CREATE_ONCE, ToolCall("make_task"))

    def script(request: ChatRequest) -> Reply:
        if not request.tool_results:
            return wrong
        return DONE if "task_id" in request.tool_results[-1] else calls(CREATE_ONCE)

    made = run(tmp_path / "run.jsonl", "retry_agent", script)
    assert made.end["reward"] == 1.0
    assert [row["tool_name"] for row in made.of("ToolExecutionEvent")] == ["create_task"]
    corrected = made.asked()[1]
    assert corrected.tool_results[0].startswith("Not made, because another call")
    assert "no tool 'make_task'" in corrected.tool_results[1]
    check_request(corrected)


@pytest.mark.parametrize(
    "failure",
    [
        Failure(401, "Incorrect API key provided", "invalid_request_error", "invalid_api_key"),
        Failure(400, "bad", "invalid_request_error"),
        Failure(404, "no such model", "invalid_request_error"),
        Failure(429, "You exceeded your current quota", "insufficient_quota", "insufficient_quota"),
        context_exceeded(),
    ],
)
def test_what_will_not_pass_ends_the_simulation_at_once(tau2: Tau2, tmp_path: Path, failure: Reply) -> None:
    made = run(tmp_path / "run.jsonl", "retry_agent", failure)
    assert len(made.asked()) == 1 and made.retries == []
    assert made.end["termination_reason"] == "infrastructure_error"


def test_the_budget_of_a_turn_ends_with_what_failed_last(tau2: Tau2, tmp_path: Path) -> None:
    made = run(tmp_path / "run.jsonl", "retry_agent", server_error(), budgets={"retry": {**QUICK, "attempts": 3}})
    assert len(made.asked()) == 3
    assert [row["wait"] for row in made.retries] == [0.0, 0.0, None]
    assert made.end["error_type"] == "InternalServerError"


def test_the_budget_of_a_simulation_is_shared_by_its_turns(tau2: Tau2, tmp_path: Path) -> None:
    def script(request: ChatRequest) -> Reply:
        return calls(ToolCall("get_users")) if was_corrected(request) else empty()

    made = run(tmp_path / "run.jsonl", "retry_agent", script, budgets={"retry": {**QUICK, "simulation_retries": 5}})
    assert [row["left_in_simulation"] for row in made.retries] == [4, 3, 2, 1, 0, 0]
    assert len(made.of("ToolExecutionEvent")) == 5
    assert made.end["termination_reason"] == "infrastructure_error"


def test_a_wrong_call_runs_when_the_budget_is_spent(tau2: Tau2, tmp_path: Path) -> None:
    script = agent(ToolCall("create_task", {"title": "x"}), CREATE_ONCE)
    made = run(tmp_path / "run.jsonl", "retry_agent", script, budgets={"retry": {**QUICK, "attempts": 1}})
    assert [row["success"] for row in made.of("ToolExecutionEvent")] == [False, True]
    assert made.end["reward"] == 1.0


def test_a_tool_that_ran_and_failed_stays_and_the_model_is_told(tau2: Tau2, tmp_path: Path) -> None:
    wrong = ToolCall("create_task", {"user_id": "nobody", "title": "x"}, id="call_wrong")
    made = run(tmp_path / "run.jsonl", "retry_agent", agent(wrong, CREATE_ONCE))
    assert [row["success"] for row in made.of("ToolExecutionEvent")] == [False, True]
    assert made.retries[0]["fault"] == "tool_failed" and made.retries[0]["tool_call_ids"] == ["call_wrong"]
    told = [request for request in made.asked() if was_corrected(request)]
    assert len(told) == 1 and told[0].tool_results[0].startswith("Error")
    kept = [row["content"] for row in made.said if row["role"] == "tool"]
    assert "Automatic note" not in "".join(kept) and kept[0].startswith("Error")
    assert made.end["reward"] == 1.0


def test_failed_tool_calls_are_pointed_out_so_often_in_a_row(tau2: Tau2, tmp_path: Path) -> None:
    wrong = ToolCall("create_task", {"user_id": "nobody", "title": "x"})
    made = run(
        tmp_path / "run.jsonl",
        "retry_agent",
        agent(wrong, wrong, wrong, wrong, CREATE_ONCE),
        budgets={"retry": {**QUICK, "tool_notes": 2}},
    )
    assert [row["attempt"] for row in made.retries] == [1, 2]
    assert len(made.of("ToolExecutionEvent")) == 5 and made.end["reward"] == 1.0


def test_what_failed_attempts_cost_is_in_the_agents_cost(tau2: Tau2, tmp_path: Path) -> None:
    made = run(tmp_path / "run.jsonl", "retry_agent", first_answer_wrong(empty()))
    answered = [row["cost"] for row in made.of("LLMCallEvent") if row["purpose"] == "agent" and row["error"] is None]
    assert len(answered) == 3
    assert made.end["agent_cost"] == pytest.approx(sum(answered))
    assert made.server.totals.prompt_tokens == made.rows[-1]["totals"]["prompt_tokens"]


def test_retry_after_is_waited_for_and_a_long_one_is_not(tau2: Tau2, tmp_path: Path) -> None:
    script = by_role(agent=failing_first(rate_limited(0.2), then=agent(CREATE_ONCE)), user=ASKS)
    made = run(tmp_path / "run.jsonl", "retry_agent", script)
    assert {row["retry_after"] for row in made.retries} == {0.2}
    assert all(row["wait"] == 0.2 for row in made.retries) and made.end["reward"] == 1.0
    refused = run(tmp_path / "long.jsonl", "retry_agent", rate_limited(3600.0))
    assert len(refused.asked()) == 1 and refused.retries[0]["wait"] is None
    assert refused.end["error_type"] == "RateLimitError"


def test_a_run_that_is_told_to_stop_does_not_wait_for_a_retry(tau2: Tau2, tmp_path: Path) -> None:
    from tau2_tui.recording.session import RecordingStopped, SimulationIdentity, SimulationSession
    from tau2_tui.recording.stopping import StopSwitch

    stop = StopSwitch()
    session = SimulationSession(SimulationIdentity("s", "t", 0, "mock"), None, stop=stop)  # type: ignore[arg-type]
    stop.after_turn()
    with pytest.raises(RecordingStopped):
        session._pause(60.0)

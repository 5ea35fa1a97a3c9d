"""``context_agent`` and ``enhanced_agent`` on tau2's orchestrator: short requests, whole conversations, true events."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.recording.tau2_api import Tau2
from tests.recording.agents.model_runs import CREATE, DONE, QUICK, Run, check_request, run
from tests.support.model_replies import (
    ChatRequest,
    Reply,
    Script,
    ToolCall,
    calls,
    context_exceeded,
    empty,
    rate_limited,
    server_error,
    text,
)
from tests.support.model_scripts import failing_first, play, user

CREATE_ONCE = dataclasses.replace(CREATE, id="call_same")
LOOKS = [calls(ToolCall("get_users", id=f"call_{number}")) for number in range(14)]
SUMMARY = text("User user_1 wants the task 'Important Meeting'; all users were listed.")
SMALL = {"context": {"max_tokens": 700, "target": 0.75, "summary_tokens": 60}}
AGENTS = ["context_agent", "enhanced_agent"]


def in_turn(*replies: Reply) -> Script:
    """One simulation's agent, its requests told apart by nothing but their order: they are shortened."""
    left = list(replies)

    def script(request: ChatRequest) -> Reply:
        return left.pop(0) if left else DONE

    return script


def reduced(path: Path, agent: str, *, unknown: Reply | Script = SUMMARY, **options: Any) -> Run:
    return run(path, agent, in_turn(*LOOKS, calls(CREATE_ONCE)), unknown=unknown, **{"budgets": SMALL, **options})


@pytest.mark.parametrize("agent", AGENTS)
def test_requests_are_short_and_the_conversation_is_whole(tau2: Tau2, tmp_path: Path, agent: str) -> None:
    made = reduced(tmp_path / "run.jsonl", agent)
    assert made.end["reward"] == 1.0
    calls_made = [call["id"] for row in made.said for call in row["tool_calls"] or ()]
    assert calls_made == [*(f"call_{number}" for number in range(14)), "call_same"]
    assert made.reductions
    for request in made.asked():
        check_request(request)
    shortened = [request for request in made.asked() if "User user_1 wants the task" in str(request.texts)]
    assert len(shortened) > 5
    assert all("Please create the task." in str(request.texts) for request in made.asked())
    assert all(len(request.messages) < 24 for request in made.asked())


@pytest.mark.parametrize("agent", AGENTS)
def test_each_reduction_is_an_event_with_true_numbers(tau2: Tau2, tmp_path: Path, agent: str) -> None:
    from tau2_tui.recording.agents.token_counts import TokenCounter

    made = reduced(tmp_path / "run.jsonl", agent)
    counter = TokenCounter(tau2, "openai/gpt-4.1")
    asked = {row["turn_idx"]: row for row in made.reductions}
    dropped: list[int] = []
    for row in made.reductions:
        assert row["strategy_used"] == "summarized_by_model" and row["trigger_reason"] == "token_budget"
        assert row["context_type"] == "conversation_history" and row["warnings"] == []
        assert row["original_tokens"] > 700 >= row["reduced_tokens"]
        assert row["tokens_saved"] == row["original_tokens"] - row["reduced_tokens"]
        assert row["reduction_ratio"] == pytest.approx(row["reduced_tokens"] / row["original_tokens"])
        assert row["metadata"]["left_out_before"] == len(dropped)
        dropped.extend(row["dropped_messages"])
        (answer,) = [said for said in made.said if said["turn_idx"] == row["turn_idx"]]
        assert answer["role"] == "assistant"
    assert dropped == list(range(dropped[0], dropped[0] + len(dropped)))
    roles = {row["turn_idx"]: row["role"] for row in made.said}
    assert roles[dropped[0]] == "assistant" and roles[dropped[0] - 1] == "user"
    turns = [row["turn_idx"] for row in made.of("LLMCallEvent") if row["purpose"] == "agent" and not _is_summary(row)]
    for turn, request in zip(turns, made.asked(), strict=True):
        if turn in asked:
            offered = request.body["tools"]
            count = tau2.litellm.token_counter(model="openai/gpt-4.1", messages=request.messages, tools=offered)
            assert abs(count - asked[turn]["reduced_tokens"]) <= 2 * len(request.messages)
    assert counter.exact


def test_a_summarys_call_is_the_agents_and_is_paid_for(tau2: Tau2, tmp_path: Path) -> None:
    made = reduced(tmp_path / "run.jsonl", "context_agent")
    summaries = [row for row in made.of("LLMCallEvent") if _is_summary(row)]
    assert len(summaries) == len(made.reductions) and {row["purpose"] for row in summaries} == {"agent"}
    assert made.end["agent_cost"] == pytest.approx(made.end["metadata"]["model_calls"]["agent"]["cost"])
    first = made.asked("unknown")[0]
    assert "agent called get_users({}) returned: " in first.texts[-1] and "tools" not in first.body


def test_a_summary_that_fails_is_replaced_by_facts_and_a_warning(tau2: Tau2, tmp_path: Path) -> None:
    made = reduced(tmp_path / "run.jsonl", "context_agent", unknown=server_error())
    assert made.end["reward"] == 1.0
    for row in made.reductions:
        assert row["strategy_used"] == "summarized_as_facts" and row["level"] == "warning"
        assert "InternalServerError" in row["warnings"][0] and "get_users" in row["metadata"]["summary"]


def test_enhanced_asks_for_a_summary_again(tau2: Tau2, tmp_path: Path) -> None:
    made = reduced(
        tmp_path / "run.jsonl", "enhanced_agent", unknown=failing_first(rate_limited(), empty(), then=SUMMARY)
    )
    assert {row["strategy_used"] for row in made.reductions} == {"summarized_by_model"}
    assert {row["fault"] for row in made.retries} == {"rate_limited", "empty_answer"}


@pytest.mark.parametrize("agent", AGENTS)
def test_a_request_that_is_refused_as_too_long_is_shortened_once(tau2: Tau2, tmp_path: Path, agent: str) -> None:
    script = in_turn(*LOOKS[:8], context_exceeded(), calls(CREATE_ONCE))
    made = run(tmp_path / "run.jsonl", agent, script, unknown=SUMMARY)
    assert made.end["reward"] == 1.0
    (row,) = made.reductions
    assert row["trigger_reason"] == "context_window_exceeded"
    assert row["reduced_tokens"] < row["original_tokens"]
    refused = [row for row in made.of("LLMCallEvent") if row["error"] is not None]
    assert [row["error_type"] for row in refused] == ["ContextWindowExceededError"]


@pytest.mark.parametrize("agent", AGENTS)
def test_a_request_refused_again_ends_the_simulation_as_in_tau2(tau2: Tau2, tmp_path: Path, agent: str) -> None:
    script = in_turn(*LOOKS[:8], context_exceeded(), context_exceeded(), DONE)
    made = run(tmp_path / "run.jsonl", agent, script, unknown=SUMMARY)
    assert made.end["error_type"] == "ContextWindowExceededError"
    assert len(made.asked()) == 10


def test_enhanced_does_both_in_one_turn(tau2: Tau2, tmp_path: Path) -> None:
    wrong = calls(ToolCall("create_task", '{"user_id": '))
    script = in_turn(*LOOKS, server_error(), wrong, calls(CREATE_ONCE))
    made = run(tmp_path / "run.jsonl", "enhanced_agent", script, unknown=SUMMARY, budgets={**SMALL, "retry": QUICK})
    assert made.end["reward"] == 1.0 and made.reductions
    assert [row["fault"] for row in made.retries] == ["server_error", "malformed_arguments"]
    for request in made.asked():
        check_request(request)


def test_parallel_calls_and_their_answers_stay_together(tau2: Tau2, tmp_path: Path) -> None:
    pairs = [
        calls(ToolCall("get_users", id=f"call_{number}_a"), ToolCall("get_users", id=f"call_{number}_b"))
        for number in range(8)
    ]
    made = run(
        tmp_path / "run.jsonl", "enhanced_agent", in_turn(*pairs, calls(CREATE_ONCE)), unknown=SUMMARY, budgets=SMALL
    )
    assert made.end["reward"] == 1.0 and made.reductions
    for request in made.asked():
        check_request(request)


def test_a_conversation_that_fits_is_tau2s_own_to_the_byte(tau2: Tau2, tmp_path: Path) -> None:
    chat = user("Please create the task.", "And who are the users?")
    script = [calls(CREATE_ONCE), DONE, LOOKS[0], text("Just user_1.")]
    bodies = []
    for agent in ("llm_agent", *AGENTS, "retry_agent"):
        budgets = {"retry": None} if agent == "llm_agent" else None
        made = run(tmp_path / f"{agent}.jsonl", agent, in_turn(*script), user=chat, budgets=budgets)
        bodies.append([request.body for request in made.asked()])
        assert made.end["reward"] == 1.0 and not made.reductions and not made.retries
    assert bodies[1:] == [bodies[0]] * 3 and len(bodies[0]) == 4


def test_a_task_with_a_history_of_its_own_is_shortened_too(tau2: Tau2, tmp_path: Path) -> None:
    made = run(
        tmp_path / "run.jsonl",
        "context_agent",
        in_turn(*LOOKS),
        unknown=SUMMARY,
        budgets={"context": {"max_tokens": 600, "target": 0.8, "summary_tokens": 60}},
        task_ids=("update_task_with_message_history",),
        user=user("Is it done?", before=1),
    )
    assert made.reductions
    for request in made.asked():
        check_request(request)
    said = {row["turn_idx"]: row["role"] for row in made.said}
    dropped = [place for row in made.reductions for place in row["dropped_messages"]]
    assert dropped == sorted(set(dropped)) and set(dropped) <= set(said)


def test_what_was_dropped_is_named_by_its_place_among_everybodys_messages(tau2: Tau2, tmp_path: Path) -> None:
    from tau2_tui.recording.agents.model_agents import agent_classes
    from tau2_tui.recording.agents.token_counts import TokenCounter

    environment = tau2.environment("telecom")
    tools = environment.get_tools()
    prompt = agent_classes(tau2)["context_agent"](tools, environment.get_policy()).system_prompt
    base = TokenCounter(tau2, "openai/gpt-4.1", tools).request([tau2.system_message(prompt)])
    asks = [
        text(f"Question {number}: " + "please look at the status bar of your phone again. " * 4) for number in range(9)
    ]
    turns = [reply for number in range(9) for reply in (calls(ToolCall("check_status_bar")), text(f"Reply {number}"))]
    made = run(
        tmp_path / "run.jsonl",
        "context_agent",
        in_turn(*asks),
        unknown=text("They look at the status bar."),
        user=play(text("My phone does not work."), *turns, text("###STOP###")),
        budgets={"context": {"max_tokens": base + 300, "target": 0.99, "summary_tokens": 40}},
        domain="telecom",
        task_ids=None,
        num_tasks=1,
    )
    said = {row["turn_idx"]: row for row in made.said}
    assert made.reductions and any(row["role"] == "user" and row["tool_calls"] for row in said.values())
    for row in made.reductions:
        assert not row["warnings"], row["warnings"]
        for place in row["dropped_messages"]:
            assert said[place]["role"] in ("assistant", "user") and said[place]["content"].startswith(
                ("Question", "Reply")
            )
    last = made.asked()[-1]
    gone = [said[place]["content"] for row in made.reductions for place in row["dropped_messages"]]
    assert gone and not set(gone) & set(last.texts)
    check_request(last)


def _is_summary(row: dict[str, Any]) -> bool:
    return bool(row["metadata"].get("for") == "context_summary")

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from .model_client import GREETED, HELLO, SIMULATED, TOOLS, body_of, post
from .model_replies import ChatRequest, ToolCall, empty, rate_limited, server_error, text
from .model_scripts import (
    STOP,
    ScriptError,
    agent,
    by_content,
    by_role,
    failing_first,
    judge,
    play,
    role_of,
    user,
)
from .model_server import ModelServer


def test_the_mock_agent_makes_its_calls_turn_by_turn_and_then_speaks() -> None:
    script = agent(ToolCall("get_users"), [ToolCall("create_task"), ToolCall("get_users")], say="All done.")
    conversation = list(GREETED)
    seen: list[object] = []
    with ModelServer(script) as server:
        for _ in range(4):
            message = post(server, conversation, tools=TOOLS).message
            made = message.get("tool_calls", [])
            seen.append([call["function"]["name"] for call in made] or message["content"])
            conversation.append(message)
            conversation += [{"role": "tool", "tool_call_id": call["id"], "content": "[]"} for call in made]
    assert seen == [["get_users"], ["create_task", "get_users"], "All done.", "All done."]
    last = server.journal[-1].request
    assert last is not None
    assert last.tool_results == ["[]", "[]", "[]"]


def test_the_mock_agent_refuses_a_tool_it_was_not_offered() -> None:
    with pytest.raises(ScriptError, match="cancel_flight"), ModelServer(agent(ToolCall("cancel_flight"))) as server:
        assert post(server, GREETED, tools=TOOLS).status == 500


def test_a_script_that_is_asked_too_early_says_so() -> None:
    with pytest.raises(ScriptError, match="expected at least 1"), ModelServer(agent()) as server:
        post(server, HELLO)


def test_a_script_without_steps_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one step"):
        play()


def test_the_mock_user_says_its_texts_and_stops() -> None:
    conversation = list(SIMULATED)
    heard = []
    with ModelServer(user("Create a task, please.", "Thanks.")) as server:
        for _ in range(3):
            heard.append(post(server, conversation).said)
            conversation += [{"role": "assistant", "content": heard[-1]}, {"role": "user", "content": "Anything else?"}]
    assert heard == ["Create a task, please.", "Thanks.", STOP]


def test_scripts_can_take_over_a_conversation_with_a_history() -> None:
    history = [*GREETED, {"role": "assistant", "content": "You have none."}, {"role": "user", "content": "Add one."}]
    flipped = [*SIMULATED, {"role": "assistant", "content": "List my tasks"}, {"role": "user", "content": "None."}]
    with ModelServer(agent(say="Added.", before=2)) as server:
        assert post(server, history).said == "Added."
    with ModelServer(user("Add one.", before=1)) as server:
        assert post(server, flipped).said == "Add one."


@pytest.mark.parametrize("met", [True, False])
def test_the_mock_judge_grades_every_expected_outcome(met: bool) -> None:
    outcomes = ["Agent's refund is 12.50", 'It says "done"']
    asked = [
        {"role": "system", "content": "- `expectedOutcome`: repeat the expectation"},
        {"role": "user", "content": f"conversation:\nuser: hi\n\nexpectedOutcomes:\n        {outcomes}\n        "},
    ]
    with ModelServer(by_role(agent=empty(), user=empty(), judge=judge(met))) as server:
        verdicts = json.loads(post(server, asked).said)["results"]
    assert [(each["expectedOutcome"], each["metExpectation"]) for each in verdicts] == [
        (each, met) for each in outcomes
    ]


def test_roles_are_told_by_the_prompt() -> None:
    assert role_of(ChatRequest(body_of(GREETED), {})) == "agent"
    assert role_of(ChatRequest(body_of(SIMULATED), {})) == "user"
    assert role_of(ChatRequest(body_of(HELLO), {})) == "unknown"
    loop = [{"role": "user", "content": 'You are a verifier agent checking for "stuck-in-a-loop" behavior'}]
    assert role_of(ChatRequest(body_of(loop), {})) == "judge"


def test_a_role_without_a_script_and_a_conversation_without_a_choice_are_script_errors() -> None:
    with pytest.raises(ScriptError, match="role unknown"), ModelServer(by_role(agent=empty(), user=empty())) as server:
        post(server)
    with pytest.raises(ScriptError, match="none of"), ModelServer(by_content(("refund", empty()))) as server:
        post(server)


def test_choices_look_at_every_message_and_structured_content() -> None:
    script = by_content((r"(?i)refund", text("refund desk")), ("flight", text("flights")), otherwise=text("front desk"))
    parts = [{"role": "user", "content": [{"type": "text", "text": "My "}, {"type": "text", "text": "flight"}]}, *HELLO]
    with ModelServer(script) as server:
        answers = [post(server, each).said for each in ([*HELLO, {"role": "user", "content": "REFUND!"}], parts, HELLO)]
    assert answers == ["refund desk", "flights", "front desk"]


def test_retries_are_told_apart_by_body_however_many_clients_ask_at_once() -> None:
    script = failing_first(rate_limited(), server_error(), then=lambda request: text(request.messages[0]["content"]))

    def asked_thrice(number: int) -> list[int | str]:
        conversation = [{"role": "user", "content": f"case {number}"}]
        first, second, third = (post(server, conversation, seed=number) for _ in range(3))
        return [first.status, second.status, third.said]

    with ModelServer(script) as server, ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(asked_thrice, range(32)))
    assert answers == [[429, 500, f"case {number}"] for number in range(32)]
    assert (server.totals.requests, server.totals.completions) == (96, 32)
    assert sorted(exchange.attempt for exchange in server.journal) == [0] * 32 + [1] * 32 + [2] * 32
    assert [exchange.number for exchange in server.journal] == list(range(96))

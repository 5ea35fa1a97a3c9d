"""What is sent is a valid conversation under the budget, or a warning says why it is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tau2_tui.events import ContextReductionEvent, ExecutionEvent
from tau2_tui.recording.agents.budgets import ContextBudget
from tau2_tui.recording.agents.context_keeper import BY_FACTS, BY_MODEL, Ask, ContextKeeper
from tau2_tui.recording.agents.summaries import facts
from tau2_tui.recording.agents.token_counts import TokenCounter
from tau2_tui.recording.reporting import Reporter, reporting_to
from tau2_tui.recording.tau2_api import Tau2
from tests.recording.agents.histories import STEPS, Step, history, words
from tests.recording.agents.model_runs import check_messages

MODEL = "openai/gpt-4.1"
LONG = [Step(calls=number % 3, words=(40, 60, 60, 60)) for number in range(12)]


class Asked:
    """Answers requests for a summary, and keeps the events."""

    def __init__(self, tau2: Tau2, answer: str | Exception) -> None:
        self.tau2 = tau2
        self.answer = answer
        self.requests: list[list[Any]] = []
        self.events: list[ContextReductionEvent] = []

    def __call__(self, request: list[Any]) -> Any:
        self.requests.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.tau2.assistant_message(content=self.answer)

    def emit(self, event: ExecutionEvent, about: Sequence[Any]) -> None:
        assert isinstance(event, ContextReductionEvent)
        assert len(about) == len(event.dropped_messages)
        self.events.append(event)


def keeper_of(tau2: Tau2, ask: Ask, limit: int, **budget: Any) -> ContextKeeper:
    keeper = ContextKeeper(tau2, ContextBudget(max_tokens=limit, **budget), MODEL, [], ask)
    keeper.begin()
    return keeper


def sent(tau2: Tau2, messages: Sequence[Any]) -> list[dict[str, Any]]:
    written: list[dict[str, Any]] = tau2.llm_utils.to_litellm_messages(list(messages))
    return written


def tokens_of(tau2: Tau2, messages: Sequence[Any]) -> int:
    return TokenCounter(tau2, MODEL).request(messages)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    steps=STEPS,
    limit=st.integers(40, 900),
    target=st.sampled_from([0.3, 0.6, 1.0]),
    greeting=st.booleans(),
    answer=st.sampled_from(["the user wants it", words("long", 400), "", "fail"]),
)
def test_any_conversation_stays_valid_and_under_its_budget(
    tau2: Tau2, steps: list[Step], limit: int, target: float, greeting: bool, answer: str
) -> None:
    asked = Asked(tau2, ValueError("down") if answer == "fail" else answer)
    keeper = keeper_of(tau2, asked, limit, target=target, summary_tokens=60)
    system = [tau2.system_message("Be kind.")]
    whole = history(tau2, steps, greeting=greeting)
    with reporting_to(Reporter(asked.emit)):
        for end in range(1 + greeting, len(whole) + 1):
            if end < len(whole) and whole[end].role != "assistant":
                continue
            before, reported = list(whole[:end]), len(asked.events)
            view = keeper.fitted(system, whole[:end])
            assert whole[:end] == before
            check_messages(sent(tau2, [*system, *view]))
            kept = [message for message in view if any(message is each for each in before)]
            assert kept == [message for message in before if any(message is each for each in kept)]
            assert view[-1].content.startswith(before[-1].content)
            assert any((message.content or "").startswith("first") for message in view)
            tokens = tokens_of(tau2, [*system, *view])
            assert tokens <= limit or any(event.warnings for event in asked.events)
            for event in asked.events[reported:]:
                assert event.reduced_tokens == tokens
                assert event.tokens_saved == event.original_tokens - event.reduced_tokens
                assert event.reduced_tokens < event.original_tokens or event.strategy_used == "none"
    dropped = [place for event in asked.events for place in event.dropped_messages]
    assert dropped == sorted(set(dropped))


def test_a_short_conversation_is_sent_as_it_is(tau2: Tau2) -> None:
    asked = Asked(tau2, "summary")
    whole = history(tau2, LONG)
    view = keeper_of(tau2, asked, 1_000_000).fitted([], whole)
    assert all(one is other for one, other in zip(view, whole, strict=True)) and not asked.requests


def test_what_is_left_out_once_stays_left_out_without_asking_again(tau2: Tau2) -> None:
    asked = Asked(tau2, "The user wants a refund of order #W1.")
    whole = history(tau2, LONG)
    keeper = keeper_of(tau2, asked, 1200)
    with reporting_to(Reporter(asked.emit)):
        first = keeper.fitted([], whole)
        again = keeper.fitted([], whole)
    assert sent(tau2, first) == sent(tau2, again)
    assert len(asked.requests) == len(asked.events) == 1
    (event,) = asked.events
    assert event.strategy_used == BY_MODEL and event.warnings == []
    assert event.original_tokens == tokens_of(tau2, whole) and event.reduced_tokens == tokens_of(tau2, first) <= 1200
    assert event.metadata["summary"] == "The user wants a refund of order #W1."
    assert len(event.dropped_messages) + len(first) == len(whole)
    assert "refund of order #W1" in str(sent(tau2, first))


def test_a_summary_is_asked_for_with_what_it_is_about_and_with_the_one_before(tau2: Tau2) -> None:
    asked = Asked(tau2, "SUMMARY-OF-THE-START")
    keeper = keeper_of(tau2, asked, 700)
    whole = history(tau2, LONG * 2)
    for end in range(20, len(whole) + 1):
        if end == len(whole) or whole[end].role == "assistant":
            keeper.fitted([], whole[:end])
    first, second = asked.requests[:2]
    assert "said0" in first[1].content and "tool_0" in first[1].content and "result_call_1_0" in first[1].content
    assert "SUMMARY-OF-THE-START" in second[1].content and "said0" not in second[1].content


@pytest.mark.parametrize(("answer", "why"), [(ValueError("no such host"), "ValueError: no such host"), (" ", "empty")])
def test_without_a_models_summary_the_facts_are_listed(tau2: Tau2, answer: str | Exception, why: str) -> None:
    asked = Asked(tau2, answer)
    steps = [Step(calls=1, words=(3, 60, 3, 3), failed=number == 2) for number in range(8)]
    with reporting_to(Reporter(asked.emit)):
        view = keeper_of(tau2, asked, 800).fitted([], history(tau2, steps))
    (event,) = asked.events
    assert event.strategy_used == BY_FACTS and why in event.warnings[0] and event.level == "warning"
    summary = event.metadata["summary"]
    assert 'agent called tool_0({"order": "value w0 w1"}) returned: result_call_0_0 w0 w1 w2' in summary
    assert "failed: result_call_2_0" in summary
    assert any(summary in (message.content or "") for message in view)


def test_calls_with_one_id_keep_their_own_answers(tau2: Tau2) -> None:
    """Some models give every call the same id."""
    messages = []
    for number in range(3):
        calls = [tau2.tool_call("same", f"look_{number}", {"at": at}, "assistant") for at in ("left", "right")]
        messages.append(tau2.assistant_message(tool_calls=calls))
        messages += [tau2.tool_message("same", f"{at} of {number}", error=False) for at in ("left", "right")]
    told = facts(None, messages, 10_000, TokenCounter(tau2, MODEL))
    for number in range(3):
        for at in ("left", "right"):
            assert f'look_{number}({{"at": "{at}"}}) returned: {at} of {number}' in told


def test_facts_alone_ask_nobody(tau2: Tau2) -> None:
    asked = Asked(tau2, ValueError("never"))
    with reporting_to(Reporter(asked.emit)):
        keeper_of(tau2, asked, 700, summary="facts").fitted([], history(tau2, LONG))
    assert asked.requests == [] and asked.events[0].strategy_used == BY_FACTS and asked.events[0].warnings == []


def test_what_cannot_be_shortened_is_sent_with_one_warning(tau2: Tau2) -> None:
    asked = Asked(tau2, "summary")
    keeper = keeper_of(tau2, asked, 30)
    whole = history(tau2, [], first_words=200)
    with reporting_to(Reporter(asked.emit)):
        assert keeper.fitted([], whole) == whole
        assert keeper.fitted([], whole) == whole
    (event,) = asked.events
    assert event.strategy_used == "none" and event.original_tokens == event.reduced_tokens == tokens_of(tau2, whole)
    assert "30 allowed" in event.warnings[0] and event.dropped_messages == []


def test_a_refused_request_is_halved_and_stays_below(tau2: Tau2) -> None:
    asked = Asked(tau2, "summary")
    keeper = keeper_of(tau2, asked, 1_000_000)
    whole = history(tau2, LONG)
    before = tokens_of(tau2, whole)
    with reporting_to(Reporter(asked.emit)):
        assert keeper.shorten_refused([], whole)
    assert asked.events[0].trigger_reason == "context_window_exceeded"
    assert tokens_of(tau2, keeper.fitted([], whole)) <= before / 2
    assert keeper.limit < before


def test_the_next_conversation_begins_whole(tau2: Tau2) -> None:
    keeper = keeper_of(tau2, Asked(tau2, "summary"), 700)
    whole = history(tau2, LONG)
    keeper.fitted([], whole)
    keeper.begin()
    assert keeper.fitted([], whole[:3]) == whole[:3]

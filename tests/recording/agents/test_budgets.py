from __future__ import annotations

from typing import Any

import pytest

from tau2_tui.errors import RecordingError
from tau2_tui.recording.agents.backoff import Backoff
from tau2_tui.recording.agents.budgets import AgentBudgets, ContextBudget, RetryBudget


def test_budgets_are_taken_out_of_a_models_arguments() -> None:
    given = {"temperature": 0.0, "retry": {"attempts": 6, "max_wait": 5}, "context": {"max_tokens": 8000}}
    taken = AgentBudgets.taken_from(given)
    assert taken.llm_args == {"temperature": 0.0} and "retry" in given
    assert taken.retry == RetryBudget(attempts=6, max_wait=5)
    assert taken.context == ContextBudget(max_tokens=8000)
    assert AgentBudgets.taken_from(None) == AgentBudgets(RetryBudget(), ContextBudget(), {})
    assert AgentBudgets.taken_from({"retry": {"request_timeout": None}}).retry.request_timeout is None


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"retry": {"atempts": 3}}, "retry has no 'atempts'; it has: attempts, simulation_retries"),
        ({"retry": {"attempts": 0}}, "retry.attempts must be 1 or more"),
        ({"retry": {"attempts": 2.5}}, "retry.attempts cannot be 2.5"),
        ({"retry": {"attempts": True}}, "retry.attempts cannot be True"),
        ({"retry": {"attempts": None}}, "retry.attempts cannot be None"),
        ({"retry": {"max_wait": -1}}, "retry.max_wait must not be negative"),
        ({"retry": {"base_delay": float("nan")}}, "retry.base_delay cannot be nan"),
        ({"retry": {"request_timeout": 0}}, "retry.request_timeout must be positive"),
        ({"retry": 3}, "retry must be an object, not 3"),
        ({"context": {"max_tokens": "8k"}}, "context.max_tokens cannot be '8k'"),
        ({"context": {"max_tokens": 0}}, "context.max_tokens must be positive"),
        ({"context": {"target": 1.5}}, "context.target must be greater than 0 and at most 1"),
        ({"context": {"summary_tokens": 0}}, "context.summary_tokens must be positive"),
        ({"context": {"summary": "me"}}, "context.summary must be model or facts"),
        ({"context": {"summary": 3}}, "context.summary cannot be 3"),
    ],
)
def test_a_budget_that_is_none_is_refused(given: dict[str, Any], complaint: str) -> None:
    with pytest.raises(RecordingError, match=complaint.replace("(", r"\(")):
        AgentBudgets.taken_from(given)


def test_waits_double_with_jitter_up_to_the_longest() -> None:
    backoff = Backoff(RetryBudget(base_delay=1.0, max_delay=10.0))
    backoff.seed(7)
    waits = [backoff.wait(failures, None, 0.0) for failures in range(1, 8)]
    for seconds, longest in zip(waits, (1, 2, 4, 8, 10, 10, 10), strict=True):
        assert seconds is not None and longest / 2 <= seconds <= longest
    assert len(set(waits)) == len(waits)


def test_waits_are_drawn_from_the_seed() -> None:
    def drawn(seed: int) -> list[float | None]:
        backoff = Backoff(RetryBudget())
        backoff.seed(seed)
        return [backoff.wait(failures, None, 0.0) for failures in range(1, 5)]

    assert drawn(1) == drawn(1) != drawn(2)


def test_a_server_is_waited_for_as_long_as_it_asks_but_not_beyond_the_turns_limit() -> None:
    backoff = Backoff(RetryBudget(base_delay=0.1, max_delay=1.0, max_wait=60.0))
    assert backoff.wait(1, 45.0, 0.0) == 45.0
    assert backoff.wait(1, 45.0, 20.0) is None
    assert backoff.wait(1000, None, 59.9) is None

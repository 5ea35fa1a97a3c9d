"""What model calls came to: calls, tokens and dollars, by who asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from tau2_tui.events import LLMCallEvent


@dataclass(frozen=True)
class Spending:
    """Sums over model calls.

    Attributes:
        calls: calls made, failed ones included; one call may take several HTTP requests.
        failed_calls: calls that raised instead of answering.
        http_requests: requests that were seen to go out for them; 0 where they cannot be seen.
        prompt_tokens: tokens of the prompts, as the answers report them.
        completion_tokens: tokens of the answers.
        calls_without_usage: answered calls that report no tokens: the sums above lack them.
        known_cost: US dollars of the answered calls whose price is known.
        unpriced_calls: answered calls whose price is not known.
    """

    calls: int = 0
    failed_calls: int = 0
    http_requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    calls_without_usage: int = 0
    known_cost: float = 0.0
    unpriced_calls: int = 0

    @classmethod
    def of_call(cls, event: LLMCallEvent) -> Spending:
        """Return what one call came to."""
        answered = event.error is None
        return cls(
            calls=1,
            failed_calls=not answered,
            http_requests=int(event.metadata.get("http_requests") or 0),
            prompt_tokens=event.prompt_tokens or 0,
            completion_tokens=event.completion_tokens or 0,
            calls_without_usage=answered and event.prompt_tokens is None and event.completion_tokens is None,
            known_cost=event.cost or 0.0,
            unpriced_calls=answered and event.cost is None,
        )

    def __add__(self, other: Spending) -> Spending:
        """Return the sum of both."""
        return Spending(*(getattr(self, item.name) + getattr(other, item.name) for item in fields(self)))

    @property
    def total_tokens(self) -> int:
        """Tokens of prompts and answers."""
        return self.prompt_tokens + self.completion_tokens

    @property
    def cost(self) -> float | None:
        """US dollars; None as soon as the price of one answered call is unknown."""
        return None if self.unpriced_calls else self.known_cost

    def as_dict(self) -> dict[str, Any]:
        """Return the sums as a JSON object."""
        return {**asdict(self), "total_tokens": self.total_tokens, "cost": self.cost}


SpendingByPurpose = Mapping[str, Spending]
"""Sums by who asked: agent, user, judge, unknown; without those who never did."""


def add_up(parts: Iterable[SpendingByPurpose]) -> dict[str, Spending]:
    """Return the sums of several, by who asked."""
    sums: dict[str, Spending] = {}
    for part in parts:
        for purpose, spending in part.items():
            sums[purpose] = sums.get(purpose, Spending()) + spending
    return sums


def model_totals(spending: SpendingByPurpose) -> dict[str, Any]:
    """Return a ``RunEndEvent``'s totals of model calls: of all of them, and under ``model_calls`` by who asked."""
    every = sum(spending.values(), Spending())
    return {
        "llm_calls": every.calls,
        "failed_llm_calls": every.failed_calls,
        "prompt_tokens": every.prompt_tokens,
        "completion_tokens": every.completion_tokens,
        "total_tokens": every.total_tokens,
        "cost": every.cost,
        "known_cost": every.known_cost,
        "unpriced_calls": every.unpriced_calls,
        "model_calls": {purpose: spending[purpose].as_dict() for purpose in sorted(spending)},
    }

"""The model calls of one turn of an agent: how many there were, and what those cost whose answers were not used."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from tau2_tui.events import LLMCallEvent


class Turn:
    """Notes the model calls of a turn.

    Attributes:
        attempt: 1 for the first request of the turn; written into the events of further ones.
        answered: whether the last call was answered.
    """

    def __init__(self) -> None:
        self.attempt = 1
        self.answered = False
        self._reason: str | None = None
        self._costs: list[float] = []

    def note(self, event: LLMCallEvent) -> None:
        """Take a call's event, and add to it which attempt it is and what it is for."""
        self.answered = event.error is None
        if self.answered:
            self._costs.append(event.cost or 0.0)
        if self._reason is not None:
            event.metadata["for"] = self._reason
        if self.attempt > 1:
            event.metadata["attempt"] = self.attempt
            event.retries = max(event.retries or 0, self.attempt - 1)

    @contextlib.contextmanager
    def calling_for(self, reason: str) -> Iterator[None]:
        """Note calls made inside as made for something else than the turn's answer."""
        attempt, self.attempt, self._reason = self.attempt, 1, reason
        try:
            yield
        finally:
            self.attempt, self._reason = attempt, None

    def add_cost_to(self, message: Any) -> None:
        """Add to the last call's answer what the calls before it cost, so that tau2's sum is what was paid."""
        unused = sum(self._costs[:-1])
        if unused and message.cost is not None:
            message.cost += unused

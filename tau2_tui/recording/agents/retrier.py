"""Asks a model again when a request or its answer failed, within a budget, and writes down each time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tau2_tui.errors import Tau2TuiError
from tau2_tui.events import ExecutionEvent, LogLevel
from tau2_tui.recording.agents.backoff import Backoff
from tau2_tui.recording.agents.budgets import RetryBudget
from tau2_tui.recording.agents.model_faults import Fault, fault_of_answer, fault_of_error, note_on_failed_calls
from tau2_tui.recording.agents.turns import Turn
from tau2_tui.recording.reporting import pause, report
from tau2_tui.recording.tau2_api import Tau2

Send = Callable[[Sequence[Any]], Any]
"""Makes a request, its argument the messages to add to it, and returns the answer."""


class Retrier:
    """Counts what an agent's failures cost, and says when it is enough.

    Args:
        tau2: the installed tau2-bench.
        budget: says how much that is.
    """

    def __init__(self, tau2: Tau2, budget: RetryBudget) -> None:
        self._tau2 = tau2
        self._budget = budget
        self._backoff = Backoff(budget)
        self._left = budget.simulation_retries
        self._failed_steps = 0

    def begin(self) -> None:
        """Begin a conversation with the whole budget."""
        self._left = self._budget.simulation_retries
        self._failed_steps = 0

    def seed(self, seed: int) -> None:
        """Draw the waits from a trial's seed."""
        self._backoff.seed(seed)

    def answer(self, send: Send, tools: Iterable[Any], turn: Turn) -> Any:
        """Return an answer that can be acted upon; what failed last when the budget is spent.

        Args:
            send: makes the request.
            tools: what the model may call.
            turn: notes the calls.

        Raises:
            Exception: what the last request raised, when there is no answer at all.
        """
        offered = list(tools)
        correction: Sequence[Any] = ()
        waited = 0.0
        while True:
            turn.answered = False
            answer, error = None, None
            try:
                answer = send(correction)
                fault = fault_of_answer(self._tau2, answer, offered)
            except Tau2TuiError:
                raise
            except Exception as raised:  # which ones may pass is decided by what they say
                error = raised
                fault = fault_of_error(self._tau2, error, answered=turn.answered)
            if fault is None and error is None:
                return answer
            seconds = self._wait_after(fault, turn.attempt, waited)
            if seconds is None:
                if fault is not None:
                    self._report(fault, turn.attempt, None)
                if error is not None:
                    raise error
                return answer
            assert fault is not None
            self._left -= 1
            self._report(fault, turn.attempt, seconds)
            if seconds:
                pause(seconds)
            waited += seconds
            correction = fault.correction
            turn.attempt += 1

    def _wait_after(self, fault: Fault | None, attempt: int, waited: float) -> float | None:
        """Return the seconds to wait before the next attempt, None when there is to be none."""
        if fault is None or attempt >= self._budget.attempts or self._left <= 0:
            return None
        return self._backoff.wait(attempt, fault.retry_after, waited) if fault.waits else 0.0

    def noted(self, messages: Sequence[Any], incoming: int) -> list[Any]:
        """Return the conversation with a note on the tool calls that just failed, while the budget lasts.

        Args:
            messages: the conversation, which is not changed.
            incoming: how many messages at its end the agent has not answered yet.
        """
        arrived = list(messages[len(messages) - incoming :])
        failed = [message.id for message in arrived if message.role == "tool" and message.error]
        self._failed_steps = self._failed_steps + 1 if failed else 0
        if not failed or self._failed_steps > self._budget.tool_notes or self._left <= 0:
            return list(messages)
        self._left -= 1
        report(
            ExecutionEvent(
                source="agent",
                message=f"told to correct a failed tool call ({self._failed_steps} of {self._budget.tool_notes})",
                metadata={
                    "retry": {
                        "fault": "tool_failed",
                        "tool_call_ids": failed,
                        "attempt": self._failed_steps,
                        "attempts": self._budget.tool_notes,
                        "left_in_simulation": self._left,
                    }
                },
            )
        )
        return [*messages[: len(messages) - incoming], *_with_notes(arrived)]

    def _report(self, fault: Fault, attempt: int, seconds: float | None) -> None:
        then = "given up" if seconds is None else "asked again" + (f" after {seconds:.1f} s" if seconds else "")
        details = {
            "fault": fault.kind,
            "error": fault.detail,
            "attempt": attempt,
            "attempts": self._budget.attempts,
            "wait": seconds,
            "retry_after": fault.retry_after,
            "left_in_simulation": self._left,
        }
        report(
            ExecutionEvent(
                level=LogLevel.WARNING,
                source="agent",
                message=f"{fault.kind.replace('_', ' ')}, attempt {attempt} of {self._budget.attempts}: {then}",
                metadata={"retry": details},
            )
        )


def _with_notes(arrived: list[Any]) -> list[Any]:
    return note_on_failed_calls(arrived) if all(message.role == "tool" for message in arrived) else arrived

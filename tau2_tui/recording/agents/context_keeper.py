"""Keeps what an agent sends to its model under a number of tokens; the conversation itself stays whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tau2_tui.counting import counted_plainly
from tau2_tui.errors import Tau2TuiError
from tau2_tui.events import ContextReductionEvent, LogLevel
from tau2_tui.recording.agents.budgets import ContextBudget
from tau2_tui.recording.agents.message_groups import head_length, joined, possible_cuts
from tau2_tui.recording.agents.summaries import facts, summary_request
from tau2_tui.recording.agents.token_counts import TokenCounter, default_limit
from tau2_tui.recording.messages import error_text, first_line
from tau2_tui.recording.reporting import report
from tau2_tui.recording.tau2_api import Tau2

BY_MODEL, BY_FACTS = "summarized_by_model", "summarized_as_facts"

_AFTER_REFUSAL = 0.5
"""Part of its tokens that a request comes down to after the model refused it as too long."""

_BELOW_REFUSED = 0.9
"""Part of those tokens that no later request is to exceed."""

_SHORTEST_SUMMARY = 16
_INTRODUCTION = 40
"""Tokens of the words that introduce a summary."""

_WORTHWHILE = 80
"""Tokens that have to be left out at least: a summary and what introduces it take the place of fewer."""

Ask = Callable[[list[Any]], Any]


@dataclass(frozen=True)
class _LeftOut:
    """The part of a conversation that is not sent any more: from ``start`` to before ``end``, and what it said."""

    start: int
    end: int
    summary: str


class ContextKeeper:
    """Shortens the requests of one agent in one conversation.

    Args:
        tau2: the installed tau2-bench.
        budget: says how far.
        model: the agent's.
        tools: the agent's.
        ask: makes the model call for a summary.

    Attributes:
        limit: tokens that a request may have.
    """

    def __init__(self, tau2: Tau2, budget: ContextBudget, model: str | None, tools: Sequence[Any], ask: Ask) -> None:
        self._tau2 = tau2
        self._budget = budget
        self._ask = ask
        self._counter = TokenCounter(tau2, model, tools)
        self._left_out: _LeftOut | None = None
        self._complained_at = 0
        self._room = default_limit(tau2, model)
        self.limit = budget.max_tokens if budget.max_tokens is not None else self._room

    def begin(self) -> None:
        """Forget the last conversation."""
        self._left_out = None
        self._complained_at = 0

    def fitted(self, system: Sequence[Any], messages: Sequence[Any]) -> list[Any]:
        """Return the messages to send, shortened when they are too long; what was left out once stays left out.

        Args:
            system: messages that are sent before them.
            messages: the conversation so far, whole.
        """
        view = self._view(messages)
        tokens = self._counter.request([*system, *view])
        if tokens <= self.limit:
            return view
        self._reduce(system, messages, int(self.limit * self._budget.target), "token_budget")
        return self._view(messages)

    def shorten_refused(self, system: Sequence[Any], messages: Sequence[Any]) -> bool:
        """Shorten what the model refused as too long; return whether anything could be left out."""
        tokens = self._counter.request([*system, *self._view(messages)])
        self.limit = min(self.limit, max(1, int(tokens * _BELOW_REFUSED)))
        self._room = min(self._room, self.limit)
        return self._reduce(system, messages, int(tokens * _AFTER_REFUSAL), "context_window_exceeded")

    def _view(self, messages: Sequence[Any]) -> list[Any]:
        left = self._left_out
        if left is None or left.end >= len(messages):
            return list(messages)
        return joined(self._tau2, messages[: left.start], left.summary, messages[left.end :])

    def _reduce(self, system: Sequence[Any], messages: Sequence[Any], target: int, reason: str) -> bool:
        former, before = self._left_out, self._view(messages)
        tokens = self._counter.request([*system, *before])
        start = former.end if former is not None else head_length(messages)
        cut = self._cut(messages, start, tokens, target)
        if cut is None:
            self._complain(tokens, len(messages), reason)
            return False
        dropped = list(messages[start:cut])
        earlier = former.summary if former is not None else None
        replaced = self._counter.messages(dropped) + (self._counter.text(earlier) if earlier else 0)
        room = self.limit - (tokens - replaced) - _INTRODUCTION
        longest = max(_SHORTEST_SUMMARY, min(self._budget.summary_tokens, replaced // 2, room))
        summary, strategy, warnings = self._summary(earlier, dropped, longest)
        self._left_out = _LeftOut(former.start if former is not None else start, cut, summary)
        reduced = self._counter.request([*system, *self._view(messages)])
        event = ContextReductionEvent(
            original_tokens=tokens,
            reduced_tokens=reduced,
            strategy_used=strategy,
            trigger_reason=reason,
            warnings=[*warnings, *self._doubts(reduced)],
            dropped_messages=list(range(start, cut)),
            message=f"{counted_plainly(len(dropped), 'message')} left out of the request:"
            f" {tokens} tokens, now {reduced}",
            metadata={"budget": self.limit, "target": target, "summary": summary, "left_out_before": _length(former)},
        )
        _report(event, dropped)
        return True

    def _doubts(self, reduced: int) -> list[str]:
        """Return what a person should know of a request that was shortened to so many tokens."""
        doubts = []
        if reduced > self.limit:
            doubts.append(f"still {reduced - self.limit} tokens over the budget of {self.limit}")
        if not self._counter.exact:
            doubts.append("no tokenizer works for the model: tokens are estimated from the length of the text")
        return doubts

    def _cut(self, messages: Sequence[Any], start: int, tokens: int, target: int) -> int | None:
        """Return where the kept end is to begin: as early as the target allows, as late as possible if none does."""
        dropped, begin, worthwhile = 0, start, None
        for cut in possible_cuts(messages, start):
            dropped += self._counter.messages(messages[begin:cut])
            begin = cut
            if dropped < _WORTHWHILE:
                continue
            worthwhile = cut
            if tokens - dropped + min(self._budget.summary_tokens, dropped // 2) <= target:
                break
        return worthwhile

    def _summary(self, earlier: str | None, dropped: list[Any], longest: int) -> tuple[str, str, list[str]]:
        """Return a summary, how it was made, and what went wrong with it."""
        if self._budget.summary == "facts":
            return facts(earlier, dropped, longest, self._counter), BY_FACTS, []
        request = summary_request(self._tau2, earlier, dropped, longest, self._counter, self._room)
        try:
            text = str(self._ask(request).content or "").strip()
            failure = "" if text else "its answer was empty"
        except Tau2TuiError:
            raise
        except Exception as error:  # whatever a model call raises: the conversation goes on without it
            failure = f"{type(error).__name__}: {first_line(error_text(error))}"
        if failure:
            listed = facts(earlier, dropped, longest, self._counter)
            return listed, BY_FACTS, [f"the model's summary failed, facts are listed instead: {failure}"]
        return self._counter.cut(text, longest), BY_MODEL, []

    def _complain(self, tokens: int, length: int, reason: str) -> None:
        """Report, once until the conversation has doubled, that a request is too long and nothing can be left out."""
        if length < 2 * self._complained_at:
            return
        self._complained_at = length
        event = ContextReductionEvent(
            original_tokens=tokens,
            reduced_tokens=tokens,
            strategy_used="none",
            trigger_reason=reason,
            warnings=[f"{tokens} tokens, {self.limit} allowed, and nothing that may be left out"],
            message=f"the request stays at {tokens} tokens: nothing may be left out",
            metadata={"budget": self.limit},
        )
        _report(event)


def _report(event: ContextReductionEvent, dropped: Sequence[Any] = ()) -> None:
    event.source, event.context_type = "agent", "conversation_history"
    event.level = LogLevel.WARNING if event.warnings else LogLevel.INFO
    report(event, dropped)


def _length(left: _LeftOut | None) -> int:
    return left.end - left.start if left is not None else 0

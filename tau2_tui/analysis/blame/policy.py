"""Hints, no more, that a write was against the policy: the log cannot tell what the policy allows."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate

from tau2_tui.analysis.blame.case import Case, Conversation, Said, Wanted
from tau2_tui.analysis.blame.pairing import Pairing
from tau2_tui.analysis.blame.speech import refuses
from tau2_tui.analysis.blame.verdict import Cause, cause
from tau2_tui.analysis.data.records import Call

_AGENT = frozenset({"assistant"})

_MANY = 20
"""Changes from which on everything that the agent said is looked at first, to search less for each of them."""


def from_policy(case: Case, pairing: Pairing) -> Iterator[Cause]:
    """Yield writes that the reference does not have and that were made unseen, or after the agent refused them."""
    suspects = [
        *pairing.extra,
        *(call for _, call in pairing.wrong),
        *(c for _, c in (*pairing.other_tool, *pairing.instead_of_read) if case.call_writes(c)),
    ]
    refusals = _Refusals(case, len(suspects) > _MANY)
    for call in sorted(suspects, key=lambda call: call.i):
        if call.requestor != "assistant":
            continue
        said = refusals.before(call)
        if said is not None:
            summary = (
                f"{call.name} was made though the agent had refused something about its record at message {said.turn}"
            )
            yield cause("policy_violation", 0.4, summary, (said.line, call.line), call.turn)
        elif _unread(case, call):
            summary = f"{call.name} was made before its record was read: what the policy asks for was not looked at"
            yield cause("policy_violation", 0.2, summary, (call.line,), call.turn)


class _Refusals:
    """What the agent refused: for each record the first message that names it and refuses something."""

    def __init__(self, case: Case, many: bool) -> None:
        self._case = case
        self._many = many
        self._first: dict[str, tuple[int, Said] | None] = {}
        self._refused: dict[int, bool] = {}

    def before(self, call: Call) -> Said | None:
        """Return the first refusal in which the agent names the record that it then changed."""
        if call.turn is None:
            return None
        ids = self._case.ids[call.i]
        for text in ids - self._first.keys():
            self._first[text] = self._naming(text)
        found = [refusal for text in ids if (refusal := self._first[text]) is not None]
        latest, said = min(found, key=lambda refusal: refusal[1].line, default=(call.turn, None))
        return said if latest < call.turn else None

    def _naming(self, text: str) -> tuple[int, Said] | None:
        """Return the first refusal with a text in it, with the highest index so far of any message."""
        for _, said in self._searched.holding(Wanted(text), _AGENT):
            if said.line not in self._refused:
                self._refused[said.line] = refuses(said.text)
            if self._refused[said.line]:
                return self._latest[said.line], said
        return None

    @cached_property
    def _searched(self) -> Conversation:
        """What is searched: everything that was said, or, for many records, refusals only, which must all be read."""
        if not self._many:
            return self._case.conversation
        return Conversation([said for said in self._case.said_by_agent if refuses(said.text)])

    @cached_property
    def _latest(self) -> dict[int, int]:
        """By line of each message the highest index so far."""
        said = self._case.said
        return dict(zip((one.line for one in said), accumulate((one.turn for one in said), max), strict=True))


def _unread(case: Case, call: Call) -> bool:
    ids = case.ids[call.i]
    return bool(ids) and not any(case.first_used.get(text, call.i) < call.i for text in ids)

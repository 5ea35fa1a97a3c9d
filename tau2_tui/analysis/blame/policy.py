"""Hints, no more, that a write was against the policy: the log cannot tell what the policy allows."""

from __future__ import annotations

from collections.abc import Iterator

from tau2_tui.analysis.blame.case import Case
from tau2_tui.analysis.blame.pairing import Pairing
from tau2_tui.analysis.blame.speech import refuses
from tau2_tui.analysis.blame.values import record_ids
from tau2_tui.analysis.blame.verdict import Cause, cause
from tau2_tui.analysis.data.records import Call


def from_policy(case: Case, pairing: Pairing) -> Iterator[Cause]:
    """Yield writes that the reference does not have and that were made unseen, or after the agent refused them."""
    suspects = [
        *pairing.extra,
        *(call for _, call in pairing.wrong),
        *(c for _, c in (*pairing.other_tool, *pairing.instead_of_read) if case.call_writes(c)),
    ]
    for call in sorted(suspects, key=lambda call: call.i):
        if call.requestor != "assistant":
            continue
        refusal = _refused_before(case, call)
        if refusal is not None:
            line, turn = refusal
            summary = f"{call.name} was made though the agent had refused something about its record at message {turn}"
            yield cause("policy_violation", 0.4, summary, (line, call.line), call.turn)
        elif _unread(case, call):
            summary = f"{call.name} was made before its record was read: what the policy asks for was not looked at"
            yield cause("policy_violation", 0.2, summary, (call.line,), call.turn)


def _refused_before(case: Case, call: Call) -> tuple[int, int] | None:
    """Return line and turn of a refusal in which the agent names the record that it then changed."""
    ids = record_ids(call.args)
    for said in case.said:
        if call.turn is None or said.turn >= call.turn:
            return None
        if said.role == "assistant" and any(text in said.text for text in ids) and refuses(said.text):
            return said.line, said.turn
    return None


def _unread(case: Case, call: Call) -> bool:
    ids = record_ids(call.args)
    earlier = case.calls[: call.i]
    return bool(ids) and not any(record_ids(other.args) & ids and not other.error for other in earlier)

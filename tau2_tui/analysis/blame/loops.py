"""Causes from going in circles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tau2_tui.analysis.blame.case import Case
from tau2_tui.analysis.blame.values import plain, shown
from tau2_tui.analysis.blame.verdict import Cause, cause
from tau2_tui.analysis.data.records import Call

TIMES = 4
"""The same call with the same result, or the same text of the agent, this often is a loop."""

_LIMITS = frozenset({"max_steps", "too_many_errors", "max_errors", "timeout", "judge_stop", "context_window_exceeded"})


def from_loops(case: Case) -> Iterator[Cause]:
    """Yield repetitions that were not resolved: nothing new was done after the last of them."""
    stuck = case.simulation.termination in _LIMITS
    calls = _repeated_calls(case)
    if calls:
        what = f"{calls[0].name} {len(calls)} times with the same arguments and the same result"
        sure = 0.85 if stuck else 0.55
        yield cause("loop", sure, what, tuple(call.line for call in calls), calls[TIMES - 1].turn)
    texts = defaultdict(list)
    for said in case.said:
        if said.role == "assistant" and said.text.strip() and not said.calls:
            texts[said.text.strip()].append(said)
    for text, said_again in texts.items():
        if len(said_again) >= TIMES and not _work_after(case, said_again[-1].turn):
            what = f"the agent said the same {len(said_again)} times: {shown(text, 80)}"
            sure = 0.85 if stuck else 0.55
            yield cause("loop", sure, what, tuple(one.line for one in said_again), said_again[TIMES - 1].turn)


def _repeated_calls(case: Case) -> list[Call]:
    """Return the most often repeated call that led to nothing, its occurrences in order."""
    groups: dict[object, list[Call]] = defaultdict(list)
    for call in case.calls:
        outcome = call.error_text if call.error else call.result_digest
        if not case.call_writes(call):
            groups[call.name, call.requestor, plain(call.args), outcome].append(call)
    longest = max(groups.values(), key=len, default=[])
    return longest if len(longest) >= TIMES and not _work_after(case, longest[-1].turn) else []


def _work_after(case: Case, turn: int | None) -> bool:
    return any(
        case.call_writes(call) and call.turn is not None and turn is not None and call.turn > turn
        for call in case.calls
    )

"""Causes from going in circles."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from tau2_tui.analysis.blame.case import Case, Said
from tau2_tui.analysis.blame.speech import TRANSFER_TOOL
from tau2_tui.analysis.blame.values import differing, plain, shown
from tau2_tui.analysis.blame.verdict import Cause, cause
from tau2_tui.analysis.data.records import Call

TIMES = 4
"""The same call with the same result, or the same text of the agent, this often is a loop."""

LIMITS = frozenset({"max_steps", "too_many_errors", "max_errors", "timeout", "judge_stop", "context_window_exceeded"})
"""How a simulation ends that was not done when it was stopped."""


def stuck(case: Case) -> bool:
    """Return whether a limit ended the simulation, so that a loop is what kept it from going on."""
    return case.simulation.termination in LIMITS


def from_loops(case: Case) -> Iterator[Cause]:
    """Yield repetitions that were not resolved: between them and after them nothing was done."""
    sure = 0.85 if stuck(case) else 0.55
    calls = _repeated_calls(case)
    if calls:
        what = f"{calls[0].name} {len(calls)} times with the same arguments and the same result"
        yield cause("loop", sure, what, tuple(call.line for call in calls), calls[TIMES - 1].turn)
    for said_again in _repeated_texts(case):
        what = f"the agent said the same {len(said_again)} times: {shown(said_again[0].text.strip(), 80)}"
        yield cause("loop", sure, what, tuple(one.line for one in said_again), said_again[TIMES - 1].turn)


def _repeated_calls(case: Case) -> list[Call]:
    """Return the most often repeated call that led to nothing, its last unbroken row of occurrences in order."""
    groups: dict[object, list[Call]] = defaultdict(list)
    for call in case.calls:
        if case.call_writes(call):
            groups.clear()
            continue
        outcome = call.error_text if call.error else call.result_digest
        groups[case.keys[call.i], outcome].append(call)
    longest = max(groups.values(), key=len, default=[])
    return longest if longest and len(longest) - _asked_again(case, longest[0]) >= TIMES else []


def _asked_again(case: Case, call: Call) -> int:
    """Return how often the reference itself makes a call again."""
    same = [
        action
        for action in case.gold
        if (action.name, action.requestor) == (call.name, call.requestor)
        and not differing(action.args, call.args, action.compare_args)
    ]
    return max(0, len(same) - 1)


def _repeated_texts(case: Case) -> list[list[Said]]:
    """Return what the agent said again and again since anything new was called, its occurrences in order."""
    digests = Counter(one.text_digest for one in case.messages if one.role == "assistant" and one.text_digest)
    if max(digests.values(), default=0) < TIMES:
        return []  # the texts themselves need not be read
    last_new = _last_new_call(case)
    texts: dict[str, list[Said]] = defaultdict(list)
    for said in case.said:
        if said.role == "assistant" and said.text.strip() and not said.calls and said.turn > last_new:
            texts[said.text.strip()].append(said)
    return [said_again for said_again in texts.values() if len(said_again) >= TIMES]


def _last_new_call(case: Case) -> int:
    """Return the turn of the last call that changed something, or that had not been made before; -1 without one.

    Transfers to a human get nothing done, however they are worded.
    """
    made = set()
    last = -1
    for call in case.calls:
        key = (call.name, call.requestor, repr(plain(call.args)))
        new = case.call_writes(call) or (key not in made and call.name != TRANSFER_TOOL)
        if call.turn is not None and new:
            last = call.turn
        made.add(key)
    return last

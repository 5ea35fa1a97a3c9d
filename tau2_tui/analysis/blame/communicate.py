"""Causes from what the agent said, or did not say."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from tau2_tui.analysis.blame.case import Case
from tau2_tui.analysis.blame.values import shown
from tau2_tui.analysis.blame.verdict import Cause, cause
from tau2_tui.analysis.data.rows import mapping, objects

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def from_communication(case: Case) -> Iterator[Cause]:
    """Yield the information that did not reach the user, and the judge's assertions that were not met."""
    info = mapping(case.simulation.reward_info)
    only = set(case.failed_checks) <= {"COMMUNICATE", "NL_ASSERTION"}
    for check in objects(info.get("communicate_checks")):
        if check.get("met") is False:
            yield _not_said(case, str(check.get("info", "")), 0.9 if only else 0.45)
    if "NL_ASSERTION" in case.failed_checks:
        end = () if case.simulation.end_line is None else (case.simulation.end_line,)
        for check in objects(info.get("nl_assertions")):
            if check.get("met") is False:
                why = f" ({shown(check.get('justification'), 120)})" if check.get("justification") else ""
                summary = f"the judge found not met: {shown(check.get('nl_assertion'), 120)}{why}"
                yield cause("not_communicated", 0.6 if only else 0.4, summary, end)


def _not_said(case: Case, wanted: str, confidence: float) -> Cause:
    summary = f"the agent never said {shown(wanted)}"
    lines: list[int] = []
    turn = None
    known = next((said for said in reversed(case.said) if said.role == "tool" and _holds(said.text, wanted)), None)
    if known is not None:
        summary += f", which a tool's result held at message {known.turn}"
        lines.append(known.line)
    nearest = _nearest_number(case, wanted)
    if nearest is not None:
        number, turn, line = nearest
        summary += f"; the nearest that it said is {number} at message {turn}"
        lines.append(line)
    else:
        last = next((said for said in reversed(case.said) if said.role == "assistant" and said.text.strip()), None)
        if last is not None:
            turn = last.turn
            lines.append(last.line)
    return cause("not_communicated", confidence, summary, tuple(lines), turn)


def _holds(text: str, wanted: str) -> bool:
    return wanted.replace(",", "").lower() in text.replace(",", "").lower()


def _value(text: str) -> float | None:
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        return None
    return value if math.isfinite(value) else None  # a name can read like no number, or like one without end


def _nearest_number(case: Case, wanted: str) -> tuple[str, int, int] | None:
    """Return the number nearest to the wanted one, within a quarter of it, that the agent said; None without one."""
    target = _value(wanted)
    if target is None:
        return None
    best: tuple[float, str, int, int] | None = None
    for said in case.said:
        if said.role != "assistant":
            continue
        for found in _NUMBER.findall(said.text):
            value = _value(found)
            if value is None or abs(value - target) > abs(target) / 4:
                continue
            candidate = (abs(value - target), found, said.turn, said.line)
            best = candidate if best is None or candidate[0] < best[0] else best
    return None if best is None else best[1:]

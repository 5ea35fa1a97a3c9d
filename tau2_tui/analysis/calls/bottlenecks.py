"""Where the time of a run goes."""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from tau2_tui.analysis.calls.latency import NO_TIMES, Gap, gaps, tail_share
from tau2_tui.analysis.data.records import Run
from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.analysis.shared.interval import measured

REST = "rest"
"""Time of a simulation that lies between no two messages: setting up, evaluating."""


@dataclass(frozen=True, slots=True)
class TimeShare:
    """Time spent waiting for one lane.

    Attributes:
        lane: ``agent``, ``user``, ``tool`` or ``rest``.
        seconds: in all.
        share: of the duration of the simulations with times; None when that is 0.
        waits: how many gaps.
    """

    lane: str
    seconds: float
    share: float | None
    waits: int


@dataclass(frozen=True, slots=True)
class Span:
    """One slow wait: the seconds before a message."""

    simulation: int
    task_id: str
    lane: str
    name: str
    seconds: float
    turn: int | None
    line: int


@dataclass(frozen=True, slots=True)
class Bottlenecks:
    """Where the time went.

    Attributes:
        seconds: duration of the simulations whose messages have times.
        simulations: how many those are.
        shares: by lane, largest first.
        slowest: the longest waits.
        top_decile_share: share of the duration that the longest tenth of the simulations takes.
        tool_seconds: time before tools' messages.
        execution_seconds: time inside tools, None when not recorded.
        overhead_note: how the two relate.
        note: ``message times not recorded``, or empty.
    """

    seconds: float
    simulations: int
    shares: tuple[TimeShare, ...]
    slowest: tuple[Span, ...]
    top_decile_share: float | None
    tool_seconds: float
    execution_seconds: float | None
    overhead_note: str = ""
    note: str = ""


def bottlenecks(run: Run, *, most: int = 10) -> Bottlenecks:
    """Return the share of agent, user and tools in the simulations' time, and the slowest waits.

    Args:
        run: the run.
        most: how many of the slowest waits to return.
    """
    found = [gap for gap in gaps(run.messages, run.calls) if gap.seconds >= 0]
    durations = _durations(run, found)
    seconds, waits = defaultdict[str, float](float), defaultdict[str, int](int)
    for gap in found:
        seconds[gap.lane] += gap.seconds
        waits[gap.lane] += 1
    total = math.fsum(durations.values())
    shares = [TimeShare(lane, own, own / total if total else None, waits[lane]) for lane, own in seconds.items()]
    rest = total - math.fsum(seconds.values())
    if found and rest > 0:
        shares.append(TimeShare(REST, rest, rest / total, 0))
    tasks = {simulation.index: simulation.task_id for simulation in run.simulations}
    inside = [
        call.execution_time for call in run.calls if call.execution_time is not None and measured(call.execution_time)
    ]
    execution = math.fsum(inside) if inside else None
    return Bottlenecks(
        seconds=total,
        simulations=len(durations),
        shares=tuple(sorted(shares, key=lambda share: -share.seconds)),
        slowest=tuple(
            Span(gap.simulation, tasks.get(gap.simulation, ""), gap.lane, gap.name, gap.seconds, gap.turn, gap.line)
            for gap in heapq.nlargest(most, found, key=lambda gap: gap.seconds)
        ),
        top_decile_share=tail_share(np.array(list(durations.values()))),
        tool_seconds=seconds["tool"],
        execution_seconds=execution,
        overhead_note=_overhead(seconds["tool"], execution),
        note="" if found else NO_TIMES,
    )


def _durations(run: Run, found: list[Gap]) -> dict[int, float]:
    """Return the duration of each simulation with gaps: as recorded, but no less than the gaps' sum."""
    covered: defaultdict[int, float] = defaultdict(float)
    for gap in found:
        covered[gap.simulation] += gap.seconds
    recorded = {s.index: s.duration for s in run.simulations if s.duration is not None and measured(s.duration)}
    return {index: max(own, recorded.get(index, 0.0)) for index, own in covered.items()}


def _overhead(waited: float, execution: float | None) -> str:
    if execution is None:
        return "time inside the tools not recorded: the waits for tools include environment and logging"
    if waited <= 0:
        return ""
    return (
        f"the tools themselves ran {execution:.3g} s of the {waited:.3g} s waited for them; "
        "the rest is environment and logging (inferred)"
    )


EXPLANATIONS = {
    "bottlenecks": Explanation(
        "Where does the time go?",
        "gaps before agent, user and tool messages / duration of the simulations; the longest waits; the share of the "
        "longest tenth of the simulations",
        "a gap belongs to whose message ends it; time inside a tool is far less than the gap before its message",
        "counting",
        "'message times not recorded'",
    ),
}

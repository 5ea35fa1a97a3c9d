"""Where the time of a run goes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tau2_tui.analysis.calls.latency import NO_TIMES, Gap, Gaps, all_gaps, tail_share
from tau2_tui.analysis.data.records import Run
from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.analysis.shared.interval import measured

REST = "rest"
"""Time of a simulation that lies between no two messages: setting up, evaluating."""

_ROUNDING = 1e-9
"""A smaller share of the whole is how two sums of the same gaps differ, no time."""


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


def bottlenecks(run: Run, found: Gaps | None = None, *, most: int = 10) -> Bottlenecks:
    """Return the share of agent, user and tools in the simulations' time, and the slowest waits.

    Args:
        run: the run.
        found: the gaps between its messages when they are known already.
        most: how many of the slowest waits to return.
    """
    every = all_gaps(run.messages, run.calls) if found is None else found
    forward = every.only(every.seconds >= 0)
    durations = _durations(run, forward)
    seconds, waits = _by_lane(forward)
    total = math.fsum(durations.values())
    shares = [TimeShare(lane, own, own / total if total else None, waits[lane]) for lane, own in seconds.items()]
    rest = total - math.fsum(seconds.values())
    if waits and rest > _ROUNDING * total:
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
            for gap in _slowest(forward, run, most)
        ),
        top_decile_share=tail_share(np.array(list(durations.values()))),
        tool_seconds=seconds.get("tool", 0.0),
        execution_seconds=execution,
        overhead_note=_overhead(seconds.get("tool", 0.0), execution),
        note="" if waits else NO_TIMES,
    )


def _by_lane(found: Gaps) -> tuple[dict[str, float], dict[str, int]]:
    """Return seconds and number of the gaps by lane, in order of appearance."""
    seconds, waits = np.bincount(found.lanes, weights=found.seconds), np.bincount(found.lanes)
    codes, first = np.unique(found.lanes, return_index=True)
    order = codes[np.argsort(first)].tolist()
    return {found.lane(c): float(seconds[c]) for c in order}, {found.lane(c): int(waits[c]) for c in order}


def _slowest(found: Gaps, run: Run, most: int) -> list[Gap]:
    order = np.argsort(-found.seconds, kind="stable")[:most]
    return [found.gap(row, run.messages) for row in order.tolist()]


def _durations(run: Run, found: Gaps) -> dict[int, float]:
    """Return the duration of each simulation with gaps: as recorded, but no less than the gaps' sum."""
    sums = np.bincount(found.simulations, weights=found.seconds).tolist()
    covered = {index: sums[index] for index in np.unique(found.simulations).tolist()}
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

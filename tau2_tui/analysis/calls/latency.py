"""How long things take: gaps between messages, model calls, and time inside tools."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from tau2_tui.analysis.data.records import Call, Message, Run
from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.analysis.shared.interval import DEFAULT_LEVEL, measured
from tau2_tui.analysis.shared.quantiles import Codes, Quantile, Values, quantile

QUANTILES = (0.5, 0.9, 0.95, 0.99)

LANES = {"assistant": "agent", "user": "user", "tool": "tool"}
"""Who a message is waited for from, by its role."""

NO_TIMES = "message times not recorded"

_CURVE_POINTS = 60
"""Points of a distribution curve: more than a terminal is wide."""


class Gap(NamedTuple):
    """The time between a message and the one before it in the same simulation.

    Attributes:
        simulation: index of the simulation.
        lane: who it was waited for: ``agent``, ``user`` or ``tool``.
        name: the tool, for a tool's message; else the lane.
        seconds: the time; never negative.
        turn: the message's index in the conversation.
        line: its line in the log.
    """

    simulation: int
    lane: str
    name: str
    seconds: float
    turn: int | None
    line: int


@dataclass(frozen=True, slots=True)
class LatencyRow:
    """How long one kind of thing takes.

    Attributes:
        kind: ``gap`` (time up to a message, by who it was waited for), ``tool gap`` (the same by tool), ``model``
            (a model's answer, by purpose) or ``execution`` (time inside a tool).
        name: agent, user, tool or judge, or the tool.
        n: how many times are known.
        missing: how many are not.
        total: their sum in seconds.
        mean: their mean in seconds.
        maximum: the longest in seconds.
        quantiles: in seconds.
        tail_share: share of the total that the slowest tenth takes; None when the total is 0.
        ecdf: points of the curve: seconds, and the share of times that are no longer.
        note: what limits the numbers.
    """

    kind: str
    name: str
    n: int
    missing: int
    total: float
    mean: float
    maximum: float
    quantiles: tuple[Quantile, ...]
    tail_share: float | None
    ecdf: tuple[tuple[float, float], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Latency:
    """All that is known of a run's times.

    Attributes:
        rows: by kind, longest total first.
        backwards: messages dated before the one before them; left out.
        note: ``message times not recorded``, or empty.
    """

    rows: tuple[LatencyRow, ...]
    backwards: int
    note: str = ""


@dataclass(slots=True)
class _Times:
    """Seconds of one row, with the simulation of each, as they are collected."""

    seconds: list[float] = field(default_factory=list)
    simulations: list[int] = field(default_factory=list)
    missing: int = 0

    def add(self, simulation: int, seconds: float | None) -> None:
        """Take one time, None when it is not known."""
        if seconds is None or not measured(seconds):
            self.missing += 1
        else:
            self.seconds.append(seconds)
            self.simulations.append(simulation)


def gaps(messages: Sequence[Message], calls: Sequence[Call]) -> Iterator[Gap]:
    """Yield the gap before each message with a time that has one before it; some can be negative (clocks set back).

    None when all messages have one time: a file without times was converted.

    Args:
        messages: by simulation and in their order.
        calls: likewise; they give the tools' messages their tool.
    """
    waiting: defaultdict[tuple[int, int | None], deque[str]] = defaultdict(deque)
    for call in calls:
        waiting[call.simulation, call.turn].append(call.name)
    before: Message | None = None
    asked: deque[str] = deque()
    if len({message.time for message in messages}) < 2:
        return
    for message in messages:
        if before is not None and before.simulation != message.simulation:
            before, asked = None, deque()
        if message.tool_calls:
            asked = waiting.get((message.simulation, message.turn), deque())
        lane = LANES.get(message.role)
        name = (asked.popleft() if asked else "unknown") if lane == "tool" else lane
        if before is not None and lane and name and message.time is not None and before.time is not None:
            seconds = message.time - before.time
            if measured(seconds):
                yield Gap(message.simulation, lane, name, seconds, message.turn, message.line)
        before = message


def latency(run: Run, *, level: float = DEFAULT_LEVEL) -> Latency:
    """Return quantiles of every kind of time in a run, with intervals over tasks."""
    times: defaultdict[tuple[str, str], _Times] = defaultdict(_Times)
    backwards = 0
    for gap in gaps(run.messages, run.calls):
        if gap.seconds < 0:
            backwards += 1
            continue
        times["gap", gap.lane].add(gap.simulation, gap.seconds)
        if gap.lane == "tool":
            times["tool gap", gap.name].add(gap.simulation, gap.seconds)
    timed = bool(times)
    _add_models(run, times)
    for call in run.calls:
        times["execution", call.name].add(call.simulation, call.execution_time)
    clusters = _clusters(run)
    rows = [_row(*key, own, clusters, level) for key, own in times.items() if own.seconds]
    order = ("gap", "model", "tool gap", "execution")
    rows.sort(key=lambda row: (order.index(row.kind), -row.total, row.name))
    return Latency(tuple(rows), backwards, "" if timed else NO_TIMES)


def _add_models(run: Run, times: dict[tuple[str, str], _Times]) -> None:
    """Take the models' own times: of their requests where the log has those, else as noted on the messages."""
    for request in run.model_calls:
        if request.simulation is not None and not request.failed:
            times["model", request.purpose].add(request.simulation, request.latency)
    if run.model_calls:
        return
    for message in run.messages:
        if message.role in ("assistant", "user"):
            times["model", LANES[message.role]].add(message.simulation, message.generation_time)


def _clusters(run: Run) -> Codes:
    """Return the number of what each simulation's times belong to: its task; itself when there is one task only."""
    codes = np.arange(max((simulation.index for simulation in run.simulations), default=-1) + 1)
    numbers: dict[str, int] = {}
    for simulation in run.simulations:
        codes[simulation.index] = numbers.setdefault(simulation.task_id, len(numbers))
    return codes if len(numbers) > 1 else np.arange(len(codes))


def _row(kind: str, name: str, times: _Times, clusters: Codes, level: float) -> LatencyRow:
    values: Values = np.array(times.seconds)
    of = clusters[np.array(times.simulations)]
    total = float(values.sum())
    return LatencyRow(
        kind=kind,
        name=name,
        n=len(values),
        missing=times.missing,
        total=total,
        mean=total / len(values),
        maximum=float(values.max()),
        quantiles=tuple(quantile(values, of, q, level=level) for q in QUANTILES),
        tail_share=tail_share(values),
        ecdf=ecdf(values),
        note=f"not recorded for {times.missing}" if times.missing else "",
    )


def tail_share(values: Values) -> float | None:
    """Return the share of the sum that the largest tenth of the values (rounded up) has; None when the sum is 0."""
    total = float(values.sum()) if len(values) else 0.0
    if total <= 0:
        return None
    most = -(-len(values) // 10)
    return float(np.sort(values)[-most:].sum() / total)


def ecdf(values: Values) -> tuple[tuple[float, float], ...]:
    """Return points of the empirical distribution: a value, and the share of values up to it; 60 at most."""
    n = len(values)
    if n == 0:
        return ()
    ordered = np.sort(values)
    places = np.unique(np.linspace(0, n - 1, min(n, _CURVE_POINTS)).round().astype(np.int64))
    upto = np.searchsorted(ordered, ordered[places], side="right")
    points = zip(ordered[places].tolist(), (upto / n).tolist(), strict=True)
    return tuple(dict.fromkeys(points))


EXPLANATIONS = {
    "latency": Explanation(
        "How slow is it, usually and at worst?",
        "gaps between neighbouring messages of a simulation, by who was waited for; type-7 quantiles, Harrell-Davis; "
        "Woodruff's interval: that of the share up to the quantile, clustered by task with n_eff and t, turned back",
        "tasks independent; a gap before a tool's message is mostly environment and logging, not the tool",
        "Hyndman and Fan 1996; Harrell and Davis 1982; Woodruff 1952",
        "the median needs 6 independent values for an interval, p95 72, p99 368, and these need 20 "
        "tasks: else none, and 'max of n'; "
        "'message times not recorded'",
    ),
    "ecdf": Explanation(
        "What share is done within so many seconds?",
        "share of times that are no longer than each value",
        "descriptive",
        "empirical distribution function",
        "fewer than 10: single points",
    ),
}

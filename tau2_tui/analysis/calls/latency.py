"""How long things take: gaps between messages, model calls, and time inside tools."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tau2_tui.analysis.data.records import Call, Message, ModelCall, Run
from tau2_tui.analysis.data.tables import UNKNOWN, Table
from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.analysis.shared.interval import DEFAULT_LEVEL, LARGEST
from tau2_tui.analysis.shared.quantiles import Codes, Quantile, Values, quantile
from tau2_tui.analysis.shared.slope import group_codes

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


@dataclass(frozen=True, slots=True, eq=False)
class _Times:
    """Seconds of one row, with the simulation of each, and how many are not known."""

    seconds: Values
    simulations: Codes
    missing: int = 0

    @classmethod
    def of(cls, seconds: Sequence[float | None], simulations: Sequence[int]) -> _Times:
        """Return times of which some may not be known."""
        given = np.array(seconds, np.float64)  # None becomes NaN
        return cls._known(given, np.array(simulations, np.int64))

    @classmethod
    def of_rows(cls, table: Table[Any], column: str, rows: npt.NDArray[np.bool_]) -> _Times:
        """Return the times in a column of some rows."""
        return cls._known(table.number(column)[rows], table.whole("simulation")[rows])

    @classmethod
    def _known(cls, given: Values, simulations: Codes) -> _Times:
        known = np.abs(given) < LARGEST
        return cls(given[known], simulations[known], len(given) - int(known.sum()))


@dataclass(frozen=True, slots=True, eq=False)
class Gaps:
    """All gaps of a run as columns, in the order of the messages; some can be negative (clocks set back).

    Attributes:
        seconds: their lengths.
        simulations: the index of the simulation of each.
        lanes: the place in ``LANES`` of who it was waited for.
        places: the place of the message that ends it among the messages.
        tools: by place, the tool of tools' messages.
    """

    seconds: Values
    simulations: Codes
    lanes: Codes
    places: Codes
    tools: dict[int, str]

    def only(self, rows: npt.NDArray[np.bool_]) -> Gaps:
        """Return some of them."""
        return Gaps(self.seconds[rows], self.simulations[rows], self.lanes[rows], self.places[rows], self.tools)

    def lane(self, code: int) -> str:
        """Return the name of a lane."""
        return _LANES[code]

    def gap(self, row: int, messages: Sequence[Message]) -> Gap:
        """Return one gap."""
        place, lane = int(self.places[row]), _LANES[int(self.lanes[row])]
        message = messages[place]
        name = self.tools.get(place, lane)
        return Gap(message.simulation, lane, name, float(self.seconds[row]), message.turn, message.line)


_LANES = tuple(LANES.values())
_TOOL = _LANES.index("tool")
_LANE_OF = {role: code for code, role in enumerate(LANES)}


def all_gaps(messages: Sequence[Message], calls: Sequence[Call]) -> Gaps:
    """Return the gap before each message with a time that has one before it in its simulation.

    None when all messages have one time: a file without times was converted.

    Args:
        messages: by simulation and in their order.
        calls: likewise; they give the tools' messages their tool.
    """
    table = Table.of(Message, messages)
    times = table.number("time")
    if not len(times) or np.all((times == times[0]) | np.isnan(times) & np.isnan(times[0])):
        return Gaps(np.empty(0), np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64), {})
    lanes = np.array([_LANE_OF.get(role, -1) for role in table.names["role"]], np.int64)[table.whole("role")]
    simulations = table.whole("simulation")
    with np.errstate(invalid="ignore", over="ignore"):
        seconds = np.diff(times, prepend=math.nan)
        kept = (np.abs(seconds) < LARGEST) & (lanes >= 0)
    kept[1:] &= simulations[1:] == simulations[:-1]
    tools = _tools_of(table, calls)
    kept[[place for place, name in tools.items() if not name]] = False
    places = np.flatnonzero(kept)
    return Gaps(seconds[kept], simulations[kept], lanes[kept], places, tools)


def _tools_of(messages: Table[Message], calls: Sequence[Call]) -> dict[int, str]:
    """Return, by place, the tool whose answer each message of a tool is: those asked for last, in their order."""
    waiting: defaultdict[tuple[int, int], deque[str]] = defaultdict(deque)
    for call in calls:
        waiting[call.simulation, UNKNOWN if call.turn is None else call.turn].append(call.name)
    answers = messages.is_name("role", "tool")
    asks = messages.whole("tool_calls") > 0
    rows = np.flatnonzero(answers | asks)
    turns, simulations = messages.whole("turn")[rows].tolist(), messages.whole("simulation")[rows].tolist()
    kinds = zip(rows.tolist(), simulations, turns, asks[rows].tolist(), answers[rows].tolist(), strict=True)
    simulation, asked = -1, deque[str]()
    tools = {}
    for place, own, turn, asking, answering in kinds:
        if own != simulation:
            simulation, asked = own, deque()
        if asking:
            asked = waiting.get((own, turn), deque())
        if answering:
            tools[place] = asked.popleft() if asked else "unknown"
    return tools


def gaps(messages: Sequence[Message], calls: Sequence[Call]) -> Iterator[Gap]:
    """Yield the same, one by one."""
    found = all_gaps(messages, calls)
    for row in range(len(found.seconds)):
        yield found.gap(row, messages)


def latency(run: Run, found: Gaps | None = None, *, level: float = DEFAULT_LEVEL) -> Latency:
    """Return quantiles of every kind of time in a run, with intervals over tasks.

    Args:
        run: the run.
        found: the gaps between its messages when they are known already.
        level: coverage of the intervals.
    """
    every = all_gaps(run.messages, run.calls) if found is None else found
    forward = every.only(every.seconds >= 0)
    times = {**_of_gaps(forward), **_of_models(run), **_of_execution(run.calls)}
    clusters = _clusters(run)
    rows = [_row(*key, own, clusters, level) for key, own in times.items() if len(own.seconds)]
    order = ("gap", "model", "tool gap", "execution")
    rows.sort(key=lambda row: (order.index(row.kind), -row.total, row.name))
    return Latency(tuple(rows), len(every.seconds) - len(forward.seconds), "" if len(forward.seconds) else NO_TIMES)


def _of_gaps(found: Gaps) -> dict[tuple[str, str], _Times]:
    """Return the gaps by lane, and those of tools by tool."""
    times = {}
    for code in np.unique(found.lanes).tolist():
        own = found.lanes == code
        times["gap", found.lane(code)] = _Times(found.seconds[own], found.simulations[own])
    tools = found.only(found.lanes == _TOOL)
    names = [found.tools[place] for place in tools.places.tolist()]
    codes = group_codes(names)
    for code, name in enumerate(dict.fromkeys(names)):
        own = codes == code
        times["tool gap", name] = _Times(tools.seconds[own], tools.simulations[own])
    return times


def _of_models(run: Run) -> dict[tuple[str, str], _Times]:
    """Return the models' own times: of their requests where the log has those, else as noted on the messages."""
    requests = Table.of(ModelCall, run.model_calls)
    if len(requests):
        answered = (requests.whole("simulation") != UNKNOWN) & ~requests.flag("failed")
        return {
            ("model", purpose): _Times.of_rows(requests, "latency", answered & requests.is_name("purpose", purpose))
            for purpose in requests.used("purpose", answered)
        }
    messages = Table.of(Message, run.messages)
    said = messages.is_name("role", "assistant") | messages.is_name("role", "user")
    return {
        ("model", LANES[role]): _Times.of_rows(messages, "generation_time", messages.is_name("role", role))
        for role in messages.used("role", said)
    }


def _of_execution(calls: Sequence[Call]) -> dict[tuple[str, str], _Times]:
    """Return the times inside the tools."""
    groups: defaultdict[str, list[Call]] = defaultdict(list)
    for call in calls:
        groups[call.name].append(call)
    return {
        ("execution", name): _Times.of([one.execution_time for one in own], [one.simulation for one in own])
        for name, own in groups.items()
    }


def _clusters(run: Run) -> Codes:
    """Return the number of what each simulation's times belong to: its task; itself when there is one task only."""
    codes = np.arange(max((simulation.index for simulation in run.simulations), default=-1) + 1)
    numbers: dict[str, int] = {}
    for simulation in run.simulations:
        codes[simulation.index] = numbers.setdefault(simulation.task_id, len(numbers))
    return codes if len(numbers) > 1 else np.arange(len(codes))


def _row(kind: str, name: str, times: _Times, clusters: Codes, level: float) -> LatencyRow:
    values, of = times.seconds, clusters[times.simulations]
    ordered = np.sort(values)
    total = float(values.sum())
    return LatencyRow(
        kind=kind,
        name=name,
        n=len(values),
        missing=times.missing,
        total=total,
        mean=total / len(values),
        maximum=float(values.max()),
        quantiles=tuple(quantile(values, of, q, level=level, ordered=ordered) for q in QUANTILES),
        tail_share=tail_share(values),
        ecdf=ecdf(ordered),
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

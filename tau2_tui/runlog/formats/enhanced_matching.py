"""Which environment of a tau2-enhanced log is a conversation's own, and which are the evaluator's."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from tau2_tui.runlog.formats.enhanced_calls import Environment, LoggedCall, Signature

QUARTER_HOUR = 900.0
"""All time zones are offset from UTC by a multiple of this many seconds."""

_FARTHEST_ZONE = 14 * 3600
_MOST_COMPARED = 20_000
"""Comparisons after which the offset is known well enough."""

_CLOCK_SLACK = 0.002
"""Seconds by which a call may stand outside its simulation: times of either file are rounded."""


@dataclass(frozen=True)
class RecordedSimulation:
    """What a results file says of a simulation.

    Attributes:
        simulation_id: its id.
        started: its start in seconds since the epoch, by the clock of the results file; None when unknown.
        ended: its end.
        calls: its tool calls in order.
        reference: the reference actions of its task in order, as calls that succeed.
    """

    simulation_id: str
    started: float | None
    ended: float | None
    calls: tuple[Signature, ...]
    reference: tuple[Signature, ...] = ()


@dataclass
class Attribution:
    """What each environment of a log was made for.

    Attributes:
        offset: seconds to add to the times of the results file to have those of the log.
        live: by simulation, the environment of its conversation.
        partly: the simulations among them whose calls in both files are not the same, only alike.
        replays: environments in which the evaluator repeated a conversation.
        references: environments in which the evaluator performed reference actions.
        unexplained: all others.
    """

    offset: float = 0.0
    live: dict[int, Environment] = field(default_factory=dict)
    partly: set[int] = field(default_factory=set)
    replays: list[Environment] = field(default_factory=list)
    references: list[Environment] = field(default_factory=list)
    unexplained: list[Environment] = field(default_factory=list)


def attribute(environments: Sequence[Environment], simulations: Sequence[RecordedSimulation]) -> Attribution:
    """Return which environment belongs to which simulation, by their calls, failures and times."""
    found = Attribution(clock_offset(environments, simulations))
    if any(environment.simulation_id for environment in environments):
        return _attribute_named(found, environments, simulations)
    by_calls: dict[tuple[Signature, ...], list[int]] = defaultdict(list)
    by_reference: dict[tuple[Signature, ...], list[int]] = defaultdict(list)
    for index, simulation in enumerate(simulations):
        by_calls[simulation.calls].append(index)
        by_reference[without_failures(simulation.reference)].append(index)
    left: list[tuple[Environment, tuple[Signature, ...]]] = []
    for environment in environments:
        signatures = environment.signatures
        candidates = by_calls.get(signatures, ())
        index = next((i for i in candidates if i not in found.live and _within(environment, simulations[i], found)), -1)
        if index >= 0:
            found.live[index] = environment
        else:
            left.append((environment, signatures))
    replayed: set[int] = set()
    checked: set[int] = set()
    for environment, signatures in sorted(left, key=lambda pair: pair[0].started):
        if _claim(environment, by_calls.get(signatures, ()), simulations, found, replayed):
            found.replays.append(environment)
        elif _claim(environment, by_reference.get(without_failures(signatures), ()), simulations, found, checked):
            found.references.append(environment)
        else:
            found.unexplained.append(environment)
    _attribute_alike(found, simulations)
    if found.unexplained and not found.live:  # the files are of different runs
        return Attribution(unexplained=list(environments))
    return found


def _attribute_named(
    found: Attribution, environments: Sequence[Environment], simulations: Sequence[RecordedSimulation]
) -> Attribution:
    """Attribute environments whose calls name their simulations."""
    places = {simulation.simulation_id: index for index, simulation in enumerate(simulations)}
    for environment in environments:
        index = places.get(environment.simulation_id or "")
        if index is None or index in found.live:
            found.unexplained.append(environment)
        else:
            found.live[index] = environment
    return found


def clock_offset(environments: Sequence[Environment], simulations: Sequence[RecordedSimulation]) -> float:
    """Return how many seconds the log's clock, UTC, is ahead of the results file's, which is local without a zone.

    It is the multiple of a quarter of an hour that puts most environments into the time of a simulation with the same
    calls; among equally good ones the one nearest to what the earliest times of both files say.
    """
    starts = [one.started for one in simulations if one.started is not None]
    times = [one.started for one in environments if one.started]
    if not starts or not times:
        return 0.0
    guess = round((min(times) - min(starts)) / QUARTER_HOUR) * QUARTER_HOUR
    if abs(guess) > _FARTHEST_ZONE + QUARTER_HOUR:
        return 0.0  # the files are not of one run
    votes: Counter[float] = Counter()
    by_calls: dict[tuple[Signature, ...], list[RecordedSimulation]] = defaultdict(list)
    for simulation in simulations:
        if simulation.started is not None and simulation.ended is not None:
            by_calls[simulation.calls].append(simulation)
    compared = 0
    for environment in environments:
        same = by_calls.get(environment.signatures, ())
        votes.update({offset for simulation in same for offset in _fitting(environment, simulation)})
        compared += len(same)
        if compared > _MOST_COMPARED:
            break
    if not votes:
        return guess
    most = max(votes.values())
    return min((offset for offset, count in votes.items() if count == most), key=lambda offset: abs(offset - guess))


def without_failures(calls: tuple[Signature, ...]) -> tuple[Signature, ...]:
    """Return the calls as if all had succeeded: the evaluator performs reference actions whether they fail or not."""
    return tuple((name, arguments, False) for name, arguments, _ in calls)


def _fitting(environment: Environment, simulation: RecordedSimulation) -> list[float]:
    """Return the offsets that put an environment's calls into the time of a simulation."""
    assert simulation.started is not None and simulation.ended is not None
    earliest = environment.ended - simulation.ended - _CLOCK_SLACK
    latest = environment.started - simulation.started + _CLOCK_SLACK
    first = -(-earliest // QUARTER_HOUR)
    last = min(latest // QUARTER_HOUR, first + 8)
    return [step * QUARTER_HOUR for step in range(int(first), int(last) + 1)]


def _within(environment: Environment, simulation: RecordedSimulation, found: Attribution) -> bool:
    if simulation.started is None or simulation.ended is None:
        return True
    begins = simulation.started + found.offset - _CLOCK_SLACK
    ends = simulation.ended + found.offset + _CLOCK_SLACK
    return begins <= environment.started and environment.ended <= ends


def _claim(
    environment: Environment,
    candidates: Sequence[int],
    simulations: Sequence[RecordedSimulation],
    found: Attribution,
    taken: set[int],
) -> bool:
    """Take the first candidate that is over and not taken; return whether there was one."""
    for index in candidates:
        ended = simulations[index].ended
        if index not in taken and (ended is None or environment.started >= ended + found.offset - _CLOCK_SLACK):
            taken.add(index)
            return True
    return False


def _attribute_alike(found: Attribution, simulations: Sequence[RecordedSimulation]) -> None:
    """Give simulations without an environment the unexplained one in their time with most of the same calls."""
    for index, simulation in enumerate(simulations):
        if index in found.live or not simulation.calls or simulation.started is None or simulation.ended is None:
            continue
        near = [one for one in found.unexplained if _within(one, simulation, found)]
        share, best = max(((_alike(one, simulation), one) for one in near), key=_first, default=(0.0, None))
        if best is not None and share >= _ALIKE:
            found.live[index] = best
            found.partly.add(index)
            found.unexplained.remove(best)


def _alike(environment: Environment, simulation: RecordedSimulation) -> float:
    """Return the share of the calls of both that they have in common, in order."""
    common = len(align(environment.signatures, simulation.calls))
    return 2 * common / (len(environment.calls) + len(simulation.calls))


def _first(pair: tuple[float, Environment]) -> float:
    return pair[0]


_ALIKE = 0.5
"""Share of common calls from which on an environment in the right time is taken for a simulation's own."""

_LARGEST_ALIGNMENT = 1_000_000


def align(first: Sequence[Signature], second: Sequence[Signature]) -> list[tuple[int, int]]:
    """Return the places of a longest common subsequence of calls, failures not compared; both in rising order."""
    if first == second:
        return [(place, place) for place in range(len(first))]
    one, two = [call[:2] for call in first], [call[:2] for call in second]
    if len(one) * len(two) > _LARGEST_ALIGNMENT:
        return [(place, place) for place, (a, b) in enumerate(zip(one, two, strict=False)) if a == b]
    lengths = [[0] * (len(two) + 1) for _ in range(len(one) + 1)]
    for i in range(len(one) - 1, -1, -1):
        for j in range(len(two) - 1, -1, -1):
            same = one[i] == two[j]
            lengths[i][j] = lengths[i + 1][j + 1] + 1 if same else max(lengths[i + 1][j], lengths[i][j + 1])
    pairs, i, j = [], 0, 0
    while i < len(one) and j < len(two):
        if one[i] == two[j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif lengths[i + 1][j] >= lengths[i][j + 1]:
            i += 1
        else:
            j += 1
    return pairs


# Without a results file

_PAUSE = 0.25
"""Seconds that a model takes at least between two calls, and the evaluator never does."""

_REFERENCE_WITHIN = 5.0
"""Seconds after a replay within which the evaluator begins with the reference actions."""


def infer(environments: Sequence[Environment]) -> Attribution:
    """Return what each environment was made for, judged by pauses, repetition and order alone.

    A conversation's calls have a model's pauses between them; its replay is the same calls without them, later; the
    reference actions follow a replay at once. What could be a conversation is taken for one: then it is ``live``, by
    its place among the environments. Nothing is ``unexplained``.
    """
    found = Attribution()
    if any(environment.simulation_id for environment in environments):
        found.live = dict(enumerate(environments))
        return found
    signatures = [one.signatures for one in environments]
    open_live: dict[tuple[Signature, ...], list[int]] = defaultdict(list)
    waiting: list[Environment] = []
    order = sorted(range(len(environments)), key=lambda place: environments[place].started)
    to_come = Counter(signatures)
    for place in order:
        environment, calls = environments[place], signatures[place]
        to_come[calls] -= 1
        pause = environment.longest_pause
        replay_of = next((i for i in open_live[calls] if environments[i].ended <= environment.started), None)
        if pause is not None and pause >= _PAUSE:
            found.live[place] = environment
            open_live[calls].append(place)
        elif replay_of is not None:
            open_live[calls].remove(replay_of)
            found.replays.append(environment)
            waiting.append(environment)
        elif _follows(environment, waiting) or (pause is not None and not to_come[calls]):
            found.references.append(environment)
        else:
            found.live[place] = environment
            open_live[calls].append(place)
    return found


def _follows(environment: Environment, waiting: list[Environment]) -> bool:
    """Return whether a replay ended just before, and take the last one that did."""
    for place in range(len(waiting) - 1, -1, -1):
        replay = waiting[place]
        if replay.number < environment.number and 0 <= environment.started - replay.ended <= _REFERENCE_WITHIN:
            del waiting[place]
            return True
    return False


def calls_of(environments: Sequence[Environment]) -> list[LoggedCall]:
    """Return the calls of several environments in one list."""
    return [call for environment in environments for call in environment.calls]

"""The reference actions of a task beside the calls that a simulation made: for a worker."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tau2_tui.analysis.blame.verdict import Verdict
    from tau2_tui.analysis.calls.divergence import Divergence
    from tau2_tui.analysis.calls.reference import Writes
    from tau2_tui.analysis.data.records import Call, GoldAction, Run, Simulation
    from tau2_tui.tui.study.answers import Findings


class Fate(Enum):
    """What a reference action and a call are to each other; the value says it to a person."""

    MATCHED = "matched"
    ALIKE = "the same, written otherwise"
    WRONG = "wrong argument"
    FAILED = "tried, but it failed"
    MISSING = "missing"
    EXTRA_WRITE = "extra write"
    EXTRA = "extra call"
    EXTRA_READ = "extra read"


AS_EXPECTED = frozenset({Fate.MATCHED, Fate.ALIKE})
_DIFFERENT = frozenset({Fate.WRONG, Fate.FAILED, Fate.MISSING, Fate.EXTRA_WRITE})


@dataclass(frozen=True)
class Pair:
    """A reference action and the call that answers it, or one of the two alone.

    Attributes:
        fate: what they are to each other.
        action: the reference action, None for a call that answers none.
        call: the call, None for an action that no call answers.
        differing: the arguments in which they differ.
        again: the call answers another reference action too.
        line: the line of the log to look at: the call's, for a missing action that of the call before its place.
    """

    fate: Fate
    action: GoldAction | None = None
    call: Call | None = None
    differing: tuple[str, ...] = ()
    again: bool = False
    line: int | None = None

    @property
    def matters(self) -> bool:
        """Whether it is a difference that can fail the task: nobody has to make the reference's reads."""
        return self.fate in _DIFFERENT and (self.action is None or self.action.writes is not False)


@dataclass(frozen=True)
class Alignment:
    """One simulation beside its task's reference.

    Attributes:
        simulation_id: which.
        simulation: its record, None for one that does not count because it was repeated.
        pairs: reference actions and calls, in the order of the calls; what is missing stands where it belongs.
        known: the log holds the reference.
        divergence: place among ``pairs`` at which it first parted from the reference, None when it did not.
        kind: what that is, in words.
        verdict: why it failed, None when it did not.
    """

    simulation_id: str
    simulation: Simulation | None = None
    pairs: tuple[Pair, ...] = ()
    known: bool = False
    divergence: int | None = None
    kind: str = ""
    verdict: Verdict | None = None


def align(findings: Findings, simulation_id: str) -> Alignment:
    """Put the calls of a simulation beside its reference actions.

    Args:
        findings: the run.
        simulation_id: the simulation.
    """
    from tau2_tui.analysis.calls.divergence import first_divergence
    from tau2_tui.analysis.calls.reference import references
    from tau2_tui.analysis.data.rows import writing_tools

    run = findings.run
    simulation = next((one for one in run.simulations if one.simulation_id == simulation_id), None)
    if simulation is None:
        return Alignment(simulation_id)
    calls = _calls_of(run, simulation.index)
    gold = references(replace(run, simulations=(simulation,)))[simulation.index]
    known = simulation.task_id in run.tasks or bool(gold)
    writes = writing_tools(run.tools, run.calls)
    pairs = tuple(_with_lines(_in_order(calls, gold, run, writes), simulation.first_line))
    place, kind = None, ""
    if known:
        divergence = first_divergence(calls, gold, writes)
        place, kind = _place(divergence, pairs), divergence.kind
        if place is None:
            place = next((place for place, pair in enumerate(pairs) if pair.matters), None)
            kind = "none" if place is None else pairs[place].fate.value
    return Alignment(simulation_id, simulation, pairs, known, place, kind, findings.verdicts.get(simulation_id))


def _calls_of(run: Run, index: int) -> tuple[Call, ...]:
    """Return a simulation's calls: a run holds them by simulation."""
    start = bisect_left(run.calls, index, key=lambda call: call.simulation)
    end = bisect_left(run.calls, index + 1, lo=start, key=lambda call: call.simulation)
    return run.calls[start:end]


# Which call answers which action


def _in_order(calls: Sequence[Call], gold: Sequence[GoldAction], run: Run, writes: Writes) -> Iterator[Pair]:
    answered = _answers(calls, gold)
    by_call = {pair.call.i: (i, pair) for i, pair in answered.items() if pair.call is not None and not pair.again}
    waiting = _unanswered(gold, answered, {i for i, _ in by_call.values()})
    passed: set[int | None] = {None}
    for call in calls:
        if call.i not in by_call:
            yield Pair(_extra(call, run, writes), call=call)
            continue
        i, pair = by_call[call.i]
        for other in list(waiting):
            if other.i < i and other.after in passed:
                waiting.remove(other)
                yield other.pair
        yield pair
        passed.add(i)
    yield from (other.pair for other in waiting)


@dataclass(frozen=True)
class _Unanswered:
    """A reference action without a call of its own.

    Attributes:
        i: its place in the reference.
        after: place of the nearest action before it that has one, None for none.
        pair: what is shown of it.
    """

    i: int
    after: int | None
    pair: Pair


def _unanswered(gold: Sequence[GoldAction], answered: Mapping[int, Pair], own: set[int]) -> list[_Unanswered]:
    found, after = [], None
    for action in gold:
        if action.i in own:
            after = action.i
        else:
            found.append(_Unanswered(action.i, after, answered.get(action.i, Pair(Fate.MISSING, action))))
    return found


def _answers(calls: Sequence[Call], gold: Sequence[GoldAction]) -> dict[int, Pair]:
    """Return by place of the reference action the call that answers it: an equal one, else the most alike."""
    from tau2_tui.analysis.calls.reference import matches

    found: dict[int, Pair] = {}
    free = {call.i: call for call in calls}
    for action in gold:
        equal = [call for call in free.values() if matches(action, call)]
        if equal:
            call = min(equal, key=lambda call: _reluctance(action, call))
            found[action.i] = _equal(action, call)
            del free[call.i]
        elif not action.writes:
            call_again = next((call for call in calls if matches(action, call)), None)
            if call_again is not None:
                found[action.i] = replace(_equal(action, call_again), again=True)
    left = [action for action in gold if action.i not in found]
    found.update(_most_alike(left, free.values()))
    return found


def _reluctance(action: GoldAction, call: Call) -> tuple[bool, bool, bool, int]:
    """Return a key by which the best of equal calls comes first: for a write one that had an effect."""
    idle = call.error if call.state_changed is None else not call.state_changed
    return bool(action.writes) and idle, call.requestor != action.requestor, call.error, call.i


def _equal(action: GoldAction, call: Call) -> Pair:
    """Return a pair of equals; a write that fails is none."""
    return Pair(Fate.FAILED if action.writes and call.error and not call.state_changed else Fate.MATCHED, action, call)


def _most_alike(gold: Sequence[GoldAction], calls: Iterable[Call]) -> Iterator[tuple[int, Pair]]:
    from tau2_tui.analysis.blame.values import differing as differing_in_meaning

    candidates = []
    named: dict[str, list[Call]] = {}
    for call in calls:
        named.setdefault(call.name, []).append(call)
    for action in gold:
        for call in named.get(action.name, ()):
            names = _differing(action, call)
            order = (call.requestor != action.requestor, call.error, len(names), action.i, call.i)
            candidates.append((order, action, call, names))
    taken_actions: set[int] = set()
    taken_calls: set[int] = set()
    for _, action, call, names in sorted(candidates, key=lambda candidate: candidate[0]):
        if action.i in taken_actions or call.i in taken_calls:
            continue
        taken_actions.add(action.i)
        taken_calls.add(call.i)
        alike = not call.error and not differing_in_meaning(action.args, call.args, action.compare_args)
        yield action.i, Pair(Fate.ALIKE if alike else Fate.WRONG, action, call, names)


def _differing(action: GoldAction, call: Call) -> tuple[str, ...]:
    """Return the arguments that tau2 compares and that differ, and those of the action that the call leaves out."""
    from tau2_tui.analysis.calls.reference import differing_arguments

    names = differing_arguments(action, call)
    if action.compare_args is not None:
        return names
    return (*names, *(str(name) for name in action.args if name not in call.args))


def _extra(call: Call, run: Run, writes: Writes) -> Fate:
    """Return what a call is that answers no reference action."""
    from tau2_tui.analysis.data.rows import tool_of

    if call.state_changed:
        return Fate.EXTRA_WRITE
    tool = tool_of(run.tools, call.requestor, call.name)
    if tool is not None and tool.tool_type in ("read", "think"):
        return Fate.EXTRA_READ
    writing = call.state_changed is None and not call.error and writes.get((call.requestor, call.name)) is True
    return Fate.EXTRA_WRITE if writing else Fate.EXTRA


def _with_lines(pairs: Iterable[Pair], first: int) -> Iterator[Pair]:
    line = first
    for pair in pairs:
        if pair.call is not None and not pair.again:
            line = pair.call.line
        yield replace(pair, line=line if pair.call is None else pair.call.line)


# Where it first went wrong


def _place(divergence: Divergence, pairs: Sequence[Pair]) -> int | None:
    """Return the place at which a divergence shows, None when it says of none."""
    call = {"wrong arguments": divergence.wrong_write, "unexpected write": divergence.unexpected_write}
    action = {
        "missing write": divergence.missing_write,
        "missing action": divergence.missing_action,
        "missing read": divergence.missing_read,
    }
    wanted_call, wanted_action = call.get(divergence.kind), action.get(divergence.kind)
    for place, pair in enumerate(pairs):
        if pair.call is not None and pair.call.i == wanted_call and not pair.again:
            return place
        if pair.action is not None and pair.action.i == wanted_action:
            return place
    return None

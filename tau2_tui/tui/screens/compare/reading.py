"""Two simulations of one task, aligned at the turn where they part: for a worker."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from tau2_tui.events.codec import dumps
from tau2_tui.runlog.conversation import Call, Entry, conversation
from tau2_tui.runlog.log import RunLog
from tau2_tui.runlog.long_line import read_event
from tau2_tui.tui.format.runs import one_line
from tau2_tui.tui.format.values import call_text

if TYPE_CHECKING:
    from tau2_tui.analysis.data.records import Run, Simulation

_LONGEST = 600
"""Characters of one message that are shown."""


@dataclass(frozen=True)
class Step:
    """Something said or called.

    Attributes:
        who: ``assistant``, ``user`` or whoever it was.
        text: what, safe to draw.
        line: its line in its log.
        called: it is a tool call.
        failed: the call failed.
        same_as: what makes it equal to another step: the call and its arguments; of what was said only by whom.
    """

    who: str
    text: str
    line: int
    called: bool
    failed: bool
    same_as: tuple[str, ...]


@dataclass(frozen=True)
class Side:
    """One of the two.

    Attributes:
        simulation_id: which.
        trial: its trial, None where the log does not say.
        success: whether it succeeded, None when not known.
        steps: what was said and called.
    """

    simulation_id: str
    trial: int | None
    success: bool | None
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Beside:
    """Two simulations of one task.

    Attributes:
        task_id: the task.
        left: that of the first log.
        right: that of the other log.
        pairs: their steps beside each other.
        parts: index of the first pair in which they do not do the same, None when they always do.
    """

    task_id: str
    left: Side
    right: Side
    pairs: tuple[tuple[Step | None, Step | None], ...]
    parts: int | None


def meetings(a: Run, b: Run, task_id: str) -> list[tuple[Simulation, Simulation]]:
    """Return the pairs of simulations of a task worth looking at, those with different outcomes first."""
    left = [one for one in a.simulations if one.task_id == task_id]
    right = [one for one in b.simulations if one.task_id == task_id]
    pairs = [(one, other) for one in left for other in right]
    return sorted(pairs, key=lambda pair: (pair[0].success == pair[1].success, pair[0].trial != pair[1].trial))


def read_beside(logs: tuple[RunLog, RunLog], pair: tuple[Simulation, Simulation]) -> Beside:
    """Read two simulations and put them beside each other."""
    left, right = (_side(log, one) for log, one in zip(logs, pair, strict=True))
    pairs = tuple(aligned(left.steps, right.steps))
    parts = next((place for place, (one, other) in enumerate(pairs) if not same(one, other)), None)
    return Beside(pair[0].task_id, left, right, pairs, parts)


def aligned(left: Sequence[Step], right: Sequence[Step]) -> Iterator[tuple[Step | None, Step | None]]:
    """Yield the steps beside each other, equal ones on one line as far as their order allows."""
    matcher = SequenceMatcher(None, [one.same_as for one in left], [one.same_as for one in right], autojunk=False)
    for _, start, end, other_start, other_end in matcher.get_opcodes():
        yield from zip_longest(left[start:end], right[other_start:other_end])


def same(one: Step | None, other: Step | None) -> bool:
    """Return whether two steps do the same."""
    return one is not None and other is not None and one.same_as == other.same_as


def _side(log: RunLog, simulation: Simulation) -> Side:
    lines = log.lines_of(simulation.simulation_id).tolist()
    steps = tuple(steps_of([read_event(log, line) for line in lines], lines))
    return Side(simulation.simulation_id, simulation.trial, simulation.success, steps)


def steps_of(events: Sequence[Entry], lines: Sequence[int]) -> list[Step]:
    """Return what was said and called in a simulation's events."""
    at = {id(event): line for event, line in zip(events, lines, strict=True)}
    steps: list[Step] = []
    for turn in conversation(events):
        message = turn.message
        line = at.get(id(message), lines[0])
        who = one_line(message.role, 40) if message is not None else "?"
        if message is not None and message.content not in (None, ""):
            steps.append(Step(who, one_line(message.content, _LONGEST), line, False, False, ("said", who)))
        steps += [_called(call, at.get(id(call.execution), line)) for call in turn.calls]
    return steps


def _called(call: Call, line: int) -> Step:
    error: Any = None if call.execution is None else call.execution.error_message
    why = f"  {one_line(error, 200)}" if call.failed and error else ""
    text = f"{one_line(call_text(call.name, call.arguments), _LONGEST)}{why}"
    equal = dumps(call.arguments, sort_keys=True).decode("utf-8", "replace")
    return Step(one_line(call.requestor, 40), text, line, True, call.failed, ("called", str(call.name), equal))

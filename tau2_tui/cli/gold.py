"""A conversation beside its task's reference actions: which were made, with what arguments, and what came on top."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

from tau2_tui.analysis.calls.reference import ActionMatch, GoldAgreement, evaluated_against, gold_agreement, matches
from tau2_tui.analysis.data.records import Call as CallRecord
from tau2_tui.analysis.data.records import GoldAction
from tau2_tui.analysis.data.rows import gold_of
from tau2_tui.cli.page import Page, pad, wrap
from tau2_tui.cli.transcript import Notes, value_text
from tau2_tui.errors import Tau2TuiError
from tau2_tui.events import RunStartEvent, SimulationEndEvent, TaskEvent
from tau2_tui.runlog.conversation import Call, Turn
from tau2_tui.safe_text import visible

if TYPE_CHECKING:
    from tau2_tui.runlog import RunLog, SimulationRef

_VALUE = 200
_SIDE_BY_SIDE = 100
"""Columns from which on reference and calls stand beside each other."""

_OTHER = "The simulation was evaluated against other actions than those of the log's task: theirs are taken."

_MARKS = {"matched": ("=", "passed"), "wrong arguments": ("≠", "failed"), "missing": ("✗", "failed")}


@dataclass(frozen=True)
class Comparison:
    """The calls of a simulation and the reference actions that it was evaluated against, else those of its task.

    Attributes:
        calls: the calls, in order.
        records: the same as the analysis takes them.
        gold: the reference actions, in order.
        agreement: what became of each action.
        is_other: they are others than those that the log's task has.
    """

    calls: list[Call]
    records: list[CallRecord]
    gold: list[GoldAction]
    agreement: GoldAgreement
    is_other: bool = False

    def notes(self) -> dict[int, Notes]:
        """Return what to say below each call, by its ``id``."""
        return {id(call): self._note(place) for place, call in enumerate(self.calls)}

    def _note(self, place: int) -> Notes:
        of = len(self.gold)
        record = self.records[place]
        equal = [action for action in self.gold if matches(action, record)]
        if equal:
            again = any(matches(equal[0], earlier) for earlier in self.records[:place])
            places = ", ".join(str(action.i + 1) for action in equal)
            return [(f"= reference action {places} of {of}" + (", again" if again else ""), "passed")]
        for fate in self.agreement.actions:
            if fate.outcome == "wrong arguments" and fate.call_i == place:
                head = (
                    f"≠ reference action {fate.i + 1} of {of}: other {', '.join(map(visible, fate.differing))}",
                    "failed",
                )
                return [head, *((f"    {line}", "failed") for line in self._differences(fate.i, place, fate.differing))]
        if self.calls[place].changes or record.state_changed:
            return [("≠ not in the reference, and it changed the state", "failed")]
        return [("not in the reference", "muted")]

    def _differences(self, action: int, call: int, names: tuple[str, ...]) -> Iterator[str]:
        for name in names:
            wanted, made = self.gold[action].args, self.records[call].args
            said = value_text(made[name], _VALUE) if name in made else "not given"
            meant = value_text(wanted[name], _VALUE) if name in wanted else "does not give it"
            yield visible(f"{name}: {said}; the reference: {meant}")

    def lines(self, paper: Page) -> Iterator[str]:
        """Yield the reference actions, each beside the call that it corresponds to."""
        if self.is_other:
            yield from (paper.paint(line, "muted") for line in wrap(_OTHER, paper.text_width))
        if not self.gold:
            yield paper.paint("Reference: the task expects no tool call", "bold")
            yield ""
            return
        title = f"Reference actions: {self.agreement.matched} of {len(self.gold)} made"
        yield paper.paint(title, "bold")
        yield ""
        rows = [self._row(action, fate) for action, fate in zip(self.gold, self.agreement.actions, strict=True)]
        widths = max(cell_len(row[1]) for row in rows), max(cell_len(row[2]) for row in rows)
        for start, reference, made, token in rows:
            yield from _beside(start, reference, made, token, paper, widths)
        yield ""

    def _row(self, action: GoldAction, fate: ActionMatch) -> tuple[str, str, str, str]:
        mark, token = _MARKS[fate.outcome]
        who = "user: " if action.requestor == "user" else ""
        reference = visible(f"{who}{_call(action.name, action.args)}")
        made = "never called" if fate.call_i is None else self._made(fate.call_i, action)
        return f"{fate.i + 1:>3} {mark} ", reference, made, token

    def _made(self, place: int, action: GoldAction) -> str:
        record, seq = self.records[place], _seq(self.calls[place])
        said = "the same" if record.args == action.args else _call(record.name, record.args)
        return visible(said if seq is None else f"#{seq} {said}")

    def document(self) -> dict[str, Any]:
        """Return the comparison as JSON values."""
        return {
            "matched": self.agreement.matched,
            "of_the_task": not self.is_other,
            "actions": [
                {
                    "action": {"name": action.name, "arguments": dict(action.args), "requestor": action.requestor},
                    "outcome": fate.outcome,
                    "seq": None if fate.call_i is None else _seq(self.calls[fate.call_i]),
                    "differing": list(fate.differing),
                }
                for action, fate in zip(self.gold, self.agreement.actions, strict=True)
            ],
            "not_in_reference": [
                {"seq": _seq(call), "name": call.name, "state_changed": record.state_changed}
                for call, record in zip(self.calls, self.records, strict=True)
                if not any(matches(action, record) for action in self.gold)
            ],
        }


def comparison_of(log: RunLog, ref: SimulationRef, turns: list[Turn]) -> Comparison:
    """Return the comparison of a simulation's calls with the reference actions that it was evaluated against.

    Raises:
        Tau2TuiError: the log holds neither the task nor an evaluation that names the actions.
    """
    task_id, task = ref.task_id or "", _task(log, ref.task_id)
    calls = [call for turn in turns for call in turn.calls if turn.message is None or not turn.message.history]
    records = [_record(place, call, task_id) for place, call in enumerate(calls)]
    writes = _writes(log)
    of_task = tuple(gold_of(task_id, task or {}, writes))
    gold = evaluated_against(task_id, of_task, _reward_info(log, ref), writes)
    if task is None and not gold:
        raise Tau2TuiError(f"{log.path}: the log does not hold the task {ref.task_id or '-'}, so there is no reference")
    return Comparison(
        calls, records, list(gold), gold_agreement(records, gold), task is not None and gold is not of_task
    )


def _reward_info(log: RunLog, ref: SimulationRef) -> Any:
    """Return the last evaluation of a simulation, None when there is none."""
    lines = log.lines_of(ref.simulation_id)
    for line in lines[log.columns.of_type(SimulationEndEvent.__name__)[lines]][::-1].tolist():
        event = log.event(line)
        if isinstance(event, SimulationEndEvent):
            return event.reward_info
    return None


def _task(log: RunLog, task_id: str | None) -> dict[str, Any] | None:
    import numpy as np

    columns = log.columns
    for line in np.flatnonzero(columns.of_type(TaskEvent.__name__)).tolist():
        code = int(columns.task[line])
        if code >= 0 and columns.tasks[code] == task_id:
            event = log.event(line)
            if isinstance(event, TaskEvent):
                return event.task
    return None


def _writes(log: RunLog) -> dict[tuple[str, str], bool]:
    """Return, by requestor and tool, whether it writes, as far as the log's header says."""
    import numpy as np

    for line in np.flatnonzero(log.columns.of_type(RunStartEvent.__name__))[:1].tolist():
        event = log.event(line)
        if isinstance(event, RunStartEvent):
            tools = [
                tool for tool in event.tools if isinstance(tool, dict) and tool.get("tool_type") in ("read", "write")
            ]
            return {(str(tool.get("requestor")), str(tool.get("name"))): tool["tool_type"] == "write" for tool in tools}
    return {}


def _record(place: int, call: Call, task_id: str) -> CallRecord:
    return CallRecord(
        simulation=0,
        task_id=task_id,
        i=place,
        turn=None,
        name=call.name,
        args=call.arguments if isinstance(call.arguments, dict) else {},
        requestor=call.requestor,
        error=call.failed,
        state_changed=call.execution.state_changed if call.execution else None,
    )


def _seq(call: Call) -> int | None:
    return call.execution.seq if call.execution else None


def _call(name: str, arguments: Any) -> str:
    inside = ", ".join(f"{key}={value_text(value, _VALUE)}" for key, value in dict(arguments).items())
    return f"{name}({inside})"


def _beside(start: str, reference: str, made: str, token: str, paper: Page, widths: tuple[int, int]) -> Iterator[str]:
    """Yield two texts beside each other where there is room, or one below the other.

    Args:
        start: what stands before the first line.
        reference: the first text.
        made: the second one.
        token: the colour.
        paper: where they are printed.
        widths: the cells that the widest of each would take.
    """
    indent = " " * len(start)
    if paper.width < _SIDE_BY_SIDE:
        first, *rest = wrap(reference, paper.width - len(start) - 2)
        yield paper.paint(start, token) + first
        yield from (f"{indent}  {line}" for line in rest)
        for line in wrap(made, paper.width - len(start) - 2):
            yield indent + paper.paint(f"│ {line}", "muted" if token == "passed" else token)
        return
    room = paper.width - len(start) - 3
    right = min(widths[1], room // 2)
    left = min(widths[0], room - right)
    rows = zip_longest(wrap(reference, left), wrap(made, right), fillvalue="")
    for number, (wanted, found) in enumerate(rows):
        head = indent if number else paper.paint(start, token)
        yield f"{head}{pad(wanted, left)} │ {paper.paint(found, '' if token == 'passed' else token)}".rstrip()

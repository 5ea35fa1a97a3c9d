"""A results file completed by the log that tau2-enhanced wrote beside it: timings, state changes, snapshots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from tau2_tui.events import (
    ExecutionEvent,
    RunEndEvent,
    RunStartEvent,
    SimulationEndEvent,
    SimulationStartEvent,
    StateChangeEvent,
    TaskEvent,
    ToolExecutionEvent,
)
from tau2_tui.events.codec import dumps
from tau2_tui.runlog.formats.enhanced_calls import Environment, LoggedEvents, Signature, environments
from tau2_tui.runlog.formats.enhanced_events import (
    belonging,
    call_events,
    database_hash,
    event_of,
    snapshot_event,
    timed,
)
from tau2_tui.runlog.formats.enhanced_matching import (
    Attribution,
    RecordedSimulation,
    align,
    attribute,
    calls_of,
    without_failures,
)


@dataclass(frozen=True)
class Block:
    """Events of a results file that stand together: one simulation's, or one that belongs to none."""

    simulation_id: str | None
    events: list[ExecutionEvent]

    @property
    def tool_calls(self) -> list[ToolExecutionEvent]:
        """Its tool calls in order."""
        return [event for event in self.events if isinstance(event, ToolExecutionEvent)]


def blocks_of(events: Iterable[ExecutionEvent]) -> list[Block]:
    """Return the events of a results file by simulation, in their order."""
    blocks: list[Block] = []
    for simulation_id, group in groupby(events, key=lambda event: event.simulation_id):
        if simulation_id is None:
            blocks += [Block(None, [event]) for event in group]
        else:
            blocks.append(Block(simulation_id, list(group)))
    return blocks


def completed(blocks: Sequence[Block], logged: LoggedEvents, notes: list[str]) -> Iterator[ExecutionEvent]:
    """Yield the events of a results file, completed by what was logged; ``notes`` says what was found and removed."""
    simulations = [block for block in blocks if block.simulation_id is not None]
    grouped = environments(logged.calls)
    if grouped is None:
        notes.append("the calls of the log are not numbered by environment, so they could not be tied to simulations")
    found = attribute(grouped or [], recorded(blocks))
    notes += describe(found, logged, simulations)
    if grouped is None and logged.calls:
        found.unexplained.append(Environment(1, tuple(logged.calls)))
    place = {block.simulation_id: index for index, block in enumerate(simulations)}
    for event in counted(timed(_all(blocks, logged, found, place))):
        if isinstance(event, RunStartEvent):
            event.metadata.setdefault("imported", {}).update(_imported(found))
        yield event


def counted(events: Iterable[ExecutionEvent]) -> Iterator[ExecutionEvent]:
    """Yield events; the end of the run, which a results file knows nothing of, gets the counts of all before it."""
    counts: Counter[str] = Counter()
    failed = 0
    for event in events:
        if isinstance(event, RunEndEvent):
            event.event_counts = dict(counts)
            event.totals |= {
                "tool_calls": counts[ToolExecutionEvent.__name__],
                "tool_errors": failed,
                "state_changes": counts[StateChangeEvent.__name__],
            }
        counts[event.event_type] += 1
        failed += isinstance(event, ToolExecutionEvent) and not event.success
        yield event


def recorded(blocks: Sequence[Block]) -> list[RecordedSimulation]:
    """Return what a results file says of each of its simulations."""
    references: dict[str, tuple[Signature, ...]] = {}
    for block in blocks:
        for event in block.events:
            if isinstance(event, TaskEvent):
                references[str(event.task_id)] = _reference(event.task)
    return [_recorded(block, references) for block in blocks if block.simulation_id is not None]


def describe(found: Attribution, logged: LoggedEvents, simulations: Sequence[Block]) -> list[str]:
    """Return what a reader should know of an attribution, one line each."""
    live = calls_of(list(found.live.values()))
    replays, references = calls_of(found.replays), calls_of(found.references)
    changes = sum(len(call.changes) for call in replays + references)
    lines = [
        f"of {len(logged.calls)} logged tool calls {len(live)} were made in the conversations;"
        f" {len(replays) + len(references)} were the evaluator's and were removed:"
        f" {len(replays)} of repeated conversations, {len(references)} of reference actions,"
        f" and with them {changes} state changes"
    ]
    if found.live:
        lines.append(
            f"the clock of the results file, local time without a zone, is UTC{_zone(-found.offset)}:"
            " found by comparing it with the log's; all times are UTC now"
        )
    unexplained = calls_of(found.unexplained)
    if unexplained and not found.live:
        lines.append("no call of the log is one of the results file beside it: they seem to be of different runs")
    if unexplained:
        lines.append(
            f"{len(unexplained)} logged tool calls fit no simulation of the results file; they are kept, without one"
        )
    for index in sorted(found.partly):
        lines.append(
            f"simulation {simulations[index].simulation_id}: its calls in both files are alike, not equal;"
            " those that agree were completed"
        )
    silent = sum(len(block.tool_calls) for index, block in enumerate(simulations) if index not in found.live)
    if silent:
        lines.append(f"{silent} tool calls of the results file are not in the log: no timing, no state changes of them")
    if logged.unreadable:
        lines.append(f"{logged.unreadable} entries of the log are no events and were left out")
    return lines


def _all(
    blocks: Sequence[Block], logged: LoggedEvents, found: Attribution, place: dict[str | None, int]
) -> Iterator[ExecutionEvent]:
    loose_done = False
    for block in blocks:
        for event in block.events:
            event.timestamp += found.offset
        if isinstance(block.events[0], RunEndEvent):
            yield from _loose(logged, found)
            loose_done = True
        environment = found.live.get(place[block.simulation_id]) if block.simulation_id is not None else None
        yield from block.events if environment is None else _with_log(block, environment)
    if not loose_done:
        yield from _loose(logged, found)


def _with_log(block: Block, environment: Environment) -> Iterator[ExecutionEvent]:
    """Yield a simulation's events, its calls completed by those of its environment."""
    pairs = align([_signature(call) for call in block.tool_calls], environment.signatures)
    partner = {id(block.tool_calls[here]): environment.calls[there] for here, there in pairs}
    tied = {there for _, there in pairs}
    extra = [call for there, call in enumerate(environment.calls) if there not in tied]
    first = block.events[0]
    if isinstance(first, SimulationStartEvent):
        first.state_hash = first.state_hash or database_hash(environment.calls[0].before)
    for event in block.events:
        if isinstance(event, SimulationEndEvent):
            for call in extra:
                yield from _belonging(block, call_events(call), None)
        logged = partner.get(id(event))
        if logged is None or not isinstance(event, ToolExecutionEvent):
            yield event
        else:
            yield from _belonging(block, call_events(logged, event), event.turn_idx)


def _belonging(block: Block, events: Iterable[ExecutionEvent], turn_idx: int | None) -> Iterator[ExecutionEvent]:
    first = block.events[0]
    for event in belonging(events, str(block.simulation_id), first.task_id, first.trial):
        event.turn_idx = turn_idx
        yield event


def _loose(logged: LoggedEvents, found: Attribution) -> Iterator[ExecutionEvent]:
    """Yield what belongs to no simulation."""
    for environment in found.unexplained:
        for call in environment.calls:
            for event in call_events(call):
                event.metadata.setdefault("tau2_enhanced", {})["environment"] = environment.number
                yield event
    yield from map(event_of, logged.others)
    yield from map(snapshot_event, logged.loose_snapshots)


def _recorded(block: Block, references: dict[str, tuple[Signature, ...]]) -> RecordedSimulation:
    first, last = block.events[0], block.events[-1]
    return RecordedSimulation(
        simulation_id=str(block.simulation_id),
        started=first.timestamp or None,
        ended=last.timestamp or None if isinstance(last, SimulationEndEvent) else None,
        calls=tuple(map(_signature, block.tool_calls)),
        reference=references.get(str(first.task_id), ()),
    )


def _signature(event: ToolExecutionEvent) -> Signature:
    return event.tool_name, dumps(event.tool_args, sort_keys=True), not event.success


def _reference(task: dict[str, Any]) -> tuple[Signature, ...]:
    criteria = task.get("evaluation_criteria")
    actions = criteria.get("actions") if isinstance(criteria, dict) else None
    if not isinstance(actions, list):
        return ()
    return without_failures(
        tuple(
            (str(action.get("name")), dumps(action.get("arguments") or {}, sort_keys=True), False)
            for action in actions
            if isinstance(action, dict)
        )
    )


def _imported(found: Attribution) -> dict[str, Any]:
    return {
        "clock_offset": found.offset,
        "live_calls": len(calls_of(list(found.live.values()))),
        "removed_replays": len(calls_of(found.replays)),
        "removed_references": len(calls_of(found.references)),
        "unexplained_calls": len(calls_of(found.unexplained)),
    }


def _zone(seconds: float) -> str:
    minutes = round(abs(seconds) / 60)
    return f"{'-' if seconds < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"

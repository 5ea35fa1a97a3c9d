"""A log of tau2-enhanced of which no results file is known: calls, and what can be inferred of their simulations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tau2_tui.events import (
    ExecutionEvent,
    RunEndEvent,
    RunStartEvent,
    SimulationStartEvent,
    StateChangeEvent,
    ToolExecutionEvent,
)
from tau2_tui.runlog.formats.enhanced_calls import LoggedEvents, environments
from tau2_tui.runlog.formats.enhanced_events import (
    SOURCE,
    call_events,
    domain_of,
    environment_events,
    event_of,
    snapshot_event,
    timed,
)
from tau2_tui.runlog.formats.enhanced_matching import calls_of, infer
from tau2_tui.runlog.formats.moments import seconds_of

NOT_THERE = "no results file: messages, tasks, rewards and the results of tools are not known, only their beginnings"


def log_only(
    file: str, format_name: str, logged: LoggedEvents, written: Any, notes: list[str], *, ends: bool = True
) -> Iterator[ExecutionEvent]:
    """Yield a run of which the file holds the tool calls only.

    Args:
        file: name of the file.
        format_name: its format.
        logged: its events.
        written: the time at which it was written, as it says; local, without a zone.
        notes: told what was inferred, removed and is missing.
        ends: the file is whole: nothing more of the run will follow.
    """
    grouped = environments(logged.calls)
    notes.append(NOT_THERE)
    domain = domain_of(logged.calls)
    if grouped is None:
        notes.append("the calls are not numbered by environment: they belong to no simulation here")
        body: Iterable[ExecutionEvent] = (event for call in logged.calls for event in call_events(call))
        imported: dict[str, Any] = {}
    else:
        found = infer(grouped)
        replays, references = calls_of(found.replays), calls_of(found.references)
        removed = (
            f"of {len(logged.calls)} logged tool calls {len(replays) + len(references)} were taken for the evaluator's"
            f" and removed, as they repeat earlier ones without pauses ({len(replays)}) or follow such a repetition at"
            f" once ({len(references)}): this is inferred, and sure only with the results file beside the log"
        )
        notes += [removed] if replays or references else []
        order = sorted(found.live.values(), key=lambda one: one.started)
        body = (event for one in order for event in environment_events(one, domain))
        imported = {"removed_replays": len(replays), "removed_references": len(references), "inferred": True}
    if logged.unreadable:
        notes.append(f"{logged.unreadable} entries of the log are no events and were left out")
    origin = {"format": format_name, "file": file, "notes": notes, "written": written, **imported}
    rest: Iterator[ExecutionEvent] = map(event_of, logged.others)
    loose: Iterator[ExecutionEvent] = map(snapshot_event, logged.loose_snapshots)
    times = [call.started for call in logged.calls if call.started]
    started = min(times, default=seconds_of(written) or 0.0)
    yield from whole_run(_chained(body, rest, loose), origin, domain, started, ends=ends)


def whole_run(
    events: Iterable[ExecutionEvent], origin: Mapping[str, Any], domain: str, started: float, *, ends: bool = True
) -> Iterator[ExecutionEvent]:
    """Yield events between the start and the end of a run that the file does not hold itself."""
    counts: Counter[str] = Counter()
    failed = 0
    start = RunStartEvent(domain=domain, source=SOURCE, metadata={"imported": dict(origin)})
    start.timestamp, start.stamped_on_creation = started, False
    start.message = f"{origin['format']}: {origin['file']}"
    last = started
    for event in timed(_chained([start], events)):
        counts[event.event_type] += 1
        failed += isinstance(event, ToolExecutionEvent) and not event.success
        last = max(last, event.timestamp)
        yield event
    if ends:
        totals = {
            "simulations": counts[SimulationStartEvent.__name__],
            "evaluated": 0,
            "passed": 0,
            "mean_reward": None,
            "tool_calls": counts[ToolExecutionEvent.__name__],
            "tool_errors": failed,
            "state_changes": counts[StateChangeEvent.__name__],
        }
        end = RunEndEvent(totals=totals, event_counts=dict(counts), source=SOURCE, message="end of the imported file")
        end.timestamp, end.duration = last, last - started
        yield end


def _chained(*parts: Iterable[ExecutionEvent]) -> Iterator[ExecutionEvent]:
    for part in parts:
        yield from part

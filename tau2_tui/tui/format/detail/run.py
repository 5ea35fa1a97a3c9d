"""Details of the run's own events: its start and end, its tasks, the start of a simulation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tau2_tui.events import RunEndEvent, RunStartEvent, SimulationStartEvent, TaskEvent
from tau2_tui.tui.format.detail.layout import Context, Lines, fields, section, text_or_json
from tau2_tui.tui.format.json_lines import json_lines
from tau2_tui.tui.format.runs import line, one_line, safe_lines
from tau2_tui.tui.format.times import duration
from tau2_tui.tui.format.values import as_dict, as_list, call_text, compact, objects


def run_start(event: RunStartEvent, context: Context) -> Lines:
    """Yield the header of a run: versions, configuration, tools and policy."""
    tau2 = " ".join(part for part in (event.tau2_flavour, event.tau2_version) if part)
    imported = as_dict(event.metadata.get("imported"))
    written_by = f"tau2-tui {event.program_version}, log format {event.format_version}"
    yield from section("Run")
    yield from fields(
        ("domain", event.domain),
        ("run", event.run_id),
        ("imported by" if imported else "recorded by", written_by),
        ("from", imported.get("file")),
        ("format", imported.get("format")),
        ("tau2-bench", tau2),
        ("python", event.python_version),
        ("host", event.host),
        ("command", " ".join(str(word) for word in event.command_line)),
    )
    yield from notes(imported)
    yield from section("Configuration")
    yield from json_lines(event.config, context.folds, root="config:")
    yield from section(f"Tools ({len(event.tools)})")
    for tool in objects(event.tools):
        requestor = " (user)" if tool.get("requestor") == "user" else ""
        name = f"{one_line(tool.get('name') or '?', 80)}{requestor}"
        kind = one_line(tool.get("tool_type") or "", 20)
        yield line((name, "key"), (f"  {kind}  ", "muted"), one_line(tool.get("description") or "", 160), indent=4)
    if event.policy:
        yield from section("Policy")
        yield from safe_lines(event.policy)


def notes(imported: Mapping[str, Any]) -> Lines:
    """Yield what a reader should know of a log that was made from a file of another format."""
    told = [note for note in as_list(imported.get("notes")) if isinstance(note, str)]
    if told:
        yield from section("Notes on the import")
    for note in told:
        yield line(f"· {one_line(note, 500)}", indent=2)


def run_end(event: RunEndEvent, context: Context) -> Lines:
    """Yield the totals that the recorder counted."""
    yield from section("Totals")
    pairs = [(one_line(key, 60), compact(value)) for key, value in event.totals.items()]
    yield from fields(("duration", duration(event.duration)), *pairs)
    yield from section("Events")
    yield from fields(*((one_line(key, 60), compact(value)) for key, value in event.event_counts.items()))


def task(event: TaskEvent, context: Context) -> Lines:
    """Yield a task: what it is for, what the user wants, the reference actions, then all of it."""
    task = event.task
    parts = (
        ("Purpose", as_dict(task.get("description")).get("purpose")),
        ("What the user wants", as_dict(task.get("user_scenario")).get("instructions")),
        ("Ticket", task.get("ticket")),
    )
    for title, value in parts:
        if value:
            yield from section(title)
            yield from text_or_json(value, context, f"{title}:")
    criteria = as_dict(task.get("evaluation_criteria"))
    actions = objects(criteria.get("actions"))
    if actions:
        yield from section(f"Reference actions ({len(actions)})")
        for action in actions:
            who = "user: " if action.get("requestor") == "user" else ""
            yield line(f"{who}{call_text(action.get('name'), action.get('arguments'), 2_000)}", indent=2)
    yield from section("Task")
    yield from json_lines(task, context.folds, root="task:")


def simulation_start(event: SimulationStartEvent, context: Context) -> Lines:
    """Yield who talks to whom, and the state in which they start."""
    yield from section("Simulation")
    yield from fields(
        ("domain", event.domain),
        ("agent", " ".join(part for part in (event.agent, event.agent_llm) if part)),
        ("user", "none, solo" if event.solo_mode else " ".join(part for part in (event.user, event.user_llm) if part)),
        ("seed", event.seed),
        ("attempt", event.attempt),
        ("state", event.state_hash),
        ("user state", event.user_state_hash),
    )

"""The plain text that ``open`` prints when there is no terminal: what ran and how each simulation ended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from textwrap import wrap

import click
from rich.cells import cell_len

from tau2_tui.cli.outcomes import cost_text, result_word
from tau2_tui.cli.output import notice
from tau2_tui.runlog import LogOrigin, RunLog
from tau2_tui.runlog.summary import RunHeader, RunSummary, RunTotals, SimulationRow, summarize
from tau2_tui.safe_text import visible

SIMULATION_LIMIT = 500
"""Simulations listed one a line before the rest is only counted."""

_NOTE_WIDTH = 66
"""Characters of a note on one line: with what stands before it, 80."""

_HEADINGS = ("result", "reward", "ended by", "msgs", "calls", "errors", "writes", "seconds", "cost $", "trial", "task")
_RIGHT = frozenset({"reward", "msgs", "calls", "errors", "writes", "seconds", "cost $", "trial"})


def print_summary(log: RunLog) -> None:
    """Print a log's summary on standard output, every line of the log counted.

    Raises:
        LogFormatError: the file could not be read to its end.
    """
    log.start()
    log.wait()
    log.check()
    if log.failure:
        notice(f"{log.path}: {log.failure}")
    click.echo(summary_text(summarize(log), name=str(log.path)))


def summary_text(summary: RunSummary, *, name: str, limit: int = SIMULATION_LIMIT) -> str:
    """Return a run's summary as lines of plain text: no colours, nothing in it that a terminal obeys.

    Args:
        summary: the numbers.
        name: how to call the log.
        limit: how many simulations to list at most.
    """
    told = [*_header(summary.header, name, summary.origin), *_totals(summary.totals), *_notes(summary.origin)]
    return "\n".join([*told, *_simulations(summary, limit)])


def _header(header: RunHeader, name: str, origin: LogOrigin | None) -> Iterator[str]:
    yield visible(name)
    if origin is not None:
        yield _field("format", origin.format)
    yield _field("status", "complete" if header.complete else "running or cut off: the log has no end of the run")
    yield _field("domain", header.domain)
    yield _field("agent", _with_model(header.agent, header.agent_llm))
    yield _field("user", _with_model(header.user, header.user_llm))
    yield _field("tau2", " ".join(part for part in (header.tau2_flavour, header.tau2_version) if part) or None)
    yield _field("started", _time(header.started))


def _totals(totals: RunTotals) -> Iterator[str]:
    mean = "-" if totals.mean_reward is None else f"{totals.mean_reward:.3f}"
    ended = f"{totals.simulations:,} begun, {totals.ended:,} ended"
    if totals.repeated:
        ended += f" ({totals.repeated:,} more repeated, not counted)"
    passed = f"{totals.passed:,} of {totals.evaluated:,} passed"
    if totals.undecided:
        passed += f", {totals.undecided:,} not decided (judge skipped)"
    yield _field("simulations", f"{ended}, {passed}, mean reward {mean}")
    yield _field("tool calls", f"{totals.tool_calls:,}, {totals.tool_errors:,} failed")
    changes = "not recorded" if totals.state_changes is None else f"{totals.state_changes:,} of a database"
    yield _field("changes", changes)
    yield _field("events", f"{totals.events:,}, {totals.errors:,} errors")
    if totals.unreadable_lines:
        yield _field("unreadable", f"{totals.unreadable_lines:,} of the log's lines")


def _notes(origin: LogOrigin | None) -> Iterator[str]:
    """Yield what a reader should know of a converted file, in lines that fit a narrow terminal."""
    for note in origin.notes if origin is not None else ():
        first, *more = wrap(visible(note), _NOTE_WIDTH) or [""]
        yield _field("note", first)
        yield from (_field("", line) for line in more)


def _simulations(summary: RunSummary, limit: int) -> Iterator[str]:
    shown = summary.simulations[:limit]
    if not shown:
        return
    table = [_HEADINGS, *map(_cells, shown)]
    widths = [max(cell_len(row[column]) for row in table) for column in range(len(_HEADINGS))]
    yield ""
    for row in table:
        yield "  ".join(_pad(*cell) for cell in zip(row, widths, _HEADINGS, strict=True)).rstrip()
    if len(summary.simulations) > len(shown):
        yield f"… and {len(summary.simulations) - len(shown):,} more"


def _cells(row: SimulationRow) -> tuple[str, ...]:
    return (
        _result(row),
        "-" if row.reward is None else f"{row.reward:g}",
        visible(row.termination_reason or "-"),
        f"{row.messages:,}",
        f"{row.tool_calls:,}",
        f"{row.tool_errors:,}",
        "-" if row.writes is None else f"{row.writes:,}",
        "-" if row.duration is None else f"{row.duration:.1f}",
        cost_text(row.agent_cost, row.user_cost),
        "-" if row.trial is None else str(row.trial),
        visible(row.task_id or "-"),
    )


def _result(row: SimulationRow) -> str:
    return result_word(
        ended=row.ended,
        repeated=row.repeated,
        reward=row.reward,
        passed=row.passed,
        judge_skipped=row.judge_skipped,
    )


def _pad(text: str, width: int, heading: str) -> str:
    space = " " * (width - cell_len(text))
    return space + text if heading in _RIGHT else text + space


def _field(label: str, value: str | None) -> str:
    return f"  {label:<12}{visible(value or '-')}"


def _with_model(name: str | None, model: str | None) -> str | None:
    return f"{name} ({model})" if name and model else name or model


def _time(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, tz=timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):
        return None

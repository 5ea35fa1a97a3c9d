"""``tau2-tui import``: a file of another format as a run log, its tool calls made again where tau2 is installed."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tau2_tui.cli.output import ExitCode, fail, notice, tell, tell_script
from tau2_tui.cli.progress import ProgressLine
from tau2_tui.counting import counted
from tau2_tui.errors import LogFormatError, RecordingError, Tau2TuiError
from tau2_tui.safe_text import visible

if TYPE_CHECKING:
    from tau2_tui.events import ExecutionEvent
    from tau2_tui.recording.replay.report import SimulationReport
    from tau2_tui.runlog import RunLog

_NAMED = 20
"""Simulations with differing results that are named before the rest is only counted."""

_NAMELESS = "imported"

_RECOVERS = "tau2-tui import --replay recovers them where tau2 is installed"
"""Notes that end so tell of what a replay recovers: they are not printed after one."""

_RECOVERED = "a replay recovered them, as far as the calls could be made again"
"""What they say in a log that was made with one."""

_EPILOG = """
\b
Examples:
  tau2-tui import results.json -o run.jsonl
  tau2-tui import run_enhanced_logs.json -o run.jsonl --no-replay
  tau2-tui import data/simulations/*.json -o logs/
"""


@dataclass
class _Imported:
    """What came of one source."""

    source: Path
    output: Path
    format: str = "run log"
    counts: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    reports: list[SimulationReport] = field(default_factory=list)
    replay: str | None = None
    """Why nothing was replayed; None when it was."""


@click.command("import", epilog=_EPILOG)
@click.argument("sources", metavar="SRC...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, help="The log to make; a folder for several SRC."
)
@click.option("--force", is_flag=True, help="Replace a log that is there.")
@click.option(
    "--replay/--no-replay",
    default=None,
    help="Make the recorded tool calls again, for state changes, timings and the difference to the reference."
    "  [default: when tau2-bench is installed]",
)
@click.option("--processes", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes that replay.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on what was imported.")
@click.pass_context
def command(
    ctx: click.Context,
    sources: tuple[Path, ...],
    output: Path,
    force: bool,
    replay: bool | None,
    processes: int,
    as_json: bool,
) -> None:
    """Make a run log of a file or directory of another format.

    Reads the results of tau2-bench of every version and all that tau2-enhanced wrote, compressed or not; - is standard
    input. What a file lacks, and what was removed from it, is said. With several SRC each becomes a log of its own in
    the folder that -o names.
    """
    done: list[_Imported] = []
    failures: list[tuple[Path, str]] = []
    for source, target in _targets(sources, output, force):
        try:
            done.append(_import(source, target, replay, processes))
        except Tau2TuiError as error:
            if len(sources) == 1:
                raise
            notice(str(error))
            failures.append((source, str(error)))
            continue
        if not as_json:
            _tell(done[-1])
    if as_json:
        _print_json(done, failures)
    if failures:
        ctx.exit(ExitCode.USAGE)


def _targets(sources: tuple[Path, ...], output: Path, force: bool) -> list[tuple[Path, Path]]:
    """Return each source with the log to make of it; ends the program where that cannot be."""
    if str(output) == "-":
        fail("-: a log that is made is a file: give it a name with -o")
    if len(sources) == 1 and not output.is_dir():
        pairs = [(sources[0], output)]
    elif len(sources) > 1 and not output.is_dir() and output.suffix:
        fail(f"{output}: each SRC becomes a log of its own: give a folder for {len(sources)} of them")
    else:
        pairs = [(source, output / f"{_stem(source)}.jsonl") for source in sources]
    names = Counter(target for _, target in pairs)
    for source, target in pairs:
        if names[target] > 1:
            fail(f"{target}: would be made of {names[target]} sources; import them one by one")
        if target.exists() and source.exists() and target.samefile(source):
            fail(f"{target}: is the file to be imported; take another -o")
        if target.exists() and not target.is_file():
            fail(f"{target}: is not a regular file; take another -o")
        if os.path.lexists(target) and not force:
            fail(f"{target}: exists already; take another -o, or replace it with --force")
    if len(sources) > 1:
        output.mkdir(parents=True, exist_ok=True)
    return pairs


def _stem(source: Path) -> str:
    """Return what to call the log of a source; a file that is called as all are is named by its folder."""
    from tau2_tui.runlog.decompress import STANDARD_INPUT

    if source == STANDARD_INPUT:
        return _NAMELESS
    resolved = source.resolve()
    name = resolved.parent.name if resolved.name == "results.json" else resolved.name
    for suffix in (".gz", ".zst", ".json", ".jsonl", ".csv"):
        name = name.removesuffix(suffix)
    return name or _NAMELESS


def _import(source: Path, target: Path, replay: bool | None, processes: int) -> _Imported:
    """Make one log.

    Raises:
        LogFormatError: the source cannot be read.
        LogWriteError: the log cannot be written.
        RecordingError: a replay was asked for and cannot be.
    """
    from tau2_tui.runlog.opening import open_log
    from tau2_tui.runlog.spool import copy_log, write_events

    result = _Imported(source, target)
    replayed = _replayer(result, replay, processes)
    with ProgressLine() as line, open_log(source, index="now") as log:
        if log.origin is not None:
            result.format, result.notes = log.origin.format, list(log.origin.notes)
        elif not replay:
            raise LogFormatError(f"{source}: is a run log already; --replay makes its tool calls again")
        if replayed is not None:
            try:
                events = _counted(_events_of(log, result), source.name, line)
                result.counts = write_events(replayed(events), target)
                return result
            except RecordingError as error:
                if replay:
                    raise
                result.replay, result.reports = str(error), []
        result.counts = copy_log(log, target)
        if unreadable := len(log) - result.counts.total():
            result.notes.append(f"events too long or nested too deep to be shown, kept as they are: {unreadable}")
    return result


def _events_of(log: RunLog, result: _Imported) -> Iterator[ExecutionEvent]:
    """Yield a log's events; lines that are none are counted in its notes."""
    from tau2_tui.runlog.refs import UnreadableLine

    unreadable = 0
    for line in range(len(log)):
        event = log.event(line)
        if isinstance(event, UnreadableLine):
            unreadable += 1
        else:
            yield event
    if unreadable:
        result.notes.append(f"lines that are no events, left out: {unreadable}")


def _counted(events: Iterable[ExecutionEvent], name: str, line: ProgressLine) -> Iterator[ExecutionEvent]:
    """Yield events, and show how many simulations of a file began among them."""
    simulations = 0
    for event in events:
        if event.event_type == "SimulationStartEvent":
            simulations += 1
            line.show(f"{name}: {counted(simulations, 'simulation')} read")
        yield event


_Replayer = Callable[[Iterator["ExecutionEvent"]], Iterator["ExecutionEvent"]]


def _replayer(result: _Imported, replay: bool | None, processes: int) -> _Replayer | None:
    """Return what makes the calls of events again, None when that is not wanted or not possible.

    Raises:
        RecordingError: it is wanted, and no tau2-bench is installed.
    """
    from tau2_tui.recording.tau2_package import find_package

    if replay is False:
        result.replay = "--no-replay"
        return None
    try:
        find_package()
    except RecordingError as error:
        if replay:
            raise
        result.replay = str(error)
        return None

    def replayed(events: Iterator[ExecutionEvent]) -> Iterator[ExecutionEvent]:
        from tau2_tui.recording.replay import replay as replay_calls

        return replay_calls(_as_replayed(events), processes=processes, progress=result.reports.append)

    return replayed


def _as_replayed(events: Iterator[ExecutionEvent]) -> Iterator[ExecutionEvent]:
    """Yield events whose notes do not advise a replay any more."""
    for event in events:
        imported = event.metadata.get("imported")
        notes = imported.get("notes") if isinstance(imported, dict) else None
        if isinstance(imported, dict) and isinstance(notes, list):
            imported["notes"] = [_after_replay(note) if isinstance(note, str) else note for note in notes]
        yield event


def _after_replay(note: str) -> str:
    return note.removesuffix(_RECOVERS) + _RECOVERED if note.endswith(_RECOVERS) else note


def _tell(result: _Imported) -> None:
    """Say on standard error what was imported; on standard output, when that is no terminal, the log's path."""
    counts = result.counts
    tell(
        f"{visible(str(result.source))}: {result.format}: {counted(counts['SimulationStartEvent'], 'simulation')},"
        f" {counted(counts['MessageEvent'], 'message')}, {counted(counts['ToolExecutionEvent'], 'tool call')}"
        f" written to {visible(str(result.output))}"
    )
    for note in result.notes:
        if result.replay is None and note.endswith(_RECOVERS):
            continue
        tell(f"  note: {visible(note)}")
    for line in _replay_lines(result):
        tell(f"  {line}")
    tell_script(result.output)


def _replay_lines(result: _Imported) -> Iterator[str]:
    if result.replay is not None:
        yield f"not replayed: {visible(result.replay)}"
        return
    reports = result.reports
    results, equal = sum(one.results for one in reports), sum(one.equal for one in reports)
    same = sum(one.all_equal for one in reports)
    if results:
        yield (
            f"replayed: {equal:,} of {counted(results, 'result')} the same ({equal / results:.2%});"
            f" in {same:,} of {counted(len(reports), 'simulation')} all of them"
        )
    else:
        yield f"replayed: no result of a tool to compare in {counted(len(reports), 'simulation')}"
    others = [one for one in reports if not one.all_equal]
    for one in others[:_NAMED]:
        trial = "-" if one.trial is None else one.trial
        yield f"  task {visible(one.task_id or '-')} trial {trial}: {visible(one.in_words())}"
    if len(others) > _NAMED:
        yield f"  … and {len(others) - _NAMED:,} more; --json names them all"


def _print_json(done: list[_Imported], failures: list[tuple[Path, str]]) -> None:
    from tau2_tui.cli.json_output import print_json

    documents: list[dict[str, Any]] = [
        {
            "source": str(one.source),
            "output": str(one.output),
            "format": one.format,
            "event_counts": dict(one.counts),
            "notes": [_after_replay(note) for note in one.notes] if one.replay is None else one.notes,
            "not_replayed": one.replay,
            "replay": [
                {
                    "simulation_id": report.simulation_id,
                    "task_id": report.task_id,
                    "trial": report.trial,
                    "all_equal": report.all_equal,
                    **report.as_metadata(),
                }
                for report in one.reports
            ],
        }
        for one in done
    ]
    documents += [{"source": str(source), "error": error} for source, error in failures]
    print_json({"imports": documents})

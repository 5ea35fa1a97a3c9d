"""``tau2-tui verify``: whether a log is what was written, and how far it goes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tau2_tui.cli.json_output import print_json
from tau2_tui.cli.output import ExitCode, notice
from tau2_tui.counting import counted
from tau2_tui.errors import LogFormatError
from tau2_tui.safe_text import visible

if TYPE_CHECKING:
    from tau2_tui.runlog.verify import SimulationCheck, VerifyReport

_NAMED = 10
"""Simulations listed by name before the rest is only counted."""


_EPILOG = """\b
Exit code: 0 intact, complete or not; 1 something was changed; 2 a file is
no run log.

\b
Examples:
  tau2-tui verify run.jsonl
  tau2-tui verify --json runs/*.jsonl"""


@click.command("verify", epilog=_EPILOG)
@click.argument("logs", metavar="LOG...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document, with every simulation.")
@click.pass_context
def command(ctx: click.Context, logs: tuple[Path, ...], as_json: bool) -> None:
    """Check the hash chain, the numbers and the structure of run logs.

    Names the first line that is wrong, and says whether the log is complete or running or cut off. A line torn by a
    killed recorder is no tampering. The chain holds no secret: to be safe from who can rewrite the whole file, or take
    whole lines off its end, keep the printed chain elsewhere and compare.
    """
    from tau2_tui.runlog.verify import verify

    reports: list[VerifyReport] = []
    documents: list[dict[str, Any]] = []
    for path in logs:
        try:
            report = verify(path)
        except LogFormatError as error:
            notice(str(error))
            documents.append({"path": str(path), "error": str(error)})
            continue
        reports.append(report)
        documents.append(_document(report))
        if not as_json:
            _print(report)
    if as_json:
        print_json({"logs": documents})
    if not all(report.ok for report in reports):
        ctx.exit(ExitCode.NO)
    if len(reports) < len(logs):
        ctx.exit(ExitCode.USAGE)


def _document(report: VerifyReport) -> dict[str, Any]:
    return {
        "path": str(report.path),
        "ok": report.ok,
        "status": _status(report),
        "lines": report.lines,
        "bytes": report.bytes,
        "torn_bytes": report.torn_bytes,
        "first_bad_line": report.first_bad_line,
        "first_bad_offset": report.first_bad_offset,
        "reason": report.reason,
        "bad_lines": report.bad_lines,
        "chain": report.chain,
        "simulations_ended": report.simulations_ended,
        "simulations_running": report.simulations_running,
        "simulations_repeated": report.simulations_repeated,
        "simulations": [
            {
                "simulation_id": one.simulation_id,
                "task_id": one.task_id,
                "trial": one.trial,
                "begun": one.begun,
                "ended": one.ended,
                "whole": one.whole,
                "repeated": one.repeated,
            }
            for one in report.simulations
        ],
    }


def _status(report: VerifyReport) -> str:
    return "complete" if report.complete else "running or cut off"


def _print(report: VerifyReport) -> None:
    from tau2_tui.cli.page import hanging, page

    paper = page()
    for text in _lines(report):
        for line in hanging(text, paper, len(text) - len(text.lstrip()) + 2):
            click.echo(line)


def _lines(report: VerifyReport) -> list[str]:
    lines = [f"{visible(str(report.path))}: {_verdict(report)}"]
    lines.append(f"  {counted(report.lines, 'whole line')}, {counted(report.bytes, 'byte')}, {_status(report)}")
    if report.torn_bytes:
        lines.append(f"  {counted(report.torn_bytes, 'byte')} of a torn last line after the last whole one")
    lines += _simulation_lines(report)
    lines.append(f"  chain {report.chain}")
    return lines


def _verdict(report: VerifyReport) -> str:
    if not report.ok:
        more = f"; {counted(report.bad_lines - 1, 'other line')} not fitting either" if report.bad_lines > 1 else ""
        reason = visible(report.reason or "")
        return f"CHANGED at line {report.first_bad_line} (byte {report.first_bad_offset}): {reason}{more}"
    if report.complete:
        return "intact and complete"
    return "intact up to its last whole line, incomplete: running or cut off"


def _simulation_lines(report: VerifyReport) -> list[str]:
    counting = [one for one in report.simulations if not one.repeated]
    ended = [one for one in counting if one.ended is not None]
    running = [one for one in counting if one.ended is None]
    doubtful = [one for one in ended if not one.whole]
    lines = [f"  {counted(len(ended), 'simulation')} ended, {len(ended) - len(doubtful):,} of them whole"]
    lines += _named("not whole", doubtful)
    if running:
        lines.append(f"  {counted(len(running), 'simulation')} begun and not ended")
        lines += _named("not ended", running)
    if report.simulations_repeated:
        lines.append(f"  {counted(report.simulations_repeated, 'simulation')} failed or cut off, and repeated")
    return lines


def _named(what: str, simulations: list[SimulationCheck]) -> list[str]:
    lines = [
        f"    {what}: task {visible(one.task_id or '-')} trial {'-' if one.trial is None else one.trial},"
        f" {visible(one.simulation_id)}"
        for one in simulations[:_NAMED]
    ]
    if len(simulations) > _NAMED:
        lines.append(f"    … and {len(simulations) - _NAMED:,} more")
    return lines

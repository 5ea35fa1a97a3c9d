"""The rows that say why a simulation failed, without Textual."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tau2_tui.tui.format.runs import Run, one_line
from tau2_tui.tui.format.short import short_rows
from tau2_tui.tui.format.values import count
from tau2_tui.tui.screens.gold.alignment import Alignment

if TYPE_CHECKING:
    from tau2_tui.analysis.blame.verdict import Cause, Verdict
    from tau2_tui.analysis.data.records import Simulation

Said = tuple[tuple[Run, ...], int | None]
"""What a row says, and the line of the log that it speaks of."""

_MOST_CAUSES = 4
_ROWS_OF_FIRST, _ROWS_OF_OTHERS = 3, 2


def verdict_rows(alignment: Alignment, width: int) -> Iterator[Said]:
    """Yield how a simulation ended, and what made it fail."""
    simulation = alignment.simulation
    if simulation is None:
        said = Run("This simulation does not count: it was repeated later, or its start is not in the log.", "muted")
        yield from _wrapped((said,), None, width, 3)
        return
    yield from _wrapped(_ending(simulation, alignment.verdict), simulation.end_line, width, 2)
    if alignment.verdict is not None:
        yield from _causes(alignment.verdict, width)


def _ending(simulation: Simulation, verdict: Verdict | None) -> tuple[Run, ...]:
    if not simulation.ended:
        return (Run("… not ended", "warning"),)
    why = f"  {one_line(simulation.termination, 60)}" if simulation.termination else ""
    if simulation.success is None:
        return Run("? not evaluated", "warning"), Run(why, "muted")
    if simulation.success:
        return Run("✓ passed", "success"), Run(why, "muted")
    checks = ", ".join(one_line(name, 40) for name in verdict.failed_checks) if verdict is not None else ""
    return Run("✗ failed", "error"), Run(f": {checks}" if checks else "", "error"), Run(why, "muted")


def _causes(verdict: Verdict, width: int) -> Iterator[Said]:
    for place, cause in enumerate(verdict.causes[:_MOST_CAUSES]):
        yield from _cause(cause, place, width)
    more = len(verdict.causes) - _MOST_CAUSES
    if more > 0:
        yield from _wrapped((Run(f"  {count(more, 'further cause')} less likely", "muted"),), None, width, 1)
    if verdict.note:
        yield from _wrapped((Run(f"  {one_line(verdict.note)}", "muted"),), None, width, 2)


def _cause(cause: Cause, place: int, width: int) -> Iterator[Said]:
    first = place == 0
    doubt = "doubt: " if cause.flag else ""
    owner = cause.owner if cause.owner in ("agent", "user") else "warning"
    runs = (
        Run(f"  {place + 1} ", "heading" if first else "muted"),
        Run(cause.owner, owner),
        Run(f"  {doubt}{cause.kind.replace('_', ' ')}", "strong" if first else "text"),
        Run(f"  confidence {cause.confidence:.2f}  ", "muted"),
        Run(one_line(cause.summary, 600)),
    )
    yield from _wrapped(runs, next(iter(cause.lines), None), width, _ROWS_OF_FIRST if first else _ROWS_OF_OTHERS)


def _wrapped(runs: tuple[Run, ...], line: int | None, width: int, most: int) -> Iterator[Said]:
    yield from ((row, line) for row in short_rows(runs, width, most, 4))

"""The sheets of a comparison: for a worker, importing what computes takes seconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tau2_tui.analysis.comparison.compare import compare, task_differences
from tau2_tui.analysis.comparison.compare_many import compare_many
from tau2_tui.analysis.comparison.further import further
from tau2_tui.analysis.comparison.paired import paired
from tau2_tui.analysis.data.records import Run
from tau2_tui.analysis.sheets import comparison
from tau2_tui.analysis.sheets.behind import Behind
from tau2_tui.analysis.sheets.sheet import Sheet as Said
from tau2_tui.tui.screens.sheet.drawing import write
from tau2_tui.tui.screens.sheet.items import Sheet, Subject, Writer

_LEADS = " (enter: two simulations side by side)"


def labelled(runs: Sequence[Run], paths: Sequence[Path]) -> list[Run]:
    """Return the runs under labels that differ: with their folders, and numbered where those are equal too."""
    counted = Counter(run.label for run in runs)
    named = [
        f"{path.resolve().parent.name}/{run.label}" if counted[run.label] > 1 else run.label
        for run, path in zip(runs, paths, strict=True)
    ]
    counted = Counter(named)
    labels = [f"{label} ({place})" if counted[label] > 1 else label for place, label in enumerate(named, 1)]
    return [replace(run, label=label) for run, label in zip(runs, labels, strict=True)]


def write_pair(a: Run, b: Run) -> Sheet:
    """Compare the second run with the first, and list every common task: each leads to its simulations."""
    said = comparison.pair(compare(a, b), further(a, b), task_differences(paired(a, b)))
    parts = (replace(one, title=f"{one.title}{_LEADS}") if one.title == comparison.TASKS else one for one in said.parts)
    return _written(replace(said, parts=tuple(parts)))


def write_all(runs: Sequence[Run]) -> Sheet:
    """Compare every run with every other one."""
    return _written(comparison.several(compare_many(runs)))


def _written(said: Said) -> Sheet:
    writer = Writer()
    write(said, _ask, writer)
    return writer.sheet()


def _ask(behind: Behind | None, about: tuple[str, ...]) -> Subject:
    """Return what can be asked about a number of several logs: what it means."""
    return Subject(about)

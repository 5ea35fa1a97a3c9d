"""Runs read for statistics: logs of any format, with progress on a terminal, narrowed by a filter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tau2_tui.analysis.data.records import Run
    from tau2_tui.runlog import RunLog


@dataclass(frozen=True)
class ReadRun:
    """A log and what was read of it.

    Attributes:
        log: the open log.
        run: of the calls, messages and changes those that the filter lets through.
        simulations: everything of the simulations in which there are such; the same as ``run`` without a filter.
    """

    log: RunLog
    run: Run
    simulations: Run


@contextmanager
def read_runs(
    paths: Sequence[Path],
    expression: str | None = None,
    *,
    messages: bool = True,
    meanwhile: Callable[[], None] | None = None,
) -> Iterator[list[ReadRun]]:
    """Open logs and read their runs; each run's label tells it from the others.

    Args:
        paths: the logs.
        expression: a filter over their events.
        messages: read messages and model calls too; with a filter they always are.
        meanwhile: called while other processes read a big one.

    Raises:
        LogFormatError: one of them cannot be read.
        FilterError: the filter means nothing.
    """
    from tau2_tui.cli.reading import opened

    with ExitStack() as stack:
        found = []
        for path in paths:
            log = stack.enter_context(opened(path, indexed=expression is not None))
            found.append(_read(log, path, expression, messages, meanwhile))
        labels = _labels([one.run.label for one in found], paths)
        yield [
            ReadRun(one.log, replace(one.run, label=label), replace(one.simulations, label=label))
            for one, label in zip(found, labels, strict=True)
        ]


def _read(
    log: RunLog, path: Path, expression: str | None, messages: bool, meanwhile: Callable[[], None] | None
) -> ReadRun:
    from tau2_tui.analysis.data.reading import read_run
    from tau2_tui.cli.progress import shown
    from tau2_tui.cli.reading import parsed, say_failure

    chosen = parsed(expression, log)
    with shown(f"of {path.name} read") as show:
        run = read_run(log, progress=show, messages=messages or chosen is not None, meanwhile=meanwhile)
    if expression is None:
        say_failure(log)
    if chosen is None:
        return ReadRun(log, run, run)
    from tau2_tui.analysis.data.narrow import narrowed

    lines, what = chosen.select(log), (expression or "").strip()
    return ReadRun(log, narrowed(run, lines, what), narrowed(run, lines, what, whole=True))


def _labels(labels: Sequence[str], paths: Sequence[Path]) -> list[str]:
    """Return the runs' labels, those of equal name with their folders, those still equal numbered."""
    counted = Counter(labels)
    named = [
        f"{path.resolve().parent.name}/{label}" if counted[label] > 1 else label
        for label, path in zip(labels, paths, strict=True)
    ]
    counted = Counter(named)
    return [f"{label} ({place})" if counted[label] > 1 else label for place, label in enumerate(named, 1)]

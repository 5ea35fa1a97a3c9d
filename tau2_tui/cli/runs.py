"""Runs read for statistics: logs of any format, with progress on a terminal, narrowed by a filter."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tau2_tui.analysis.data.records import Run
    from tau2_tui.runlog import RunLog

_PATIENCE = 0.7
_EVERY = 0.1
_BAR = 20


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


@contextmanager
def shown(words: str) -> Iterator[Callable[[float], None]]:
    """Give a function that shows which share of something is done, 0 to 1, as a bar on standard error.

    Nothing is shown at first, in case it does not take long, and nothing at all where standard error is no terminal.

    Args:
        words: what the share is of, such as ``of the log read``.
    """
    progress = _Progress(words)
    try:
        yield progress.show
    finally:
        progress.clear()


class _Progress:
    """A bar on standard error while something takes long; nothing when that is no terminal."""

    def __init__(self, words: str) -> None:
        self._words = words
        self._next = monotonic() + _PATIENCE if sys.stderr.isatty() else float("inf")
        self._shown = False

    def show(self, share: float) -> None:
        """Show how much is done, every so often."""
        now = monotonic()
        if now >= self._next:
            from tau2_tui.safe_text import visible

            self._next, self._shown = now + _EVERY, True
            full = round(share * _BAR)
            bar = "█" * full + "░" * (_BAR - full)
            print(f"\r{bar} {share:4.0%} {visible(self._words)}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

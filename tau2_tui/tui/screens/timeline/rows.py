"""One row of the list: columns for time, simulation, lane and kind, what the event says, and its badges."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from tau2_tui.events import ExecutionEvent
from tau2_tui.runlog.refs import UnreadableLine
from tau2_tui.tui.cells import cut_middle, fit, normal, width
from tau2_tui.tui.format.runs import Run, cut_runs, one_line, runs_width
from tau2_tui.tui.format.summary import Badge, Lane, Summary, summarise
from tau2_tui.tui.format.times import TimeFormat, clock, span
from tau2_tui.tui.screens.timeline.state import TimelineState
from tau2_tui.tui.source import Entry

_KEPT_SUMMARIES = 2_000
_LANE = 5
_KIND = 8


@dataclass(frozen=True)
class Columns:
    """Which columns fit beside what an event says, in cells; 0 for a column that does not.

    Attributes:
        time: the time.
        millis: whether the time has milliseconds.
        tag: task and trial.
        kind: the kind of event.
        words: whether badges are words, or symbols only.
    """

    time: int
    millis: bool
    tag: int
    kind: int
    words: bool


def columns_for(cells: int, *, whole: bool) -> Columns:
    """Return the columns of a list that is ``cells`` wide; ``whole`` when it shows more than one simulation."""
    if cells < 50:
        return Columns(0, False, 0, 0, False)
    if cells < 70:
        return Columns(8, False, 0, 0, False)
    if cells < 100:
        return Columns(8, False, 7 if whole else 0, _KIND, False)
    return Columns(12, True, 12 if whole else 0, _KIND, True)


class RowWriter:
    """Writes the rows of a timeline."""

    def __init__(self, state: TimelineState) -> None:
        self._state = state
        self._summaries: OrderedDict[int, Summary] = OrderedDict()

    def forget(self) -> None:
        """Take it that lines may say something else now."""
        self._summaries.clear()

    def runs(self, row: int, cells: int) -> tuple[Run, ...]:
        """Return a row of the list in at most that many cells."""
        state = self._state
        line = state.view.line(row)
        entry = state.source.entry(line)
        summary = self._summary(line, entry)
        columns = columns_for(cells, whole=state.view.whole)
        start = [Run("▌" if row == state.rows.cursor else " ", "strong")]
        if columns.time:
            start.append(Run(self._time(row, entry, columns).rjust(columns.time) + " ", "muted"))
        if columns.tag:
            start.append(Run(fit(_tag(entry, columns.tag), columns.tag) + " ", "muted"))
        start.append(Run(summary.lane.label.ljust(_LANE) + " ", summary.lane.value))
        if columns.kind:
            start.append(Run(fit(summary.kind, columns.kind) + " ", "muted"))
        end = _badges(self._badges(entry, summary), columns)
        room = cells - runs_width(start) - runs_width(end)
        said = cut_runs(self._said(summary), room)
        gap = Run(" " + "─" * (room - runs_width(said) - 1), "muted") if summary.kind == "start" else Run(" " * room)
        return cut_runs((*start, *said, Run(gap.text[: room - runs_width(said)], gap.token), *end), cells)

    def _summary(self, line: int, entry: Entry) -> Summary:
        known = self._summaries.get(line)
        if known is None:
            known = self._summaries[line] = _summary_of(entry)
            if len(self._summaries) > _KEPT_SUMMARIES:
                self._summaries.popitem(last=False)
        return known

    def _said(self, summary: Summary) -> tuple[Run, ...]:
        token = "strong" if summary.delimits else "muted" if summary.quiet else "text"
        text, pattern = summary.text, self._state.pattern
        if not pattern or pattern not in text:
            return (Run(text, token),)
        runs: list[Run] = []
        while (at := text.find(pattern)) >= 0:
            runs += [Run(text[:at], token), Run(text[at : at + len(pattern)], "match")]
            text = text[at + len(pattern) :]
        return tuple(run for run in (*runs, Run(text, token)) if run.text)

    def _time(self, row: int, entry: Entry, columns: Columns) -> str:
        moment = getattr(entry, "timestamp", None)
        if self._state.time_format is TimeFormat.CLOCK:
            return clock(moment, millis=columns.millis)
        other = row - 1 if self._state.time_format is TimeFormat.DELTA else 0
        if other < 0:
            return span(0.0, millis=columns.millis)
        before = getattr(self._state.source.entry(self._state.view.line(other)), "timestamp", None)
        return span(None if moment is None or before is None else moment - before, millis=columns.millis)[
            : columns.time
        ]

    def _badges(self, entry: Entry, summary: Summary) -> tuple[Badge, ...]:
        if summary.kind != "start" or not isinstance(entry, ExecutionEvent):
            return summary.badges
        outcome = self._state.source.outcomes.get(entry.simulation_id or "")
        if outcome is None:
            return summary.badges
        return (Badge.PASSED if outcome.passed else Badge.FAILED, *summary.badges)


def _summary_of(entry: Entry) -> Summary:
    if isinstance(entry, UnreadableLine):
        return Summary(Lane.RUN, "unread", f"{entry.size:,} bytes: {one_line(entry.reason)}", (Badge.ERROR,))
    return summarise(entry)


def _tag(entry: Entry, cells: int) -> str:
    """Return task and trial as ``task:trial``, a long task id shortened in its middle."""
    task = getattr(entry, "task_id", None)
    if task is None:
        return ""
    trial = getattr(entry, "trial", None)
    end = "" if trial is None else f":{trial}"
    return cut_middle(normal(one_line(task, 200)), cells - width(end)) + end


def _badges(badges: tuple[Badge, ...], columns: Columns) -> list[Run]:
    if columns.words:
        return [Run(f" {badge.symbol} {badge.word}", badge.token) for badge in badges]
    return (
        [Run(f" {badges[0].symbol}", badges[0].token), *(Run(b.symbol, b.token) for b in badges[1:])] if badges else []
    )

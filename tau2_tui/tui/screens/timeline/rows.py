"""One row of the list: columns for time, simulation, lane and kind, what the event says, and its badges."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from tau2_tui.runlog.refs import UnreadableLine
from tau2_tui.tui.cells import cut, cut_middle, fit, width
from tau2_tui.tui.format.runs import Run, cut_runs, one_line, runs_width
from tau2_tui.tui.format.summary import Badge, Lane, Summary, summarise
from tau2_tui.tui.format.times import TimeFormat, clock, span
from tau2_tui.tui.format.values import as_number
from tau2_tui.tui.long_lines import LongLine
from tau2_tui.tui.screens.timeline.state import TimelineState
from tau2_tui.tui.source import Entry

_KEPT_FACTS = 2_000
_UNREAD = "unread"
_LANE = 5
_KIND = 8


class Columns(NamedTuple):
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


class Facts(NamedTuple):
    """What the list shows of a line: kept, because decoding a long line again takes milliseconds.

    Attributes:
        summary: what it says.
        timestamp: seconds since the epoch, None when there is none.
        task: the task's id, safe; empty when there is none.
        trial: the trial with its colon, empty when there is none.
        simulation_id: the simulation, None when there is none.
    """

    summary: Summary
    timestamp: float | None = None
    task: str = ""
    trial: str = ""
    simulation_id: str | None = None


def facts_of(entry: Entry) -> Facts:
    """Return what the list shows of a line."""
    if isinstance(entry, UnreadableLine):
        text = f"{entry.size:,} bytes: {one_line(entry.reason)}"
        return Facts(Summary(Lane.RUN, _UNREAD, text, (Badge.ERROR,)))
    return Facts(
        summarise(entry),
        as_number(entry.timestamp),
        one_line(entry.task_id or "", 200),
        "" if entry.trial is None else f":{one_line(entry.trial, 20)}",
        entry.simulation_id,
    )


class RowWriter:
    """Writes the rows of a timeline."""

    def __init__(self, state: TimelineState) -> None:
        self._state = state
        self._facts: OrderedDict[int, Facts] = OrderedDict()
        self._facts_of_log = (0, 0)
        self._long: dict[LongLine, Facts] = {}
        self._written: dict[int, tuple[Run, ...]] = {}
        self._written_for: tuple[object, ...] = ()
        self._outcomes: object = None

    def forget(self) -> None:
        """Take it that more is known of the log: lines that could not be read may say something else now, or all do."""
        log = self._state.source.log
        if self._facts_of_log != (log.generation, log.revision):
            self._facts_of_log = log.generation, log.revision
            self._facts.clear()
        for line in [line for line, facts in self._facts.items() if facts.summary.kind == _UNREAD]:
            del self._facts[line]
        self._written.clear()

    def line_read(self, line: int, long: LongLine, entry: Entry) -> None:
        """Take over what was read of a line of megabytes: it is not read again for its row."""
        self._long[long] = facts_of(entry)
        self._facts.pop(line, None)
        self._written.clear()

    def runs(self, row: int, cells: int) -> tuple[Run, ...]:
        """Return a row of the list in at most that many cells."""
        self._forget_if_different(cells)
        written = self._written.get(row)
        if written is None:
            written = self._written[row] = self._write(row, cells)
        return (self._mark(row), *written) if cells > 0 else ()

    def _forget_if_different(self, cells: int) -> None:
        """Forget the rows when something has changed that they are written by."""
        state, outcomes = self._state, self._state.source.outcomes
        way = (cells, state.view, state.filtering.changes, state.time_format, state.search.pattern)
        if way != self._written_for or outcomes is not self._outcomes or len(self._written) > _KEPT_FACTS:
            self._written_for, self._outcomes = way, outcomes
            self._written.clear()

    def _write(self, row: int, cells: int) -> tuple[Run, ...]:
        """Return what a row says after its mark, which alone depends on where the cursor is."""
        facts = self._facts_of(row)
        summary = facts.summary
        columns = columns_for(cells, whole=self._state.view.whole)
        start: list[Run] = []
        if columns.time:
            start.append(Run(self._time(row, facts, columns).rjust(columns.time) + " ", "muted"))
        if columns.tag:
            start.append(Run(fit(self._tag(facts, columns.tag), columns.tag) + " ", "muted"))
        start.append(Run(summary.lane.label.ljust(_LANE) + " ", summary.lane.value))
        if columns.kind:
            start.append(Run(fit(summary.kind, columns.kind) + " ", "muted"))
        end = _badges(self._badges(facts), columns)
        room = max(0, cells - 1 - runs_width(start) - runs_width(end))
        said = cut_runs(self._said(facts), room)
        gap = room - runs_width(said)
        filling = Run((" " + "─" * gap)[:gap], "muted") if summary.kind == "start" else Run(" " * gap)
        return cut_runs((*start, *said, filling, *end), cells - 1)

    def _mark(self, row: int) -> Run:
        if row == self._state.rows.cursor:
            return Run("▌", "strong")
        marked = self._state.bookmarks and self._state.view.line(row) in self._state.bookmarks
        return Run("*", "warning") if marked else Run(" ", "strong")

    def _facts_of(self, row: int) -> Facts:
        line = self._state.view.line(row)
        known = self._facts.get(line)
        if known is None:
            source = self._state.source
            long = source.long.of(line)
            read = self._long.get(long) if long is not None else None
            known = read or facts_of(source.entry(line))
            if long is not None and read is None and not source.long.knows(long):
                return known  # it is being read, or asked for again the next time
            self._facts[line] = known
            if len(self._facts) > _KEPT_FACTS:
                self._facts.popitem(last=False)
        return known

    def _tag(self, facts: Facts, cells: int) -> str:
        """Return task and trial, or the simulation's number where the task's id is too long to tell it from others."""
        tag = facts.task + facts.trial
        return (width(tag) > cells and self._number(facts)) or cut_middle(tag, cells)

    def _number(self, facts: Facts) -> str:
        """Return the simulation's number as it is written, empty when there is none or it is not known yet."""
        name = facts.simulation_id
        number = None if name is None else self._state.source.simulation_number(name)
        return "" if number is None else f"#{number}"

    def _said(self, facts: Facts) -> tuple[Run, ...]:
        summary = facts.summary
        token = "strong" if summary.delimits else "muted" if summary.quiet else "text"
        text, pattern = summary.text, self._state.search.pattern
        if summary.kind == "start":
            text = f"{self._number(facts)} {text}".lstrip()
        if not pattern or pattern not in text:
            return (Run(text, token),)
        runs: list[Run] = []
        while (at := text.find(pattern)) >= 0:
            runs += [Run(text[:at], token), Run(text[at : at + len(pattern)], "match")]
            text = text[at + len(pattern) :]
        return tuple(run for run in (*runs, Run(text, token)) if run.text)

    def _time(self, row: int, facts: Facts, columns: Columns) -> str:
        if self._state.time_format is TimeFormat.CLOCK:
            return clock(facts.timestamp, millis=columns.millis)
        other = max(0, row - 1) if self._state.time_format is TimeFormat.DELTA else 0
        before = self._facts_of(other).timestamp
        known = facts.timestamp is not None and before is not None
        passed = (facts.timestamp or 0.0) - (before or 0.0) if known else None
        return cut(span(passed, millis=columns.millis), columns.time)

    def _badges(self, facts: Facts) -> tuple[Badge, ...]:
        outcome = self._state.source.outcomes.get(facts.simulation_id or "") if facts.summary.kind == "start" else None
        if outcome is None:
            return facts.summary.badges
        known = Badge.PASSED if outcome.passed else Badge.FAILED if outcome.failed else Badge.UNKNOWN
        return (known, *facts.summary.badges)


def _badges(badges: tuple[Badge, ...], columns: Columns) -> list[Run]:
    if columns.words:
        return [Run(f" {badge.symbol} {badge.word}", badge.token) for badge in badges]
    gaps = [" "] + [""] * len(badges)
    return [Run(f"{gap}{badge.symbol}", badge.token) for gap, badge in zip(gaps, badges, strict=False)]

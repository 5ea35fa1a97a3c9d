"""The pane that shows one event: which, how, and what part of it. Plain Python."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from tau2_tui.events import StateChangeEvent, ToolExecutionEvent
from tau2_tui.events.codec import loads, to_dict
from tau2_tui.runlog.refs import UnreadableLine
from tau2_tui.tui.format.detail import Context, detail_lines
from tau2_tui.tui.format.json_lines import Folds, json_lines
from tau2_tui.tui.format.runs import Run, TextLine, cut_runs, line, one_line, safe_lines, skip_cells, wrap
from tau2_tui.tui.format.runs import heading as section_heading
from tau2_tui.tui.source import Entry, EventSource
from tau2_tui.tui.viewport import Viewport

_LARGEST_JSON = 8 << 20
"""Bytes of a line that is shown as folding JSON; parsing a longer one would keep the keys waiting."""

_NEAR_BY = 100
"""Lines after a tool call among which its state changes are looked for; those of other simulations lie between."""

_MOST_LONG_EFFECTS = 2
"""State changes of megabytes that are shown with the call that made them."""

_MOST_ROWS = 200_000
"""Rows of one event that can be reached."""


class DetailRow(NamedTuple):
    """One row of the pane: its runs, and what the line that it belongs to folds and says as a whole."""

    runs: tuple[Run, ...]
    fold: str | None = None
    depth: int = 0
    text: str = ""


@dataclass
class DetailState:
    """The rows of the selected event's detail; they are made as far as someone scrolls.

    Attributes:
        source: the log.
        line: the line that is shown, None for none.
        raw: raw JSON instead of formatted text.
        wrap: long lines are wrapped; otherwise they are cut and can be moved sideways.
        sideways: cells by which cut lines are moved to the left.
        width: cells of a row.
        rows: the window on the rows made so far.
    """

    source: EventSource
    line: int | None = None
    raw: bool = False
    wrap: bool = True
    sideways: int = 0
    width: int = 40
    rows: Viewport = field(default_factory=Viewport)
    folds: Folds = field(default_factory=Folds)
    _made: list[DetailRow] = field(default_factory=list)
    _rest: Iterator[DetailRow] = field(default_factory=lambda: iter(()))
    _finished: bool = True
    _entry: Entry | None = None

    def show(self, line: int | None) -> None:
        """Show a line of the log from its top, with nothing folded or unfolded."""
        if line != self.line:
            self.line = line
            self.folds = Folds()
            self.sideways = 0
            self._restart(0)

    @property
    def shown(self) -> Entry | None:
        """What was read of the line that is shown, None for none."""
        return self._entry if self.line is not None else None

    def line_read(self, number: int) -> None:
        """Take note that a line of megabytes was read: this one, or a change that it made."""
        if self.line is not None and self.line <= number <= self.line + _NEAR_BY:
            self.again()

    def again(self) -> None:
        """Make the rows anew, at the same place: what they are made of has changed."""
        self._restart(self.rows.cursor)

    def resize(self, width: int, height: int) -> None:
        """Fit the pane to so many cells and rows."""
        changed = width != self.width and self.line is not None
        self.width = width
        self.rows.resize(height)
        if changed:
            self.again()
        self._ensure(self.rows.top + height + 1)

    def toggle_raw(self) -> None:
        """Change between formatted text and raw JSON."""
        self.raw = not self.raw
        self.sideways = 0
        self._restart(0)

    def toggle_wrap(self) -> None:
        """Change between wrapping and cutting long lines."""
        self.wrap = not self.wrap
        self.sideways = 0
        self._restart(0)

    def move_sideways(self, cells: int) -> None:
        """Move cut lines by so many cells."""
        if not self.wrap:
            self.sideways = max(0, self.sideways + cells)

    def toggle_fold(self) -> bool:
        """Fold or unfold what is at the cursor, or the part around it; return whether there is any."""
        at = self._fold_at(self.rows.cursor)
        if at is None:
            return False
        self.folds.toggle(str(self._made[at].fold))
        self._restart(at)
        return True

    def _fold_at(self, row: int) -> int | None:
        """Return the row of the innermost part that folds and holds ``row``."""
        if row >= len(self._made):
            return None
        if self._made[row].fold is not None:
            return row
        closes = self._made[row].runs[-1:] and self._made[row].runs[-1].text[:1] in ("}", "]")
        inside = self._made[row].depth + (1 if closes else 0)
        for at in range(row - 1, -1, -1):
            if self._made[at].fold is not None and self._made[at].depth < inside:
                return at
        return None

    def move(self, rows: int) -> None:
        """Move the cursor."""
        self._ensure(self.rows.cursor + rows + self.rows.height + 1)
        self.rows.move(rows)

    def page(self, pages: int) -> None:
        """Move by pages."""
        self._ensure(self.rows.top + (pages + 1) * self.rows.height + 1)
        self.rows.page(pages)

    def scroll(self, rows: int) -> None:
        """Move the window; the cursor is dragged along at its edges."""
        self._ensure(self.rows.top + rows + self.rows.height + 1)
        self.rows.scroll(rows)

    def pick(self, y: int) -> None:
        """Put the cursor on the row at a place of the window."""
        self.rows.goto(self.rows.top + y)

    def first(self) -> None:
        """Go to the top."""
        self.rows.goto(0)

    def last(self) -> None:
        """Go to the end, which makes all rows."""
        self._ensure(_MOST_ROWS)
        self.rows.goto(self.rows.last)

    def row(self, y: int) -> DetailRow | None:
        """Return the row at a place of the window, None below the last one."""
        index = self.rows.top + y
        return self._made[index] if index < len(self._made) else None

    def drawn(self, row: DetailRow) -> tuple[Run, ...]:
        """Return a row's runs as they fit into the width."""
        return cut_runs(skip_cells(row.runs, self.sideways) if self.sideways else row.runs, self.width)

    @property
    def selected_text(self) -> str:
        """The whole line that the row at the cursor is a part of."""
        return self._made[self.rows.cursor].text if self.rows.cursor < len(self._made) else ""

    @property
    def unfinished(self) -> bool:
        """Whether there may be more rows than are made so far."""
        return not self._finished

    def _restart(self, cursor: int) -> None:
        self._made = []
        self._rest = self._rows()
        self.rows.set_count(0)
        self._ensure(cursor + self.rows.height + 1)
        self.rows.goto(cursor)

    def _ensure(self, count: int) -> None:
        missing = min(count, _MOST_ROWS) - len(self._made)
        if missing > 0:
            before = len(self._made)
            self._made.extend(islice(self._rest, missing))
            self._finished = len(self._made) < before + missing
        self.rows.set_count(len(self._made))

    def _rows(self) -> Iterator[DetailRow]:
        for source in self._lines():
            text = source.text
            depth = len(text) - len(text.lstrip(" "))
            pieces = wrap(source, self.width) if self.wrap else iter((source.runs,))
            for runs in pieces:
                yield DetailRow(runs, source.fold, depth, text)

    def _lines(self) -> Iterator[TextLine]:
        if self.line is None:
            return
        entry = self._entry = self.source.entry(self.line)
        long = self.source.long.of(self.line)
        if long is not None and self.source.long.knows(long):
            yield line((f"{long.size}: of what is long in it, only the start is shown", "warning"))
        if isinstance(entry, UnreadableLine):
            yield from _unreadable(entry)
        elif self.raw and long is not None:
            yield from json_lines(to_dict(entry), self.folds)
        elif self.raw:
            yield from self._json(self.source.data(self.line))
        else:
            effects = effects_of(self.source, self.line, entry)
            yield from detail_lines(entry, Context(self.folds, self.source.signatures, effects))

    def _json(self, data: bytes) -> Iterator[TextLine]:
        if len(data) > _LARGEST_JSON:
            yield line((f"{len(data):,} bytes are too many for folding; the start of the line:", "warning"))
            yield from safe_lines(data[:_LARGEST_JSON].decode("utf-8", "replace"))
            return
        try:
            value = loads(data)
        except ValueError as error:  # the file was shortened since the event was read
            yield line((f"✗ {one_line(error)}", "error"))
            return
        yield from json_lines(value, self.folds)


def effects_of(source: EventSource, line: int, entry: Entry) -> tuple[StateChangeEvent, ...]:
    """Return the state changes that follow a tool call, up to the next call of the same simulation."""
    if not isinstance(entry, ToolExecutionEvent) or not entry.state_changed:
        return ()
    found: list[StateChangeEvent] = []
    long = 0
    for following in _calls_and_changes_after(source, line):
        long += source.long.of(following) is not None
        if long > _MOST_LONG_EFFECTS:
            break
        other = source.entry(following)
        if getattr(other, "simulation_id", None) != entry.simulation_id:
            continue
        if isinstance(other, ToolExecutionEvent):
            break
        if isinstance(other, StateChangeEvent) and other.tool_call_id in (entry.tool_call_id, None):
            found.append(other)
    return tuple(found)


def _calls_and_changes_after(source: EventSource, line: int) -> Iterable[int]:
    """Return the lines near by that may matter, of other events only those that are not indexed: big ones take long."""
    stop = min(line + 1 + _NEAR_BY, source.count)
    columns = source.columns()
    if columns is None or len(columns) < stop:
        return range(line + 1, stop)
    near = slice(line + 1, stop)
    names = (ToolExecutionEvent.__name__, StateChangeEvent.__name__)
    codes = {code for code, name in enumerate(columns.types) if name in names}
    same = (columns.scope[near] == columns.scope[line]).nonzero()[0].tolist()
    return [line + 1 + place for place in same if int(columns.type[line + 1 + place]) in codes]


def _unreadable(entry: UnreadableLine) -> Iterator[TextLine]:
    yield line(("✗ unreadable line", "error"))
    yield line((f"line {entry.line:,} at byte {entry.offset:,}, {entry.size:,} bytes", "muted"), indent=2)
    yield line(one_line(entry.reason), indent=2)
    yield line()
    yield section_heading("Its bytes")
    yield from safe_lines(entry.data.decode("utf-8", "backslashreplace"))

"""The index of a log: where each line starts and what its envelope says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tau2_tui.runlog import index_cache
from tau2_tui.runlog.blocks import find_feed
from tau2_tui.runlog.column_store import ColumnStore, put_envelope, unreadable_rows
from tau2_tui.runlog.columns import UNREADABLE, Array
from tau2_tui.runlog.envelope import LINE_LIMIT, read_envelope
from tau2_tui.runlog.heap import give_back
from tau2_tui.runlog.long_line import holds_object
from tau2_tui.runlog.outline import Outline
from tau2_tui.runlog.scan import BlockScanner, Coder, Scanned
from tau2_tui.runlog.scan_ahead import ScannedAhead
from tau2_tui.runlog.source import LogFile

BLOCK_BYTES = 6 << 20
"""Bytes scanned at once when there are many."""

_FEW_BYTES = 1 << 16
"""Bytes for which there is always room: what is appended to a log while it is followed."""

_CHECK_BYTES = 1 << 17
_ENVELOPE_BYTES = 2048
_MARK_BYTES = 64
_LEAST_CAPACITY = 1 << 10
_MOST_CAPACITY = 1 << 22
_SHORT_LINE = 256
_WORTH_KEEPING = 8
"""The index is kept anew when more than this fraction of it is new."""


class Extent(NamedTuple):
    """How much is indexed: whole lines, and how many texts there are in each table."""

    lines: int
    types: int
    simulations: int
    tasks: int
    scopes: int


@dataclass(frozen=True, eq=False)
class Part:
    """What was indexed since there was less of it.

    Attributes:
        arrays: the columns of the further whole lines, by name.
        end: the byte after the last of them.
        mark: the last bytes before that.
        types: further names of event types; so are the tables below.
        simulations: simulation ids.
        tasks: task ids.
        scopes: simulation code, task code and trial.
    """

    arrays: dict[str, Array]
    end: int
    mark: bytes
    types: list[str]
    simulations: list[str]
    tasks: list[str]
    scopes: list[tuple[int, int, int]]


class LineIndex:
    """Columns that follow a file. One thread at a time extends them; any thread reads ``store``.

    Attributes:
        store: the columns; another object after the file turned out to be a different one.
        corrections: how many lines the check found to be no events that the scan had taken for some.
        held: somebody still wants to read the lines from this one on, before a file that replaces this one is looked
            at; None when nobody does.
    """

    def __init__(self, file: LogFile) -> None:
        self._file = file
        self._scanner = BlockScanner(_FEW_BYTES)
        self._whole = (0, 0)
        self._checked = 0
        self._mark = b""
        self.corrections = 0
        self.held: int | None = None
        self.store: ColumnStore
        self._restart()

    @property
    def whole(self) -> tuple[int, int]:
        """The number of whole lines indexed, and the byte after them."""
        return self._whole

    @property
    def checked(self) -> bool:
        """Whether every indexed line was parsed to its end."""
        return self._checked >= self._whole[0]

    @property
    def unchecked_bytes(self) -> int:
        """How much of what is indexed was only scanned."""
        return 0 if self.checked else self._whole[1] - self.store.span(self._checked)[0]

    def is_same(self) -> bool:
        """Return whether the file is still the one that was indexed, and begins with what was."""
        return self._stands() and not self._file.replaced()

    @property
    def stays(self) -> bool:
        """Whether the file is no longer what was indexed, but somebody may still be reading lines by their numbers."""
        return self.held is not None and self.held < self._whole[0] and not self._stands()

    def let_go(self) -> None:
        """Take it that nobody reads lines any more of what the file no longer is."""
        if self.stays:
            self.held = self._whole[0]

    def sync(self) -> bool:
        """Start anew if the file was shortened, replaced or rewritten; return whether that was so.

        Of a replaced file, what was appended to it before is indexed first: it is replaced here by the next call.

        Raises:
            LogFormatError: what the path names now cannot be opened.
        """
        stands, replaced = self._stands(), self._file.replaced()
        waiting = self.held is not None and self.held < self._whole[0]
        if stands and (not replaced or waiting or self.store.end < self._file.size):
            return False
        if replaced:
            self._file.reopen()
        self._restart()
        self.held = None if self.held is None else 0
        return True

    def _stands(self) -> bool:
        """Return whether the open file still begins with what was indexed.

        A line's chain depends on every byte before it, so the last indexed bytes tell.
        """
        return self._file.read(self._whole[1] - len(self._mark), len(self._mark)) == self._mark

    def extend(self, outline: Outline | None = None, block_bytes: int | None = None) -> Iterator[None]:
        """Index what lies between the last whole line and the present end of the file, a block at each step.

        Args:
            outline: where the lines start that are to be indexed, if that is known: blocks are then scanned ahead, by
                threads of their own.
            block_bytes: the most that each of them scans at once; None for ``BLOCK_BYTES``.
        """
        if outline is not None:
            self.store.reserve(outline.stop)
            yield from self.extend_ahead(outline, block_bytes or BLOCK_BYTES)
        row, position = self._whole
        few = self._file.size - position <= len(self._scanner.buffer)
        scanner = self._scanner if few else BlockScanner(BLOCK_BYTES, self._scanner)
        while length := self._file.read_into(scanner.buffer, position):
            if not self._stands():
                return  # it was rewritten meanwhile: what was read may be of another file, as the next look will find
            scanner.widen(self._scanner.envelope_bytes)
            scanned = scanner.scan(length)
            if scanned is not None:
                row, position = self._add(row, position, scanned, scanner)
                yield
                continue
            feed = find_feed(self._file, position + length) if length == len(scanner.buffer) else None
            if feed is None:
                self._add_torn(row, position, max(position + length, self._file.size))
                return
            self._add_long(row, position, feed)
            row, position = row + 1, feed + 1
            yield
        self.store.keep(row, position)

    def extend_ahead(self, outline: Outline, block_bytes: int, threads: int | None = None) -> Iterator[None]:
        """Index lines of an outline, as far as they are as it says and no longer than a block, a block at each step.

        Args:
            outline: where the lines start that are to be indexed.
            block_bytes: the most that each thread scans at once.
            threads: how many scan; None for as many as there are processors.
        """
        row, position = self._whole
        with ScannedAhead(self._file, self._scanner, outline, position, block_bytes, threads) as blocks:
            for scanner, length, scanned in blocks:
                if scanned is None or int(scanned.ends[-1]) + 1 != length or not self._stands():
                    return  # the file is not what it was when its lines were found
                row, position = self._add(row, position, scanned, scanner)
                yield

    def begin_at(self, offset: int) -> None:
        """Take the line that starts there for the first one, when nothing is indexed yet."""
        self._whole = (0, offset)

    @property
    def extent(self) -> Extent:
        """How much is indexed."""
        known = self.store.tables
        return Extent(self._whole[0], len(known.types), len(known.simulations), len(known.tasks), len(known.scopes))

    def since(self, before: Extent) -> Part:
        """Return what was indexed since there was less of it."""
        (rows, end), tables = self._whole, self.store.tables
        return Part(
            arrays={name: array[before.lines :] for name, array in self.store.arrays(rows).items()},
            end=end,
            mark=self._mark,
            types=tables.types[before.types :],
            simulations=tables.simulations[before.simulations :],
            tasks=tables.tasks[before.tasks :],
            scopes=tables.scopes[before.scopes :],
        )

    def take(self, part: Part) -> None:
        """Add what was indexed by another one that was at the same place, of the same file."""
        self.store.tables.add(part.types, part.simulations, part.tasks, part.scopes)
        self._put(self._whole[0] + len(part.arrays["offset"]), part.end, part.arrays, part.mark)

    def check(self) -> Iterator[None]:
        """Parse every line that was only scanned, some at each step; mark those that are no events."""
        while self._checked < self._whole[0]:
            first = self._checked
            start, stop = self.store.span(first)
            last = min(max(self.store.lines_at([start + _CHECK_BYTES])[0], first + 1), self._whole[0])
            end = stop if last == first + 1 else self.store.span(last - 1)[1]
            if not self.store.are_unreadable(first, last):
                self._check_lines(first, self._file.read(start, end - start))
            self._checked = last
            yield

    def tidy(self) -> None:
        """Let go of what only the reading of many new lines needs."""
        self.store.tables.tidy()
        for coder in (self._types, self._scopes, self._levels):
            coder.tidy()
        give_back()

    def restore(self) -> bool:
        """Take over what an earlier reading of the same file kept; return whether there was anything.

        To be called before anything is indexed.
        """
        kept = index_cache.load(self._file)
        if kept is None or kept.end > self._file.size:
            return False
        self.store.tables.restore(kept.types, kept.simulations, kept.tasks, kept.scopes)
        self.store.adopt(kept.arrays, kept.end)
        self._whole, self._checked = (len(self.store), kept.end), kept.checked
        self._mark = self._file.read(kept.end - _MARK_BYTES, _MARK_BYTES)
        self._kept = (kept.end, kept.checked)
        return True

    def keep(self) -> None:
        """Keep what is indexed for later readings of the file, unless nearly all of that is kept already."""
        rows, end = self._whole
        kept_end, kept_checked = self._kept
        if end - kept_end <= end // _WORTH_KEEPING and self._checked - kept_checked <= rows // _WORTH_KEEPING:
            return
        if not self.is_same():
            return  # it is of what the file was before it was shortened or rewritten
        self._kept = (end, self._checked)
        tables = self.store.tables
        index_cache.store(
            self._file,
            index_cache.KeptIndex(
                arrays=self.store.arrays(rows),
                end=end,
                checked=self._checked,
                types=tables.types,
                simulations=tables.simulations,
                tasks=tables.tasks,
                scopes=tables.scopes,
            ),
        )

    def _check_lines(self, first: int, data: bytes) -> None:
        lines = data.split(b"\n")[:-1]
        bad = [first + i for i, line in enumerate(lines) if not holds_object(line)]
        if bad:
            self.store.mark_unreadable(bad)
            self.corrections += len(bad)

    def _restart(self) -> None:
        capacity = min(max(self._file.size // _SHORT_LINE, _LEAST_CAPACITY), _MOST_CAPACITY)
        self._whole = self._kept = (0, 0)
        self._checked = 0
        self._mark = b""
        self.store = ColumnStore(capacity)
        tables = self.store.tables
        self._types, self._scopes = Coder(tables.parse_type), Coder(tables.parse_scope)
        self._levels = Coder(tables.parse_level)

    def _add(self, row: int, position: int, scanned: Scanned, scanner: BlockScanner) -> tuple[int, int]:
        """Store a block's lines; return the row and the byte after them."""
        values = self._values(position, scanned, scanner)
        length = int(scanned.ends[-1]) + 1
        row, position = row + len(scanned.ends), position + length
        self._put(row, position, values, scanner.text(max(0, length - _MARK_BYTES), length))
        return row, position

    def _put(self, row: int, end: int, values: dict[str, Array], mark: bytes) -> None:
        self.store.write(row - len(values["offset"]), values, end)
        self._whole, self._mark = (row, end), mark

    def _values(self, position: int, scanned: Scanned, scanner: BlockScanner) -> dict[str, Array]:
        """Return the column values of scanned lines, those that the scanner does not vouch for parsed."""
        rows = scanned.rows
        values = unreadable_rows(scanned.starts + position)
        types = self._types.codes(scanned.event_type, scanner)
        scopes = self._scopes.codes(scanned.scope, scanner)
        levels = self._levels.codes(scanned.level, scanner)
        usable = (types >= 0) & (scopes >= 0) & (levels >= 0)
        values["seq"][rows] = scanned.seq
        values["timestamp"][rows] = scanned.timestamp
        values["turn"][rows] = scanned.turn
        values["type"][rows] = types
        values["scope"][rows] = scopes
        values["level"][rows] = levels
        others = np.ones(len(scanned.starts), np.bool_)
        others[rows[usable]] = False
        for row in np.flatnonzero(others).tolist():
            self._parse(values, row, scanner.text(int(scanned.starts[row]), int(scanned.ends[row])))
        return values

    def _parse(self, values: dict[str, Array], row: int, line: bytes) -> None:
        try:
            envelope = read_envelope(line)
        except ValueError:
            for name, value in unreadable_rows(values["offset"][row : row + 1]).items():
                values[name][row] = value[0]
            return
        put_envelope(values, row, envelope, self.store.tables)
        source = line.find(b',"source":', 0, _ENVELOPE_BYTES)
        if source > 0:
            self._scanner.widen(source + 16)

    def _add_long(self, row: int, position: int, feed: int) -> None:
        """Store one line longer than a block: its envelope and its end are scanned, the rest is not looked at."""
        end = self._file.read(feed + 1 - _MARK_BYTES, _MARK_BYTES)
        line = self._file.read(position, _ENVELOPE_BYTES) + end
        self._scanner.buffer[: len(line)] = line
        scanned = self._scanner.scan(len(line))
        values = unreadable_rows(np.array([position]))
        if feed - position <= LINE_LIMIT:
            if scanned is not None and len(scanned.rows):
                values = self._values(position, scanned, self._scanner)
            if values["type"][0] == UNREADABLE:
                self._parse(values, 0, self._file.read(position, feed - position))
        self._put(row + 1, feed + 1, values, end)

    def _add_torn(self, row: int, position: int, end: int) -> None:
        """Store the bytes behind the last line feed as an unreadable line; it is read anew when the file grows."""
        self.store.write(row, unreadable_rows(np.array([position])), end)

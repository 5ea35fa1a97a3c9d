"""Verification: is every byte of a log what was written, and how far does it go.

The chain ties each line to all lines before it, so a changed, removed, added or moved line shows at the first place
where it does not fit. It carries no secret: who can write the file can also compute a new chain for all lines from the
changed one on, and can take whole lines off the end. Against that, keep ``VerifyReport.chain`` somewhere else: it
stands for the whole content. A log cut off at a line's end differs in nothing from one that is being written: both
lack the end of the run, and that is what the report says.
"""

from __future__ import annotations

import re
from binascii import hexlify
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from tau2_tui.errors import LogFormatError
from tau2_tui.events import RunEndEvent, SimulationEndEvent, SimulationStartEvent, chain, decode
from tau2_tui.runlog.blocks import BLOCK_BYTES, blocks_forward, find_feed
from tau2_tui.runlog.decompress import open_file
from tau2_tui.runlog.envelope import Envelope, parse_object, read_envelope
from tau2_tui.runlog.refs import repeated_by
from tau2_tui.runlog.source import LogFile, require_chain

_SIMULATION_MARK = b',"event_type":"Simulation'
_SUFFIX = re.compile(rb',"chain":"[0-9a-f]{32}"\}')
_START = re.compile(rb'\{"seq":(\d{1,18}),"timestamp":')
_ENVELOPE_BYTES = 4096


@dataclass(frozen=True)
class SimulationCheck:
    """What a log holds of one simulation.

    Attributes:
        simulation_id: its id.
        task_id: its task.
        trial: the number of its trial.
        begun: line (from 1) of its start, None when the log holds none.
        ended: line (from 1) of its end, None when it has not ended.
        whole: start, end and every line of the log up to its end are there and unchanged.
        repeated: a later simulation says that it counts in place of this one, which failed or was cut off.
    """

    simulation_id: str
    task_id: str | None
    trial: int | None
    begun: int | None
    ended: int | None
    whole: bool
    repeated: bool = False


@dataclass(frozen=True)
class VerifyReport:
    """What verification found.

    Attributes:
        path: the log.
        ok: no byte of its whole lines was changed, and what follows them is at most one torn line.
        complete: its last line is the end of the run.
        lines: whole lines.
        bytes: bytes of the file.
        torn_bytes: bytes of a line without end after the last whole one, as a killed writer leaves it.
        first_bad_line: number, from 1, of the first line that is wrong; None when ``ok``.
        first_bad_offset: byte at which that line starts.
        reason: what is wrong with it, for a person.
        bad_lines: how many lines do not fit the line before them.
        chain: the last line's chain, 32 hex digits: it stands for the whole content.
        simulations: each simulation in the order in which they begin.
    """

    path: Path
    ok: bool
    complete: bool
    lines: int
    bytes: int
    torn_bytes: int
    first_bad_line: int | None
    first_bad_offset: int | None
    reason: str | None
    bad_lines: int
    chain: str
    simulations: tuple[SimulationCheck, ...]

    @property
    def simulations_ended(self) -> int:
        """How many simulations ended, without those that were repeated."""
        return sum(one.ended is not None and not one.repeated for one in self.simulations)

    @property
    def simulations_running(self) -> int:
        """How many simulations began and neither ended nor were repeated."""
        return sum(one.ended is None and not one.repeated for one in self.simulations)

    @property
    def simulations_repeated(self) -> int:
        """How many simulations failed or were cut off, and were repeated."""
        return sum(one.repeated for one in self.simulations)


def verify(path: str | Path, *, cancelled: Callable[[], bool] | None = None) -> VerifyReport:
    """Verify a log, reading it once, a block at a time.

    Args:
        path: the log; it may be growing, then it is verified as far as it goes when this begins. It may be compressed,
            or ``-`` for standard input.
        cancelled: asked once a block; when it returns true, the report covers the lines up to there.

    Raises:
        LogFormatError: the file is missing, empty, or no run log with a hash chain.
    """
    with _opened(Path(path)) as file:
        size = file.size
        checker = _Checker(file)
        for offset, data in blocks_forward(file, 0, size):
            if cancelled is not None and cancelled():
                break
            checker.take(offset, data, size)
        return checker.report(size)


def _opened(path: Path) -> LogFile:
    """Open a log whose lines have a chain; of what can be read without having one, that is said."""
    try:
        file = open_file(path)
        try:
            file.wait_for_more(None, None)
            if file.failure:
                raise LogFormatError(f"{file.path}: {file.failure}")
            require_chain(file)
        except BaseException:
            file.close()
            raise
    except LogFormatError as error:
        from tau2_tui.runlog.formats import detect

        foreign = detect(path)
        if foreign is None:
            raise
        why = f"is of a format without a hash chain ({foreign.name}), so there is nothing to verify"
        raise LogFormatError(f"{path}: {why}") from error
    return file


@dataclass
class _Simulation:
    envelope: Envelope
    begun: int | None = None
    ended: int | None = None
    repeated: bool = False


@dataclass
class _Checker:
    """The state of one verification: what the next line must continue."""

    file: LogFile
    previous: bytes = chain.ZERO
    seq: int = 0
    lines: int = 0
    torn: int = 0
    bad: int = 0
    first_bad: tuple[int, int, str] | None = None
    last: bytes = b""
    simulations: dict[str, _Simulation] = field(default_factory=dict)

    def take(self, offset: int, data: bytes, size: int) -> None:
        """Verify one block of lines, or a line so long that it comes cut, or the bytes after the last line feed."""
        if data.endswith(b"\n"):
            self._note_simulations(data)
            self._lines(offset, data)
            return
        feed = find_feed(self.file, offset + len(data)) if offset + len(data) < size else None
        if feed is not None and feed < size:
            self._long_line(offset, feed)
        else:
            self._tail(offset, data, size)

    def report(self, size: int) -> VerifyReport:
        """Return what was found."""
        line, offset, reason = self.first_bad or (None, None, None)
        return VerifyReport(
            path=self.file.path,
            ok=self.first_bad is None,
            complete=not self.torn and _type_of(self.last) == RunEndEvent.__name__,
            lines=self.lines,
            bytes=size,
            torn_bytes=self.torn,
            first_bad_line=line,
            first_bad_offset=offset,
            reason=reason,
            bad_lines=self.bad,
            chain=self.previous.hex(),
            simulations=tuple(self._check_of(one, line) for one in self.simulations.values()),
        )

    def _lines(self, offset: int, data: bytes) -> None:
        lines = data.split(b"\n")
        lines.pop()
        previous, seq = self.previous, self.seq
        for place, line in enumerate(lines):
            link = chain.link(previous, line[:-44])
            if line[-44:] == b',"chain":"%b"}' % hexlify(link) and line.startswith(b'{"seq":%d,"timestamp":' % seq):
                previous, seq = link, seq + 1
                continue
            self.previous, self.seq = previous, seq
            self._wrong(self.lines + place, offset + sum(map(len, lines[:place])) + place, line)
            previous, seq = self.previous, self.seq
        self.previous, self.seq = previous, seq
        self.lines += len(lines)
        self.last = lines[-1]

    def _long_line(self, offset: int, feed: int) -> None:
        """Verify a line without holding it in memory."""
        end = feed - chain.SUFFIX_LENGTH
        digest = blake2b(self.previous, digest_size=len(self.previous))
        for at in range(offset, end, BLOCK_BYTES):
            digest.update(self.file.read(at, min(BLOCK_BYTES, end - at)))
        line = self.file.read(offset, _ENVELOPE_BYTES) + self.file.read(end, chain.SUFFIX_LENGTH)
        parts, start = chain.split(line), _START.match(line)
        if parts and start and parts[1] == digest.digest() and int(start.group(1)) == self.seq:
            self.previous, self.seq = parts[1], self.seq + 1
        else:
            self._wrong(self.lines, offset, line)
        self.lines += 1
        self.last = line

    def _tail(self, offset: int, data: bytes, size: int) -> None:
        """Judge the bytes after the last line feed: a killed writer's torn line, or something that was changed."""
        self.torn = size - offset
        reason = _tail_reason(data, self.previous, self.seq)
        if reason is not None:
            self.bad += 1
            self.first_bad = self.first_bad or (self.lines + 1, offset, reason)

    def _wrong(self, number: int, offset: int, line: bytes) -> None:
        """Note a line that does not fit, and go on from what it says of itself."""
        self.bad += 1
        if self.first_bad is None:
            self.first_bad = (number + 1, offset, _reason(line, self.previous, self.seq))
        parts, start = chain.split(line), _START.match(line)
        self.previous = parts[1] if parts else chain.link(self.previous, line)
        self.seq = int(start.group(1)) + 1 if start else self.seq + 1

    def _note_simulations(self, data: bytes) -> None:
        """Note the starts and ends of simulations in a block."""
        at, feed, number = data.find(_SIMULATION_MARK), 0, self.lines + 1
        while at >= 0:
            number += data.count(b"\n", feed, at)
            line_start = data.rfind(b"\n", 0, at) + 1
            feed = data.index(b"\n", at)
            start = _START.match(data, line_start)
            if start is not None and b'"' not in data[start.end() : at]:
                self._note(number, data[line_start:feed])
            at = data.find(_SIMULATION_MARK, feed)

    def _note(self, number: int, line: bytes) -> None:
        try:
            envelope = read_envelope(line)
        except ValueError:
            return
        if envelope.simulation_id is None:
            return
        simulation = self.simulations.setdefault(envelope.simulation_id, _Simulation(envelope))
        if envelope.event_type == SimulationStartEvent.__name__:
            simulation.begun, simulation.ended = number, None
            former = self.simulations.get(_repeats(line))
            if former is not None:
                former.repeated = True
        elif envelope.event_type == SimulationEndEvent.__name__:
            simulation.ended = number

    def _check_of(self, simulation: _Simulation, first_bad_line: int | None) -> SimulationCheck:
        begun, ended = simulation.begun, simulation.ended
        return SimulationCheck(
            simulation_id=simulation.envelope.simulation_id or "",
            task_id=simulation.envelope.task_id,
            trial=simulation.envelope.trial,
            begun=begun,
            ended=ended,
            whole=begun is not None and ended is not None and (first_bad_line is None or ended < first_bad_line),
            repeated=simulation.repeated,
        )


def _reason(line: bytes, previous: bytes, seq: int) -> str:
    """Return what is wrong with a line that should continue ``previous`` and have the number ``seq``."""
    parts, start = chain.split(line), _START.match(line)
    if start is not None and parts is not None and int(start.group(1)) != seq:
        gap = f"seq gap: number {int(start.group(1))} stands where {seq} should"
        fits = chain.link(previous, parts[0]) == parts[1]
        return gap if fits else f"{gap}, and the chain is broken: lines were removed, added, moved or changed"
    try:
        parse_object(line)
    except ValueError as error:
        return str(error)
    if parts is None:
        return "it does not end in a chain"
    if start is None:
        return "it does not start as a line of a run log"
    return "chain broken: the line was changed"


def _tail_reason(tail: bytes, previous: bytes, seq: int) -> str | None:
    """Return why the bytes after the last line feed are no torn line; None when they are one.

    A killed writer leaves the beginning of a line, a power failure may leave zero bytes in place of its rest.
    """
    for suffix in _SUFFIX.finditer(tail):
        parts = chain.split(tail[: suffix.end()])
        if parts and chain.link(previous, parts[0]) == parts[1] and suffix.end() < len(tail):
            return "the line feed at its end was changed"
    beginning = b'{"seq":%d,"timestamp":' % seq
    written = tail.rstrip(b"\0")[: len(beginning)]
    if not beginning.startswith(written):
        return "it is not the beginning of a line, and has no line feed"
    return None


def _repeats(line: bytes) -> str:
    """Return the id of the simulation in whose place the one that starts on this line counts; empty for none."""
    if b'"repeats"' not in line:
        return ""
    try:
        start = decode(parse_object(line))
    except ValueError:
        return ""
    return (repeated_by(start) or "") if isinstance(start, SimulationStartEvent) else ""


def _type_of(line: bytes) -> str:
    try:
        return read_envelope(line).event_type
    except ValueError:
        return ""

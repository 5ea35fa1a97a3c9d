"""A run log as the screens see it: its first events at once, the others as they are indexed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tau2_tui.events import ExecutionEvent, RunStartEvent, decode
from tau2_tui.runlog import RunLog
from tau2_tui.runlog.envelope import parse_object
from tau2_tui.runlog.refs import SimulationOutcome, SimulationRef, UnreadableLine
from tau2_tui.tui.format.signatures import Signatures
from tau2_tui.tui.long_lines import LongLines

if TYPE_CHECKING:
    from tau2_tui.runlog.columns import Columns

HEAD_LINES = 400
"""Lines read before anything is indexed: more than any screen shows, few enough to cost a millisecond."""

_HEADER_LINES = 3
"""Among how many first lines the start of the run is looked for."""

_SORTED_AT_ONCE = 1 << 16
"""Lines that are sorted by simulation in a millisecond or two; of more, a worker tells while they are indexed."""

_REPLACED = "another file has taken the log's place"
"""Said of lines of which there are no more, until the screens know."""

Entry = ExecutionEvent | UnreadableLine


class Tally(NamedTuple):
    """How the simulations that count ended: how many of them there are, and of each kind."""

    counting: int
    passed: int
    failed: int
    unknown: int
    running: int


class EventSource:
    """The lines of a log, those at its start without an index.

    Everything here is for the thread that draws; what takes long is left to workers, which use ``log``.
    """

    def __init__(self, log: RunLog) -> None:
        self.log = log
        log.be_courteous()
        self.long = LongLines(log)
        """The lines that a worker reads."""
        self._begin()

    def _begin(self) -> None:
        self._generation = self.log.generation
        self.awaited = self.log.awaited
        """Whether the file is not there yet."""
        self.outcomes: dict[str, SimulationOutcome] = {}
        """How simulations ended, by id, as far as a worker has found out."""
        self._head = self.log.head(HEAD_LINES)
        self._head_entries: dict[int, Entry] = {}
        self._numbers: dict[str, int] = {}
        self._numbered = 0
        self._names: list[str] | None = None
        """The table of the columns that the numbers are of, None while they are of the first lines."""
        self._last: tuple[tuple[int, int, int], Entry] | None = None
        self._refs: tuple[int, list[SimulationRef]] = (-1, [])
        self._refs_are_brought = False
        self._tally: Tally | None = None
        self._start: RunStartEvent | None = None
        self._searched = 0
        """How many of the first lines were looked at for the start of the run."""
        self._signatures: Signatures | None = None

    def restart(self) -> None:
        """Begin anew with the file that took the log's place."""
        self._begin()

    @property
    def name(self) -> str:
        """The file's name."""
        return self.log.path.name

    @property
    def merged(self) -> bool:
        """Whether these are several logs as one: the numbers that their events have are not those of the lines."""
        return self.log.merged

    @property
    def count(self) -> int:
        """Lines that can be shown now."""
        readable = self.log.readable
        return readable if self.log.complete else max(readable, len(self._head))

    @property
    def indexed(self) -> bool:
        """Whether anything is indexed, so that columns are to be had."""
        return len(self.log) > 0

    @property
    def complete(self) -> bool:
        """Whether every line can be shown."""
        return self.log.complete

    @property
    def readable(self) -> bool:
        """Whether every line can be shown, though not all are indexed yet."""
        return self.complete or self.log.readable > len(self.log)

    @property
    def progress(self) -> float:
        """The share of the file that is indexed, 0 to 1."""
        return self.log.progress

    @property
    def version(self) -> tuple[int, ...]:
        """Changes whenever something about the indexed lines changed."""
        return self.count, self.log.revision, self.log.whole

    @property
    def state(self) -> tuple[int, int]:
        """Changes when lines got other numbers, or turned out to be no events."""
        return self.log.generation, self.log.revision

    def entry(self, line: int) -> Entry:
        """Return what a line holds; of one of megabytes, as long as it is being read, only where it belongs.

        Raises:
            IndexError: there is no such line, or not yet.
        """
        state = (line, self.log.revision, self.log.whole)
        if self._last is not None and self._last[0] == state:
            return self._last[1]
        long = self.long.of(line)
        if long is not None:
            return self.long.entry(line, long)
        if line < self.log.readable:
            self._last = (state, self.log.event(line))
            return self._last[1]
        if line >= len(self._head) and self.log.generation != self._generation:
            return UnreadableLine(line, 0, 0, _REPLACED)
        known = self._head_entries.get(line)
        if known is None:
            known = self._head_entries[line] = self._decode(line)
        return known

    def _decode(self, line: int) -> Entry:
        offset, data = self._head[line]
        try:
            return decode(parse_object(data))
        except ValueError as error:
            return UnreadableLine(line, offset, len(data), str(error), data)

    def data(self, line: int) -> bytes:
        """Return a line's bytes.

        Raises:
            IndexError: there is no such line, or not yet.
        """
        if line >= max(self.log.readable, len(self._head)) and self.log.generation != self._generation:
            return b""
        return self.log.line(line) if line < self.log.readable else self._head[line][1]

    def columns(self) -> Columns | None:
        """Return the columns of what is indexed, None before the index has begun."""
        return self.log.columns if self.indexed else None

    @property
    def first_count(self) -> int:
        """How many of the first lines are known without an index."""
        return min(self.count, len(self._head))

    def simulations(self) -> list[SimulationRef]:
        """Return the simulations of what is indexed, in the order in which they begin.

        Once a worker has sorted them, they are those that it found: it sorts them again when the log has grown.
        """
        if not self.indexed:
            return []
        cheap = self.complete or len(self.log) <= _SORTED_AT_ONCE or self._refs[0] < 0
        if cheap and self._refs[0] != self.count and not self._refs_are_brought:
            self._refs = (self.count, self.log.simulations())
        return self._refs[1]

    def set_some_simulations(self, refs: list[SimulationRef]) -> None:
        """Take over which simulations a worker found so far, in a log that is being indexed."""
        self._refs = (self.count, refs)
        self._refs_are_brought = True
        self._tally = None

    def set_simulations(self, refs: list[SimulationRef], outcomes: dict[str, SimulationOutcome]) -> None:
        """Take over what a worker found out about the simulations of the whole log, which takes a while to sort."""
        self.outcomes = outcomes
        self.set_some_simulations(refs)

    @property
    def tally(self) -> Tally:
        """How the simulations ended, as far as a worker has found out; counted once, for there may be thousands."""
        if self._tally is None:
            counting = [ref.simulation_id for ref in self.simulations() if not ref.repeated]
            ended = [self.outcomes[name] for name in counting if name in self.outcomes]
            passed, failed = sum(outcome.passed for outcome in ended), sum(outcome.failed for outcome in ended)
            unknown, running = len(ended) - passed - failed, len(counting) - len(ended)
            self._tally = Tally(len(counting), passed, failed, unknown, running)
        return self._tally

    def simulation_number(self, simulation_id: str) -> int | None:
        """Return which simulation of the log this is, from 1 in the order of their first events; None if unknown."""
        columns = self.columns()
        if columns is not None:
            if columns.simulations is not self._names:  # that of merged logs is another one when their order changes
                self._names, self._numbers = columns.simulations, {}
            for name in columns.simulations[len(self._numbers) :]:
                self._numbers[name] = len(self._numbers) + 1
        while columns is None and simulation_id not in self._numbers and self._numbered < len(self._head):
            found = getattr(self.entry(self._numbered), "simulation_id", None)
            self._numbered += 1
            if found is not None:
                self._numbers.setdefault(found, len(self._numbers) + 1)
        return self._numbers.get(simulation_id)

    @property
    def simulation_count(self) -> int:
        """How many simulations have an event among what is indexed."""
        columns = self.columns()
        return 0 if columns is None else len(columns.simulations)

    def lines_of(self, simulation_id: str) -> Any:
        """Return the numbers of a simulation's lines, rising; an empty list before the index has begun."""
        return self.log.lines_of(simulation_id) if self.indexed else []

    @property
    def run_start(self) -> RunStartEvent | None:
        """The header of the run, None when the log does not begin with one, or not yet."""
        while self._start is None and self._searched < min(_HEADER_LINES, self.count):
            entry = self.entry(self._searched)
            if isinstance(entry, UnreadableLine) and self._searched == self.count - 1:
                break  # it may be a line that has no end yet
            self._searched += 1
            if isinstance(entry, RunStartEvent):
                self._start = entry
        return self._start

    @property
    def signatures(self) -> Signatures:
        """The tools of the run."""
        start = self.run_start
        if self._signatures is None and start is not None:
            self._signatures = Signatures.of(start.tools)
        return self._signatures or Signatures()

"""From a log to the records of its run, in one pass over the lines that matter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from tau2_tui.analysis.data import rows
from tau2_tui.analysis.data.collecting import MESSAGES, TAKEN, Collector, parsed
from tau2_tui.analysis.data.construct import constructor
from tau2_tui.analysis.data.domain_tools import domain_tools
from tau2_tui.analysis.data.part_reader import Job
from tau2_tui.analysis.data.records import Call, ModelCall, Run, Simulation, Tool
from tau2_tui.analysis.data.settling import Kept, Settling
from tau2_tui.analysis.data.side_by_side import ProcessFailed, SideBySide, processes_for, stretches
from tau2_tui.analysis.data.tables import Marks, joined, message_table
from tau2_tui.counting import counted
from tau2_tui.events import RunStartEvent
from tau2_tui.events.simulation import JUDGE_SKIPPED
from tau2_tui.runlog.columns import Columns
from tau2_tui.runlog.heap import collector_at_rest, give_back
from tau2_tui.runlog.log import RunLog
from tau2_tui.runlog.merged import MergedLog

_call = constructor(Call)
_CHUNK_BYTES = 1 << 18
_CHUNK_LINES = 256
_CHUNKS_TO_A_PART = 16
_SPARSE = 16
_EVERY = 0.1
"""Seconds between two looks at how far a log is read while it is indexed."""


class Cancelled(Exception):
    """Reading was given up: ``cancelled`` said so, or the log was closed meanwhile."""


def read_run(
    log: RunLog | MergedLog,
    *,
    label: str | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    wait: bool = True,
    messages: bool = True,
    meanwhile: Callable[[], None] | None = None,
) -> Run:
    """Read what the statistics need of a log.

    Lines that cannot be read are left out and noted, and so are simulations that another one repeats.

    Args:
        log: the log; also one converted from another format, or several in one.
        label: a short name of the run, by default the file's.
        progress: called with the share that is done, 0 to 1, every so often and at the end.
        cancelled: asked as often; reading is given up when it returns true.
        wait: wait for the log's index first; without, only what is indexed now is read.
        messages: read messages and model calls too; a run without them has none of either, and is read in half the
            time.
        meanwhile: called while other processes read, when the log is big enough for some.

    Raises:
        LogFormatError: the file could not be read to its end.
        Cancelled: ``cancelled`` returned true, or the log was closed meanwhile.
    """
    step = _step(log, progress, cancelled)
    with collector_at_rest(), _begun(log, messages, to_the_end=wait) as begun:
        first = 0.0
        if wait:
            if not log.complete and isinstance(log, RunLog):
                log.start(sparing=begun is not None)
            elif not log.complete:
                log.start()
            while not log.wait(_EVERY):
                first = 0.0 if begun else 0.5
                step(begun.share if begun else first * log.progress)
            if begun and meanwhile:
                meanwhile()  # not before the index is there: its thread would wait for the interpreter
        run = _read(log, lambda share: step(first + (1.0 - first) * share), begun, label, messages=messages)
    if begun is not None:
        give_back()  # what came from the processes was as large as the run is, and a process may be forked from here
    return run


def _read(
    log: RunLog | MergedLog,
    step: Callable[[float], None],
    begun: SideBySide | None,
    label: str | None,
    *,
    messages: bool,
) -> Run:
    """Read a log that is indexed; the arguments are those of :func:`read_run` and of :meth:`_Reader.read`."""
    reader = _Reader(log, messages=messages)
    reader.read(step, begun)
    return reader.run(label or _label(log))


def _step(
    log: RunLog | MergedLog, progress: Callable[[float], None] | None, cancelled: Callable[[], bool] | None
) -> Callable[[float], None]:
    """Return what is called with the share that is done."""

    def step(share: float) -> None:
        if log.closed or (cancelled is not None and cancelled()):
            raise Cancelled
        if progress is not None:
            progress(share)

    return step


@contextmanager
def _begun(log: RunLog | MergedLog, messages: bool, *, to_the_end: bool) -> Iterator[SideBySide | None]:
    """Have processes read a big log, also before its index is there; None for one that this process reads alone.

    Args:
        log: the log.
        messages: whether messages and model calls are kept.
        to_the_end: to the end of the file; else as far as it is indexed.
    """
    begun = None
    if isinstance(log, RunLog) and not log.filling:
        stop = _end(log) if to_the_end else _indexed_end(log)
        count = processes_for(stop)
        if count > 1:
            try:
                tools = _tools_at_first(log)
                begun = SideBySide(stretches(log.descriptor, stop, count, tools, messages=messages))
            except (ProcessFailed, OSError):
                begun = None  # there is no room for more processes: this one reads alone
    try:
        yield begun
    finally:
        if begun is not None:
            begun.close()


def _end(log: RunLog) -> int:
    """Return the byte after the last line that has its end."""
    for offset, line in log.tail(1):
        end = offset + len(line) + 1
        return end if end <= log.size else offset
    return 0


def _indexed_end(log: RunLog) -> int:
    return log.span(log.whole - 1)[1] if log.whole else 0


def _tools_at_first(log: RunLog) -> dict[tuple[str, str], Tool]:
    """Return the tools that the start of the run lists, where that is the first line, as it nearly always is."""
    for _, line in log.head(1):
        event = parsed(line)
        if type(event) is dict and event.get("event_type") == RunStartEvent.__name__:
            return rows.tools_of(event.get("tools"))
    return {}


def _label(log: RunLog | MergedLog) -> str:
    origin = getattr(log, "origin", None)
    path = Path(getattr(origin, "path", None) or log.path)
    name = path.name
    for suffix in (".gz", ".zst", ".jsonl", ".json"):
        name = name.removesuffix(suffix)
    return name or path.name


class _Reader:
    """Brings together what the lines of a log hold."""

    def __init__(self, log: RunLog | MergedLog, *, messages: bool = True) -> None:
        self._log = log
        self._messages = messages
        self._columns = log.columns
        refs = log.simulations()
        self._refs = [ref for ref in refs if not ref.repeated]
        self._repeated = len(refs) - len(self._refs)
        self._left_out = frozenset(ref.simulation_id for ref in refs if ref.repeated)
        self._index_of = {ref.simulation_id: index for index, ref in enumerate(self._refs)}
        self._unreadable = self._columns.unreadable()
        self._tools: dict[tuple[str, str], Tool] = {}
        self._run_start: Mapping[str, Any] = {}
        self._kept = Kept()
        self._counts: list[int] = []
        self.unreadable = int(self._unreadable.sum())

    def read(self, step: Callable[[float], None], begun: SideBySide | None) -> None:
        """Read all lines that matter; call ``step`` with the share that is done every so often.

        Args:
            step: what it raises ends the reading.
            begun: processes that read the log already.
        """
        self._read_run_starts()
        wanted = self._wanted()
        settling = Settling(self._index_of, self._left_out, np.flatnonzero(self._unreadable), wanted)
        if begun is None or not self._take(begun, step, settling):
            if begun is not None:
                begun.close()
            self._read_here(step, settling, wanted)
        self._kept = settling.kept

    def _wanted(self) -> Marks:
        """Return which lines hold something that is kept, by the index."""
        columns = self._columns
        wanted = np.zeros(len(columns), np.bool_)
        for name in TAKEN if self._messages else TAKEN - MESSAGES:
            wanted |= columns.of_type(name)
        left_out = [code for code, name in enumerate(columns.simulations) if self._is_left_out(name)]
        wanted &= ~np.isin(columns.simulation, left_out)
        return wanted

    def _read_run_starts(self) -> None:
        for line in np.flatnonzero(self._columns.of_type(RunStartEvent.__name__)).tolist():
            event = parsed(self._log.line(line))
            if type(event) is not dict:
                self.unreadable += 1
                continue
            self._run_start = self._run_start or event
            self._tools.update(rows.tools_of(event.get("tools")))

    def _take(self, begun: SideBySide, step: Callable[[float], None], settling: Settling) -> bool:
        """Take what processes read; return whether it is what the index says is in the file."""
        firsts = self._first_lines(begun.jobs)
        if firsts is None or any(job.tools != self._tools for job in begun.jobs):
            return False
        try:
            found = begun.wait(step)
        except ProcessFailed:
            return False
        for first, stretch in zip(firsts, found, strict=True):
            settling.take(stretch.parts, first)
        return True

    def _first_lines(self, jobs: Sequence[Job]) -> list[int] | None:
        """Return the number of the first line of each stretch; None when they are not the lines that are indexed."""
        columns = self._columns
        whole = min(self._log.whole, len(columns)) if isinstance(self._log, RunLog) else 0
        if not whole or self._log.span(whole - 1)[1] != jobs[-1].stop:
            return None
        starts = np.array([job.start for job in jobs])
        firsts = np.searchsorted(columns.offset[:whole], starts)
        return firsts.tolist() if np.array_equal(columns.offset[firsts], starts) else None

    def _read_here(self, step: Callable[[float], None], settling: Settling, wanted: Marks) -> None:
        """Read the wanted lines in this process."""
        columns = self._columns
        collector, parts = Collector(self._tools, self._messages), []
        for number, (first, stop) in enumerate(_chunks(columns), 1):
            lines = (np.flatnonzero(wanted[first:stop]) + first).tolist()
            for line, raw in zip(lines, _raw_lines(self._log, lines, first, stop), strict=True):
                collector.take_line(raw, line)
            if number % _CHUNKS_TO_A_PART == 0 or stop == len(columns):
                parts.append(collector.part())
            step(stop / len(columns))
        settling.take(parts)

    def _is_left_out(self, name: str) -> bool:
        return name in self._left_out and name not in self._index_of

    def run(self, label: str) -> Run:
        """Return everything that was read."""
        calls = self._calls()
        kept = self._kept
        messages = message_table(kept.messages)
        self._counts = np.bincount(messages.whole("simulation"), minlength=len(self._refs)).tolist()
        self.unreadable += kept.unreadable
        tools = self._tools or domain_tools(self._domain(), calls)
        writes = rows.writing_tools(tools, calls)
        return Run(
            label=label,
            domain=self._domain(),
            agent=self._agent(),
            complete=self._log.status == "complete",
            simulations=tuple(self._simulation(index) for index in range(len(self._refs))),
            repeated=self._repeated,
            calls=calls,
            messages=messages,
            model_calls=joined(ModelCall, kept.model_calls),
            state_changes=tuple(kept.state_changes),
            tasks=kept.tasks,
            gold=tuple(action for name, task in kept.tasks.items() for action in rows.gold_of(name, task, writes)),
            tools=tools,
            notes=self._notes(guessed=bool(tools and not self._tools)),
        )

    def _calls(self) -> tuple[Call, ...]:
        """Return the calls by simulation and in their order, numbered; once: there need not be room for both."""
        kept = self._kept.calls
        return tuple(
            _call(index, self._refs[index].task_id or "", place, *fields)
            for index in sorted(kept)
            for place, fields in enumerate(kept.pop(index))
        )

    def _simulation(self, index: int) -> Simulation:
        ref, found = self._refs[index], self._kept.ends.get(index)
        start: Mapping[str, Any] = self._kept.starts.get(index, {})
        end_line, end = found if found is not None else (None, {})
        info = end.get("reward_info")
        reward_info = info if isinstance(info, dict) else None
        reward = rows.number(end.get("reward"))
        metadata = rows.mapping(end.get("metadata"))
        began = rows.number(float(self._columns.timestamp[ref.first_line]))
        gold_diff = end.get("gold_diff")
        return Simulation(
            simulation_id=ref.simulation_id,
            index=index,
            task_id=ref.task_id or "",
            trial=ref.trial,
            seed=rows.integer(start.get("seed")),
            start=began if began and began > 0 else None,
            duration=rows.number(end.get("duration")),
            ended=found is not None,
            termination=rows.text(end.get("termination_reason")),
            reward=rows.number(rows.mapping(info).get("reward")) if reward is None else reward,
            parts=_parts(reward_info),
            reward_info=reward_info,
            gold_diff=gold_diff if isinstance(gold_diff, dict) else None,
            agent_cost=rows.number(end.get("agent_cost")),
            user_cost=rows.number(end.get("user_cost")),
            messages=self._counts[index],
            judge_skipped=metadata.get("judge") == JUDGE_SKIPPED,
            skipped=metadata.get("skipped") is True,
            solo=start.get("solo_mode") is True,
            error=rows.text(end.get("error")),
            first_line=ref.first_line,
            end_line=end_line,
        )

    def _domain(self) -> str | None:
        starts = [self._run_start, *self._in_order()]
        return next((domain for start in starts if (domain := rows.text(start.get("domain")))), None)

    def _agent(self) -> str:
        starts = [*self._in_order(), rows.mapping(self._run_start.get("config"))]
        for start in starts:
            names = [rows.text(start.get("agent")), rows.text(start.get("agent_llm"))]
            if any(names):
                return ", ".join(name for name in names if name)
        return ""

    def _in_order(self) -> list[Mapping[str, Any]]:
        """Return the starts of the simulations by their index."""
        return [self._kept.starts[index] for index in sorted(self._kept.starts)]

    def _notes(self, *, guessed: bool) -> tuple[str, ...]:
        notes = [str(note) for note in getattr(getattr(self._log, "origin", None), "notes", None) or ()]
        imported = rows.mapping(rows.mapping(self._run_start.get("metadata")).get("imported"))
        notes += [note for note in rows.texts(imported.get("notes")) if note not in notes]
        if guessed:
            notes.append(
                "the log lists no tools: which of them write is taken from tau2-bench's own domain of that name"
            )
        stray = self._kept.stray_calls
        if self.unreadable:
            notes.append(f"{counted(self.unreadable, 'unreadable line')} left out")
        if stray:
            notes.append(f"{counted(stray, 'tool call')} outside of any simulation left out")
        if self._repeated:
            notes.append(f"{counted(self._repeated, 'repeated simulation')} left out")
        return tuple(notes)


def _chunks(columns: Columns) -> Iterator[tuple[int, int]]:
    """Cut the lines into stretches of a quarter megabyte; yield the first line of each and the one after its last.

    Lines of several logs in one do not lie in the order of their offsets: they are cut by number.
    """
    first, count, offsets = 0, len(columns), columns.offset
    one_file = bool(np.all(offsets[1:] > offsets[:-1]))
    while first < count:
        stop = first + _CHUNK_LINES
        if one_file:
            stop = max(first + 1, int(np.searchsorted(offsets, offsets[first] + _CHUNK_BYTES, "right")))
        stop = min(stop, count)
        yield first, stop
        first = stop


def _raw_lines(log: RunLog | MergedLog, lines: list[int], first: int, stop: int) -> list[bytes]:
    """Return the bytes of some of the lines from ``first`` to ``stop``."""
    if len(lines) < (stop - first) // _SPARSE:
        return [log.line(line) for line in lines]
    raw = log.lines(first, stop)
    return raw if len(lines) == len(raw) else [raw[line - first] for line in lines]


def _parts(reward_info: Mapping[str, Any] | None) -> dict[str, float]:
    """Return tau2's reward by component, as far as the breakdown has numbers."""
    breakdown = rows.mapping(rows.mapping(reward_info).get("reward_breakdown"))
    parts = {str(name): rows.number(value) for name, value in breakdown.items()}
    return {name: value for name, value in parts.items() if value is not None}

"""From a log to the records of its run, in one pass over the lines that matter."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np

from tau2_tui.analysis.data import rows
from tau2_tui.analysis.data.collecting import LEFT_OUT, RUN_LEVEL, TAKEN, Collector, Part
from tau2_tui.analysis.data.construct import constructor
from tau2_tui.analysis.data.domain_tools import domain_tools
from tau2_tui.analysis.data.part_reader import Job, parsed
from tau2_tui.analysis.data.records import Call, ModelCall, Run, Simulation, Tool
from tau2_tui.analysis.data.side_by_side import ProcessFailed, processes_for, read_side_by_side, stretches
from tau2_tui.analysis.data.tables import Array, joined, message_table
from tau2_tui.analysis.shared.task_scores import counted
from tau2_tui.events import RunStartEvent
from tau2_tui.events.simulation import JUDGE_SKIPPED
from tau2_tui.runlog.columns import Columns
from tau2_tui.runlog.log import RunLog
from tau2_tui.runlog.merged import MergedLog

_call = constructor(Call)
_CHUNK_BYTES = 1 << 18
_CHUNK_LINES = 256
_SPARSE = 16
_LONGEST_LINE = 32 << 20


class Cancelled(Exception):
    """Reading was given up: ``cancelled`` said so, or the log was closed meanwhile."""


def read_run(
    log: RunLog | MergedLog,
    *,
    label: str | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    wait: bool = True,
) -> Run:
    """Read what the statistics need of a log.

    Lines that cannot be read are left out and noted, and so are simulations that another one repeats.

    Args:
        log: the log; also one converted from another format, or several in one.
        label: a short name of the run, by default the file's.
        progress: called with the share of lines done, 0 to 1, every so often and at the end.
        cancelled: asked as often; reading is given up when it returns true.
        wait: wait for the log's index first; without, only what is indexed now is read.

    Raises:
        LogFormatError: the file could not be read to its end.
        Cancelled: ``cancelled`` returned true, or the log was closed meanwhile.
    """
    if wait:
        if not log.complete:
            log.start()
        log.wait()
    reader = _Reader(log)

    def step(share: float) -> None:
        if log.closed or (cancelled is not None and cancelled()):
            raise Cancelled
        if progress is not None:
            progress(share)

    with _collector_at_rest():
        reader.read(step)
        return reader.run(label or _label(log))


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Keep the garbage collector from looking again and again at the rows that accumulate: half of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _label(log: RunLog | MergedLog) -> str:
    origin = getattr(log, "origin", None)
    path = Path(getattr(origin, "path", None) or log.path)
    name = path.name
    for suffix in (".gz", ".zst", ".jsonl", ".json"):
        name = name.removesuffix(suffix)
    return name or path.name


class _Reader:
    """Brings together what the lines of a log hold."""

    def __init__(self, log: RunLog | MergedLog) -> None:
        self._log = log
        self._columns = log.columns
        refs = log.simulations()
        self._refs = [ref for ref in refs if not ref.repeated]
        self._repeated = len(refs) - len(self._refs)
        self._left_out = frozenset(ref.simulation_id for ref in refs if ref.repeated)
        self._index_of = {ref.simulation_id: index for index, ref in enumerate(self._refs)}
        self._tools: dict[tuple[str, str], Tool] = {}
        self._run_start: Mapping[str, Any] = {}
        self._parts: list[Part] = []
        self._starts: dict[int, Mapping[str, Any]] = {}
        self._ends: dict[int, tuple[int, Mapping[str, Any]]] = {}
        self._counts: list[int] = []
        self.unreadable = int(self._columns.unreadable().sum())

    def read(self, step: Callable[[float], None]) -> None:
        """Read all lines that matter; call ``step`` with the share that is done every so often."""
        self._read_run_starts()
        job = self._job()
        count = processes_for(job.stop - job.start) if job is not None else 1
        if job is not None and count > 1:
            try:
                self._parts = read_side_by_side(stretches(job, self._columns.offset[: self._log.whole], count), step)
                return
            except ProcessFailed:
                self._parts = []  # there is no room for more processes: this one reads alone
        self._read_here(step)

    def _read_run_starts(self) -> None:
        for line in np.flatnonzero(self._columns.of_type(RunStartEvent.__name__)).tolist():
            event = parsed(self._log.line(line))
            if type(event) is not dict:
                self.unreadable += 1
                continue
            self._run_start = self._run_start or event
            self._tools.update(rows.tools_of(event.get("tools")))

    def _job(self) -> Job | None:
        """Return the reading of the whole file; None of what is not one file with lines of a usual length."""
        columns = self._columns
        if isinstance(self._log, MergedLog) or not rising(columns.offset):
            return None
        whole = min(self._log.whole, len(columns))  # a torn last line is no event
        if not whole:
            return None
        stop = self._log.span(whole - 1)[1]
        lengths = np.diff(columns.offset[:whole], append=stop)
        if int(lengths.max()) > _LONGEST_LINE:
            return None
        skipped = np.flatnonzero(columns.unreadable() | columns.of_type(RunStartEvent.__name__))
        return Job(
            descriptor=self._log.descriptor,
            start=int(columns.offset[0]),
            stop=stop,
            line=0,
            simulations=self._index_of,
            left_out=self._left_out,
            skipped=frozenset(skipped.tolist()),
            tools=self._tools,
        )

    def _read_here(self, step: Callable[[float], None]) -> None:
        """Read the lines in this process."""
        columns = self._columns
        wanted = np.zeros(len(columns), np.bool_)
        for name in TAKEN:
            wanted |= columns.of_type(name)
        indices = np.array([*self._indices(), RUN_LEVEL], np.int64)[columns.simulation]
        wanted &= indices != LEFT_OUT
        collector = Collector(self._tools)
        for first, stop in _chunks(columns):
            lines = np.flatnonzero(wanted[first:stop]) + first
            numbers = lines.tolist()
            raw = _raw_lines(self._log, numbers, first, stop)
            for line, index, data in zip(numbers, indices[lines].tolist(), raw, strict=True):
                event = parsed(data)
                if type(event) is dict:
                    collector.take(line, index, event)
                else:
                    collector.unreadable += 1
            step(stop / len(columns))
        self._parts.append(collector.part())

    def _indices(self) -> list[int]:
        """Return, by simulation code, its index among those that count; ``LEFT_OUT`` for one that does not."""
        return [self._index_of.get(name, LEFT_OUT) for name in self._columns.simulations]

    def run(self, label: str) -> Run:
        """Return everything that was read."""
        calls = self._calls()
        messages = message_table([part.messages for part in self._parts])
        self._counts = np.bincount(messages.whole("simulation"), minlength=len(self._refs)).tolist()
        for part in self._parts:
            self._starts = {**part.starts, **self._starts}
            self._ends.update(part.ends)
            self.unreadable += part.unreadable
        tasks: dict[str, Mapping[str, Any]] = {}
        for part in self._parts:
            tasks |= {name: task for name, task in part.tasks.items() if name not in tasks}
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
            model_calls=joined(ModelCall, [part.model_calls for part in self._parts]),
            state_changes=tuple(change for part in self._parts for change in part.state_changes),
            tasks=tasks,
            gold=tuple(action for name, task in tasks.items() for action in rows.gold_of(name, task, writes)),
            tools=tools,
            notes=self._notes(guessed=bool(tools and not self._tools)),
        )

    def _calls(self) -> tuple[Call, ...]:
        """Return the calls by simulation and in their order, numbered."""
        task_of = [ref.task_id or "" for ref in self._refs]
        taken = [0] * len(self._refs)
        found = []
        for fields in sorted((call for part in self._parts for call in part.calls), key=itemgetter(0)):
            index = fields[0]
            found.append(_call(index, task_of[index], taken[index], *fields[1:]))
            taken[index] += 1
        return tuple(found)

    def _simulation(self, index: int) -> Simulation:
        ref, found = self._refs[index], self._ends.get(index)
        start: Mapping[str, Any] = self._starts.get(index, {})
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
        return [self._starts[index] for index in sorted(self._starts)]

    def _notes(self, *, guessed: bool) -> tuple[str, ...]:
        notes = [str(note) for note in getattr(getattr(self._log, "origin", None), "notes", None) or ()]
        imported = rows.mapping(rows.mapping(self._run_start.get("metadata")).get("imported"))
        notes += [note for note in rows.texts(imported.get("notes")) if note not in notes]
        if guessed:
            notes.append(
                "the log lists no tools: which of them write is taken from tau2-bench's own domain of that name"
            )
        stray = sum(part.stray_calls for part in self._parts)
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
    one_file = rising(offsets)
    while first < count:
        stop = first + _CHUNK_LINES
        if one_file:
            stop = max(first + 1, int(np.searchsorted(offsets, offsets[first] + _CHUNK_BYTES, "right")))
        stop = min(stop, count)
        yield first, stop
        first = stop


def rising(offsets: Array) -> bool:
    """Return whether lines lie in the order of their numbers, as in one file."""
    return bool(np.all(offsets[1:] > offsets[:-1]))


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

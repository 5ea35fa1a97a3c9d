"""From a log to the records of its run, in one pass over the lines that matter."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from tau2_tui.analysis.data import rows
from tau2_tui.analysis.data.domain_tools import domain_tools
from tau2_tui.analysis.data.records import Call, Message, ModelCall, Run, Simulation, StateChange, Tool
from tau2_tui.analysis.shared.task_scores import counted
from tau2_tui.events import (
    LLMCallEvent,
    MessageEvent,
    RunStartEvent,
    SimulationEndEvent,
    SimulationStartEvent,
    StateChangeEvent,
    TaskEvent,
    ToolExecutionEvent,
)
from tau2_tui.events.codec import loads
from tau2_tui.events.simulation import JUDGE_SKIPPED
from tau2_tui.runlog.columns import Columns
from tau2_tui.runlog.log import RunLog
from tau2_tui.runlog.merged import MergedLog
from tau2_tui.runlog.refs import SimulationRef

Event = dict[str, Any]

_CHUNK_BYTES = 1 << 18
_CHUNK_LINES = 256
_SPARSE = 16
_LEFT_OUT = -1
_RUN_LEVEL = -2


class Cancelled(Exception):
    """Reading was given up because ``cancelled`` said so."""


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
        Cancelled: ``cancelled`` returned true.
    """
    if wait:
        if not log.complete:
            log.start()
        log.wait()
    reader = _Reader(log)
    with _collector_at_rest():
        for share in reader.steps():
            if cancelled is not None and cancelled():
                raise Cancelled
            if progress is not None:
                progress(share)
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
    """Collects rows as the lines come by."""

    def __init__(self, log: RunLog | MergedLog) -> None:
        self._log = log
        self._columns = log.columns
        refs = log.simulations()
        self._refs = [ref for ref in refs if not ref.repeated]
        self._repeated = len(refs) - len(self._refs)
        self._index_of_code = self._indices(refs)
        count = len(self._refs)
        self._starts: list[Mapping[str, Any] | None] = [None] * count
        self._ends: list[tuple[int, Mapping[str, Any]] | None] = [None] * count
        self._calls: list[list[Call]] = [[] for _ in range(count)]
        self._messages: list[list[Message]] = [[] for _ in range(count)]
        self._offsets: list[float | None] = [None] * count
        self._model_calls: list[ModelCall] = []
        self._state_changes: list[StateChange] = []
        self._tasks: dict[str, Mapping[str, Any]] = {}
        self._tools: dict[tuple[str, str], Tool] = {}
        self._run_start: Mapping[str, Any] = {}
        self._stray_calls = 0
        self.unreadable = int(self._columns.unreadable().sum())
        self._take = {
            RunStartEvent.__name__: self._take_run_start,
            TaskEvent.__name__: self._take_task,
            SimulationStartEvent.__name__: self._take_start,
            MessageEvent.__name__: self._take_message,
            LLMCallEvent.__name__: self._take_model_call,
            ToolExecutionEvent.__name__: self._take_call,
            StateChangeEvent.__name__: self._take_state_change,
            SimulationEndEvent.__name__: self._take_end,
        }

    def _indices(self, refs: list[SimulationRef]) -> list[int]:
        """Return, by simulation code, its index among those that count; -1 for one that does not."""
        index_of = {ref.simulation_id: index for index, ref in enumerate(self._refs)}
        return [index_of.get(name, _LEFT_OUT) for name in self._columns.simulations]

    def steps(self) -> Iterator[float]:
        """Read all lines that matter, in file order; yield which share of the file is done after every few of them."""
        columns = self._columns
        wanted = np.zeros(len(columns), np.bool_)
        for name in self._take:
            wanted |= columns.of_type(name)
        indices = np.array([*self._index_of_code, _RUN_LEVEL], np.int64)[columns.simulation]
        wanted &= indices != _LEFT_OUT
        takes = [self._take.get(name, _ignore) for name in columns.types]
        parse = orjson.loads
        for first, stop in _chunks(columns):
            lines = np.flatnonzero(wanted[first:stop]) + first
            numbers = lines.tolist()
            raw = _raw_lines(self._log, numbers, first, stop)
            codes, places = columns.type[lines].tolist(), indices[lines].tolist()
            for line, index, code, data in zip(numbers, places, codes, raw, strict=True):
                try:
                    event = parse(data)
                except ValueError:
                    event = _parsed_slowly(data)
                if type(event) is dict:
                    takes[code](line, index, event)
                else:
                    self.unreadable += 1
            yield stop / len(columns)

    def _take_run_start(self, line: int, index: int, data: Event) -> None:
        if not self._run_start:
            self._run_start = data
        self._tools.update(rows.tools_of(data.get("tools")))

    def _take_task(self, line: int, index: int, data: Event) -> None:
        task = rows.mapping(data.get("task"))
        task_id = rows.text(data.get("task_id")) or task.get("id")
        if task and task_id is not None:
            self._tasks.setdefault(str(task_id), task)

    def _take_start(self, line: int, index: int, data: Event) -> None:
        if index >= 0 and self._starts[index] is None:
            self._starts[index] = data

    def _take_end(self, line: int, index: int, data: Event) -> None:
        if index >= 0:
            self._ends[index] = (line, data)

    def _take_message(self, line: int, index: int, data: Event) -> None:
        if index < 0 or data.get("history") is True:
            return
        offset = self._offsets[index]
        if offset is None and data.get("message_timestamp") is not None:
            offset = self._offsets[index] = rows.zone_offset(data)
        self._messages[index].append(rows.message_of(data, index, line, offset or 0.0))

    def _take_model_call(self, line: int, index: int, data: Event) -> None:
        self._model_calls.append(rows.model_call_of(data, index if index >= 0 else None, line))

    def _take_call(self, line: int, index: int, data: Event) -> None:
        if index < 0:
            self._stray_calls += 1
            return
        calls = self._calls[index]
        task_id = self._refs[index].task_id or ""
        calls.append(rows.call_of(data, index, task_id, len(calls), line, self._tools))

    def _take_state_change(self, line: int, index: int, data: Event) -> None:
        self._state_changes.append(rows.state_change_of(data, index if index >= 0 else None, line))

    def run(self, label: str) -> Run:
        """Return everything collected."""
        calls = tuple(call for group in self._calls for call in group)
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
            messages=tuple(message for group in self._messages for message in group),
            model_calls=tuple(self._model_calls),
            state_changes=tuple(self._state_changes),
            tasks=self._tasks,
            gold=tuple(action for name, task in self._tasks.items() for action in rows.gold_of(name, task, writes)),
            tools=tools,
            notes=self._notes(guessed=bool(tools and not self._tools)),
        )

    def _simulation(self, index: int) -> Simulation:
        ref, found = self._refs[index], self._ends[index]
        start: Mapping[str, Any] = self._starts[index] or {}
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
            messages=len(self._messages[index]),
            judge_skipped=metadata.get("judge") == JUDGE_SKIPPED,
            skipped=metadata.get("skipped") is True,
            solo=start.get("solo_mode") is True,
            error=rows.text(end.get("error")),
            first_line=ref.first_line,
            end_line=end_line,
        )

    def _domain(self) -> str | None:
        starts = [self._run_start, *(start for start in self._starts if start)]
        return next((domain for start in starts if (domain := rows.text(start.get("domain")))), None)

    def _agent(self) -> str:
        starts = [*(start for start in self._starts if start), rows.mapping(self._run_start.get("config"))]
        for start in starts:
            names = [rows.text(start.get("agent")), rows.text(start.get("agent_llm"))]
            if any(names):
                return ", ".join(name for name in names if name)
        return ""

    def _notes(self, *, guessed: bool) -> tuple[str, ...]:
        notes = [str(note) for note in getattr(getattr(self._log, "origin", None), "notes", None) or ()]
        imported = rows.mapping(rows.mapping(self._run_start.get("metadata")).get("imported"))
        notes += [note for note in rows.texts(imported.get("notes")) if note not in notes]
        if guessed:
            notes.append(
                "the log lists no tools: which of them write is taken from tau2-bench's own domain of that name"
            )
        if self.unreadable:
            notes.append(f"{counted(self.unreadable, 'unreadable line')} left out")
        if self._stray_calls:
            notes.append(f"{counted(self._stray_calls, 'tool call')} outside of any simulation left out")
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


def _ignore(line: int, index: int, data: Event) -> None:
    """Take no note of an event."""


def _parsed_slowly(raw: bytes) -> Any:
    """Return the value of a line that the fast parser refuses, None when it is no JSON at all."""
    try:
        return loads(raw)
    except ValueError:
        return None


def _parts(reward_info: Mapping[str, Any] | None) -> dict[str, float]:
    """Return tau2's reward by component, as far as the breakdown has numbers."""
    breakdown = rows.mapping(rows.mapping(reward_info).get("reward_breakdown"))
    parts = {str(name): rows.number(value) for name, value in breakdown.items()}
    return {name: value for name, value in parts.items() if value is not None}

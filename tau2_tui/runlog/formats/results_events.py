"""A results file, part by part, as the events of a run log."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tau2_tui.counting import counted
from tau2_tui.events import ExecutionEvent, LogLevel, TaskEvent
from tau2_tui.runlog.formats.document import Document, Part
from tau2_tui.runlog.formats.findings import Findings
from tau2_tui.runlog.formats.moments import Clock, is_local, seconds_of
from tau2_tui.runlog.formats.results_run import Origin, Totals, participants_of, start_event
from tau2_tui.runlog.formats.simulation import Identities, simulation_events, task_id_of

NOT_IN_RESULTS = (
    "not in tau2's results: execution times of tools, changes of the database, tool schemas;"
    " tau2-tui import --replay recovers them where tau2 is installed"
)
LOCAL_TIMES = "times in the file name no time zone: they were taken as UTC"


class Conversion:
    """Draws the events of one results file.

    The run's last event is among them when the file is whole and holds all its simulations, or does not say how many
    they are.

    Args:
        path: the file or directory, for its name.
        document: its parts.
        origin: which program wrote it.
        findings: takes what a person should know; finished when all events are drawn.
        lacking: what such files never hold.
    """

    def __init__(
        self, path: Path, document: Document, origin: Origin, findings: Findings, lacking: str = NOT_IN_RESULTS
    ) -> None:
        info = document.members.get("info")
        self._path = path
        self._document = document
        self._origin = origin
        self._findings = findings
        self._participants = participants_of(info if isinstance(info, dict) else {})
        self._tasks: dict[str | None, list[Part]] = {}
        self._histories: dict[str | None, Sequence[Any]] = {}
        self._identities = Identities()
        self._totals = Totals()
        self._started = _first_moment(document, path)
        self._clock = Clock(self._started)
        findings.notes.extend([lacking, *_notes(document)])

    def events(self, opened: ExitStack) -> Iterator[ExecutionEvent]:
        """Yield all events; ``opened`` is closed after the last one."""
        with opened:
            yield from self._totals.watch(self._all())
            expected = expected_simulations(self._document)
            enough = expected is None or self._totals.simulations >= expected
            if enough and self._document.damage is None:
                yield self._totals.end_event(self._started)

    def _all(self) -> Iterator[ExecutionEvent]:
        findings = self._findings
        imported = {"format": self._origin.name, "file": self._path.name, "notes": list(findings.notes)}
        start = start_event(self._document, self._origin, self._participants, imported, findings)
        start.timestamp = self._started
        yield start
        yield from self._find_tasks()
        for part in self._document.in_order():
            yield from self._simulation(part)
        for task_id in list(self._tasks):
            yield from self._write_tasks(task_id)
        findings.finish()
        yield ExecutionEvent(
            timestamp=self._clock.now,
            source="import",
            message=f"imported from {self._path.name}: {self._origin.name}, notes: {len(findings.notes)}",
            metadata={"imported": {**imported, "notes": list(findings.notes)}},
        )

    def _find_tasks(self) -> Iterator[ExecutionEvent]:
        """Find out which part is the task of an id; what cannot be read is told at once."""
        for part in self._document.tasks:
            task = yield from self._value(part, "task")
            if task is None:
                continue
            task_id = _task_id(task)
            if task_id in self._tasks:
                self._findings.count("tasks_twice")
            self._tasks.setdefault(task_id, []).append(part)
            self._histories.setdefault(task_id, _history(task))

    def _write_tasks(self, task_id: str | None, time: float | None = None) -> Iterator[ExecutionEvent]:
        """Yield the event of a task with the time of its first simulation, unless it was written before."""
        for part in self._tasks.pop(task_id, []):
            task = yield from self._value(part, "task", again=True)
            if task is not None:
                yield TaskEvent(
                    timestamp=self._clock.now if time is None else time,
                    task_id=task_id,
                    task=task,
                    source="import",
                    message=f"task {task_id}" if task_id is not None else "task without an id",
                )

    def _simulation(self, part: Part) -> Iterator[ExecutionEvent]:
        simulation = yield from self._value(part, "simulation")
        if simulation is None:
            return
        task_id = task_id_of(simulation)
        if task_id not in self._histories:
            self._findings.count("tasks_missing")
        yield from self._write_tasks(task_id, part.start)
        simulation_id = self._identities.give(simulation, self._findings)
        history = self._histories.get(task_id, ())
        yield from simulation_events(
            simulation, simulation_id, self._participants, self._clock, self._findings, history
        )

    def _value(
        self, part: Part, kind: str, *, again: bool = False
    ) -> Generator[ExecutionEvent, None, dict[str, Any] | None]:
        """Return the object that a part holds, None with a warning event when it holds none.

        Args:
            part: where it is; what writes the file may have changed it since it was found.
            kind: what it should be, for a person.
            again: it was read before, and what is odd in it counted.
        """
        reason = "no object"
        try:
            loaded = part.value()
            if isinstance(loaded.value, dict):
                self._findings.count("replaced_bytes", loaded.replaced and not again)
                self._findings.count("not_finite", loaded.not_finite and not again)
                return loaded.value
        except ValueError as error:
            reason = str(error)
        self._findings.count(f"unreadable_{kind}s")
        yield ExecutionEvent(
            timestamp=self._clock.now,
            level=LogLevel.WARNING,
            source="import",
            message=f"a {kind} that cannot be read ({part.where}): {reason}",
            metadata={"unreadable": kind, "where": part.where},
        )
        return None


def expected_simulations(document: Document) -> int | None:
    """Return how many simulations the whole run has, None when the file does not say."""
    info = document.members.get("info")
    trials = info.get("num_trials") if isinstance(info, dict) else None
    if not isinstance(trials, int) or isinstance(trials, bool) or trials < 1 or not document.tasks:
        return None
    return len(document.task_ids) * trials


def _first_moment(document: Document, path: Path) -> float:
    """Return when the run began: by the file or its first simulation; when neither says, the file's own date."""
    written = seconds_of(document.members.get("timestamp"))
    moments = [part.start for part in document.simulations if part.start is not None]
    if written is not None:
        moments.append(written)
    try:
        return min(moments) if moments else path.stat().st_mtime
    except OSError:
        return 1.0


def _notes(document: Document) -> Iterator[str]:
    written = document.members.get("timestamp")
    if document.local_times or (isinstance(written, str) and is_local(written)):
        yield LOCAL_TIMES
    if document.damage is not None:
        yield f"the file is damaged or being written: no JSON {document.damage}; nothing from there on was read"
    expected, found = expected_simulations(document), len(document.simulations)
    if expected is None:
        yield "the file does not say how many simulations the run has: it was taken as complete"
    elif found < expected:
        yield f"the file holds {found:,} of {counted(expected, 'simulation')}: the run goes on or was cut off"


def _task_id(task: dict[str, Any]) -> str | None:
    return task_id_of({"task_id": task.get("id")})


def _history(task: dict[str, Any]) -> Sequence[Any]:
    state = task.get("initial_state")
    history = state.get("message_history") if isinstance(state, dict) else None
    return history if isinstance(history, list) else ()

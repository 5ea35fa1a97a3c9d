"""Whatever a log can be given as, opened: a path, an open log, a parsed document or a list of events."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from pathlib import Path
from typing import Any

import numpy as np

from tau2_tui.errors import LogFormatError
from tau2_tui.events import ExecutionEvent, ToolExecutionEvent, decode
from tau2_tui.events.codec import dumps
from tau2_tui.runlog.columns import NONE
from tau2_tui.runlog.log import RunLog
from tau2_tui.runlog.opening import open_log
from tau2_tui.runlog.refs import UnreadableLine
from tau2_tui.runlog.spool import write_events

UNASSIGNED = "unassigned"
"""The simulation to which tool calls are counted that belong to none."""


class Source:
    """An open log, and the private copy that it may be read from."""

    def __init__(self, given: str | Path | RunLog | Mapping[str, Any] | Iterable[Any]) -> None:
        """Open what was given.

        Raises:
            LogFormatError: it cannot be read, or holds no event.
            TypeError: it is nothing that a log can be given as.
        """
        self._private: tempfile.TemporaryDirectory[str] | None = None
        self._opened: list[RunLog] = []
        try:
            self.log = self._with_simulations(self._open(given))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close what was opened here, and remove the private copy."""
        for log in self._opened:
            log.close()
        self._opened = []
        if self._private is not None:
            self._private.cleanup()
            self._private = None

    def _open(self, given: str | Path | RunLog | Mapping[str, Any] | Iterable[Any]) -> RunLog:
        if isinstance(given, RunLog):
            given.start()
            given.wait()
            return given
        if isinstance(given, (str, Path)):
            return self._open_path(Path(given))
        if isinstance(given, Mapping):
            path = self._directory() / "log.json"
            path.write_bytes(dumps(dict(given)))
            return self._open_path(path)
        if isinstance(given, Iterable) and not isinstance(given, (bytes, bytearray, memoryview)):
            return self._open_events(list(given))
        raise TypeError(f"a log is a path, a RunLog, a document or events, not {type(given).__name__}")

    def _open_path(self, path: Path) -> RunLog:
        log = open_log(path, index="now")
        self._opened.append(log)
        return log

    def _open_events(self, events: list[Any]) -> RunLog:
        if not events:
            raise LogFormatError("the list of events is empty")
        path = self._directory() / "log.jsonl"
        write_events(_decoded(events), path)
        return self._open_path(path)

    def _with_simulations(self, log: RunLog) -> RunLog:
        """Return a log whose tool calls belong to simulations: a logger used by itself does not say to which."""
        columns = log.columns
        calls = columns.of_type(ToolExecutionEvent.__name__)
        if not calls.any() or bool((columns.simulation[calls] != NONE).any()):
            return log
        path = self._directory() / "assigned.jsonl"
        write_events(_assigned(log, calls), path)
        return self._open_path(path)

    def _directory(self) -> Path:
        if self._private is None:
            self._private = tempfile.TemporaryDirectory(prefix="tau2-tui-")
        return Path(self._private.name)


def _decoded(events: Iterable[Any]) -> Iterator[ExecutionEvent]:
    for place, event in enumerate(events):
        if isinstance(event, ExecutionEvent):
            yield event
            continue
        if not isinstance(event, Mapping) or not isinstance(event.get("event_type"), str):
            raise LogFormatError(f"element {place} of the list is no event: {type(event).__name__}")
        try:
            yield decode(dict(event))
        except ValueError as error:
            raise LogFormatError(f"element {place} of the list is no event: {error}") from error


def _assigned(log: RunLog, calls: np.ndarray[Any, Any]) -> Iterator[ExecutionEvent]:
    for line in range(len(calls)):
        event = log.event(line)
        if isinstance(event, UnreadableLine):
            continue
        yield _of_simulation(event, UNASSIGNED) if calls[line] else event


def _of_simulation(event: ExecutionEvent, simulation_id: str) -> ExecutionEvent:
    """Return a copy of an event as one of a simulation; the log keeps the event itself for others."""
    own = copy(event)
    own.simulation_id = simulation_id
    return own

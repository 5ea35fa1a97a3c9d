"""The logger: events in, one run log out."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from tau2_tui.errors import LogWriteError
from tau2_tui.events import ContextReductionEvent, ExecutionEvent, LogLevel, StateChangeEvent, ToolExecutionEvent
from tau2_tui.events.codec import encode, encode_after_timestamp, to_dict
from tau2_tui.logging.chained_file import ChainedFile, FsyncPolicy
from tau2_tui.logging.export import export
from tau2_tui.logging.read_back import read_events
from tau2_tui.logging.redaction import Redactor
from tau2_tui.logging.streams import NO_STREAMS, OpenStreams, Streams

E = TypeVar("E", bound=ExecutionEvent)

_FAILURES = (LogLevel.ERROR, LogLevel.CRITICAL)

_CATEGORIES: dict[str, str] = {
    "ToolExecutionEvent": "tool_executions",
    "StateChangeEvent": "state_changes",
    "ContextReductionEvent": "context_reductions",
}


class ExecutionLogger:
    """Write events to a run log, from any number of threads.

    With ``auto_flush`` an event's line is with the operating system, in one write, when the call that logged it
    returns. Memory stays bounded: of the events only the recent ones are kept, all others are read back from the file.

    Args:
        log_file: the run log; an existing one is continued. None keeps the recent events in memory only.
        auto_flush: write each line at once; otherwise up to 64 kB are held back until ``flush`` or ``close``.
        console_output: also print one line an event to standard error.
        fsync: when the disk itself is waited for: ``always``, ``interval`` (once a second) or ``never``.
        recent: how many events to keep in memory.
        redactor: takes secrets and, when asked, personal data out of what is written.
        streams: who else is told of every event: a function, other processes.
        new: there must be nothing at the log's path yet, not even a link.

    Raises:
        LogWriteError: the file cannot be written, or the streams' address not be listened at.
        LogFormatError: the file holds something else than a run log.
    """

    def __init__(
        self,
        log_file: str | Path | None = None,
        auto_flush: bool = True,
        console_output: bool = False,
        *,
        fsync: FsyncPolicy = "interval",
        recent: int = 1000,
        redactor: Redactor | None = None,
        streams: Streams = NO_STREAMS,
        new: bool = False,
    ) -> None:
        self.path = Path(log_file) if log_file is not None else None
        self.auto_flush = auto_flush
        self.console_output = console_output
        self.redactor = redactor
        self._file: ChainedFile | None = None
        streams = replace(streams, console=streams.console or console_output)
        self._streams = OpenStreams(streams) if streams else None
        if self.path is not None:
            self._file = self._open(self.path, fsync, new)
        self._recent: deque[ExecutionEvent] = deque(maxlen=recent)
        self._lock = threading.Lock()
        self._memory_seq = 0
        self._latest = 0.0
        self._counts: Counter[str] = Counter()
        self._errors = 0
        self._started = time.monotonic()

    def _open(self, path: Path, fsync: FsyncPolicy, new: bool) -> ChainedFile:
        on_line = self._streams.offer if self._streams is not None else None
        try:
            return ChainedFile(path, fsync=fsync, buffered=not self.auto_flush, on_line=on_line, new=new)
        except BaseException:
            if self._streams is not None:
                self._streams.close()
            raise

    def __enter__(self) -> ExecutionLogger:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def event_counts(self) -> dict[str, int]:
        """Number of events logged by this logger, by type."""
        with self._lock:
            return dict(self._counts)

    @property
    def size(self) -> int:
        """Bytes of the log, 0 without a file."""
        return self._file.size if self._file else 0

    def log_event(self, event: E) -> E:
        """Write an event, set its ``seq`` and, unless it was created with one, its timestamp; return it.

        Raises:
            LogWriteError: it could not be written; the log is valid up to the event before.
        """
        if self._file is None:
            with self._lock:
                self._memory_seq += 1
                self._stamp(event, self._memory_seq - 1)
                if self._streams is not None:
                    self._streams.offer(self.redactor.scrub(encode(event)) if self.redactor else encode(event))
        else:
            self._file.append(self.encode(event), lambda seq: self._stamp(event, seq))
        with self._lock:
            self._counts[event.event_type] += 1
            self._errors += event.level in _FAILURES
            self._recent.append(event)
        return event

    def log_encoded(self, line: bytes, event_type: str, timestamp: float, *, failed: bool = False) -> int:
        """Write an event that another process made into bytes with :meth:`encode`; return its ``seq``.

        It is not among the events kept in memory, and not printed.

        Args:
            line: the event from its third key on.
            event_type: its type, for the counts.
            timestamp: when it happened, seconds since the epoch; the log has the last line's time if that is later.
            failed: its level is error or critical, for the counts.

        Raises:
            LogWriteError: it could not be written, or there is no file.
        """
        if self._file is None:
            raise LogWriteError("an event made into bytes can only be written to a file")
        seq = self._file.append(line, lambda _: self._not_before_the_last(timestamp))
        with self._lock:
            self._counts[event_type] += 1
            self._errors += failed
        return seq

    def _not_before_the_last(self, timestamp: float) -> float:
        """Return a time under the file's lock: events that crossed each other on their way keep the file's order."""
        self._latest = max(self._latest, timestamp)
        return self._latest

    def encode(self, event: ExecutionEvent) -> bytes:
        """Return an event as it will be written, redacted, from its third key on and without the closing brace."""
        values = to_dict(event)
        if self.redactor is None:
            return encode_after_timestamp(values)
        if self.redactor.active:
            values = self.redactor.redact(values)
        return self.redactor.scrub(encode_after_timestamp(values))

    def _stamp(self, event: ExecutionEvent, seq: int) -> float:
        """Set an event's number and, unless it was created with one, its time; under the lock of what takes it."""
        event.seq = seq
        if not event.stamped_on_creation:
            return float(event.timestamp)
        event.timestamp = now = time.time()
        self._latest = max(self._latest, now)
        return now

    def log_tool_execution(
        self,
        tool_name: str,
        success: bool = True,
        execution_time: float | None = None,
        tool_args: dict[str, Any] | None = None,
        result: Any = None,
        error_message: str | None = None,
        error_type: str | None = None,
        requestor: str = "assistant",
        tool_call_id: str | None = None,
        validation_errors: list[str] | None = None,
        state_changed: bool | None = None,
        **fields: Any,
    ) -> ToolExecutionEvent:
        """Write one tool call; arguments as in :class:`~tau2_tui.events.ToolExecutionEvent`."""
        event = ToolExecutionEvent(
            tool_name=tool_name,
            success=success,
            execution_time=execution_time,
            tool_args=tool_args or {},
            result=result,
            error_message=error_message,
            error_type=error_type,
            requestor=requestor,
            tool_call_id=tool_call_id,
            validation_errors=validation_errors or [],
            state_changed=state_changed,
            **{"message": f"{tool_name} {'succeeded' if success else 'failed'}", "source": "environment", **fields},
        )
        return self.log_event(event)

    def log_state_change(
        self,
        action_trigger: str,
        pre_state_hash: str | None = None,
        post_state_hash: str | None = None,
        changes: list[dict[str, Any]] | None = None,
        state_diff: str = "",
        change_summary: str = "",
        state_type: str = "database",
        **fields: Any,
    ) -> StateChangeEvent:
        """Write one change of a database; arguments as in :class:`~tau2_tui.events.StateChangeEvent`."""
        event = StateChangeEvent(
            state_type=state_type,
            action_trigger=action_trigger,
            pre_state_hash=pre_state_hash,
            post_state_hash=post_state_hash,
            changes=changes or [],
            state_diff=state_diff,
            change_summary=change_summary,
            **fields,
        )
        return self.log_event(event)

    def log_context_reduction(
        self,
        original_tokens: int,
        reduced_tokens: int,
        strategy_used: str,
        context_type: str = "",
        trigger_reason: str = "",
        warnings: list[str] | None = None,
        **fields: Any,
    ) -> ContextReductionEvent:
        """Write one shortening of an agent's context; arguments as in the event of the same name."""
        event = ContextReductionEvent(
            original_tokens=original_tokens,
            reduced_tokens=reduced_tokens,
            strategy_used=strategy_used,
            context_type=context_type,
            trigger_reason=trigger_reason,
            warnings=warnings or [],
            **fields,
        )
        return self.log_event(event)

    def log_error(
        self,
        error: BaseException | str,
        source: str = "",
        level: LogLevel = LogLevel.ERROR,
        **fields: Any,
    ) -> ExecutionEvent:
        """Write an error outside a tool: an exception or its text."""
        metadata = dict(fields.pop("metadata", {}))
        if isinstance(error, BaseException):
            metadata.setdefault("error_type", type(error).__name__)
        return self.log_event(
            ExecutionEvent(level=level, source=source, message=str(error), metadata=metadata, **fields),
        )

    def get_statistics(self) -> dict[str, Any]:
        """Return what this logger wrote: ``total_events``, ``event_counts``, ``events_by_type``, duration and rate."""
        with self._lock:
            counts, errors, kept = dict(self._counts), self._errors, len(self._recent)
        total = sum(counts.values())
        duration = time.monotonic() - self._started
        categories = {name: counts.get(event_type, 0) for event_type, name in _CATEGORIES.items()}
        return {
            "total_events": total,
            "event_counts": {"total": total, **categories, "errors": errors},
            "events_by_type": counts,
            "duration_seconds": duration,
            "events_per_second": total / duration if duration > 0 else 0.0,
            "memory_events": kept,
            "log_file": str(self.path) if self.path else None,
            "auto_flush": self.auto_flush,
            "streams": self.stream_counts(),
        }

    def stream_counts(self) -> dict[str, Any] | None:
        """Return how many events others were told of, and how many they were too slow for; None without streams."""
        return self._streams.counts() if self._streams is not None else None

    def events(self) -> Iterator[ExecutionEvent]:
        """Yield all events of the log in their order, read back from the file; the recent ones without a file."""
        if self._file is None or self.path is None:
            with self._lock:
                kept = list(self._recent)
            yield from kept
            return
        self.flush()
        yield from read_events(self.path, self._file.size)

    def get_events_by_type(self, event_type: str | type[ExecutionEvent]) -> list[ExecutionEvent]:
        """Return the events of one type, given by class or name."""
        name = event_type if isinstance(event_type, str) else event_type.__name__
        return [event for event in self.events() if event.event_type == name]

    def get_events_in_time_range(self, start_time: float, end_time: float) -> list[ExecutionEvent]:
        """Return the events with ``start_time <= timestamp <= end_time``, in seconds since the epoch."""
        return [event for event in self.events() if start_time <= event.timestamp <= end_time]

    def export_events(
        self,
        path: str | Path,
        format: str = "json",
        event_types: Iterable[str | type[ExecutionEvent]] | None = None,
        time_range: tuple[float, float] | None = None,
    ) -> int:
        """Write events to a file as ``json``, ``jsonl``, ``csv`` or ``parquet``; return how many.

        Args:
            path: the file to make; it appears whole or not at all.
            format: one of the four.
            event_types: only these types.
            time_range: only events from the first to the second time, seconds since the epoch.

        Raises:
            ValueError: unknown format.
            LogWriteError: the file cannot be written.
        """
        names = {kind if isinstance(kind, str) else kind.__name__ for kind in event_types} if event_types else None

        def chosen() -> Iterator[ExecutionEvent]:
            for event in self.events():
                wanted = names is None or event.event_type in names
                if wanted and (time_range is None or time_range[0] <= event.timestamp <= time_range[1]):
                    yield event

        return export(Path(path), format, chosen, self.get_statistics())

    @staticmethod
    def load_events_from_file(path: str | Path) -> list[ExecutionEvent]:
        """Return the events of a run log or JSON Lines file, unreadable lines as error events.

        Raises:
            LogFormatError: the file cannot be opened.
        """
        return list(read_events(Path(path)))

    def clear_events(self) -> None:
        """Forget the recent events kept in memory; the file keeps everything."""
        with self._lock:
            self._recent.clear()

    def flush(self) -> None:
        """Hand lines that were held back to the operating system.

        Raises:
            LogWriteError: they could not be written.
        """
        if self._file is not None and not self._file.closed:
            self._file.flush()

    def close(self) -> None:
        """Write what is left and let go of the file; more calls do nothing.

        Raises:
            LogWriteError: what was held back could not be written.
        """
        try:
            if self._file is not None:
                self._file.close()
        finally:
            if self._streams is not None:
                self._streams.close()

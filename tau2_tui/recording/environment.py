"""An environment that records what is called on it, and stays what it was.

The environment keeps its class: a subclass of both :class:`LoggingEnvironment` and that class, made for the purpose, is
put in its place on the one instance. Overridden methods run, ``isinstance`` holds for both, error texts stay the same.
"""

from __future__ import annotations

import atexit
import functools
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tau2_tui.events import ExecutionEvent
from tau2_tui.logging import ExecutionLogger
from tau2_tui.recording.call_observer import MAX_RESULT_BYTES, CallObserver, EventSink, SnapshotMode
from tau2_tui.recording.databases import StateFingerprint
from tau2_tui.recording.tau2_api import overrides_sync_tools

_OBSERVER = "_tau2_tui_observer"
_classes: dict[type, type] = {}
_loggers: dict[Path, ExecutionLogger] = {}
_lock = threading.Lock()


class LoggingEnvironment:
    """Wrap any tau2 environment; the same object is returned, and records from now on.

    Every tool call that reaches ``get_response`` is recorded, with what it changed in either database; calls that
    ``set_state`` repeats from a history are not. Environments given the same ``log_file`` share one writer. A copy of
    the environment (``copy.deepcopy``) does not record.

    Args:
        original_env: the environment, already built.
        log_file: the run log to append to; without one, and without a sink, nothing is kept.
        sink: takes the events instead of a log, and says where they belong.
        snapshots: ``changes``, ``all`` or ``full``; see :data:`~tau2_tui.recording.call_observer.SnapshotMode`.
        max_result_bytes: longer results are cut.
        baseline: what the databases hold now, when that is known already; looked at otherwise.

    Raises:
        LogWriteError: the log cannot be written.
        TypeError: the environment is already being recorded.
    """

    def __new__(cls, original_env: Any = None, *args: Any, **kwargs: Any) -> LoggingEnvironment:
        """Return the environment itself, its class exchanged; a new instance when called on such a class."""
        if cls is not LoggingEnvironment:
            return object.__new__(cls)
        if isinstance(original_env, LoggingEnvironment):
            raise TypeError("the environment is already being recorded")
        original_env.__class__ = recording_class(type(original_env))
        environment: LoggingEnvironment = original_env
        return environment

    def __init__(
        self,
        original_env: Any,
        log_file: str | Path | None = None,
        *,
        sink: EventSink | None = None,
        snapshots: SnapshotMode = "changes",
        max_result_bytes: int = MAX_RESULT_BYTES,
        baseline: StateFingerprint | None = None,
    ) -> None:
        observer = CallObserver(
            self,
            sink if sink is not None else _LogSink(_logger_of(Path(log_file)) if log_file is not None else None),
            syncs="sync_tools" in vars(type(self)),
            snapshots=snapshots,
            max_result_bytes=max_result_bytes,
            baseline=baseline,
        )
        setattr(self, _OBSERVER, observer)


def observer_of(environment: Any) -> CallObserver:
    """Return what watches an environment that is being recorded.

    Raises:
        AttributeError: it is not.
    """
    observer: CallObserver = getattr(environment, _OBSERVER)
    return observer


def stop_recording(environment: Any) -> None:
    """Give an environment its own class back; it records no longer. Nothing keeps it in memory on our account."""
    environment.__dict__.pop(_OBSERVER, None)
    if isinstance(environment, LoggingEnvironment):
        environment.__class__ = type(environment).__mro__[2]


def take_over(environment: Any) -> EventSink | None:
    """Stop an environment's recording by its own means, so that another begins; return where it went.

    Returns:
        What takes the events of an environment that has a log of its own; None for any other.
    """
    if not isinstance(environment, LoggingEnvironment):
        return None
    sink = environment.__dict__[_OBSERVER].sink if _OBSERVER in environment.__dict__ else None
    stop_recording(environment)
    return sink if isinstance(sink, _LogSink) and sink.keeps else None


class _LogSink:
    """Takes the events of an environment used on its own: they belong to no simulation, but say which environment."""

    def __init__(self, logger: ExecutionLogger | None) -> None:
        self._logger = logger
        self._environment = str(uuid.uuid4())

    @property
    def keeps(self) -> bool:
        """Whether there is a log."""
        return self._logger is not None

    def emit(self, event: ExecutionEvent) -> None:
        """Write the event."""
        if self._logger is not None:
            if event.simulation_id is None:
                event.metadata["environment"] = self._environment
            self._logger.log_event(event)

    def call_turn_idx(self) -> int | None:
        """Return None: there is no conversation."""
        return None


def _logger_of(path: Path) -> ExecutionLogger:
    """Return this process's one writer of a log; it stays open until the process ends."""
    path = path.resolve()
    with _lock:
        logger = _loggers.get(path)
        if logger is not None and not path.exists():
            del _loggers[path]
            logger.close()
            logger = None
        if logger is None:
            if not _loggers:
                atexit.register(_close_loggers)
            logger = _loggers[path] = ExecutionLogger(path)
        return logger


def _close_loggers() -> None:
    for logger in _loggers.values():
        logger.close()


def recording_class(original: type) -> type:
    """Return the class that an instance of ``original`` gets while it is recorded; the same one every time."""
    with _lock:
        found = _classes.get(original)
        if found is None:
            found = _classes[original] = _make_class(original)
        return found


def _make_class(original: type) -> type:
    namespace: dict[str, Any] = {"__module__": original.__module__, "__qualname__": original.__qualname__}
    made = type(original.__name__, (LoggingEnvironment, original), namespace)
    hooks: dict[str, Callable[..., Any]] = {
        "set_state": CallObserver.set_state,
        "get_response": CallObserver.get_response,
        "make_tool_call": CallObserver.make_tool_call,
    }
    if overrides_sync_tools(original):
        hooks["sync_tools"] = CallObserver.sync_tools
    for name, hook in hooks.items():
        setattr(made, name, _hooked(made, name, hook, getattr(original, name)))

    def initialize(self: Any, /, *args: Any, **kwargs: Any) -> None:
        """Start recording the instance; a new instance of the class is built as the original's."""
        wraps = args[0] if args else kwargs.get("original_env")
        owner: Any = LoggingEnvironment if wraps is self else original
        owner.__init__(self, *args, **kwargs)

    made.__init__ = initialize  # type: ignore[misc]
    return made


def _hooked(made: type, name: str, hook: Callable[..., Any], original: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method that goes through the observer.

    It takes any arguments and has the original's name, so that Python's own complaints about a model's arguments
    (``got multiple values for argument 'requestor'``) read as they do without it: tau2 compares those texts on replay.
    """

    @functools.wraps(original)
    def method(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        inner = functools.partial(getattr(super(made, self), name), *args, **kwargs)
        observer = self.__dict__.get(_OBSERVER)
        return inner() if observer is None else hook(observer, inner, args, kwargs)

    return method

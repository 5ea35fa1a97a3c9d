"""How an agent that knows it is being recorded writes into the log of its simulation, and waits in it.

Outside a recording nothing is written, and waiting is sleeping.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from tau2_tui.events import ExecutionEvent


@dataclass(frozen=True)
class Reporter:
    """Where the reports of an agent or a user go.

    Attributes:
        emit: takes an event, and the messages of the conversation that it is about.
        pause: waits so many seconds, and raises when the run is told to stop meanwhile.
    """

    emit: Callable[[ExecutionEvent, Sequence[Any]], None]
    pause: Callable[[float], None] = time.sleep


_reporter: ContextVar[Reporter | None] = ContextVar("tau2_tui_reporter", default=None)


@contextlib.contextmanager
def reporting_to(reporter: Reporter) -> Iterator[None]:
    """Send what is reported inside, in this thread and context, to ``reporter``."""
    token = _reporter.set(reporter)
    try:
        yield
    finally:
        _reporter.reset(token)


def report(event: ExecutionEvent, about: Sequence[Any] = ()) -> None:
    """Write an event into the log of the simulation under way, when it is being recorded.

    Args:
        event: its simulation, task, trial and turn are filled in.
        about: messages of the conversation that it is about; a ``ContextReductionEvent`` then names their places in
            the conversation as its ``dropped_messages``.
    """
    reporter = _reporter.get()
    if reporter is not None:
        reporter.emit(event, about)


def pause(seconds: float) -> None:
    """Wait; a recording that is told to stop ends the wait, and the turn with it."""
    reporter = _reporter.get()
    (reporter.pause if reporter is not None else time.sleep)(seconds)

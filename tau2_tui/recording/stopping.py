"""Telling running simulations to stop: politely, after the turn under way, or at once."""

from __future__ import annotations

import threading


class StopSwitch:
    """Two steps that are never taken back: no further turn, then no further event. Safe to use from several threads."""

    def __init__(self) -> None:
        self._after_turn = threading.Event()
        self._at_once = threading.Event()

    @property
    def is_set(self) -> bool:
        """Whether no further turn, simulation or attempt is to begin."""
        return self._after_turn.is_set()

    @property
    def at_once(self) -> bool:
        """Whether not even an event is to be written any more."""
        return self._at_once.is_set()

    def after_turn(self) -> None:
        """Let turns and evaluations under way come to their end, and begin nothing."""
        self._after_turn.set()

    def now(self) -> None:
        """Give up what is under way."""
        self._at_once.set()
        self._after_turn.set()

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until the switch is set; return whether it is. There is no upper limit."""
        return self._after_turn.wait(min(seconds, threading.TIMEOUT_MAX))

"""Threads that read much beside one that must answer soon.

Reading lets go of the interpreter for a microsecond or two. A thread that waits for it is then woken, comes too late,
and begins to wait anew: as long as another one reads every few dozen microseconds, it may wait for tenths of a second.
"""

from __future__ import annotations

import threading
import time

_TURN_SECONDS = 0.001
"""How long a thread reads until it pauses."""

_PAUSE_SECONDS = 0.0001
"""Enough for a thread that waits to be awake before this one goes on."""


class _Turn(threading.local):
    begun = 0.0


_turn = _Turn()


def give_way() -> None:
    """Pause for a moment when this thread has not for a while; the main thread, for which others pause, never does."""
    if time.monotonic() - _turn.begun < _TURN_SECONDS or threading.current_thread() is threading.main_thread():
        return
    time.sleep(_PAUSE_SECONDS)
    _turn.begun = time.monotonic()

"""What Python itself makes keys wait for: its garbage collector, and other threads that hold the interpreter."""

from __future__ import annotations

import asyncio
import gc
import selectors
import sys
from collections.abc import Coroutine
from typing import Any

_YOUNG, _MIDDLE, _OLD = 700, 10, 100
"""Python's own thresholds, but for a tenth of its collections of everything: each takes longer than a frame."""

_SWITCH_SECONDS = 0.001
"""How long a thread may compute while others wait. A key passes through three threads before it is on the screen."""

_UNDISTURBED_SECONDS = 0.03
"""How long the thread that draws may compute while others wait, which is longer than it takes to answer most keys.

At each turn that others get, it waits until they have had theirs, and where they use all processors, for a processor
too: what takes 30 ms alone was seen to take up to 400 ms while a log is indexed.
"""


class AttentiveSelector(selectors.DefaultSelector):
    """What the loop that draws waits with: others compute while it waits, and hardly while it has something to do."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what has happened, and let nobody take the interpreter away until that is dealt with."""
        sys.setswitchinterval(_SWITCH_SECONDS)
        try:
            return super().select(timeout)
        finally:
            sys.setswitchinterval(_UNDISTURBED_SECONDS)


def run(app: Coroutine[Any, Any, object]) -> None:
    """Run an app to its end, with a loop whose thread comes before others; Python 3.10 lets nobody choose the loop."""
    if sys.version_info < (3, 11):
        asyncio.run(app)
        return
    switching = sys.getswitchinterval()
    try:
        with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(AttentiveSelector())) as runner:
            runner.run(app)
    finally:
        sys.setswitchinterval(switching)


def shorten() -> None:
    """Let no other thread hold the interpreter for long."""
    sys.setswitchinterval(_SWITCH_SECONDS)


def collect_again() -> None:
    """End the rest that the command gave the garbage collector for the start; what was loaded is never looked at."""
    if not gc.isenabled():
        gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
        gc.freeze()
        gc.enable()


def settle() -> None:
    """Never look again at what is in memory now: what was imported since the start, and what is known of the log."""
    gc.freeze()

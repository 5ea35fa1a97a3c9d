"""What Python itself makes keys wait for: its garbage collector, and other threads that hold the interpreter."""

from __future__ import annotations

import gc
import sys

_YOUNG, _MIDDLE, _OLD = 700, 10, 100
"""Python's own thresholds, but for a tenth of its collections of everything: each takes longer than a frame."""

_SWITCH_SECONDS = 0.001
"""How long a thread may compute while others wait. A key passes through three threads before it is on the screen."""


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

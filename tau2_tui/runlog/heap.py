"""Memory: the C library shall keep little that nothing is in, and Python not look for garbage where there is none."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

_ARENA_MAX = -8
"""glibc's number for the parameter M_ARENA_MAX."""


def share() -> None:
    """Have all threads take memory from one place; call it before there are threads.

    glibc gives each thread a place of its own and keeps what was freed there: 20 MB after a gigabyte was indexed. Does
    nothing with another C library.
    """
    library = _glibc()
    if library is not None:
        library.mallopt(_ARENA_MAX, 1)


def give_back() -> None:
    """Give what is free back to the operating system, after work that took much; some milliseconds.

    Other threads go on meanwhile. Does nothing with another C library than glibc.
    """
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)


_LEFT: list[object] = []


def leave(*values: object) -> None:
    """Keep values to the process's end, which is to come soon: half a second goes by while millions are taken apart."""
    _LEFT.extend(values)


def anything_left() -> bool:
    """Return whether values were left, so that the process had better end without taking anything apart."""
    return bool(_LEFT)


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Keep Python from looking for garbage among values by the million that stay, or are gone in a moment."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@lru_cache(maxsize=1)
def _glibc() -> Any:
    """Return glibc, None where the C library is another one."""
    import ctypes

    try:
        library = ctypes.CDLL(None)
    except (OSError, TypeError):
        return None
    return library if hasattr(library, "malloc_trim") and hasattr(library, "mallopt") else None

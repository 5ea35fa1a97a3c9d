"""Importing tau2-bench: once, quietly, and without its look at the network."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import threading
from collections.abc import Iterator

from tau2_tui.errors import RecordingError
from tau2_tui.recording.messages import error_text, first_line
from tau2_tui.recording.tau2_api.access import Tau2
from tau2_tui.recording.tau2_api.modules import module
from tau2_tui.recording.tau2_package import INSTALL_HINT, find_package

_lock = threading.Lock()


def load() -> Tau2:
    """Import tau2-bench and return access to it; later calls return the same object.

    The first call takes seconds (litellm) and holds other threads that call it.

    Raises:
        RecordingError: no tau2-bench can be imported, or it is too old.
    """
    with _lock:
        return _load()


@functools.lru_cache(maxsize=1)
def _load() -> Tau2:
    package = find_package()
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    with standard_output_kept():
        try:
            module("loguru").logger.disable("tau2")
            return Tau2(package)
        except Exception as error:  # what it lacks when it is too old, and whatever a broken installation raises
            said = first_line(error_text(error)) or type(error).__name__
            raise RecordingError(
                f"{package.name} in {package.folder} cannot be used: {said}; install it again: {INSTALL_HINT}"
            ) from error


@contextlib.contextmanager
def standard_output_kept() -> Iterator[None]:
    """Send what is printed inside to standard error: standard output belongs to the program's own data."""
    with contextlib.redirect_stdout(sys.stderr):
        yield


def show_log(level: str) -> None:
    """Show tau2's own log on standard error, from ``level`` on; it is silent otherwise. Call it after :func:`load`."""
    logger = module("loguru").logger
    logger.remove()
    logger.add(lambda line: sys.stderr.write(line), level=level.upper())  # whatever standard error is by then
    logger.enable("tau2")

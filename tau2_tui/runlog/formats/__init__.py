"""Foreign files as run logs: tau2-bench's own results, and what tau2-enhanced wrote.

One module a format. Each has a function ``recognise`` that looks at a :class:`Candidate` and returns a
:class:`Format`, or None when the file is not of its kind.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from tau2_tui.errors import LogFormatError
from tau2_tui.runlog.formats.converted import Candidate, Converted, Format

__all__ = ["Candidate", "Converted", "Format", "detect", "read"]

_MODULES = ("enhanced", "tau2_results", "tau_bench")
"""The modules of the formats, most particular first: the first one that recognises a file reads it."""

_HEAD_BYTES = 1 << 18


def detect(path: Path) -> Format | None:
    """Return the foreign format of a file or directory by its path and first bytes; None when it is none we know.

    A file that cannot be opened is none, nor is a directory that cannot be searched.
    """
    candidate = _candidate(path)
    if candidate is None:
        return None
    try:
        return next(filter(None, (_module(name).recognise(candidate) for name in _MODULES)), None)
    except OSError:
        return None


def _module(name: str) -> Any:
    return importlib.import_module(f"{__name__}.{name}")


def read(path: Path) -> Converted:
    """Convert a foreign file or directory.

    Raises:
        LogFormatError: it is missing, cannot be read, or is of no format that we know.
    """
    found = detect(path)
    if found is None:
        raise LogFormatError(f"{path}: {'is no format that can be read here' if path.exists() else 'no such file'}")
    return found.read(path)


def _candidate(path: Path) -> Candidate | None:
    try:
        if path.is_dir():
            return Candidate(path, is_directory=True)
        if not path.is_file():
            return None
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES + 1)
    except (OSError, ValueError):
        return None
    return Candidate(path, head[:_HEAD_BYTES], whole=len(head) <= _HEAD_BYTES)

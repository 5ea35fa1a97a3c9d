"""Modules of the user's own that register agents, users, domains and tasks with tau2-bench."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Iterable
from pathlib import Path

from tau2_tui.errors import RecordingError
from tau2_tui.recording.messages import error_text, first_line


def import_user_modules(names: Iterable[str]) -> None:
    """Import each module once; what it registers with tau2's registry is known from then on.

    Args:
        names: names of modules, found on Python's path or in the working directory, or paths of Python files.

    Raises:
        RecordingError: one cannot be imported.
    """
    for name in names:
        try:
            _import(name)
        except (Exception, SystemExit) as error:  # whatever the module's own code raises
            said = first_line(error_text(error))
            raise RecordingError(f"--import {name}: {type(error).__name__}{': ' if said else ''}{said}") from error


def _import(name: str) -> None:
    if not name.endswith(".py"):
        here = str(Path.cwd())
        if here not in sys.path:
            sys.path.append(here)
        importlib.import_module(name)
        return
    path = Path(name).resolve()
    known = f"{path.stem}_{hashlib.blake2b(str(path).encode(), digest_size=4).hexdigest()}"
    if known in sys.modules:
        return
    spec = importlib.util.spec_from_file_location(known, path)
    if spec is None or spec.loader is None:
        raise ImportError("is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[known] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[known]
        raise

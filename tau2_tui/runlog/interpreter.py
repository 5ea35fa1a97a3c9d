"""Another interpreter beside this one, to read a log in."""

from __future__ import annotations

import subprocess
import sys


def started(program: str, descriptor: int) -> subprocess.Popen[bytes]:
    """Start a program of Python that may use an open file; both its standard streams are pipes, its errors are unheard.

    Args:
        program: its text, which fills ``sys.path`` itself: of this process it takes nothing over.
        descriptor: the open file.

    Raises:
        OSError: it cannot be started.
    """
    return subprocess.Popen(
        [sys.executable, "-I", "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=[descriptor],
    )

"""Another interpreter beside this one, to read a log in."""

from __future__ import annotations

import os
import subprocess
import sys

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
"""Settings by which numpy starts no threads for algebra, of which there is none here; they spin at first."""


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
        env={**ONE_THREAD, **os.environ},
        pass_fds=[descriptor],
    )

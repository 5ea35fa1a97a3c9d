"""What becomes of a process whose parent is killed."""

from __future__ import annotations

import subprocess
import sys

import psutil

PATIENCE = 60.0


def outlives_its_parent(program: str) -> bool:
    """Return whether a process still runs a minute after the one that started it was killed.

    Args:
        program: of the parent, in Python: it prints the number of its process, and waits.
    """
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    _, running = psutil.wait_procs([child], PATIENCE)
    for one in running:
        if one.status() == psutil.STATUS_ZOMBIE:
            return False
        one.kill()
    return bool(running)

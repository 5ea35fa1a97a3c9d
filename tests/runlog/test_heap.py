from __future__ import annotations

import subprocess
import sys

import pytest

from tau2_tui.runlog import heap

GROWS = """
import threading
from pathlib import Path
from tau2_tui.runlog import heap

def anonymous():
    return sum(int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if "RssAnon" in line)

def work():
    bytearray(30 << 20)  # from now on the C library keeps up to twice as much
    del [bytearray(b"x" * 20_000) for _ in range(1_000)][:]

heap.share()
before = anonymous()
threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
heap.give_back()
print(anonymous() - before)
"""


@pytest.mark.skipif(heap._glibc() is None, reason="another C library than glibc")
def test_what_threads_freed_is_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", GROWS], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 10_000  # kilobytes, of 60,000 that were in use


def test_without_glibc_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heap, "_glibc", lambda: None)
    heap.share()
    heap.give_back()

"""What a soak calls growth without bound, and what it does not."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.scripts import script


@pytest.fixture
def growth() -> ModuleType:
    return script("benchmarks/growth.py")


def watched(  # type: ignore[no-untyped-def]
    growth: ModuleType,
    memory: Callable[[int], float],
    descriptors: Callable[[int], int],
    lines: int = 0,
    garbage: float = 0.0,
):
    watch = growth.Watch("it", growth.Tolerance(line_bytes=300, garbage=garbage))
    watch.seen += [growth.Usage(20.0 * n, memory(n), descriptors(n), 3, 1, lines * n) for n in range(40)]
    return watch


def test_what_goes_up_and_down_or_fills_up_at_first_does_not_grow(growth: ModuleType) -> None:
    noise = random.Random(1)
    values = [80 + noise.uniform(-15, 15) for _ in range(40)]
    assert watched(growth, lambda n: values[n], lambda n: 20 + n % 3).faults() == []
    assert watched(growth, lambda n: 50 + 10 * min(n, 10), lambda n: min(n, 10)).faults() == []
    assert watched(growth, lambda n: 50 + 200 * (n == 39), lambda n: 5).faults() == []


def test_a_slow_leak_is_found_among_noise(growth: ModuleType) -> None:
    noise = random.Random(2)
    values = [80 + n * 0.5 + noise.uniform(-3, 3) for n in range(40)]  # 90 MB an hour
    (fault,) = watched(growth, lambda n: values[n], lambda n: 5).faults()
    assert fault.startswith("it: memory grows by ") and "30 MB are tolerated" in fault


def test_what_the_collector_has_not_looked_for_yet_is_no_leak_up_to_a_quarter(growth: ModuleType) -> None:
    assert watched(growth, lambda n: 200 + n, lambda n: 5, garbage=0.25).faults() == []
    assert len(watched(growth, lambda n: 200 + n, lambda n: 5).faults()) == 1
    assert len(watched(growth, lambda n: 200 + 2 * n, lambda n: 5, garbage=0.25).faults()) == 1


def test_a_descriptor_left_every_minute_is_found(growth: ModuleType) -> None:
    (fault,) = watched(growth, lambda n: 80, lambda n: 20 + n // 3).faults()
    assert fault.startswith("it: descriptors grows by 6")


def test_a_log_that_grows_may_take_memory_for_its_lines_and_no_more(growth: ModuleType) -> None:
    per_line = watched(growth, lambda n: 80 + n * 10_000 * 290e-6, lambda n: 5, lines=10_000)
    assert per_line.faults() == []
    too_much = watched(growth, lambda n: 80 + n * 10_000 * 400e-6, lambda n: 5, lines=10_000)
    assert len(too_much.faults()) == 1


def test_too_few_looks_say_nothing_and_that_is_no_success(
    growth: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    watch = growth.Watch("it", growth.Tolerance(), [growth.Usage(n, 1.0, 1, 1, 1) for n in range(5)])
    assert growth.verdict([watch], []) == 1
    assert growth.verdict([growth.Watch("it", growth.Tolerance())], []) == 1
    assert "let it run longer" in capsys.readouterr().out


def test_a_fault_seen_elsewhere_fails_too(growth: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert growth.verdict([watched(growth, lambda n: 80, lambda n: 5)], []) == 0
    assert growth.verdict([watched(growth, lambda n: 80, lambda n: 5)], ["a file is left"]) == 1
    assert "FAILED a file is left" in capsys.readouterr().out


def test_a_look_counts_what_the_process_and_its_children_hold(growth: ModuleType, tmp_path: Path) -> None:
    before = growth.usage(os.getpid(), 0.0)
    ready, waiting = threading.Event(), threading.Thread(target=lambda: ready.wait())
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    block = bytearray(os.urandom(1 << 20)) * 40
    try:
        waiting.start()
        with (tmp_path / "file").open("w"):
            after = growth.usage(os.getpid(), 1.0)
    finally:
        ready.set()
        child.communicate(b"\n")
    assert after.processes == before.processes + 1
    assert after.descriptors > before.descriptors + 1  # the file, a pipe, and the child's own
    assert after.threads >= before.threads + 2
    assert after.memory > before.memory + 0.9 * len(block) / 1e6

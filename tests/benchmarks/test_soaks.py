"""The soaks: that they go everywhere, notice what is wrong, and, with ``--slow``, that they are stood for minutes."""

from __future__ import annotations

import importlib.util
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.tui.actions import valid_on
from tests.support.scripts import ROOT, script

HAS_TAU2 = importlib.util.find_spec("tau2") is not None


def test_a_tour_does_every_action_of_every_main_screen_on_it() -> None:
    inspector = script("benchmarks/soak_inspector.py")
    sent = [step["send"] for step in inspector.tour()]
    for number, screen in inspector.SCREENS.items():
        assert {action.argument for action in valid_on(screen) if action.name == "screen"} == set(range(1, 8))
        first = sent.index(number)
        for action in valid_on(screen):
            if action.name not in inspector.LEFT_OUT:
                assert inspector.ESCAPES[action.keys[0]] in sent[first:], (screen, action)
    asking = {name for name in inspector.PROMPTS if name not in inspector.LEFT_OUT}
    assert asking == {"go_to", "search", "filter", "bookmark", "follow"}
    assert sent[-1] == "G", "it ends at the end, where the log grows"


def test_the_log_begins_nearly_big_enough_for_a_process_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, small_log: Path
) -> None:
    inspector = script("benchmarks/soak_inspector.py")
    assert 0 < inspector.LEAST_BYTES - inspector.BEFORE_BYTES < 60 * 50 * inspector.LINE_BYTES
    monkeypatch.setattr(inspector, "BEFORE_BYTES", small_log.stat().st_size // 2)
    whole, log = small_log.read_bytes(), tmp_path / "log.jsonl"
    inspector.begin(small_log, log)
    begun, left = log.read_bytes(), small_log.read_bytes()
    assert begun + left == whole and begun.endswith(b"\n") and left
    assert len(begun) >= inspector.BEFORE_BYTES


def test_files_that_are_left_and_simulations_that_lack_are_faults(tmp_path: Path, small_log: Path) -> None:
    recorder = script("benchmarks/soak_recorder.py")
    soak = recorder.Soak("mock", random.Random(1), tmp_path)
    soak.verify(small_log, 2)
    soak.leftovers(small_log)
    assert soak.faults == []
    (tmp_path / "temporary").mkdir()
    (tmp_path / "temporary" / "x").touch()
    soak.leftovers(small_log)
    soak.verify(small_log, 3)
    assert soak.faults == ["temporary/x is left", "small.jsonl: complete, 2 of 3 ended"]
    small_log.write_bytes(small_log.read_bytes().replace(b"MessageEvent", b"MassageEvent", 1))
    with pytest.raises(AssertionError):
        soak.verify(small_log, None)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    "name",
    ["soak_inspector", pytest.param("soak_recorder", marks=pytest.mark.skipif(not HAS_TAU2, reason="no tau2-bench"))],
)
def test_it_is_stood(name: str) -> None:
    env: dict[str, Any] = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, f"benchmarks/{name}.py", "--minutes", "8"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, errors="replace", check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]

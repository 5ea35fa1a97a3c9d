"""A few hundred seeded random keys, clicks and sizes on each sample log, in a real terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.scripts import ROOT, script


@pytest.fixture
def random_keys() -> ModuleType:
    return script("benchmarks/random_keys.py")


@pytest.fixture
def terminal() -> ModuleType:
    return script("benchmarks/watched_terminal.py")


@pytest.mark.parametrize("name", ["airline", "mock", "telecom"])
def test_random_keys_do_not_break_it(name: str) -> None:
    command = [
        sys.executable,
        "benchmarks/random_keys.py",
        f"sample_logs/{name}.jsonl",
        "--keys",
        "200",
        "--seed",
        "20",
    ]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, errors="replace", check=False)
    assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
    assert f"stood  {name}.jsonl: seed 20" in done.stdout


def test_what_leaves_need_not_draw_for_a_new_size(random_keys: ModuleType, terminal: ModuleType) -> None:
    class Leaving(terminal.Session):  # type: ignore[misc,name-defined]
        def settle(self, quiet: float = 0.0) -> None:
            self.exit_code = 0 if self.leaves else None

        def stray(self) -> str:
            return "'x' in column 80 of row 1"

    session = Leaving([], {}, Path())
    torture = random_keys.Torture(session, 1.0)
    session.leaves = True
    torture._cells(session)
    session.leaves = False
    session.written = terminal.ALTERNATE_OFF + b"x"  # typed while it ends: the terminal shows it
    torture._cells(session)
    session.written = b""
    with pytest.raises(terminal.Broken, match="column 80"):
        torture._cells(session)


def test_what_grows_is_not_compared(random_keys: ModuleType, terminal: ModuleType) -> None:
    class Growing(random_keys.Torture):  # type: ignore[misc,name-defined]
        def _repainted(self, session: object) -> list[str]:
            return self.after

    class Shown(terminal.Session):  # type: ignore[misc,name-defined]
        def shown(self) -> list[str]:
            return ["title", "a row", "event 3 of 1,204", "keys"]

    torture = Growing(Shown([], {}, Path()), 1.0)
    torture.after = ["title", "another row", "event 3 of 1,205", "keys"]
    torture.follows = True
    torture._same_after_repaint(torture.session)
    torture.after[2] = "event 4 of 1,204"
    with pytest.raises(terminal.Broken, match="another row"):
        torture._same_after_repaint(torture.session)


def test_an_answer_is_waited_for_as_long_as_there_is_something_to_do(
    monkeypatch: pytest.MonkeyPatch, terminal: ModuleType
) -> None:
    monkeypatch.setattr(terminal, "PATIENCE_SECONDS", 0.0)  # the machine was stopped for longer than that

    class Slow(terminal.Session):  # type: ignore[misc,name-defined]
        busy, cpu_seconds, threads, looks = True, 0.0, "threads main S", 0

        def read(self, quiet: float) -> bytes:
            self.looks += 1
            self.written += terminal.REPAINT if self.looks == self.answers_at else b""
            return b""

    slow = Slow([], {}, Path())
    slow.answers_at = 2 * terminal.IDLE_LOOKS
    slow.await_repaint()
    assert slow.looks == slow.answers_at
    idle = Slow([], {}, Path())
    idle.busy, idle.answers_at = False, 2 * terminal.IDLE_LOOKS
    with pytest.raises(terminal.Broken, match=r"not answered.*threads main S"):
        idle.await_repaint()

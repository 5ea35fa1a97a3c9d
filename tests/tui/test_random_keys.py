"""A few hundred seeded random keys, clicks and sizes on each sample log, in a real terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


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


def test_what_leaves_need_not_draw_for_a_new_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    random_keys = pytest.importorskip("random_keys")

    class Leaving(random_keys.Session):  # type: ignore[misc,name-defined]
        def settle(self, quiet: float = 0.0) -> None:
            self.exit_code = 0 if self.leaves else None

        def stray(self) -> str:
            return "'x' in column 80 of row 1"

    session = Leaving([], {}, Path())
    torture = random_keys.Torture(session, 1.0)
    session.leaves = True
    torture._cells(session)
    session.leaves = False
    with pytest.raises(random_keys.Broken, match="column 80"):
        torture._cells(session)

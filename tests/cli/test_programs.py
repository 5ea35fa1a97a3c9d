"""The processes that a command starts take their packages from where it has them, and from nowhere else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tau2_tui.cli.record_order import Order
from tau2_tui.cli.record_process import RecordingProcess
from tau2_tui.cli.served import words_for
from tests.support.program import PATIENCE

PLANTED = ("json", "linecache", "click", "textual")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the user stands: modules of somebody else's lie there."""
    for name in PLANTED:
        (tmp_path / f"{name}.py").write_text("print('PLANTED')\nraise SystemExit(3)\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    return tmp_path


def test_an_inspector_in_a_browser_runs_nothing_of_the_folder(folder: Path) -> None:
    words = words_for([str(folder / "missing.jsonl")], at="", expression="", follow=False)
    done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 2 and "missing.jsonl: no such file" in done.stderr and done.stdout == ""


def test_a_recording_of_its_own_process_runs_nothing_of_the_folder(folder: Path) -> None:
    order = Order({"domain": "no such domain"}, str(folder / "no" / "run.jsonl"), {}, None, [])
    process = RecordingProcess(order)
    assert process.wait() == 2
    assert "PLANTED" not in process.printed() and "no/run.jsonl" in process.printed()


def test_the_folder_would_be_looked_in(folder: Path) -> None:
    done = subprocess.run([sys.executable, "-c", "import json"], capture_output=True, text=True, timeout=PATIENCE)
    assert done.stdout == "PLANTED\n"

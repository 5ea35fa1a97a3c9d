"""benchmarks/run.py in small: every row comes out, and what fails is a row that says why."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
BENCHMARKS = ROOT / "benchmarks"
GROUPS = {
    "Start",
    "Opening a log",
    "Inspector and other viewers",
    "Reading without a screen",
    "Keys until the screen shows it",
    "Following a log that is written",
    "Statistics",
    "Commands, as whole processes",
    "Import",
    "Results files",
    "Questions to a log, as whole processes",
    "Recording",
}
LEFT_OUT_WHEN_QUICK = "that was over before the key was pressed"


def run(tmp_path: Path, *options: str) -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "benchmarks/run.py", "--quick", "--json", "--data", str(tmp_path / "data"), *options]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr[-2000:]
    return done.returncode, json.loads(done.stdout)


def test_rows_of_what_needs_no_terminal(tmp_path: Path) -> None:
    code, found = run(tmp_path, "--only", "start", "reading")
    rows = {row["name"].rsplit(",", 1)[0]: row for row in found["rows"]}
    assert code == 0, [row["reason"] for row in found["rows"] if row["reason"]]
    assert rows["tau2-tui --help"]["limit"] == 3
    assert rows["tau2-tui --help"]["ratio"] > 0
    assert rows["index: all columns"]["base"] == "orjson.loads of every line"
    assert len(rows["index: all columns"]["values"]) == 3
    assert rows["verify: verify"]["ratio"] > 0
    assert {"date", "machine", "versions", "command", "minutes"} <= set(found)
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["run-2000000.jsonl"]


def test_what_fails_is_a_row_and_the_rest_goes_on(tmp_path: Path) -> None:
    (tmp_path / "data" / "part-run-2000000.jsonl").mkdir(parents=True)
    code, found = run(tmp_path, "--only", "reading", "start")
    assert code == 1
    first, *others = found["rows"]
    assert first["name"] == "reading"
    assert "directory" in first["reason"].lower()
    assert first["values"] == []
    assert all(row["values"] for row in others)
    assert len(others) == 5


def test_a_measurement_has_a_time_limit(tmp_path: Path) -> None:
    code, found = run(tmp_path, "--only", "start", "--limit", "0.01")
    assert code == 1
    assert [row["reason"] for row in found["rows"]] == ["took more than 0.01 s"]


def test_the_table_is_written(tmp_path: Path) -> None:
    table = tmp_path / "results.md"
    command = [sys.executable, "benchmarks/run.py", "--quick", "--only", "start", "-o", str(table)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    text = table.read_text()
    assert text in done.stdout
    assert " of 1 promises that were measured are held." in text
    assert "| tau2-tui --help | " in text
    assert str(tmp_path) not in text  # a table that is passed on names no place of the machine
    assert sys.executable not in text


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_row_comes_out(tmp_path: Path) -> None:
    pytest.importorskip("tau2")
    code, found = run(tmp_path, "--toolong", str(tmp_path / "no-tl"))
    missing = [(row["name"], row["reason"]) for row in found["rows"] if not row["values"]]
    assert [one for one in missing if one[1] != LEFT_OUT_WHEN_QUICK] == []
    assert {row["group"] for row in found["rows"]} == GROUPS
    assert code == (1 if missing else 0)
    painted = next(row for row in found["rows"] if row["group"] == "Inspector and other viewers")
    assert painted["absent"]["toolong"] == "not installed"

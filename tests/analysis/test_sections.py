"""Sections, plain values, and parts of runs."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import numpy as np
import pytest

from tau2_tui.analysis.data.narrow import narrowed
from tau2_tui.analysis.data.reading import read_run
from tau2_tui.analysis.sections import OF_CALLS, SECTIONS, section
from tau2_tui.analysis.shared.plain import plain
from tau2_tui.cli.stats import SHOWN
from tau2_tui.runlog import RunLog
from tests.analysis.blame.conversation import cancelling, write
from tests.analysis.made_runs import run_of

SAMPLE = Path(__file__).parents[2] / "sample_logs" / "noisy.jsonl"


class _Colour(str, Enum):
    RED = "red"


@dataclass(frozen=True)
class _Point:
    x: float
    tags: tuple[str, ...] = ()


def test_plain_values_are_what_json_takes() -> None:
    odd = {
        ("a", 1): _Point(float("nan"), ("t",)),
        _Colour.RED: [np.float64(1.5), np.int64(2), np.array([1.0, np.inf])],
        3: {"b", "a"},
        "none": None,
        "yes": True,
    }
    expected = {
        "a 1": {"x": None, "tags": ["t"]},
        "red": [1.5, 2, [1.0, None]],
        "3": ["a", "b"],
        "none": None,
        "yes": True,
    }
    assert plain(odd) == expected
    assert json.loads(json.dumps(plain(odd), allow_nan=False)) == expected


def test_every_section_is_shown() -> None:
    assert set(SHOWN) == set(SECTIONS)


@pytest.mark.parametrize("outcomes", [{}, {"a": [None]}, {"a": [1.0]}, {"a": [1.0] * 3}, {"a": [0.0], "b": [0.0]}])
@pytest.mark.parametrize("name", [name for name in SECTIONS if name != "causes"])
def test_degenerate_runs_have_every_section(name: str, outcomes: dict[str, list[float | None]]) -> None:
    json.dumps(plain(section(name, run_of(outcomes))), allow_nan=False)


def test_trials_that_repeat_each_other_are_said_beside_the_interval_that_takes_them_as_independent(
    tmp_path: Path,
) -> None:
    talks = [cancelling(n, passed=True, task_id=task) for task in ("a", "b") for n in range(2)]
    with RunLog.open(write(tmp_path / "run.jsonl", *talks), index="now") as log:
        overview = section("overview", read_run(log))
    assert "2 tasks gave identical trials: trials are not independent" in overview["success_same_tasks"].note
    assert "identical" not in overview["success_new_tasks"].note


def test_causes_need_the_log() -> None:
    with pytest.raises(ValueError, match="log"):
        section("causes", run_of({"a": [0.0]}))
    with pytest.raises(KeyError):
        section("nothing", run_of({}))


def test_a_part_of_a_run_keeps_the_simulations_of_its_lines(tmp_path: Path) -> None:
    path = write(tmp_path / "run.jsonl", *(cancelling(n, passed=n > 0, task_id=f"t{n % 2}") for n in range(4)))
    with RunLog.open(path, index="now") as log:
        run = read_run(log)
        lines = np.array([call.line for call in run.calls if call.simulation in (1, 3) and call.name == "get_order"])
        part = narrowed(run, lines, "get_order of t1")
        marks = np.zeros(len(log), np.bool_)
        marks[lines] = True
        whole = narrowed(run, marks, whole=True)
    assert [one.simulation_id for one in part.simulations] == ["s1", "s3"]
    assert [one.index for one in part.simulations] == [0, 1]
    assert [(call.simulation, call.name) for call in part.calls] == [(0, "get_order"), (1, "get_order")]
    assert part.messages == () and set(part.tasks) == {"t1"} and "2 of 4 simulations" in part.notes[-1]
    assert [(call.simulation, call.name) for call in whole.calls] == [
        (0, "get_order"),
        (0, "cancel_order"),
        (1, "get_order"),
        (1, "cancel_order"),
    ]
    assert whole.notes == run.notes and len(whole.messages) == sum(m.simulation in (1, 3) for m in run.messages)


def test_all_that_takes_long_to_load_is_loaded_before_sections_are_made() -> None:
    """What is loaded while a log is being read need not be waited for afterwards."""
    program = f"""
import sys
from tau2_tui.analysis.data.reading import read_run
from tau2_tui.analysis.sections import SECTIONS, load, section
from tau2_tui.runlog import RunLog
with RunLog.open({str(SAMPLE)!r}, index="now") as log:
    run = read_run(log)
    load(SECTIONS)
    before = set(sys.modules)
    for name in SECTIONS:
        section(name, run, log=log)
print(sorted(name for name in set(sys.modules) - before if name.split(".")[0] in ("statsmodels", "pandas", "scipy")))
"""
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_sections_of_calls_need_no_messages() -> None:
    with RunLog.open(SAMPLE, index="now") as log:
        whole, calls = read_run(log), read_run(log, messages=False)
    for name in OF_CALLS:
        assert section(name, calls) == section(name, whole)

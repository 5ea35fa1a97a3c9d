"""Sections, plain values, and parts of runs."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, replace
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
from tests.analysis.blame.conversation import Talk, agent, call, cancelling, user, write
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


@pytest.mark.parametrize("depth", [150, 700, 1010])
@pytest.mark.parametrize("brackets", ["[]", "{}"])
def test_values_that_nest_deeper_than_anything_can_be_walked_through_break_no_section(
    tmp_path: Path, depth: int, brackets: str
) -> None:
    opening, closing = ("[", "]") if brackets == "[]" else ('{"a":', "}")
    deep = json.loads(f"{opening * 100}1{closing * 100}")
    row = {"op": "add", "path": "/a/b", "value": deep}
    wanted = {"name": "cancel_order", "arguments": {"order_id": deep}}
    checks = {
        "action_checks": [{"action": wanted, "action_match": False}],
        "communicate_checks": [{"met": False, "info": deep}],
        "nl_assertions": [{"met": False, "nl_assertion": deep, "justification": deep}],
    }
    talk = Talk(
        [agent("Hi"), user("Cancel A1"), call("cancel_order", order_id=deep, email=deep, result=deep)],
        [wanted],
        diff=[row],
        scenario=deep,
        parts={"DB": 0.0, "NL_ASSERTION": 0.0},
        info=checks,
        end={"metadata": {"gold_diff_after_sync": {"database": [row]}}},
    )
    path = write(tmp_path / "run.jsonl", talk)
    whole, nested = (f"{opening * n}1{closing * n}".encode() for n in (100, depth))
    data = path.read_bytes()
    assert data.count(whole) >= 12
    stray = '{"event_type":"%s","simulation_id":"s0","task_id":"t1","trial":0,"timestamp":1.0,%s}\n'
    lines = [
        stray % ("ToolExecutionEvent", '"tool_name":"odd","success":false,"tool_args":{}'),
        stray % ("MessageEvent", '"role":"odd","content":"odd"'),
        stray % ("LLMCallEvent", '"model":"odd","purpose":"odd"'),
        stray % ("StateChangeEvent", '"action_trigger":"odd","state_type":"odd","changes":[{"path":"odd"}]'),
    ]
    odd = "".join(lines).encode().replace(b'"odd"', nested)
    path.write_bytes(data.replace(whole, nested) + odd)
    with RunLog.open(path, index="now") as log:
        run = read_run(log)
        assert len(run.calls) == 2 and len(run.simulations) == 1
        for name in SECTIONS:
            json.dumps(plain(section(name, run, log=log)), allow_nan=False)


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


def test_only_calls_of_which_nobody_knows_whether_they_wrote_are_said_to_be_unknown() -> None:
    with RunLog.open(SAMPLE, index="now") as log:
        run = read_run(log)
    assert any(call.state_changed is None for call in run.calls), "calls that only read were not looked at"
    assert section("state", run)["state"].note == ""
    untyped = section("state", replace(run, tools={}))["state"]
    assert untyped.note == f"not known for {sum(c.state_changed is None for c in run.calls)} of {len(run.calls)} calls"


def test_sections_of_calls_need_no_messages() -> None:
    with RunLog.open(SAMPLE, index="now") as log:
        whole, calls = read_run(log), read_run(log, messages=False)
    for name in OF_CALLS:
        assert section(name, calls) == section(name, whole)

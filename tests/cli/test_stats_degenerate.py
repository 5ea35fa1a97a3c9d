"""``stats --json`` of runs that hold nothing, little or only one thing: strict JSON with every promised key."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from tau2_tui.cli.stats import SHOWN
from tests.analysis.blame.conversation import Talk, cancelling, write
from tests.cli.command import run
from tests.support.real_data import results_files

ESTIMATE = {"value", "low", "high", "n", "n_tasks", "n_eff", "status", "note"}


def _unrewarded(n: int) -> Talk:
    talk = cancelling(n, passed=False)
    talk.reward = None
    return talk


def _broken(n: int) -> Talk:
    talk = _unrewarded(n)
    talk.termination = "infrastructure_error"
    return talk


def _silent(n: int) -> Talk:
    return Talk([], reward=0.0, trial=n, parts={}, diff=None)


def _odd(n: int) -> Talk:
    talk = cancelling(n, passed=False)
    talk.end = {"agent_cost": float("nan"), "user_cost": float("inf"), "duration": -1.0}
    return talk


RUNS: dict[str, Callable[[], list[Talk]]] = {
    "empty": list,
    "one success": lambda: [cancelling(0, passed=True)],
    "one failure": lambda: [cancelling(0, passed=False)],
    "no rewards": lambda: [_unrewarded(n) for n in range(3)],
    "infrastructure only": lambda: [_broken(n) for n in range(2)],
    "nothing said": lambda: [_silent(n) for n in range(2)],
    "no numbers": lambda: [_odd(n) for n in range(3)],
    "all failed": lambda: [cancelling(n % 2, passed=False, task_id=f"t{n // 2}") for n in range(8)],
    "all passed": lambda: [cancelling(n % 2, passed=True, task_id=f"t{n // 2}") for n in range(8)],
    "one task": lambda: [cancelling(n, passed=n > 1) for n in range(4)],
    "one trial": lambda: [cancelling(0, passed=n > 1, task_id=f"t{n}") for n in range(4)],
}


def _refuse(name: str) -> NoReturn:
    raise AssertionError(f"{name} is no JSON")


def strict(text: str) -> Any:
    """Parse a text as JSON that has neither NaN nor infinities."""
    return json.loads(text, parse_constant=_refuse)


def check_promises(found: dict[str, Any]) -> None:
    """Hold the whole document of ``stats --json`` against what scripts are promised."""
    assert set(SHOWN) <= set(found)
    overview = found["overview"]
    for name in ("success_new_tasks", "success_same_tasks", "icc"):
        assert set(overview[name]) >= ESTIMATE
    assert [one["k"] for one in overview["pass_hat"]] == list(range(1, len(overview["pass_hat"]) + 1))
    assert overview["pass_hat"] and all(set(one) >= ESTIMATE for one in overview["pass_hat"])
    assert isinstance(overview["flaky_tasks"], list)
    assert all({"tool_name", "calls", "errors", "error_rate"} <= set(row) for row in found["tools"]["tools"])
    for one in _estimates(found):
        assert one["status"] in ("ok", "few", "degenerate", "none")
        assert one["status"] == "ok" or one["note"], f"a poor number says why: {one}"
        if one["value"] is not None and one["low"] is not None:
            assert one["low"] <= one["value"] <= one["high"]


def _estimates(value: Any) -> list[dict[str, Any]]:
    """Return everything in a document that has the keys of an estimate."""
    if isinstance(value, dict):
        found = [value] if set(value) >= ESTIMATE else []
        return found + [one for item in value.values() for one in _estimates(item)]
    return [one for item in value for one in _estimates(item)] if isinstance(value, list) else []


@pytest.mark.parametrize("name", list(RUNS))
def test_a_poor_run_keeps_every_promise(name: str, tmp_path: Path) -> None:
    done = run("stats", write(tmp_path / "run.jsonl", *RUNS[name]()), "--json")
    assert (done.code, done.err) == (0, "")
    check_promises(strict(done.out))


@pytest.mark.parametrize("keep", [1, 4, 9])
def test_a_run_that_was_cut_off_keeps_every_promise(keep: int, tmp_path: Path) -> None:
    path = write(tmp_path / "run.jsonl", cancelling(0, passed=True), cancelling(1, passed=False))
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:keep]))
    done = run("stats", path, "--json")
    assert done.code == 0
    found = strict(done.out)
    check_promises(found)
    assert found["complete"] is False


def test_nothing_is_claimed_of_a_run_without_rewards(tmp_path: Path) -> None:
    done = run("stats", write(tmp_path / "run.jsonl", *RUNS["no rewards"]()), "-s", "overview", "--json")
    found = strict(done.out)
    assert (found["success_new_tasks"]["value"], found["success_new_tasks"]["status"]) == (None, "none")
    assert found["success_new_tasks"]["note"].startswith("no finished simulations")


@pytest.mark.parametrize("path", results_files(), ids=lambda path: "/".join(path.parts[-2:]))
def test_every_real_file_keeps_every_promise(path: Path) -> None:
    done = run("stats", path, "--json")
    assert done.code == 0
    check_promises(strict(done.out))

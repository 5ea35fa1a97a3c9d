from __future__ import annotations

import dataclasses
import json

import pytest
from scipy import stats

from tau2_tui.analysis.data.records import Call, Message, Simulation
from tau2_tui.analysis.runs.matrix import identical_trials, task_matrix
from tau2_tui.analysis.runs.variance import variance_split
from tests.analysis.made_runs import counts, run_of


def test_a_missing_cell_is_no_failure() -> None:
    matrix = task_matrix(run_of({"a": [1.0, 0.0, 1.0], "b": [0.0]}))
    rows = {row.task_id: row for row in matrix.rows}
    assert matrix.trials == (0, 1, 2)
    assert [cell and cell.state for cell in rows["a"].cells] == ["passed", "failed", "passed"]
    assert [cell and cell.state for cell in rows["b"].cells] == ["failed", None, None]
    assert (rows["b"].n, rows["b"].successes) == (1, 0)
    assert (rows["a"].kind, rows["b"].kind) == ("flips", "one trial")
    json.dumps(dataclasses.asdict(matrix))


def test_what_has_no_outcome_is_shown_as_what_it_is() -> None:
    simulations = (
        Simulation("a", 0, "t", 0, reward=None, judge_skipped=True),
        Simulation("b", 1, "t", 1, reward=None, ended=False),
        Simulation("c", 2, "t", 2, reward=None),
        Simulation("d", 3, "t", 3, reward=0.0, termination="infrastructure_error"),
    )
    (row,) = task_matrix(simulations).rows
    states = [cell.state if cell else None for cell in row.cells]
    assert states == ["undecided", "running", "unevaluated", "infrastructure"]
    assert (row.n, row.rate.status, row.kind) == (0, "none", "nothing")


def test_rates_are_wilsons_and_drawn_towards_the_mean() -> None:
    run = run_of(counts((4, 4), (0, 4), (3, 4), (1, 4), (4, 4)))
    matrix = task_matrix(run)
    first = matrix.rows[0]
    interval = stats.binomtest(4, 4).proportion_ci(0.95, method="wilson")
    assert first.rate.low == pytest.approx(interval.low, abs=1e-9)
    icc = variance_split(run).icc.value
    assert icc is not None and matrix.shrinkage is not None
    a, b = matrix.shrinkage
    assert (a / (a + b), 1 / (a + b + 1)) == (pytest.approx(12 / 20), pytest.approx(icc))
    assert first.shrunken == pytest.approx((4 + a) / (4 + a + b), abs=1e-9)


@pytest.mark.parametrize(
    ("pairs", "reason"),
    [
        ([(1, 1), (0, 1)], "needs 2+ trials"),
        ([(2, 2), (0, 2)], "no task flipped"),
        ([(1, 2), (1, 2)], "trials differ as much as tasks"),
        ([(2, 2), (2, 2)], "all tasks agree"),
    ],
)
def test_without_shrinkage_the_plain_rate_stands(pairs: list[tuple[int, int]], reason: str) -> None:
    matrix = task_matrix(run_of(counts(*pairs)))
    assert matrix.shrinkage is None and reason in matrix.note
    assert [row.shrunken for row in matrix.rows] == [c / n for c, n in pairs]


def test_an_empty_matrix() -> None:
    assert (task_matrix([]).rows, task_matrix([]).status) == ((), "none")


def test_identical_trials_are_found_by_calls_and_by_messages() -> None:
    run = run_of({"same": [1.0, 1.0], "other": [1.0, 1.0], "silent": [0.0, 0.0]})
    index = {(one.task_id, one.trial): one.index for one in run.simulations}
    calls = [
        Call(index["same", 0], "same", 0, 1, "get", {"a": 1, "b": 2}),
        Call(index["same", 1], "same", 0, 1, "get", {"b": 2, "a": 1}),
        Call(index["other", 0], "other", 0, 1, "get", {"a": 1}),
        Call(index["other", 1], "other", 0, 1, "get", {"a": 2}),
    ]
    messages = [
        Message(index[task, trial], 0, "user", text_digest=digest)
        for task, trial, digest in [("same", 0, 1), ("same", 1, 2), ("other", 0, 3), ("other", 1, 3)]
    ]
    found = identical_trials(dataclasses.replace(run, calls=tuple(calls), messages=tuple(messages)))
    other, same = found.tasks
    assert (same.task_id, same.same_calls, same.same_messages) == ("same", ((index["same", 0], index["same", 1]),), ())
    assert (other.same_calls, other.same_messages) == ((), ((index["other", 0], index["other", 1]),))
    assert found.note == "2 tasks gave identical trials: trials are not independent"


def test_identical_trials_need_two_trials() -> None:
    assert identical_trials(run_of(counts((1, 1)))).note == "needs 2+ trials per task"

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.analysis.data.reading import read_run
from tau2_tui.analysis.runs.passes import pass_at, pass_hat
from tau2_tui.analysis.runs.success import success_new_tasks
from tau2_tui.runlog.opening import open_log
from tests.analysis.made_runs import counts, run_of
from tests.support.real_data import results_files

FILES = results_files()

tasks = st.lists(st.integers(2, 6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1, max_size=8)


@given(tasks)
def test_equal_to_the_enumeration_of_all_subsets_of_trials(pairs: list[tuple[int, int]]) -> None:
    run = run_of(counts(*pairs))
    fewest = min(n for _, n in pairs)
    every, any_of = pass_hat(run), pass_at(run)

    assert [one.k for one in every] == list(range(1, fewest + 1))
    for k in range(1, fewest + 1):
        subsets = [list(combinations([True] * c + [False] * (n - c), k)) for c, n in pairs]
        assert every[k - 1].value == pytest.approx(fmean(fmean(map(all, s)) for s in subsets), abs=1e-9)
        assert any_of[k - 1].value == pytest.approx(fmean(fmean(map(any, s)) for s in subsets), abs=1e-9)


def test_pass_1_is_the_success_rate_with_the_same_interval() -> None:
    run = run_of(counts((3, 4), (0, 4), (4, 4), (1, 4), (2, 4), (4, 4), (4, 4)))
    first, rate = pass_hat(run)[0], success_new_tasks(run)
    assert (first.value, first.low, first.high, first.n_eff) == (rate.value, rate.low, rate.high, rate.n_eff)


def test_more_trials_than_there_are_is_not_extrapolated() -> None:
    found = pass_hat(run_of(counts((2, 3), (1, 2))), kmax=3)
    assert [one.status for one in found][-1] == "none"
    assert (found[2].value, found[2].note) == (None, "needs 3 trials per task (have 2)")


def test_degenerate() -> None:
    assert [(one.value, one.note) for one in pass_hat([])] == [(None, "no finished simulations")]
    assert [one.value for one in pass_hat(run_of(counts((2, 2), (2, 2))))] == [1.0, 1.0]
    assert pass_hat(run_of(counts((2, 2), (2, 2))))[1].status == "degenerate"
    assert [one.value for one in pass_at(run_of(counts((0, 2), (0, 2))))] == [0.0, 0.0]
    single = pass_hat(run_of(counts((1, 2))))
    assert single[0].low is not None and single[1].low is None and single[1].status == "few"


def outcomes_in(path: Path) -> dict[str, list[bool]]:
    """Return whether each simulation of a results file or directory succeeded, by task, as tau2 counts them."""
    if path.is_dir():
        simulations = [json.loads(one.read_text()) for one in sorted((path / "simulations").glob("*.json"))]
    else:
        simulations = json.loads(path.read_text())["simulations"]
    found: dict[str, list[bool]] = {}
    for one in simulations:
        reward = (one.get("reward_info") or {}).get("reward")
        if reward is not None and one["termination_reason"] != "infrastructure_error":
            found.setdefault(one["task_id"], []).append(abs(reward - 1) <= 1e-6)
    return found


@pytest.mark.skipif(not FILES, reason="no data: set TAU2_TUI_TEST_DATA")
@pytest.mark.parametrize("path", results_files(logs=False), ids=lambda path: path.name)
def test_equal_to_a_count_over_the_files_own_json(path: Path) -> None:
    outcomes = outcomes_in(path)
    with open_log(path, index="now") as log:
        found = {one.k: one.value for one in pass_hat(read_run(log))}
    if not outcomes:
        assert found == {1: None}
        return
    fewest = min(map(len, outcomes.values()))
    assert list(found) == list(range(1, fewest + 1))
    for k in found:
        subsets = [list(combinations(trials, k)) for trials in outcomes.values()]
        assert found[k] == pytest.approx(fmean(fmean(map(all, own)) for own in subsets), abs=1e-12)


@pytest.mark.skipif(not FILES, reason="no data: set TAU2_TUI_TEST_DATA")
@pytest.mark.parametrize("path", results_files(logs=False), ids=lambda path: path.name)
def test_equal_to_tau2s_own_metrics(path: Path) -> None:
    """tau2 of one version refuses files of another, and files whose tasks it does not find: those are counted above."""
    simulation = pytest.importorskip("tau2.data_model.simulation")
    metrics = pytest.importorskip("tau2.metrics.agent_metrics")
    try:
        results = simulation.Results.load(path / "results.json" if path.is_dir() else path)
        expected = metrics.compute_metrics(results).pass_hat_ks
    except (ValueError, StopIteration, AttributeError) as error:
        pytest.skip(f"tau2 itself cannot: {type(error).__name__}")
    with open_log(path, index="now") as log:
        found = {one.k: one.value for one in pass_hat(read_run(log))}
    assert found.keys() >= expected.keys() and (expected or found == {1: None})
    for k, value in expected.items():
        assert found[k] == pytest.approx(value, abs=1e-12)

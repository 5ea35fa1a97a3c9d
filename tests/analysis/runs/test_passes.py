from __future__ import annotations

import os
from itertools import combinations
from pathlib import Path
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.analysis.data.reading import read_run
from tau2_tui.analysis.runs.passes import pass_at, pass_hat
from tau2_tui.analysis.runs.success import success_new_tasks
from tests.analysis.made_runs import counts, run_of

DATA = Path(os.environ.get("TAU2_TUI_TEST_DATA", "/nonexistent"))
FILES = sorted(
    path
    for folder in ("tau2-0.x", "tau2-1.x", "nvidia", "tau2-enhanced")
    for path in (DATA / folder).glob("*.json")
    if not path.name.endswith("_enhanced_logs.json")
)

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


@pytest.mark.skipif(not FILES, reason="no data: set TAU2_TUI_TEST_DATA")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_equal_to_tau2s_own_metrics(path: Path) -> None:
    simulation = pytest.importorskip("tau2.data_model.simulation")
    metrics = pytest.importorskip("tau2.metrics.agent_metrics")
    opening = pytest.importorskip("tau2_tui.runlog.opening")
    try:
        results = simulation.Results.load(path)
        expected = metrics.compute_metrics(results)
    except Exception as error:
        pytest.skip(f"tau2 itself cannot: {type(error).__name__}")
    with opening.open_log(path, index="now") as log:
        run = read_run(log)
    found = {one.k: one.value for one in pass_hat(run)}
    assert found.keys() >= expected.pass_hat_ks.keys()
    for k, value in expected.pass_hat_ks.items():
        assert found[k] == pytest.approx(value, abs=1e-12)

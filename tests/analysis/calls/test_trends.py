from __future__ import annotations

import math
import warnings
from dataclasses import replace

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.analysis.calls import trends
from tau2_tui.analysis.calls.steps import steps_to_end
from tau2_tui.analysis.calls.trends import CONFOUNDED, change_point, largest_jumps, trend
from tau2_tui.analysis.data.records import Simulation
from tau2_tui.analysis.shared.permutation import Stratum, permute_within
from tau2_tui.analysis.shared.slope import cluster_slope
from tests.analysis.call_records import sim


def grid(outcomes: list[list[float]], hour: float = 3600.0) -> list[Simulation]:
    """Return the simulations of tasks x trials, run trial by trial, one an hour."""
    sims = []
    for trial in range(len(outcomes[0])):
        for task, row in enumerate(outcomes):
            index = len(sims)
            sims.append(
                sim(
                    index,
                    str(task),
                    None,
                    reward=row[trial],
                    trial=trial,
                    start=1e9 + hour * index,
                    duration=row[trial],
                )
            )
    return sims


FALLING = [[1.0, 1.0, 1.0, 0.0]] * 5 + [[1.0, 1.0, 0.0, 0.0]] * 4 + [[0.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0]]


def test_the_slope_is_that_of_task_demeaned_values_with_crv3() -> None:
    sims = grid(FALLING)
    found = trend(sims, "success")
    tasks = np.array([int(s.task_id) for s in sims])
    x = np.arange(len(sims), dtype=float)
    y = np.array([s.reward for s in sims])
    for task in set(tasks):
        x[tasks == task] -= x[tasks == task].mean()
        y[tasks == task] -= y[tasks == task].mean()
    expected = cluster_slope(x, y, tasks)
    assert (found.slope.value, found.slope.low, found.slope.high) == pytest.approx(
        (expected.value, expected.low, expected.high), abs=1e-9
    )
    dummies = np.column_stack([np.arange(len(sims)), *(tasks == task for task in range(11))]).astype(float)
    coefficients = np.linalg.lstsq(dummies, np.array([s.reward for s in sims]), rcond=None)[0]
    assert found.slope.value == pytest.approx(coefficients[0], abs=1e-9)
    assert (found.unit, found.n, found.n_tasks) == ("hour", 44, 11)


def test_the_exact_test_moves_outcomes_inside_tasks_over_the_order_of_start() -> None:
    found = trend(grid(FALLING), "success")
    strata = [Stratum((0, 1, 2, 3), tuple(value == 1.0 for value in row)) for row in FALLING]
    assert found.exact is not None
    assert found.exact.p == pytest.approx(permute_within(strata).p, abs=1e-12)
    assert found.exact.p < 0.001
    assert trend(grid([[1.5, 2.0, 3.0, 1.0]] * 3), "duration").exact is None


def test_mann_kendall_and_theil_sen_are_scipys_on_task_residuals() -> None:
    generator = np.random.default_rng(1)
    rows = generator.normal(size=(6, 4)).tolist()
    found = trend(grid(rows), "duration")
    y = np.array(rows) - np.array(rows).mean(axis=1, keepdims=True)
    x = (np.arange(4) - 1.5) * 6
    times, values = np.repeat(x, 6), y.T.ravel()
    assert found.mann_kendall is not None and found.theil_sen is not None
    assert found.mann_kendall.p == pytest.approx(scipy.stats.kendalltau(times, values).pvalue, abs=1e-9)
    slopes = [
        (b - a) / (s - r)
        for r, a in zip(times, values, strict=True)
        for s, b in zip(times, values, strict=True)
        if s > r
    ]
    assert found.theil_sen.value == pytest.approx(np.median(slopes), abs=1e-9)
    assert len(found.curve) == 24


def test_tasks_in_the_order_of_their_difficulty_are_no_trend() -> None:
    one_trial = grid([[float(task < 6)] for task in range(12)])
    assert trend(one_trial).note == CONFOUNDED
    assert change_point(one_trial).note == CONFOUNDED
    two = grid([[float(task < 6)] * 2 for task in range(12)])
    assert trend(two).note == "no task changed between trials"
    assert trend(two).slope.value is None


@pytest.mark.parametrize("value", ["success", "reward"])
def test_failures_of_the_infrastructure_are_no_outcomes(value: str) -> None:
    sims = [replace(one, termination="infrastructure_error") if one.index >= 40 else one for one in grid(FALLING)]
    assert trend(sims, value).n == 40


def test_too_few_missing_and_none() -> None:
    assert trend([]).note == "fewer than 8 simulations"
    assert trend(grid([[1.0, 0.0]] * 3)).note == "fewer than 8 simulations"
    assert change_point(grid([[1.0, 0.0]] * 5)).note == "fewer than 12 simulations"
    rows = grid([[1.0, 2.0, math.nan, 3.0]] * 4)
    assert trend(rows, "duration").n == 12
    assert trend([sim(i, "0", None) for i in range(9)]).n == 0
    assert trend([sim(i, "0", True) for i in range(9)], "cost").note == "fewer than 8 simulations"


def test_without_start_times_the_trial_is_the_time() -> None:
    sims = [sim(i, str(i % 3), None, reward=float(i >= 6), trial=i // 3) for i in range(12)]
    found = trend(sims)
    assert (found.unit, found.slope.value) == ("trial", pytest.approx(0.4))


@pytest.mark.parametrize(("seconds", "unit"), [(3600.0, "hour"), (10.0, "minute"), (1.0, "second")])
def test_time_is_measured_in_what_the_run_spans(seconds: float, unit: str) -> None:
    found, by_hour = trend(grid(FALLING, seconds)), trend(grid(FALLING))
    assert found.unit == unit
    scale = {"hour": 1.0, "minute": 60 / 10, "second": 1.0}[unit]
    assert found.slope.value == pytest.approx(by_hour.slope.value * scale)
    assert found.exact == by_hour.exact


def test_one_task_only() -> None:
    found = trend(grid([[1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]]))
    assert (found.slope.low, found.test.p) == (None, None)
    assert found.exact is not None and found.exact.p == pytest.approx(2 / math.comb(9, 4))


@given(st.lists(st.integers(-5, 5).map(float), min_size=2, max_size=25))
def test_the_largest_jump_by_trying_every_position(values: list[float]) -> None:
    x, n = np.array(values), len(values)
    expected = [abs(x[:k].mean() - x[k:].mean()) * math.sqrt(k * (n - k) / n) for k in range(1, n)]
    jump, position = largest_jumps(x[None, :])
    assert jump[0] == pytest.approx(max(expected), abs=1e-9)
    assert expected[position[0] - 1] == pytest.approx(max(expected), abs=1e-9)


def test_a_jump_in_the_middle_is_found_and_repeatable() -> None:
    sims = grid([[1.0, 1.0, 0.0, 0.0]] * 8)
    state = np.random.get_state()[1].tolist()
    found = change_point(sims)
    assert np.random.get_state()[1].tolist() == state, "the global generator is not touched"
    assert (found.position, found.simulation, found.before, found.after) == (16, 16, 0.5, -0.5)
    assert found.test.p is not None and found.test.p < 0.001
    assert (found.seed, found.resamples) == (trends.SEED, 1_999)
    assert found == change_point(sims)
    assert found.cusum is not None and found.cusum.p is not None and found.cusum.p < 0.05


def test_permutations_stay_inside_tasks_and_are_uniform() -> None:
    sims = grid([[1.0, 0.0]] * 6)
    found = change_point(sims)
    signs = [[(1, -1) if bit >> task & 1 else (-1, 1) for task in range(6)] for bit in range(64)]
    series = np.array([[row[task][trial] / 2 for trial in range(2) for task in range(6)] for row in signs])
    jumps, _ = largest_jumps(series)
    assert found.test.p == pytest.approx(float((jumps >= jumps.max() - 1e-9).mean()), abs=0.01)


def test_no_jump_has_no_position() -> None:
    found = change_point(grid([[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0]] * 4))
    assert (found.position, found.simulation, found.note) == (None, None, "no change point found")


def test_nothing_warns() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for rows in (FALLING, [[1.0, 0.0]] * 6, [[1.0, 1.0, 1.0]] * 5):
            trend(grid(rows))
            change_point(grid(rows))
            steps_to_end(grid(rows), "seconds")


def ended(rows: list[tuple[int, str]]) -> list[Simulation]:
    """Return simulations from their number of messages and how they ended: +, - or ? for running."""
    outcome = {"+": True, "-": False, "?": None}
    return [sim(i, messages=n, success=outcome[how], ended=how != "?") for i, (n, how) in enumerate(rows)]


def aalen_johansen(rows: list[tuple[int, str]], cause: str) -> dict[int, float]:
    """Return the cumulative incidence by its definition."""
    surviving, incidence, curve = 1.0, 0.0, {}
    for time in sorted({n for n, _ in rows}):
        at_risk = sum(n >= time for n, _ in rows)
        own = sum(n == time and how == cause for n, how in rows)
        ends = sum(n == time and how in "+-" for n, how in rows)
        incidence += surviving * own / at_risk
        surviving *= 1 - ends / at_risk
        if own:
            curve[time] = incidence
    return curve


@given(st.lists(st.tuples(st.integers(1, 12), st.sampled_from("+-?")), min_size=1, max_size=25))
def test_cumulative_incidence_is_aalen_and_johansens(rows: list[tuple[int, str]]) -> None:
    found = steps_to_end(ended(rows))
    if all(how == "?" for _, how in rows):
        assert (found.curves, found.note) == ((), "no simulation has ended")
        return
    curves = {curve.end: curve for curve in found.curves}
    for cause, end in (("+", "success"), ("-", "failure")):
        expected = aalen_johansen(rows, cause)
        if not expected:
            assert end not in curves
            continue
        assert dict(zip(curves[end].steps, curves[end].share, strict=True)) == pytest.approx(expected, abs=1e-9)
        assert curves[end].events == sum(how == cause for _, how in rows)
    assert found.running == sum(how == "?" for _, how in rows)


def test_failures_compete_and_do_not_inflate_success() -> None:
    rows = [(4, "-"), (5, "-"), (6, "+"), (7, "-"), (8, "+"), (9, "+"), (10, "+"), (11, "-"), (12, "+"), (13, "+")]
    curve = next(curve for curve in steps_to_end(ended(rows)).curves if curve.end == "success")
    assert curve.share[-1] == pytest.approx(0.6)
    assert curve.median == 12


def test_one_sided_and_no_ends() -> None:
    all_won = steps_to_end(ended([(3, "+"), (5, "+")]))
    assert (all_won.status, all_won.note, all_won.curves[0].share[-1]) == ("degenerate", "all ended in success", 1.0)
    assert steps_to_end([]).note == "no finished simulations"
    assert steps_to_end(ended([(3, "?")])).note == "no simulation has ended"
    broken = [sim(0, messages=3, termination="infrastructure_error")]
    assert steps_to_end(broken).n == 0
    with pytest.raises(ValueError, match="unit"):
        steps_to_end([], "parsecs")

from __future__ import annotations

import dataclasses
import json
import math
from fractions import Fraction
from itertools import pairwise, product
from statistics import fmean, stdev

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from tau2_tui.analysis.comparison.compare import compare, difference_interval
from tau2_tui.analysis.comparison.compare_many import compare_many
from tau2_tui.analysis.comparison.compare_plan import fewest_tasks, smallest_effect, tasks_for
from tau2_tui.analysis.runs.success import success_new_tasks
from tests.analysis.made_runs import counts, run_of

one_task = st.integers(1, 4).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
two_runs = st.lists(st.tuples(one_task, one_task), min_size=2, max_size=9)
single = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=2, max_size=14)


def power_of_t_test(effect: float, tasks: int, alpha: float) -> float:
    """Return the power by integrating over the estimated spread; SciPy's noncentral t is NaN at places."""
    critical, shift = stats.t.ppf(1 - alpha / 2, tasks - 1), effect * math.sqrt(tasks)

    def found(share: float) -> float:
        limit = critical * math.sqrt(stats.chi2.ppf(share, tasks - 1) / (tasks - 1))
        return float(stats.norm.cdf(shift - limit) + stats.norm.cdf(-shift - limit))

    pieces = [0.0, 1e-3, 0.02, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.98, 0.999, 1 - 1e-6]
    return sum(integrate.quad(found, low, high, epsabs=1e-12, limit=200)[0] for low, high in pairwise(pieces))


@settings(max_examples=60)
@given(two_runs)
def test_difference_and_sign_flip_equal_brute_force(rows: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    a, b = counts(*[left for left, _ in rows]), counts(*[right for _, right in rows])
    found = compare(run_of(a, label="old"), run_of(b, label="new"))

    d = [Fraction(*right) - Fraction(*left) for left, right in rows]
    assert found.difference.value == pytest.approx(float(sum(d) / len(d)), abs=1e-9)
    telling = [value for value in d if value]
    sums = [
        abs(sum(s * v for s, v in zip(signs, telling, strict=True))) for signs in product((1, -1), repeat=len(telling))
    ]
    expected = sum(value >= abs(sum(telling)) for value in sums) / len(sums)
    assert found.sign_flip.p == pytest.approx(expected, abs=1e-9)
    assert found.sign_flip.p_min == pytest.approx(2 / 2 ** len(telling) if telling else 1.0, abs=1e-12)
    assert (found.wins, found.losses) == (sum(v > 0 for v in d), sum(v < 0 for v in d))
    assert found.wins + found.losses + found.ties == found.n_tasks == len(rows)

    k = 1 / fmean(1 / n for left, right in rows for _, n in (left, right))
    x = np.array([*map(float, d), k**-0.5, -(k**-0.5)])
    half = stats.t.ppf(0.975, len(d) - 1) * math.sqrt(np.var(x) / len(x))
    assert found.difference.low == pytest.approx(max(-1.0, x.mean() - half), abs=1e-9)
    assert found.difference.high == pytest.approx(min(1.0, x.mean() + half), abs=1e-9)
    assert found.sd_plan == pytest.approx(np.std(x), abs=1e-9)
    json.dumps(dataclasses.asdict(found))


@given(single)
def test_single_trials_equal_mcnemar_and_the_binomial_test(rows: list[tuple[int, int]]) -> None:
    found = compare(run_of(counts(*[(a, 1) for a, _ in rows])), run_of(counts(*[(b, 1) for _, b in rows])))
    won, lost = sum(b > a for a, b in rows), sum(a > b for a, b in rows)
    if won + lost == 0:
        assert (found.mcnemar.p, found.mcnemar.note, found.sign_flip.p) == (1.0, "no task differs", 1.0)
        return
    expected = float(stats.binomtest(won, won + lost).pvalue)
    assert found.mcnemar.p == pytest.approx(expected, abs=1e-9)
    assert found.sign_flip.p == pytest.approx(expected, abs=1e-9)
    fewer = min(won, lost)
    away = np.abs(np.arange(won + lost + 1) - (won + lost) / 2)
    chances = stats.binom.pmf(np.arange(won + lost + 1), won + lost, 0.5)
    observed = abs(fewer - (won + lost) / 2)
    mid = chances[away > observed].sum() + chances[away == observed].sum() / 2
    assert found.mcnemar_mid.p == pytest.approx(mid, abs=1e-9)
    assert found.effect is not None
    assert found.effect.odds_ratio == (won / lost if lost else None)


def test_several_trials_get_no_mcnemar_but_durkalskis() -> None:
    rows = [((1, 4), (3, 4)), ((2, 4), (2, 4)), ((4, 4), (1, 4)), ((0, 4), (4, 4))]
    found = compare(run_of(counts(*[a for a, _ in rows])), run_of(counts(*[b for _, b in rows])))
    assert found.mcnemar.p is None and "one trial" in found.mcnemar.note
    d = np.array([0.5, 0.0, -0.75, 1.0])
    stat = d.sum() ** 2 / (d**2).sum()
    assert found.durkalski.stat == pytest.approx(stat, abs=1e-9)
    assert found.durkalski.p == pytest.approx(stats.chi2.sf(stat, 1), abs=1e-9)


@pytest.mark.parametrize("alpha", [0.2, 0.05, 0.01])
@pytest.mark.parametrize("tasks", [2, 3, 10, 50, 1000])
def test_smallest_effect_is_found_with_a_power_of_80_percent(tasks: int, alpha: float) -> None:
    effect = smallest_effect(tasks, alpha)
    assert power_of_t_test(effect, tasks, alpha) == pytest.approx(0.8, abs=2e-6)
    assert power_of_t_test(effect * 0.999, tasks, alpha) < 0.8


@pytest.mark.parametrize("alpha", [0.8, 0.95, 1 - 1e-9])
def test_a_test_that_is_wrong_that_often_finds_nothing_smaller(alpha: float) -> None:
    assert smallest_effect(5, alpha) == 0.0 and tasks_for(0.1, alpha) == 2
    a, b = counts((1, 2), (0, 2), (2, 2), (1, 2)), counts((2, 2), (1, 2), (1, 2), (2, 2))
    found = compare(run_of(a), run_of(b), level=1 - alpha)
    assert found.mde == 0.0 and found.plan is not None and found.plan.tasks_needed == 2


@pytest.mark.parametrize("effect", [0.05, 0.2, 0.5, 1.0, 3.0])
def test_tasks_for_an_effect_is_the_first_number_that_is_enough(effect: float) -> None:
    needed = tasks_for(effect, 0.05)
    assert needed is not None and power_of_t_test(effect, needed, 0.05) >= 0.8 - 1e-9
    assert needed == 2 or power_of_t_test(effect, needed - 1, 0.05) < 0.8


def test_effects_out_of_reach() -> None:
    assert tasks_for(1e-6, 0.05) is None
    assert tasks_for(100.0, 0.05) == 2


def test_mde_and_effect_size() -> None:
    a, b = counts((1, 1), (0, 1), (1, 1), (0, 1), (0, 1)), counts((1, 1), (1, 1), (1, 1), (1, 1), (0, 1))
    found = compare(run_of(a), run_of(b))
    assert found.sd_plan is not None
    assert found.mde == pytest.approx(smallest_effect(5, 0.05) * found.sd_plan, abs=1e-9)
    assert found.effect is not None
    assert found.effect.cohens_h == pytest.approx(
        2 * math.asin(math.sqrt(0.8)) - 2 * math.asin(math.sqrt(0.4)), abs=1e-9
    )
    assert [row.task_id for row in found.differing] == ["t1", "t3"]
    assert found.sign_flip.status == "few" and found.sign_flip.p_min == 0.5


def test_so_few_tasks_that_no_test_could_show_a_difference() -> None:
    assert [fewest_tasks(alpha) for alpha in (0.05, 0.1, 0.5)] == [6, 5, 3]
    for alpha in (0.4, 0.1, 0.05, 1 / 32, 0.001):
        assert 2.0 ** (1 - fewest_tasks(alpha)) < alpha <= 2.0 ** (2 - fewest_tasks(alpha))
    five = counts(*[(2, 4)] * 5)
    found = compare(run_of(five), run_of(counts(*[(2, 4)] * 4, (3, 4))), target=0.9)
    assert "5 common tasks can show no difference: 6 at least can" in found.note
    assert found.plan is not None and found.plan.tasks_needed == 6
    assert (found.plan.trials_help, found.plan.trials_needed) == (False, None)
    assert "so few tasks can show no difference" in found.plan.note
    torn = [((0, 1), (1, 1)), ((1, 1), (0, 1))] * 3
    wild = compare(run_of(counts(*[a for a, _ in torn])), run_of(counts(*[b for _, b in torn])))
    assert wild.mde is not None and wild.mde > 1 and "beyond 100 points" in wild.note
    many = compare(run_of(counts(*[(1, 2)] * 40)), run_of(counts(*[(2, 2)] * 40)))
    assert many.note == "" and many.plan is not None and many.plan.trials_needed is not None


def test_trials_without_variation_are_nothing_to_plan_with() -> None:
    found = compare(run_of(counts(*[(2, 2)] * 10)), run_of(counts(*[(0, 2)] * 10)), target=0.1)
    assert found.mde is not None and found.mde > 0.1
    assert found.plan is not None and (found.plan.trials_needed, found.plan.trials_help) == (None, None)
    assert "hardly vary" in found.plan.note


def test_a_log_and_its_copy_are_no_independent_runs() -> None:
    run = run_of(counts((1, 2), (0, 2)))
    part = dataclasses.replace(run, simulations=run.simulations[:3])
    again = tuple(dataclasses.replace(one, simulation_id=f"other-{one.index}") for one in run.simulations)
    for other in (run, part):
        assert "no independent runs" in compare(run, other).note and "no independent runs" in compare(other, run).note
    assert "no independent runs" not in compare(run, dataclasses.replace(run, simulations=again)).note


def test_plan_splits_what_trials_can_take_away() -> None:
    rows = [((2, 4), (3, 4)), ((1, 4), (2, 4)), ((3, 4), (3, 4)), ((0, 4), (1, 4)), ((2, 4), (2, 4)), ((1, 4), (3, 4))]
    found = compare(run_of(counts(*[a for a, _ in rows])), run_of(counts(*[b for _, b in rows])), target=0.15)

    def within(side: int) -> float:
        return fmean(np.var([1] * row[side][0] + [0] * (4 - row[side][0]), ddof=1) for row in rows)

    d = [b[0] / 4 - a[0] / 4 for a, b in rows]
    plan = found.plan
    assert plan is not None and found.sd_plan is not None
    assert plan.within_a == pytest.approx(within(0), abs=1e-9)
    assert plan.within_b == pytest.approx(within(1), abs=1e-9)
    interaction = max(0.0, np.var(d, ddof=1) - (within(0) + within(1)) / 4)
    assert plan.interaction == pytest.approx(interaction, abs=1e-9)
    limit = (0.15 / smallest_effect(6, 0.05)) ** 2
    trials = next(k for k in range(1, 10**6) if interaction + (within(0) + within(1)) / k <= limit)
    assert (plan.trials_needed, plan.trials_help) == (trials, True)
    assert plan.tasks_needed == tasks_for(0.15 / found.sd_plan, 0.05)


def test_plan_says_when_more_trials_cannot_help() -> None:
    rows = [((0, 4), (4, 4)), ((4, 4), (0, 4))] * 4
    found = compare(run_of(counts(*[a for a, _ in rows])), run_of(counts(*[b for _, b in rows])))
    assert found.plan is not None and found.plan.trials_help is False
    assert "more trials cannot help" in found.plan.note and str(found.plan.tasks_needed) in found.plan.note
    one = compare(run_of(counts((1, 1), (0, 1))), run_of(counts((0, 1), (0, 1))))
    assert one.plan is not None and one.plan.trials_help is None


def test_tasks_of_one_run_only_are_left_out_and_said() -> None:
    found = compare(
        run_of({"a": [1.0], "b": [0.0], "c": [0.0]}), run_of({"b": [1.0], "c": [1.0], "x": [1.0], "y": [1.0]})
    )
    assert (found.n_tasks, found.only_a, found.only_b) == (2, ("a",), ("x", "y"))
    assert found.rate_a.value == 0.0 and found.rate_b.value == 1.0
    assert "left out: 1 task only in the first run; left out: 2 tasks only in the second run" in found.note


def test_tasks_stand_in_the_order_in_which_a_person_counts() -> None:
    first = run_of({"t10": [0.0], "x11": [1.0], "t9": [0.0], "x3": [1.0], "t2": [0.0]})
    second = run_of({"y20": [1.0], "t9": [1.0], "t10": [1.0], "y5": [1.0], "t2": [1.0]})
    found = compare(first, second)
    assert [row.task_id for row in found.differing] == ["t2", "t9", "t10"]
    assert (found.only_a, found.only_b) == (("x3", "x11"), ("y5", "y20"))
    assert [one.task_id for one in found.left_out] == ["x3", "x11", "y5", "y20"]


def test_runs_that_cannot_be_compared() -> None:
    nothing = compare(run_of({"a": [1.0]}), run_of({"b": [1.0]}))
    assert (nothing.difference.value, nothing.sign_flip.p, nothing.mde, nothing.plan, nothing.effect) == (None,) * 5
    assert "no common tasks" in nothing.difference.note
    one = compare(run_of({"a": [1.0]}), run_of({"a": [0.0]}))
    assert one.difference.status == "none" and "fewer than 2 common tasks" in one.difference.note
    other = dataclasses.replace(run_of(counts((1, 1), (0, 1))), domain="retail")
    foreign = compare(run_of(counts((1, 1), (0, 1))), other)
    assert foreign.n_tasks == 0 and "different domains" in foreign.note
    assert compare([], []).status == "none"


def test_equal_runs_do_not_differ() -> None:
    run = run_of(counts(*[(1, 1)] * 10))
    found = compare(run, run)
    assert (found.difference.value, found.difference.status, found.ties) == (0.0, "degenerate", 10)
    assert found.difference.low is not None and found.difference.low < 0 < (found.difference.high or 0)
    assert (found.sign_flip.p, found.durkalski.p) == (1.0, 1.0)


def test_other_criteria_for_a_task_are_said() -> None:
    first = run_of(counts((1, 1), (0, 1)), writes={"t0": 1, "t1": 1})
    changed = {**first.tasks, "t1": {"id": "t1", "evaluation_criteria": {"actions": [{"name": "x"}]}}}
    found = compare(first, dataclasses.replace(first, tasks=changed))
    assert "evaluate by other criteria: 1" in found.note


def test_a_target_is_needed_to_plan() -> None:
    with pytest.raises(ValueError, match="above 0"):
        compare([], [], target=0.0)


def test_low_levels_keep_the_difference_inside() -> None:
    rows = [((0, 8), (8, 8))] * 9
    found = compare(run_of(counts(*[a for a, _ in rows])), run_of(counts(*[b for _, b in rows])), level=0.5)
    assert found.difference.value == 1.0 == found.difference.high


def test_costs_are_compared_by_the_ratio_of_geometric_means() -> None:
    def run(costs: list[float | None]) -> object:
        base = run_of({f"t{i}": [1.0] for i in range(len(costs))})
        rows = [dataclasses.replace(s, agent_cost=cost) for s, cost in zip(base.simulations, costs, strict=True)]
        return dataclasses.replace(base, simulations=tuple(rows))

    a, b = run([1.0, 2.0, 4.0, 1.0, None]), run([2.0, 2.0, 2.0, 3.0, 1.0])
    cost, user_cost, duration = compare(a, b).amounts  # type: ignore[arg-type]
    logs = [math.log(2), 0.0, math.log(0.5), math.log(3)]
    half = stats.t.ppf(0.975, 3) * stdev(logs) / 2
    assert cost.quantity == "agent_cost" and cost.left_out == 1
    assert cost.ratio.value == pytest.approx(math.exp(fmean(logs)), abs=1e-9)
    assert (cost.ratio.low, cost.ratio.high) == (
        pytest.approx(math.exp(fmean(logs) - half), abs=1e-9),
        pytest.approx(math.exp(fmean(logs) + half), abs=1e-9),
    )
    patterns = [abs(sum(s * v for s, v in zip(signs, logs, strict=True))) for signs in product((1, -1), repeat=4)]
    assert cost.test.p == pytest.approx(fmean(p >= abs(sum(logs)) - 1e-12 for p in patterns), abs=1e-9)
    assert user_cost.ratio.value is None and "unknown or 0" in user_cost.ratio.note
    broken = compare(run([1.0, 2.0, math.nan, math.inf]), run([2.0, 4.0, 1.0, 1.0])).amounts[0]  # type: ignore[arg-type]
    assert (broken.left_out, broken.ratio.value, broken.ratio.low) == (2, pytest.approx(2.0), None)
    assert "no interval" in broken.ratio.note and broken.ratio.status == "degenerate"
    assert duration.ratio.status == "none"
    far = compare(run([1e-320, 1.0, 2.0]), run([1e58, 1.0, 2.0])).amounts[0]  # type: ignore[arg-type]
    back = compare(run([1e58, 1.0, 2.0]), run([1e-320, 1.0, 2.0])).amounts[0]  # type: ignore[arg-type]
    assert far.ratio.value == pytest.approx(1 / (back.ratio.value or 0.0), rel=1e-9) and far.test.n == 1
    noise = compare(run([0.1 + 0.2, 1.0]), run([0.3, 1.0])).amounts[0]  # type: ignore[arg-type]
    assert (noise.test.n, noise.test.p, noise.ratio.low, noise.ratio.status) == (0, 1.0, None, "degenerate")


def test_difference_interval_is_that_of_the_specification() -> None:
    d, k, t = [0.25, -0.5, 0.0, 0.75, 0.25], 4, float(stats.t.ppf(0.975, 4))
    x = [*d, k**-0.5, -(k**-0.5)]
    m = sum(x) / len(x)
    v = sum(q * q for q in x) / len(x) - m * m
    h = t * math.sqrt(v / len(x))
    assert difference_interval(d, k) == pytest.approx((m - h, m + h, math.sqrt(v)), abs=1e-12)


def test_many_runs_are_adjusted_by_holm() -> None:
    rng = np.random.default_rng(5)
    runs = [run_of(counts(*[(int(rng.random() < p), 1) for _ in range(30)]), label=f"{p}") for p in (0.2, 0.5, 0.9)]
    many = compare_many(runs)
    p_values = [one.sign_flip.p or 0.0 for one in many.comparisons]
    order = sorted(range(3), key=p_values.__getitem__)
    expected, highest = [0.0] * 3, 0.0
    for rank, i in enumerate(order):
        highest = max(highest, min(1.0, (3 - rank) * p_values[i]))
        expected[i] = highest
    assert [one.sign_flip.p_adj for one in many.comparisons] == pytest.approx(expected, abs=1e-12)
    assert many.labels == ("0.2", "0.5", "0.9") and many.note == "3 comparisons, adjusted by Holm"
    assert many.rates[0] == success_new_tasks(runs[0])

    table = np.array([[one.success for one in run.simulations] for run in runs], float).T
    rows, columns = table.sum(1), table.sum(0)
    q = 2 * (3 * (columns**2).sum() - table.sum() ** 2) / (3 * table.sum() - (rows**2).sum())
    assert many.overall.stat == pytest.approx(q, abs=1e-9)
    assert many.overall.p == pytest.approx(stats.chi2.sf(q, 2), abs=1e-9)
    json.dumps(dataclasses.asdict(many))


def test_many_runs_with_several_trials_are_ranked() -> None:
    sides = [[(1, 4), (2, 4), (0, 4), (3, 4)], [(2, 4), (2, 4), (1, 4), (4, 4)], [(4, 4), (3, 4), (2, 4), (4, 4)]]
    many = compare_many([run_of(counts(*side)) for side in sides])
    ranks = np.array([stats.rankdata([side[task][0] for side in sides]) for task in range(4)])
    spread = (ranks**2).sum() - 4 * 3 * 4**2 / 4
    statistic = 2 * ((ranks.sum(0) - 4 * 2) ** 2).sum() / spread
    assert many.overall.method == "Friedman on task rates"
    assert many.overall.stat == pytest.approx(statistic, abs=1e-9)
    assert many.overall.p == pytest.approx(stats.chi2.sf(statistic, 2), abs=1e-9)
    assert many.overall.status == "few" and many.overall.note == "tasks that differ: 4; the p-value is rough"


def test_few_or_equal_runs() -> None:
    run = run_of(counts((1, 1), (0, 1)))
    assert compare_many([]).status == compare_many([run]).status == "none"
    assert compare_many([run, run]).overall.p is None
    assert compare_many([run, run, run]).overall.note == "no task differs"
    foreign = compare_many([run, run, dataclasses.replace(run, domain="retail")]).overall
    assert foreign.p is None and foreign.note == "the runs are of different domains (mock, retail)"

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest
from scipy import stats

from tau2_tui.analysis.comparison.simpson import simpson
from tests.analysis.made_runs import run_of

KIDNEY = {"small": ((234, 270), (81, 87)), "large": (((55, 80)), ((192, 263)))}


def outcomes(table: dict[str, tuple[int, int]]) -> dict[str, list[float]]:
    found = {}
    for kind, (successes, n) in table.items():
        for i in range(n):
            found[f"{kind}-{i}"] = [1.0 if i < successes else 0.0]
    return found


def robins_breslow_greenland(table: dict[str, tuple[tuple[int, int], tuple[int, int]]]) -> tuple[float, float]:
    """Return the interval of Mantel and Haenszel's odds ratio from the variance of its logarithm."""
    rows = [(xb, nb - xb, xa, na - xa) for (xa, na), (xb, nb) in table.values()]
    r = [a * d / (a + b + c + d) for a, b, c, d in rows]
    s = [b * c / (a + b + c + d) for a, b, c, d in rows]
    p = [(a + d) / (a + b + c + d) for a, b, c, d in rows]
    q = [(b + c) / (a + b + c + d) for a, b, c, d in rows]
    top, bottom = sum(r), sum(s)
    variance = sum(x * y for x, y in zip(p, r, strict=True)) / (2 * top**2)
    variance += sum(x * y + u * v for x, y, u, v in zip(p, s, q, r, strict=True)) / (2 * top * bottom)
    variance += sum(x * y for x, y in zip(q, s, strict=True)) / (2 * bottom**2)
    half = 1.959963984540054 * math.sqrt(variance)
    return math.exp(math.log(top / bottom) - half), math.exp(math.log(top / bottom) + half)


def test_a_reversal_is_found_in_the_classical_example() -> None:
    a = run_of(outcomes({kind: rows[0] for kind, rows in KIDNEY.items()}))
    b = run_of(outcomes({kind: rows[1] for kind, rows in KIDNEY.items()}))
    found = simpson(a, b, lambda task_id: task_id.split("-")[0])
    assert found.crude == pytest.approx(273 / 350 - 289 / 350, abs=1e-12)
    assert found.reversal and found.crude < 0 < found.standardised  # type: ignore[operator]
    weights = {kind: sum(n for _, n in rows) for kind, rows in KIDNEY.items()}
    standardised = sum(weights[kind] * (b[0] / b[1] - a[0] / a[1]) for kind, (a, b) in KIDNEY.items()) / sum(
        weights.values()
    )
    assert found.standardised == pytest.approx(standardised, abs=1e-12)

    top = bottom = observed = expected = spread = 0.0
    for (xa, na), (xb, nb) in KIDNEY.values():
        n, x = na + nb, xa + xb
        top += xb * (na - xa) / n
        bottom += xa * (nb - xb) / n
        observed += xb
        expected += nb * x / n
        spread += na * nb * x * (n - x) / (n * n * (n - 1))
    assert found.odds_ratio.value == pytest.approx(top / bottom, abs=1e-9)
    low, high = robins_breslow_greenland(KIDNEY)
    assert (found.odds_ratio.low, found.odds_ratio.high) == (
        pytest.approx(low, abs=1e-9),
        pytest.approx(high, abs=1e-9),
    )
    statistic = (observed - expected) ** 2 / spread
    assert found.test.stat == pytest.approx(statistic, abs=1e-9)
    assert found.test.p == pytest.approx(stats.chi2.sf(statistic, 1), abs=1e-9)
    json.dumps(dataclasses.asdict(found))


def test_tasks_that_write_are_a_kind_by_default() -> None:
    writes = {"a": 0, "b": 2, "c": 1}
    first = run_of({"a": [1.0], "b": [0.0], "c": [0.0]}, writes=writes)
    second = run_of({"a": [1.0], "b": [1.0], "c": [0.0]}, writes=writes)
    found = simpson(first, second)
    assert [(row.name, row.tasks_a, row.difference) for row in found.strata] == [
        ("no writes", 1, 0.0),
        ("writes", 2, 0.5),
    ]
    assert found.status == "few" and not found.reversal and found.dropped == 1


def test_kinds_of_one_run_only_count_in_the_total_alone() -> None:
    first, second = run_of({"x-1": [1.0], "y-1": [0.0]}), run_of({"x-1": [1.0], "z-1": [1.0]})
    found = simpson(first, second, lambda task_id: task_id[0])
    assert {row.name: row.difference for row in found.strata} == {"x": 0.0, "y": None, "z": None}
    assert found.crude == 0.5 and found.standardised == 0.0
    assert found.odds_ratio.value is None


def test_nothing_to_compare() -> None:
    plain = run_of({"a": [1.0]})
    assert "does not say" in simpson(plain, plain).note
    assert simpson(plain, run_of({"b": [1.0]}), lambda task_id: task_id).note == "no kind of task is in both runs"
    assert simpson([], [], lambda task_id: "x").status == "none"
    assert "domains" in simpson(plain, dataclasses.replace(plain, domain="retail"), lambda task_id: "x").note
    assert math.isclose(np.sign(simpson(plain, plain, lambda task_id: "x").crude or 0.0), 0.0)

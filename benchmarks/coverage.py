"""How often the intervals hold what they promise, simulated over many designs.

    python benchmarks/coverage.py [--sets 2000] [--seed 1] [--only rate,held-out,…]

Every interval is computed by the functions that the program itself uses. For each kind of interval the table shows
the mean coverage over the designs, the smallest, the share of designs under 92 %, the mean width and the worst design.
The exit code is 1 when the headline interval (``rate`` and ``held-out``) or that of shares of calls covers less than
94 % on average, or less than 85 % in any design.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import beta as beta_function
from scipy.special import expit

from tau2_tui.analysis.comparison.compare import difference_interval
from tau2_tui.analysis.runs.passes import every_one
from tau2_tui.analysis.runs.success import score_interval
from tau2_tui.analysis.shared.exact import sign_flip
from tau2_tui.analysis.shared.interval import clustered_share, critical_z, wilson

Array = npt.NDArray[Any]
LEVEL = 0.95
LEAST_MEAN, LEAST = 0.94, 0.85
PROMISED = ("rate", "held-out", "share of calls")


@dataclass(frozen=True)
class Outcome:
    """One design: what it was, how often the interval held the truth, and how wide it was on average."""

    design: str
    coverage: float
    width: float


def beta_rates(rng: np.random.Generator, shape: tuple[int, int], p: float, icc: float) -> Array:
    """Return tasks' rates from a beta distribution with mean ``p`` and intraclass correlation ``icc``."""
    if icc == 0:
        return np.full(shape, p)
    weight = (1 - icc) / icc
    return rng.beta(p * weight, (1 - p) * weight, shape)


def held(bounds: list[tuple[float, float]], truth: float | Array, design: str) -> Outcome:
    """Return how often the bounds hold the truth."""
    low, high = np.array(bounds).T
    return Outcome(design, float(np.mean((low <= truth) & (truth <= high))), float(np.mean(high - low)))


def rate(sets: int, rng: np.random.Generator) -> Iterator[Outcome]:
    """Success rate for new tasks, tasks' rates beta distributed."""
    for tasks, p in product((10, 20, 50, 114), (0.5, 0.8, 0.95)):
        for trials, icc in [(1, 0.0), *product((2, 4, 8), (0.0, 0.5, 0.8))]:
            means = rng.binomial(trials, beta_rates(rng, (sets, tasks), p, icc)) / trials
            bounds = [score_interval(row, tasks * trials, level=LEVEL)[:2] for row in means.tolist()]
            yield held(bounds, p, f"G={tasks} K={trials} p={p} ICC={icc}")


def mixtures(rng: np.random.Generator, shape: tuple[int, int]) -> Iterator[tuple[str, float, Array]]:
    """Yield name, mean and rates of populations of tasks that are not beta distributed."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    for centre, spread in product((0.0, 1.5, 3.5), (1.0, 3.0)):
        mean = float(weights @ expit(centre + spread * nodes) / weights.sum())
        yield f"logit-normal {centre}+-{spread}", mean, expit(rng.normal(centre, spread, shape))
    for always, never, flaky in [(0.5, 0.3, 0.2), (0.8, 0.1, 0.1), (0.3, 0.3, 0.4), (0.6, 0.0, 0.4)]:
        rates = rng.choice([1.0, 0.0, 0.5], shape, p=[always, never, flaky])
        yield f"always {always} never {never} flaky {flaky}", always + flaky / 2, rates


def held_out(sets: int, rng: np.random.Generator) -> Iterator[Outcome]:
    """Success rate for new tasks: other populations, other numbers of tasks, also unequal trials."""
    for tasks, unequal in product((8, 15, 30, 75), (False, True)):
        for name, mean, rates in mixtures(rng, (sets, tasks)):
            trials = rng.integers(1, 6, (sets, tasks)) if unequal else np.full((sets, tasks), 4)
            means = rng.binomial(trials, rates) / trials
            rows = zip(means.tolist(), trials.sum(1).tolist(), strict=True)
            bounds = [score_interval(row, n, level=LEVEL)[:2] for row, n in rows]
            yield held(bounds, mean, f"G={tasks} K={'1-5' if unequal else 4} {name}")


def same_tasks(sets: int, rng: np.random.Generator) -> Iterator[Outcome]:
    """Success rate when exactly these tasks are run again."""
    critical = critical_z(LEVEL)
    for tasks, p, trials, icc in product((10, 20, 50, 114), (0.5, 0.8, 0.95), (1, 2, 4, 8), (0.2, 0.8)):
        rates = beta_rates(rng, (sets, tasks), p, icc)
        successes = rng.binomial(trials, rates).sum(1).tolist()
        bounds = [wilson(x, tasks * trials, critical) for x in successes]
        yield held(bounds, rates.mean(1), f"G={tasks} K={trials} p={p} ICC={icc}")


def pass_hat(sets: int, rng: np.random.Generator) -> Iterator[Outcome]:
    """pass^k for new tasks."""
    for tasks, p, icc in product((10, 20, 50, 114), (0.5, 0.8, 0.95), (0.2, 0.5)):
        weight = (1 - icc) / icc
        a, b = p * weight, (1 - p) * weight
        for trials, k in [(2, 2), (4, 2), (4, 4), (8, 2), (8, 4), (8, 8)]:
            successes = rng.binomial(trials, beta_rates(rng, (sets, tasks), p, icc))
            values = np.array([every_one(trials, c, k) for c in range(trials + 1)])[successes]
            bounds = [score_interval(row, tasks * trials, level=LEVEL)[:2] for row in values.tolist()]
            truth = float(beta_function(a + k, b) / beta_function(a, b))
            yield held(bounds, truth, f"G={tasks} n={trials} k={k} p={p} ICC={icc}")


def share_of_calls(sets: int, rng: np.random.Generator) -> Iterator[Outcome]:
    """Share of failed calls for new tasks, with as many calls a task as it happens to have."""
    for tasks, mean, rate_of, icc in product((8, 15, 30, 75), (3, 10), (0.03, 0.1, 0.4), (0.0, 0.2, 0.5)):
        for spread, calls in _calls_a_task((sets, tasks), mean, rng):
            failed = rng.binomial(calls, beta_rates(rng, (sets, tasks), rate_of, icc))
            rows = zip(failed.tolist(), calls.tolist(), strict=True)
            found = [clustered_share(*row, level=LEVEL) for row in rows]
            bounds = [(one.low or 0.0, 1.0 if one.high is None else one.high) for one in found]
            yield held(bounds, rate_of, f"G={tasks} calls={mean} {spread} p={rate_of} ICC={icc}")


def _calls_a_task(shape: tuple[int, int], mean: int, rng: np.random.Generator) -> Iterator[tuple[str, Array]]:
    yield "equal", np.full(shape, mean)
    yield "geometric", rng.geometric(1 / mean, shape)
    yield "log-normal", np.maximum(1, np.rint(rng.lognormal(np.log(mean) - 0.5, 1.0, shape))).astype(int)


def pairs(sets: int, rng: np.random.Generator, *, null: bool) -> Iterator[tuple[str, float, int, Array]]:
    """Yield name, true difference, trials and task differences of two runs on the same tasks."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    spread = 2.0
    for tasks, trials, centre in product((10, 20, 50, 114), (1, 4, 8), (0.0, 2.0, 4.5)):
        for shift, interaction in product((0.0,) if null else (0.0, 1.0), (0.0, 0.3, 1.0)):
            shared, own = rng.normal(size=(sets, tasks)), rng.normal(size=(sets, tasks))
            left = expit(centre + spread * shared)
            right = expit(centre + shift + spread * (np.sqrt(1 - interaction) * shared + np.sqrt(interaction) * own))
            change = expit(centre + shift + spread * nodes) - expit(centre + spread * nodes)
            truth = float(weights @ change / weights.sum())
            difference = (rng.binomial(trials, right) - rng.binomial(trials, left)) / trials
            yield f"G={tasks} K={trials} logit={centre}+{shift} interaction={interaction}", truth, trials, difference


def difference(sets: int, rng: np.random.Generator) -> Iterator[Outcome]:
    """Difference of two runs for new tasks."""
    for name, truth, trials, rows in pairs(sets, rng, null=False):
        bounds = [difference_interval(row, trials, level=LEVEL)[:2] for row in rows.tolist()]
        yield held(bounds, truth, name)


def sign_flip_size(sets: int, rng: np.random.Generator) -> Iterator[Outcome]:
    """How often the exact sign-flip test does not reject at 5 % when there is nothing to find."""
    for name, _, trials, rows in pairs(max(100, sets // 10), rng, null=True):
        kept = [(sign_flip([round(d * trials) for d in row]).p or 0.0) >= 0.05 for row in rows.tolist()]
        yield Outcome(name, float(np.mean(kept)), float("nan"))


KINDS: dict[str, Callable[[int, np.random.Generator], Iterator[Outcome]]] = {
    "rate": rate,
    "held-out": held_out,
    "same tasks again": same_tasks,
    "pass^k": pass_hat,
    "share of calls": share_of_calls,
    "difference": difference,
    "sign-flip (1-size)": sign_flip_size,
}


def main() -> int:
    """Simulate and print; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=2000, help="data sets a design")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default=",".join(KINDS), help="kinds of intervals, separated by commas")
    options = parser.parse_args()
    good = True
    print(
        f"{'interval':<22}{'designs':>8}{'mean':>8}{'min':>8}{'<92%':>8}{'width':>8}{'s':>6}  worst design", flush=True
    )
    for name in options.only.split(","):
        started = time.perf_counter()
        found = list(KINDS[name](options.sets, np.random.default_rng(options.seed)))
        coverages = [outcome.coverage for outcome in found]
        worst = min(found, key=lambda outcome: outcome.coverage)
        mean, seconds = float(np.mean(coverages)), time.perf_counter() - started
        few, width = float(np.mean(np.array(coverages) < 0.92)), float(np.mean([outcome.width for outcome in found]))
        row = f"{name:<22}{len(found):>8}{mean:>8.3f}{worst.coverage:>8.3f}{few:>8.1%}{width:>8.3f}{seconds:>6.0f}"
        print(f"{row}  {worst.design}", flush=True)
        good &= name not in PROMISED or (mean >= LEAST_MEAN and worst.coverage >= LEAST)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

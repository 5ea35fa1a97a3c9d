"""McNemar's test for single trials, and its relatives."""

from __future__ import annotations

import math

from tau2_tui.analysis.comparison.paired import Pairs
from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.analysis.shared.estimate import Status, Test

_ONE_TRIAL_ONLY = "for one trial a task; sign_flip takes its place"


def mcnemar_exact(pairs: Pairs) -> Test:
    """Return McNemar's exact test of single trials; equal to the exact sign-flip test there."""
    method = "McNemar, exact"
    if not pairs.common or not pairs.single:
        return Test(None, method=method, status="none", note=_ONE_TRIAL_ONLY if pairs.common else "no common tasks")
    lost, won = discordant(pairs)
    if lost + won == 0:
        return Test(1.0, 0.0, 0, 1.0, method=method, status="degenerate", note="no task differs")
    from statsmodels.stats.contingency_tables import mcnemar

    concordant = len(pairs.common) - lost - won
    result = mcnemar([[concordant, lost], [won, 0]], exact=True)
    p_min = 2.0 ** (1 - lost - won)
    return Test(
        min(1.0, float(result.pvalue)), float(min(lost, won)), lost + won, p_min, method=method, status=_few(p_min)
    )


def mcnemar_mid_p(pairs: Pairs) -> Test:
    """Return McNemar's test of single trials with the mid-p-value, which is less conservative."""
    exact = mcnemar_exact(pairs)
    method = "McNemar, mid-p"
    if exact.p is None or exact.n == 0:
        return Test(exact.p, exact.stat, exact.n, exact.p_min, method=method, status=exact.status, note=exact.note)
    lost, won = discordant(pairs)
    m = lost + won
    chance = math.comb(m, lost) / 2**m
    p = exact.p - chance / 2 if lost == won else max(0.0, exact.p - chance)
    return Test(p, exact.stat, m, 2.0**-m, method=method, status=_few(2.0**-m))


def discordant(pairs: Pairs) -> tuple[int, int]:
    """Return how many tasks of single trials only the first run solved, and how many only the second."""
    return sum(pair.difference < 0 for pair in pairs.common), sum(pair.difference > 0 for pair in pairs.common)


def _few(p_min: float) -> Status:
    return "ok" if p_min < 0.05 else "few"


def durkalski(pairs: Pairs) -> Test:
    """Return Durkalski's test for several trials a task: McNemar's with tasks as clusters; asymptotic."""
    method = "Durkalski's clustered McNemar, asymptotic"
    telling = [float(difference) for difference in pairs.differences if difference]
    if not telling:
        return Test(1.0, 0.0, 0, 1.0, method=method, status="degenerate", note="no task differs")
    from scipy.special import chdtrc

    stat = math.fsum(telling) ** 2 / math.fsum(value * value for value in telling)
    few = len(telling) < _FEW_DIFFERING
    note = f"tasks that differ: {len(telling)}; the p-value is rough" if few else ""
    return Test(float(chdtrc(1, stat)), stat, len(telling), method=method, status="few" if few else "ok", note=note)


_FEW_DIFFERING = 10

EXPLANATIONS = {
    "mcnemar": Explanation(
        question="Could it be luck? (one trial a task)",
        formula="exact: twice the binomial tail of the fewer of b and c, at 1/2; mid-p: less the chance of b, or "
        "half of it when b = c",
        assumption="tasks independent; never for several trials a task, where its error rate reaches 37 %",
        source="McNemar 1947; Fagerland, Lydersen and Laake 2013; statsmodels mcnemar(exact=True)",
        poor="no task differs: p = 1; more than one trial a task: not made",
    ),
    "durkalski": Explanation(
        question="The same for several trials a task, as a second opinion?",
        formula="(sum d)^2 / sum d^2 over the tasks' differences, chi-square with 1 degree of freedom",
        assumption="many differing tasks, independent of each other",
        source="Durkalski et al. 2003; Yang, Sun and Hardin 2010",
        poor="no task differs: p = 1; rough under 10 differing tasks",
    ),
}

"""What failed simulations failed on: the components of tau2's reward."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tau2_tui.analysis.data import rows
from tau2_tui.analysis.data.records import Simulation
from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.analysis.shared.estimate import Estimate, Status
from tau2_tui.analysis.shared.interval import DEFAULT_LEVEL, ratio_by_task
from tau2_tui.analysis.shared.quiet import quiet
from tau2_tui.analysis.shared.task_scores import Source, simulations_of
from tau2_tui.runlog.refs import PASS_TOLERANCE

ENDED_EARLY = "ended before its evaluation"
NOT_RECORDED = "not recorded"

_CHECKS = {
    "ENV_ASSERTION": "env_assertions",
    "COMMUNICATE": "communicate_checks",
    "NL_ASSERTION": "nl_assertions",
}


@dataclass(frozen=True, slots=True)
class RewardComponent:
    """One component of the reward.

    Attributes:
        name: as tau2 names it: DB, COMMUNICATE, ENV_ASSERTION, ACTION, NL_ASSERTION.
        evaluated: simulations in which it counted and its value is known.
        failed: those in which it was not full.
        failure_rate: the share, with an interval that takes tasks as independent.
    """

    name: str
    evaluated: int
    failed: int
    failure_rate: Estimate


@dataclass(frozen=True, slots=True)
class FailureKind:
    """Failed simulations that failed on the same components.

    Attributes:
        parts: those components; or one text that says why none is known.
        count: how many simulations.
        share: of all failed simulations.
        low: lower end of the simultaneous interval of the shares, None without one.
        high: upper end.
        simulations: their indices.
    """

    parts: tuple[str, ...]
    count: int
    share: float
    low: float | None
    high: float | None
    simulations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RewardParts:
    """What the failed simulations failed on.

    Attributes:
        failures: how many simulations that count failed.
        kinds: the combinations of failed components, the commonest first.
        components: one row a component.
        status: as for estimates.
        note: one line for a person.
    """

    failures: int
    kinds: tuple[FailureKind, ...]
    components: tuple[RewardComponent, ...]
    status: Status = "ok"
    note: str = ""


def reward_parts(source: Source, *, level: float = DEFAULT_LEVEL) -> RewardParts:
    """Return which components of the reward the simulations failed on."""
    counted = [simulation for simulation in simulations_of(source) if simulation.counted]
    failed = [simulation for simulation in counted if not simulation.success]
    components = _components(counted, level)
    kinds = _kinds(failed, level)
    if not counted:
        return RewardParts(0, (), (), "none", "no finished simulations")
    if not failed:
        return RewardParts(0, (), components, "degenerate", "no failures")
    if all(kind.parts == (NOT_RECORDED,) for kind in kinds):
        return RewardParts(len(failed), kinds, components, "none", NOT_RECORDED)
    return RewardParts(len(failed), kinds, components)


def component_values(simulation: Simulation) -> dict[str, float]:
    """Return the values from 0 to 1 of the components that count for a simulation, as far as they are recorded.

    They are tau2's breakdown; a component that tau2 left out of it is taken from its checks.
    """
    values = dict(simulation.parts)
    info = simulation.reward_info or {}
    for name in rows.texts(info.get("reward_basis")):
        if name not in values:
            value = _from_checks(name, info)
            if value is not None:
                values[name] = value
    return values


def _from_checks(name: str, info: Mapping[str, Any]) -> float | None:
    if name == "DB":
        return rows.number(rows.mapping(info.get("db_check")).get("db_reward"))
    if name == "ACTION":
        matches = [check.get("action_match") is True for check in rows.objects(info.get("action_checks"))]
        return float(all(matches)) if matches else None
    met = [check.get("met") is True for check in rows.objects(info.get(_CHECKS.get(name, name)))]
    return float(all(met)) if met else None


def _components(counted: list[Simulation], level: float) -> tuple[RewardComponent, ...]:
    outcomes: dict[str, list[tuple[str, float, float]]] = {}
    for simulation in counted:
        for name, value in component_values(simulation).items():
            outcomes.setdefault(name, []).append((simulation.task_id, float(_is_failed(value)), 1.0))
    return tuple(
        RewardComponent(
            name=name,
            evaluated=len(found),
            failed=int(sum(failed for _, failed, _ in found)),
            failure_rate=ratio_by_task(found, level=level, nothing=NOT_RECORDED),
        )
        for name, found in sorted(outcomes.items())
    )


def _is_failed(value: float) -> bool:
    return value < 1 - PASS_TOLERANCE


def _kinds(failed: list[Simulation], level: float) -> tuple[FailureKind, ...]:
    parts = [_failed_parts(simulation) for simulation in failed]
    counts = sorted(Counter(parts).items(), key=lambda item: (-item[1], item[0]))
    bounds = _simultaneous([count for _, count in counts], level)
    return tuple(
        FailureKind(
            parts=kind,
            count=count,
            share=count / len(failed),
            low=low,
            high=high,
            simulations=tuple(one.index for one, found in zip(failed, parts, strict=True) if found == kind),
        )
        for (kind, count), (low, high) in zip(counts, bounds, strict=True)
    )


def _failed_parts(simulation: Simulation) -> tuple[str, ...]:
    values = component_values(simulation)
    failed = tuple(sorted(name for name, value in values.items() if _is_failed(value)))
    if failed:
        return failed
    info = simulation.reward_info or {}
    early = simulation.skipped or (simulation.reward_info is not None and not info.get("reward_basis") and not values)
    return (ENDED_EARLY if early else NOT_RECORDED,)


def _simultaneous(counts: list[int], level: float) -> list[tuple[float, float]]:
    """Return Goodman's simultaneous intervals of multinomial shares."""
    if not counts:
        return []
    from statsmodels.stats.proportion import multinomial_proportions_confint

    with quiet():
        bounds = multinomial_proportions_confint(counts, alpha=1 - level, method="goodman")
    return [(max(0.0, float(low)), min(1.0, float(high))) for low, high in bounds]


EXPLANATIONS = {
    "reward_parts": Explanation(
        question="What did it fail on: the database or talking?",
        formula="failed simulations by the components of tau2's reward that were not full; Goodman's simultaneous "
        "intervals of the shares; each component's failure rate with tasks as clusters",
        assumption="failed simulations independent (for the shares)",
        source="tau2-bench reward_breakdown; Goodman 1965, statsmodels multinomial_proportions_confint",
        poor="not recorded; no failures; simulations that ended before their evaluation are a kind of their own",
    ),
}

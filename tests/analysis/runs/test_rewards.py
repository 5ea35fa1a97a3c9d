from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import pytest
from scipy import stats

from tau2_tui.analysis.data.records import Simulation
from tau2_tui.analysis.runs.rewards import component_values, reward_parts


def simulation(index: int, task_id: str, reward: float | None, **info: Any) -> Simulation:
    parts = info.get("reward_breakdown") or {}
    return Simulation(f"s{index}", index, task_id, 0, reward=reward, parts=parts, reward_info=info or None)


FAILED = [
    simulation(0, "a", 0.0, reward_basis=["DB", "COMMUNICATE"], reward_breakdown={"DB": 0.0, "COMMUNICATE": 1.0}),
    simulation(1, "b", 0.0, reward_basis=["DB", "COMMUNICATE"], reward_breakdown={"DB": 0.0, "COMMUNICATE": 0.0}),
    simulation(2, "c", 0.0, reward_basis=["DB", "COMMUNICATE"], reward_breakdown={"DB": 0.0, "COMMUNICATE": 1.0}),
    simulation(3, "d", 1.0, reward_basis=["DB", "COMMUNICATE"], reward_breakdown={"DB": 1.0, "COMMUNICATE": 1.0}),
]


def goodman(count: int, n: int, kinds: int) -> tuple[float, float]:
    chi = stats.chi2.ppf(1 - 0.05 / kinds, 1)
    root = math.sqrt(chi * (chi + 4 * count * (n - count) / n))
    return (chi + 2 * count - root) / (2 * (chi + n)), (chi + 2 * count + root) / (2 * (chi + n))


def test_failures_by_what_they_failed_on() -> None:
    found = reward_parts(FAILED)
    assert [(kind.parts, kind.count, kind.simulations) for kind in found.kinds] == [
        (("DB",), 2, (0, 2)),
        (("COMMUNICATE", "DB"), 1, (1,)),
    ]
    assert found.failures == 3
    for kind in found.kinds:
        low, high = goodman(kind.count, 3, 2)
        assert (kind.low, kind.high) == (pytest.approx(low, abs=1e-9), pytest.approx(high, abs=1e-9))
    rows = {row.name: (row.evaluated, row.failed) for row in found.components}
    assert rows == {"DB": (4, 3), "COMMUNICATE": (4, 1)}
    json.dumps(dataclasses.asdict(found))


def test_components_missing_in_the_breakdown_come_from_the_checks() -> None:
    info = {
        "reward_basis": ["DB", "ENV_ASSERTION", "ACTION", "COMMUNICATE", "NL_ASSERTION"],
        "db_check": {"db_match": False, "db_reward": 0.0},
        "env_assertions": [{"met": True}, {"met": False}],
        "action_checks": [{"action_match": True}],
        "communicate_checks": None,
        "reward_breakdown": {"NL_ASSERTION": 1.0},
    }
    values = component_values(simulation(0, "a", 0.0, **info))
    assert values == {"NL_ASSERTION": 1.0, "DB": 0.0, "ENV_ASSERTION": 0.0, "ACTION": 1.0}


def test_failures_without_an_evaluation_are_kinds_of_their_own() -> None:
    early = simulation(0, "a", 0.0, reward_basis=None, info={"note": "terminated prematurely"})
    skipped = dataclasses.replace(simulation(1, "b", 0.0), skipped=True)
    unknown = simulation(2, "c", 0.0)
    found = reward_parts([early, skipped, unknown])
    assert {kind.parts: kind.count for kind in found.kinds} == {
        ("ended before its evaluation",): 2,
        ("not recorded",): 1,
    }
    assert reward_parts([unknown]).note == "not recorded"


def test_nothing_and_no_failures() -> None:
    assert reward_parts([]).note == "no finished simulations"
    assert reward_parts(FAILED[3:]).note == "no failures"


def test_hostile_evaluations_do_no_harm() -> None:
    odd = simulation(
        0, "a", 0.0, reward_basis=["DB", 5, "ODD"], db_check=[1], env_assertions="x", reward_breakdown=None
    )
    assert reward_parts([odd]).kinds[0].parts == ("not recorded",)

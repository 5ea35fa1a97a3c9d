"""A recording gives the rewards that tau2's own runner gives, on every domain that needs no model."""

from __future__ import annotations

from pathlib import Path

import pytest

from tau2_tui.recording import RecordConfig, record_run
from tau2_tui.recording.preparation import prepare
from tau2_tui.recording.tau2_api import Tau2
from tests.support.tau2_runner import rewards_of_tau2

ORACLES = str(Path(__file__).parents[1] / "support" / "registered_oracle.py")
ACTING = {"imports": (ORACLES,), "agent": "acting_agent", "user": "following_user"}
SOLO = {"imports": (ORACLES,), "agent": "acting_solo_agent"}


def both_rewards(tmp_path: Path, config: RecordConfig) -> tuple[dict[str, float | None], dict[str, float]]:
    outcome = record_run(config, tmp_path / "run.jsonl")
    recorded = {item.identity.task_id: item.reward for item in outcome.simulations}
    prepared = prepare(config)
    judged = [task for task in prepared.tasks if recorded[task.id] is not None]
    alone = rewards_of_tau2(
        prepared.tau2, config.domain, judged, config.agent, str(prepared.config.user), config.trial_seeds()[0]
    )
    return {task.id: recorded[task.id] for task in judged}, alone


@pytest.mark.parametrize(
    ("domain", "ids"),
    [
        ("mock", None),
        ("airline", ("0", "7", "33")),
        ("retail", ("0", "2", "61", "100")),
        ("telecom", None),
        ("telecom-workflow", None),
    ],
)
def test_a_handful_of_each_domain(tau2: Tau2, tmp_path: Path, domain: str, ids: tuple[str, ...] | None) -> None:
    recorded, alone = both_rewards(
        tmp_path, RecordConfig(domain=domain, task_ids=ids, num_tasks=None if ids else 10, max_concurrency=1, **ACTING)
    )
    assert recorded == alone and len(alone) >= 2


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("domain", "tasks"), [("mock", 9), ("airline", 50), ("retail", 114), ("telecom", 114), ("telecom-workflow", 114)]
)
def test_whole_domains(tau2: Tau2, tmp_path: Path, domain: str, tasks: int) -> None:
    decided = {"mock": 10, "retail": 74} if tau2.generation else {}  # 1.x: one task more, 40 that need a judge
    recorded, alone = both_rewards(tmp_path, RecordConfig(domain=domain, **ACTING))
    assert recorded == alone and len(alone) == decided.get(domain, tasks)


def test_solo_mode(tau2: Tau2, tmp_path: Path) -> None:
    if tau2.generation:
        pytest.skip("tau2 1.0's own runner cannot build its user of solo mode")
    for domain in ("mock", "telecom"):
        folder = tmp_path / domain
        folder.mkdir()
        recorded, alone = both_rewards(folder, RecordConfig(domain=domain, num_tasks=12, **SOLO))
        assert recorded == alone and len(alone) > 5


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_solo_mode_on_whole_telecom(tau2: Tau2, tmp_path: Path) -> None:
    if tau2.generation:
        pytest.skip("tau2 1.0's own runner cannot build its user of solo mode")
    recorded, alone = both_rewards(tmp_path, RecordConfig(domain="telecom", **SOLO))
    assert recorded == alone and len(alone) == 114


def test_the_solo_oracle_makes_every_reference_call_itself(tau2: Tau2, tmp_path: Path) -> None:
    outcome = record_run(RecordConfig(domain="telecom", num_tasks=10, solo_mode=True), tmp_path / "run.jsonl")
    assert [item.reward for item in outcome.simulations] == [1.0] * 10
    assert all(item.identity.solo_mode and item.identity.user == "dummy_user" for item in outcome.simulations)

from __future__ import annotations

import dataclasses

from tau2_tui.analysis.facade.times import trends
from tests.analysis.made_runs import run_of


def test_a_trend_points_the_way_of_the_test_that_shows_it() -> None:
    """Ten tasks get better from one trial to the next; one gets worse, with days between its trials."""
    run = run_of({**{f"t{i}": [0.0, 1.0] for i in range(10)}, "slow": [1.0, 0.0]}, duration=1.0)
    simulations = [
        dataclasses.replace(one, start=1e6) if (one.task_id, one.trial) == ("slow", 1) else one
        for one in run.simulations
    ]
    found = trends(dataclasses.replace(run, simulations=tuple(simulations)), 0.95)
    assert found["success_rate"]["slope"]["value"] < 0 < found["success_rate"]["exact"]["stat"]
    assert found["success_rate"]["exact"]["p"] < 0.05
    assert found["success_rate_trend"] == "improving"
    assert found["execution_speed_trend"] == "no trend shown"

from __future__ import annotations

import math

import pytest
import scipy.stats

from tau2_tui.analysis.calls.cost import cost
from tau2_tui.analysis.data.records import ModelCall
from tests.analysis.call_records import message, run, sim


def test_cost_per_success_is_the_ratio_of_sums_by_task() -> None:
    sims = [
        sim(0, "0", True, agent_cost=1.0, user_cost=0.5),
        sim(1, "0", False, agent_cost=2.0, user_cost=0.5),
        sim(2, "1", True, agent_cost=0.5, user_cost=0.25),
        sim(3, "2", False, agent_cost=4.0, user_cost=1.0),
    ]
    found = cost(run(simulations=sims))
    assert (found.total, found.agent, found.user, found.judge) == (9.75, 7.5, 2.25, None)
    ratio = 9.75 / 2
    residuals = [4.0 - ratio, 0.75 - ratio, 5.0]
    half = scipy.stats.t.ppf(0.975, 2) * math.sqrt(3 / 2 * sum(u * u for u in residuals)) / 2
    per = found.per_success
    assert (per.value, per.low, per.high) == pytest.approx((ratio, max(0.0, ratio - half), ratio + half), abs=1e-9)
    assert found.per_simulation.value == pytest.approx(9.75 / 4)
    assert (found.priced, found.missing, found.note) == (4, 0, "")


def test_an_unknown_price_is_not_zero() -> None:
    none = cost(run(simulations=[sim(0), sim(1)]))
    assert (none.total, none.agent, none.priced, none.missing) == (None, None, 0, 2)
    assert (none.per_success.value, none.note) == (None, "cost not recorded")
    some = cost(run(simulations=[sim(0, "0", agent_cost=1.0, user_cost=1.0), sim(1, "1")]))
    assert (some.total, some.per_simulation.value, some.per_simulation.n) == (2.0, 2.0, 1)
    assert some.note == "cost not recorded for 1 of 2 simulations"


def test_a_price_below_zero_is_none() -> None:
    sims = [sim(0, "0", agent_cost=-5.0, user_cost=1.0), sim(1, "1", agent_cost=2.0, user_cost=1.0)]
    said = [message("assistant", None, 0), message("assistant", None, 1)]
    judged = [ModelCall(0, "judge", "m", cost=-1.0), ModelCall(0, "judge", "m", cost=0.5)]
    found = cost(run(simulations=sims, messages=said, model_calls=judged))
    assert (found.agent, found.user, found.judge, found.priced, found.missing) == (2.0, 2.0, 0.5, 1, 1)
    assert found.per_simulation.value == 3.0 and found.models[0].unpriced == 1


def test_a_zero_in_spite_of_tokens_is_an_unknown_price() -> None:
    used = [message("assistant", None, prompt_tokens=100, completion_tokens=5)]
    found = cost(run(simulations=[sim(0, agent_cost=0.0, user_cost=0.0)], messages=used))
    assert (found.total, found.zero_priced, found.per_success.value) == (None, 1, None)
    assert "price not known" in found.note
    scripted = cost(run(simulations=[sim(0, agent_cost=0.0, user_cost=0.0)], messages=[message("assistant", None)]))
    assert (scripted.total, scripted.zero_priced, scripted.per_success.value) == (0.0, 0, 0.0)


def test_without_a_user_the_agents_cost_is_all() -> None:
    solo = cost(run(simulations=[sim(0, agent_cost=2.0)], messages=[message("assistant", None)]))
    assert (solo.total, solo.priced) == (2.0, 1)
    spoke = cost(run(simulations=[sim(0, agent_cost=2.0)], messages=[message("user", None)]))
    assert (spoke.priced, spoke.missing) == (0, 1)


def test_no_success_has_no_cost_per_success() -> None:
    found = cost(run(simulations=[sim(0, "0", False, agent_cost=1.0, user_cost=0.0)]))
    assert (found.per_success.value, found.per_success.note) == (None, "no success: cost per success undefined")
    assert found.per_simulation.value == 1.0


def test_a_simulation_without_evaluation_is_neither_success_nor_failure() -> None:
    sims = [sim(0, "0", True, agent_cost=1.0, user_cost=0.0), sim(1, "1", None, agent_cost=9.0, user_cost=0.0)]
    assert cost(run(simulations=sims)).per_success.value == 1.0


def test_one_task_has_no_interval() -> None:
    found = cost(run(simulations=[sim(0, agent_cost=1.0, user_cost=0.0), sim(1, agent_cost=2.0, user_cost=0.0)]))
    assert (found.per_success.value, found.per_success.low) == (1.5, None)


def test_tokens_and_messages_without_usage() -> None:
    messages = [
        message("assistant", None, prompt_tokens=10, completion_tokens=2),
        message("assistant", None),
        message("user", None),
        message("tool", None),
    ]
    agent, user = cost(run(simulations=[sim(0)], messages=messages)).tokens
    assert (agent.role, agent.messages, agent.prompt_tokens, agent.completion_tokens, agent.missing) == (
        "assistant", 2, 10, 2, 1
    )  # fmt: skip
    assert (user.prompt_tokens, user.missing) == (None, 1)


def test_requests_by_purpose_and_model() -> None:
    requests = [
        ModelCall(0, "agent", "big", cost=0.5, prompt_tokens=10, completion_tokens=1, retries=2),
        ModelCall(0, "agent", "big", cost=None, prompt_tokens=5),
        ModelCall(0, "agent", "big", failed=True),
        ModelCall(0, "judge", "big", cost=2.0),
    ]
    found = cost(run(simulations=[sim(0, agent_cost=0.5, user_cost=0.0)], model_calls=requests))
    judge, agent = found.models
    assert (judge.purpose, judge.cost, judge.missing) == ("judge", 2.0, 1)
    assert (agent.requests, agent.failed, agent.retries) == (3, 1, 2)
    assert (agent.cost, agent.unpriced, agent.prompt_tokens, agent.missing) == (0.5, 1, 15, 0)
    assert (found.judge, found.total) == (2.0, 2.5)


def test_no_simulations() -> None:
    found = cost(run())
    assert (found.total, found.note, found.tokens, found.models) == (None, "no simulations", (), ())

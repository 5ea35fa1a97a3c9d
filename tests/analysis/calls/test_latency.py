from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.analysis.calls.bottlenecks import bottlenecks
from tau2_tui.analysis.calls.latency import ecdf, gaps, latency, tail_share
from tau2_tui.analysis.data.records import Call, Message, ModelCall, Run
from tau2_tui.analysis.shared.interval import critical_t, effective_n, wilson
from tau2_tui.analysis.shared.quantiles import harrell_davis, quantile, smallest_n
from tests.analysis.call_records import call, message, run, sim

VALUES = st.lists(st.floats(0, 100, allow_nan=False), min_size=1, max_size=40)


def conversation(simulation: int, *steps: tuple[str, float]) -> list[Message]:
    return [message(role, time, simulation, turn) for turn, (role, time) in enumerate(steps)]


def test_a_gap_belongs_to_whom_was_waited_for() -> None:
    messages = [
        message("assistant", 10.0, 0, 0),
        message("user", 11.5, 0, 1),
        message("assistant", 14.5, 0, 2, tool_calls=2),
        message("tool", 14.6, 0, 3),
        message("tool", 14.8, 0, 4),
        message("assistant", 20.0, 1, 0),
    ]
    calls = [call("a", turn=2, i=0), call("b", turn=2, i=1)]
    found = [(gap.simulation, gap.lane, gap.name, round(gap.seconds, 6)) for gap in gaps(messages, calls)]
    assert found == [
        (0, "user", "user", 1.5),
        (0, "agent", "agent", 3.0),
        (0, "tool", "a", 0.1),
        (0, "tool", "b", 0.2),
    ]


def test_times_that_are_not_known_are_not_zero() -> None:
    unknown = run(simulations=[sim(0)], messages=[message("assistant", None, 0, 0), message("user", None, 0, 1)])
    assert (latency(unknown).rows, latency(unknown).note) == ((), "message times not recorded")
    assert bottlenecks(unknown).note == "message times not recorded"
    all_one = run(simulations=[sim(0)], messages=conversation(0, ("assistant", 5.0), ("user", 5.0), ("assistant", 5.0)))
    assert latency(all_one).note == "message times not recorded"
    one = run(simulations=[sim(0)], messages=[message("assistant", 1.0), message("user", None), message("user", 9.0)])
    assert [row.n for row in latency(one).rows] == []


def test_clocks_that_were_set_back_are_counted_and_left_out() -> None:
    found = latency(
        run(simulations=[sim(0)], messages=conversation(0, ("user", 5.0), ("assistant", 4.0), ("user", 6.0)))
    )
    assert found.backwards == 1
    assert [(row.name, row.n, row.total) for row in found.rows] == [("user", 1, 2.0)]


def timed() -> Run:
    messages, calls, sims = [], [], []
    for index in range(12):
        steps = [("assistant", 0.0), ("user", 1.0 + index), ("assistant", 4.0 + index), ("tool", 4.25 + index)]
        messages += conversation(index, *steps)
        calls.append(call("a", str(index % 6), index, 0, turn=2, execution_time=0.001 * (index + 1)))
        sims.append(sim(index, str(index % 6), duration=6.0 + index))
    return run(simulations=sims, messages=messages, calls=calls)


def test_rows_by_kind_with_their_quantiles() -> None:
    rows = {(row.kind, row.name): row for row in latency(timed()).rows}
    user = rows["gap", "user"]
    assert (user.n, user.total, user.maximum) == (12, pytest.approx(78.0), 12.0)
    assert user.quantiles[0].value == 6.5
    assert user.quantiles[0].low is not None and user.quantiles[0].low < 6.5
    assert user.quantiles[3].low is None
    assert "needs 368" in user.quantiles[3].note and "max of 12" in user.quantiles[3].note
    assert rows["execution", "a"].total == pytest.approx(0.078)
    assert user.tail_share == pytest.approx((12 + 11) / 78)


def test_a_models_own_times_come_from_its_requests_or_else_from_the_messages() -> None:
    requests = [
        ModelCall(0, "agent", "m", 2.0),
        ModelCall(0, "agent", "m", None),
        ModelCall(0, "user", "m", 1.0, failed=True),
    ]
    of_requests = latency(run(simulations=[sim(0)], model_calls=requests)).rows
    assert [(row.kind, row.name, row.n, row.missing) for row in of_requests] == [("model", "agent", 1, 1)]
    noted = [
        message("assistant", None, generation_time=3.0),
        message("user", None),
        message("tool", None, generation_time=1),
    ]
    of_messages = latency(run(simulations=[sim(0)], messages=noted)).rows
    assert [(row.name, row.total) for row in of_messages] == [("agent", 3.0)]


@given(VALUES, st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_harrell_davis_and_type_seven_are_scipys(values: list[float], q: float) -> None:
    x = np.sort(np.array(values))
    found = quantile(x, np.arange(len(x)), q)
    if hasattr(scipy.stats, "quantile"):  # from 1.16 on
        assert found.value == pytest.approx(float(scipy.stats.quantile(x, q, method="linear")), abs=1e-9)
    theirs = float(scipy.stats.mstats.hdquantiles(x, [q])[0]) if len(x) > 1 else values[0]
    assert harrell_davis(x, q) == pytest.approx(theirs, abs=1e-9)
    assert found.low is None or found.low <= found.value <= (found.high or math.inf)


def test_how_many_values_an_interval_needs() -> None:
    assert (smallest_n(0.5), smallest_n(0.95), smallest_n(0.99)) == (6, 72, 368)


def test_the_interval_turns_back_the_clustered_interval_of_the_share() -> None:
    generator = np.random.default_rng(8)
    x, clusters = generator.lognormal(size=80), np.repeat(np.arange(10), 8)
    found = quantile(x, clusters, 0.5)
    below = [int((x[clusters == code] <= found.value).sum()) for code in range(10)]
    n_eff = effective_n(below, [8] * 10)
    assert found.value == np.median(x), "the bound at the median is the same"
    low, high = wilson(0.5 * n_eff, n_eff, critical_t(9, 0.95))
    assert found.n_eff == pytest.approx(n_eff)
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(x, [low, high])), abs=1e-9)


def test_the_interval_covers_what_it_promises_when_tasks_differ() -> None:
    generator = np.random.default_rng(9)
    covered = 0
    for _ in range(300):
        x = (generator.normal(size=(20, 1)) + generator.normal(size=(20, 4))).ravel()
        found = quantile(x, np.repeat(np.arange(20), 4), 0.5)
        assert found.low is not None and found.high is not None
        covered += found.low <= 0 <= found.high
    assert covered >= 0.92 * 300


def test_a_tail_has_no_interval_from_a_few_tasks() -> None:
    x = np.random.default_rng(4).normal(size=400)
    few = quantile(x, np.repeat(np.arange(10), 40), 0.9)
    assert few.low is None and "needs 20 tasks, has 10" in few.note
    assert quantile(x, np.repeat(np.arange(40), 10), 0.9).low is not None


def test_one_value_and_one_cluster() -> None:
    found = quantile(np.array([3.0]), np.array([0]), 0.95)
    assert (found.value, found.harrell_davis, found.low) == (3.0, 3.0, None)
    assert "max of 1" in found.note


def test_constant_times() -> None:
    found = quantile(np.full(40, 2.0), np.arange(40), 0.5)
    assert (found.value, found.harrell_davis, found.low, found.high) == (2.0, 2.0, 2.0, 2.0)


@given(VALUES)
def test_ecdf_is_the_share_of_values_that_are_no_larger(values: list[float]) -> None:
    points = ecdf(np.array(values))
    assert points[-1] == (max(values), 1.0)
    for x, share in points:
        assert share == pytest.approx(sum(value <= x for value in values) / len(values))
    assert ecdf(np.array([])) == ()
    assert len(ecdf(np.arange(10_000.0))) <= 60


def test_tail_share() -> None:
    assert tail_share(np.array([1.0] * 9 + [11.0])) == pytest.approx(0.55)
    assert tail_share(np.array([])) is None
    assert tail_share(np.array([0.0])) is None


def test_bottlenecks_add_up_to_the_duration() -> None:
    found = bottlenecks(timed(), most=2)
    assert found.seconds == pytest.approx(sum(6.0 + index for index in range(12)))
    shares = {share.lane: share for share in found.shares}
    assert shares["user"].seconds == pytest.approx(78.0)
    assert shares["agent"].seconds == pytest.approx(36.0)
    assert shares["tool"].seconds == found.tool_seconds == pytest.approx(3.0)
    assert sum(share.seconds for share in found.shares) == pytest.approx(found.seconds)
    assert sum(share.share or 0 for share in found.shares) == pytest.approx(1.0)
    assert [(span.simulation, span.lane, span.seconds) for span in found.slowest] == [
        (11, "user", 12.0),
        (10, "user", 11.0),
    ]
    assert found.execution_seconds == pytest.approx(0.078)
    assert "0.078 s of the 3 s" in found.overhead_note


def test_bottlenecks_without_tools_and_without_anything() -> None:
    found = bottlenecks(run(simulations=[sim(0)], messages=conversation(0, ("assistant", 0.0), ("user", 1.0))))
    assert (found.seconds, found.execution_seconds) == (1.0, None)
    assert [share.lane for share in found.shares] == ["user"]
    nothing = bottlenecks(run())
    assert (nothing.seconds, nothing.shares, nothing.top_decile_share) == (0.0, (), None)


def test_sums_of_the_same_gaps_in_another_order_leave_no_rest() -> None:
    for seed in range(20):
        generator = np.random.default_rng(seed)
        messages: list[Message] = []
        for index in range(9):
            times = np.cumsum(generator.exponential(size=12))
            roles = generator.choice(["assistant", "user"], 12)
            messages += conversation(index, *zip(roles.tolist(), times.tolist(), strict=True))
        found = bottlenecks(run(simulations=[sim(index) for index in range(9)], messages=messages))
        assert {share.lane for share in found.shares} == {"agent", "user"}


def test_a_tool_message_without_a_call_has_no_tool() -> None:
    stray: list[Call] = []
    assert [gap.name for gap in gaps(conversation(0, ("assistant", 0.0), ("tool", 1.0)), stray)] == ["unknown"]

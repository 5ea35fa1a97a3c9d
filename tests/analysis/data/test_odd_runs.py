"""Whatever a log holds, every statistic of calls gives a result that is plain JSON, and nothing warns."""

from __future__ import annotations

import dataclasses
import json
import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tau2_tui.analysis.calls.arguments import argument_profile, complexity
from tau2_tui.analysis.calls.association import argument_outcome
from tau2_tui.analysis.calls.bottlenecks import bottlenecks
from tau2_tui.analysis.calls.correlation import correlate
from tau2_tui.analysis.calls.cost import cost
from tau2_tui.analysis.calls.distribution import distribution
from tau2_tui.analysis.calls.divergence import divergences
from tau2_tui.analysis.calls.diversity import diversity, inequality, tool_counts, tool_counts_by_task
from tau2_tui.analysis.calls.errors import error_table
from tau2_tui.analysis.calls.latency import latency
from tau2_tui.analysis.calls.loops import loops
from tau2_tui.analysis.calls.reference import agreement_table
from tau2_tui.analysis.calls.requestor import by_requestor
from tau2_tui.analysis.calls.results import result_profile
from tau2_tui.analysis.calls.sensitive import sensitive
from tau2_tui.analysis.calls.sequence import ngrams, transitions
from tau2_tui.analysis.calls.state import state_changes
from tau2_tui.analysis.calls.steps import steps_to_end
from tau2_tui.analysis.calls.tools import overall_error_rate, tool_table, tool_vs_rest
from tau2_tui.analysis.calls.trends import VALUES, change_point, trend
from tau2_tui.analysis.comparison.shift import tools_shift
from tau2_tui.analysis.data.records import Call, GoldAction, Message, ModelCall, Run, Simulation, StateChange, Tool

STATISTICS: dict[str, Callable[[Run], Any]] = {
    "tool_table": lambda run: tool_table(run.calls),
    "overall_error_rate": lambda run: overall_error_rate(run.calls),
    "tool_vs_rest": lambda run: tool_vs_rest(run.calls, fisher=True),
    "error_table": lambda run: error_table(run.calls, {name for _, name in run.tools}),
    "inequality": lambda run: inequality(tool_counts(run.calls), [name for _, name in run.tools]),
    "diversity": lambda run: diversity(tool_counts(run.calls), tool_counts_by_task(run.calls)),
    "transitions": lambda run: transitions(run.calls),
    "ngrams": lambda run: ngrams(run.calls, 3),
    "loops": lambda run: loops(run.calls),
    "agreement_table": agreement_table,
    "divergences": divergences,
    "latency": latency,
    "bottlenecks": bottlenecks,
    "cost": cost,
    "argument_profile": lambda run: argument_profile(run.calls, run.tools),
    "complexity": lambda run: [complexity(call.args) for call in run.calls],
    "argument_outcome": lambda run: argument_outcome(run.calls, run.simulations),
    "argument_error": lambda run: argument_outcome(run.calls, run.simulations, "error"),
    "correlate": lambda run: correlate(
        [call.result_size for call in run.calls],
        [call.execution_time for call in run.calls],
        [call.task_id for call in run.calls],
    ),
    "distribution": lambda run: distribution(simulation.duration for simulation in run.simulations),
    "trend": lambda run: [trend(run.simulations, value) for value in VALUES],
    "change_point": lambda run: [change_point(run.simulations, value) for value in VALUES],
    "steps_to_end": lambda run: [steps_to_end(run.simulations), steps_to_end(run.simulations, "seconds")],
    "sensitive": lambda run: sensitive(run.calls),
    "state_changes": lambda run: state_changes(run.calls, run.state_changes, run.tools),
    "by_requestor": lambda run: by_requestor(run.calls, run.simulations),
    "result_profile": lambda run: result_profile(run.calls),
    "tools_shift": lambda run: tools_shift(run.calls, run.calls[::2]),
}

AMOUNTS = st.sampled_from([None, 0.0, 1.0, 2.5, 2.5, 1e-9, -1.0, 1e308, -1e308, math.inf, math.nan, 1.7e9])
TASKS = st.sampled_from(["0", "1", "2", ""])
VALUES_OF_ARGUMENTS = st.recursive(
    st.sampled_from([None, True, 0, -1, 10**400, 0.5, 1e308, "", "a@b.example", "x" * 50, "\ud800", "\x1b[31m"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["k", "", "\x00"]), inner, max_size=2),
    max_leaves=4,
)
ARGUMENTS = st.dictionaries(st.sampled_from(["id", "note", "", "\x1b"]), VALUES_OF_ARGUMENTS, max_size=3)
NAMES = st.sampled_from(["get", "put", "", "\x1b[0m"])
REQUESTORS = st.sampled_from(["assistant", "user"])


@st.composite
def simulations(draw: st.DrawFn, index: int) -> Simulation:
    return Simulation(
        simulation_id=f"s{index}",
        index=index,
        task_id=draw(TASKS),
        trial=draw(st.sampled_from([None, 0, 1, 2, 10**6])),
        start=draw(AMOUNTS),
        duration=draw(AMOUNTS),
        ended=draw(st.booleans()),
        termination=draw(st.sampled_from([None, "user_stop", "infrastructure_error"])),
        reward=draw(st.sampled_from([None, 0.0, 1.0, 0.5])),
        reward_info=draw(st.sampled_from([None, {}, {"action_checks": [None, {"action": {"name": "put"}}]}])),
        agent_cost=draw(AMOUNTS),
        user_cost=draw(AMOUNTS),
        messages=draw(st.sampled_from([0, 1, 5, 10**9])),
    )


@st.composite
def runs(draw: st.DrawFn) -> Run:
    sims = [draw(simulations(index)) for index in range(draw(st.integers(0, 16)))]
    calls: list[Call] = []
    messages: list[Message] = []
    for simulation in sims:
        for i in range(draw(st.integers(0, 3))):
            error = draw(st.booleans())
            calls.append(
                Call(
                    simulation=simulation.index,
                    task_id=simulation.task_id,
                    i=i,
                    turn=draw(st.sampled_from([None, i])),
                    name=draw(NAMES),
                    args=draw(ARGUMENTS),
                    requestor=draw(REQUESTORS),
                    error=error,
                    error_text=draw(st.sampled_from([None, "", "Error: X not found"])) if error else None,
                    execution_time=draw(AMOUNTS),
                    state_changed=draw(st.sampled_from([None, True, False])),
                    result_size=draw(st.sampled_from([None, 0, 5, 10**12])),
                    missing_args=draw(st.sampled_from([None, (), ("id",)])),
                    unexpected_args=draw(st.sampled_from([None, ()])),
                    sensitive=draw(st.sampled_from([(), ({"kind": "name", "path": "/a/0", "preview": "•"},), ({},)])),
                )
            )
            role = draw(st.sampled_from(["assistant", "user", "tool", "system", "odd"]))
            messages.append(Message(simulation.index, i, role, draw(AMOUNTS), draw(AMOUNTS), draw(st.integers(0, 2))))
    actions = [GoldAction(draw(TASKS), i, draw(NAMES), draw(ARGUMENTS)) for i in range(draw(st.integers(0, 3)))]
    tools = draw(st.sampled_from([{}, {("assistant", "put"): Tool("put", tool_type="write", required=("id",))}]))
    return Run(
        label="odd",
        simulations=tuple(sims),
        calls=tuple(calls),
        messages=tuple(messages),
        model_calls=tuple(ModelCall(0, "agent", "m", draw(AMOUNTS), draw(AMOUNTS)) for _ in sims[:2]),
        state_changes=(StateChange(None, "database", "sync_tools", ("", "/a", "a/b")),) if sims else (),
        gold=tuple(actions),
        tools=tools,
    )


def plain(result: Any) -> Any:
    if dataclasses.is_dataclass(result) and not isinstance(result, type):
        return dataclasses.asdict(result)
    return [plain(row) for row in result] if isinstance(result, Sequence) else result


@given(runs())
@settings(max_examples=60)
def test_every_statistic_of_any_run_is_plain_json(run: Run) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name, statistic in STATISTICS.items():
            text = json.dumps(plain(statistic(run)), allow_nan=False)
            assert text, name


@pytest.mark.parametrize("name", STATISTICS)
def test_an_empty_run_says_why_there_is_nothing(name: str) -> None:
    result = plain(STATISTICS[name](Run(label="empty")))
    if isinstance(result, dict):
        assert '"note": ""' not in json.dumps(result) or result.get("note"), f"{name}: {result}"


def test_one_call_of_one_task() -> None:
    run = Run(label="one", simulations=(Simulation("s", 0, "0", reward=1.0),), calls=(Call(0, "0", 0, 0, "get", {}),))
    for name, statistic in STATISTICS.items():
        assert json.dumps(plain(statistic(run)), allow_nan=False), name

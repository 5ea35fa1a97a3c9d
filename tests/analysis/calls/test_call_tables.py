from __future__ import annotations

import dataclasses

import pytest

from tau2_tui.analysis.calls.requestor import by_requestor
from tau2_tui.analysis.calls.results import result_profile
from tau2_tui.analysis.calls.state import state_changes
from tau2_tui.analysis.comparison.shift import tools_shift
from tau2_tui.analysis.data.records import StateChange, Tool
from tau2_tui.analysis.help.explain import explain, explanations
from tau2_tui.analysis.shared.exact import sign_flip
from tests.analysis.call_records import call, calls_of, sim
from tests.support.loaded_modules import loaded_after


def test_writes_are_what_was_observed() -> None:
    calls = [
        call("update_all", "0", 0, 0, state_changed=False),
        call("get", "0", 0, 1, state_changed=True),
        call("get", "1", 1, 0, state_changed=True, error=True),
        call("get", "1", 1, 1),
    ]
    changes = [
        StateChange(0, "database", "get", ("/users/a/name", "/orders/1"), "c1"),
        StateChange(1, "user_database", "sync_tools", ("/device/on",), None),
    ]
    found = state_changes(calls, changes)
    get, update = found.tools
    assert (get.tool_name, get.calls, get.looked_at, get.changed, get.failed_changes, get.simulations) == (
        "get", 3, 2, 2, 1, 2
    )  # fmt: skip
    assert (update.changed, update.unchanged) == (0, 1)
    assert (found.calls, found.looked_at, found.changed) == (4, 3, 2)
    assert found.without_call == (("sync_tools", 1),)
    assert {(place.state_type, place.place): place.changes for place in found.places} == {
        ("database", "users"): 1,
        ("database", "orders"): 1,
        ("user_database", "device"): 1,
    }
    assert found.note == "not known for 1 of 4 calls"


def test_calls_that_only_read_by_their_type_need_no_look() -> None:
    tools = {("assistant", "get"): Tool("get", tool_type="read")}
    assert state_changes([call("get"), call("put", state_changed=True)], (), tools).note == ""
    assert state_changes([call("get")], (), None).note == "state changes not in the log"
    assert state_changes([]).note == "no tool calls"


def test_agents_and_users_calls() -> None:
    calls = [
        *calls_of("get get!", "0", 0),
        call("toggle", "0", 0, 2, requestor="user", execution_time=0.5, state_changed=True),
    ]
    agent, user = by_requestor(calls, [sim(0), sim(1)])
    assert (agent.requestor, agent.calls, agent.errors, agent.error_rate, agent.share) == (
        "assistant",
        2,
        1,
        0.5,
        2 / 3,
    )
    assert (agent.per_simulation, agent.changed, agent.execution_time) == (1.0, None, None)
    assert (user.tools, user.changed, user.execution_time) == ((("toggle", 1),), 1, 0.5)
    assert by_requestor([], []) == ()


def test_results_of_failed_calls_are_no_results() -> None:
    calls = [
        call("get", result_size=10, result_type="dict", result_digest="a"),
        call("get", result_size=30, result_type="dict", result_digest="b", result_truncated=True),
        call("get", result_size=2, result_type="list", result_digest="c", result_contains_errors=True),
        call("get", error=True, result_size=99, result_type="str"),
        call("put"),
    ]
    found = result_profile(calls)
    get, put = found.tools
    assert (get.calls, get.recorded, get.size.mean, get.types, get.distinct) == (
        4, 3, 14.0, (("dict", 2), ("list", 1)), 3
    )  # fmt: skip
    assert (get.truncated, get.contain_errors, get.empty) == (1, 1, 1)
    assert (put.recorded, put.size.mean) == (0, None)
    assert (found.size.n, found.truncated, found.contain_errors, found.note) == (3, 1, 1, "")
    assert result_profile([call()]).note == "results not in the log"
    assert result_profile([]).note == "no tool calls"


def test_shares_of_calls_are_compared_on_common_tasks() -> None:
    first = [row for task in range(6) for row in calls_of("a b", str(task), task)] + calls_of("z", "only-here", 9)
    second = [row for task in range(6) for row in calls_of("a a a b", str(task), task)]
    a, b = tools_shift(first, second)
    assert (a.tool_name, a.share_a, a.share_b, a.difference.value, a.tasks) == ("a", 0.5, 0.75, 0.25, 6)
    assert a.test.p == sign_flip([0.25] * 6).p == b.test.p
    assert a.test.p_adj == pytest.approx(2 / 64)
    assert tools_shift(first, []) == ()
    assert all(row.test.p == 1.0 for row in tools_shift(second, second))


def test_every_statistic_of_calls_is_explained_in_full() -> None:
    names = (
        "tool_table overall_error_rate tool_vs_rest classify_error error_table inequality diversity transitions ngrams "
        "gold_agreement agreement_table first_divergence loops latency ecdf bottlenecks cost argument_profile "
        "complexity "
        "argument_outcome correlate distribution trend change_point steps_to_end sensitive state_changes by_requestor "
        "result_profile tools_shift"
    )
    for name in names.split():
        texts = dataclasses.asdict(explain(name))
        assert all(isinstance(text, str) and text.strip() for text in texts.values()), name
        assert texts["question"].endswith("?")
    assert list(explanations()) == sorted(explanations())
    with pytest.raises(KeyError):
        explain("astrology")


def test_statistics_libraries_are_not_imported_with_the_modules() -> None:
    script = """
import importlib, pkgutil
from tau2_tui.analysis import calls, comparison, runs
for room in (calls, comparison, runs):
    for module in pkgutil.iter_modules(room.__path__, room.__name__ + "."):
        importlib.import_module(module.name)
"""
    assert loaded_after(script, ("scipy", "statsmodels", "pandas")) == set()

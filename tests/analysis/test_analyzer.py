"""``LogAnalyzer``: every name and key of the predecessor, right numbers, plain JSON, errors for what is no log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tau2_tui import LogAnalyzer
from tau2_tui.errors import LogFormatError
from tau2_tui.events import ExecutionEvent, ToolExecutionEvent, to_dict
from tau2_tui.logging import ExecutionLogger
from tau2_tui.runlog import RunLog
from tests.analysis.blame.conversation import Talk, action, agent, call, user, write
from tests.support.loaded_modules import loaded_after
from tests.support.real_data import real_data

METHODS = [
    "get_comprehensive_analysis",
    "get_performance_analysis",
    "get_error_analysis",
    "get_performance_bottlenecks",
    "get_tool_efficiency_metrics",
    "get_argument_analysis",
    "get_argument_correlation_analysis",
    "get_temporal_analysis",
    "get_summary_metrics",
    "get_tool_performance",
    "get_failure_analysis",
    "get_state_change_analysis",
    "get_tool_sequence_analysis",
    "identify_bottlenecks",
    "get_performance_trends",
    "get_tool_usage_patterns",
    "get_error_pattern_analysis",
    "get_requestor_analysis",
    "get_advanced_statistics",
    "get_result_analysis",
    "get_task_analysis",
    "get_failure_causes",
]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Two simulations: eight calls of three tools, two of them failed, three changed state, one is the user's."""
    look = call("get_order", order_id="A1", result={"id": "A1"})
    bad = call("cancel_order", order_id="Z9", error="Order Z9 not found")
    good = [look, bad, call("cancel_order", order_id="A1"), agent("Done."), user("###STOP###")]
    talks = [
        Talk(
            [agent("Hi"), user("Cancel A1"), *good],
            [action("cancel_order", order_id="A1")],
            diff=[],
            reward=1.0,
            parts={"DB": 1.0},
        ),
        Talk(
            [
                agent("Hi"),
                user("Cancel A1"),
                look,
                look,
                bad,
                call("refund_order", order_id="A1"),
                call("toggle_roaming", by="user"),
            ],
            [action("cancel_order", order_id="A1")],
            trial=1,
        ),
    ]
    return write(tmp_path / "log.jsonl", *talks)


def test_the_readmes_script(log: Path) -> None:
    analyzer = LogAnalyzer(str(log))
    analysis = analyzer.get_comprehensive_analysis()
    assert f"Total tool calls: {analysis['basic_stats']['total_tool_calls']}" == "Total tool calls: 8"
    assert f"Success rate: {analysis['basic_stats']['success_rate']:.2%}" == "Success rate: 75.00%"
    complexity = analyzer.get_argument_analysis()["complexity_distribution"]
    assert sum(complexity.values()) == 8 and complexity["low (0-0.3)"] == 8
    assert isinstance(analyzer.get_performance_analysis()["slowest_tools"], list)
    assert isinstance(analyzer.get_performance_bottlenecks()["slowest_operations"], list)
    assert analyzer.get_tool_efficiency_metrics()["top_performers"][0]["tool_name"] == "get_order"
    assert {row["feature"] for row in analyzer.get_argument_correlation_analysis()["performance_predictors"]}
    assert analyzer.get_error_analysis()["total_errors"] == 2
    assert analyzer.get_temporal_analysis()["call_count"] == 8


@pytest.mark.parametrize("name", METHODS)
def test_every_result_is_plain_json(log: Path, name: str) -> None:
    with LogAnalyzer(log) as analyzer:
        found = getattr(analyzer, name)()
    assert json.loads(json.dumps(found, allow_nan=False)) == found


@pytest.mark.parametrize("name", METHODS)
def test_every_method_works_on_a_log_without_any_call(tmp_path: Path, name: str) -> None:
    with LogAnalyzer(write(tmp_path / "empty.jsonl", Talk([agent("Hi"), user("###STOP###")]))) as analyzer:
        json.dumps(getattr(analyzer, name)(), allow_nan=False)


def test_the_summary_is_counted_right(log: Path) -> None:
    summary = LogAnalyzer(log).get_summary_metrics()
    expected = {
        "total_simulations": 2,
        "successful_simulations": 1,
        "task_success_rate": 0.5,
        "total_tool_calls": 8,
        "successful_calls": 6,
        "failed_calls": 2,
        "tool_error_rate": 0.25,
        "state_changing_calls": 3,
        "read_only_calls": 5,
        "tools_used": 4,
    }
    assert {key: summary[key] for key in expected} == expected


def test_tools_failures_states_and_sequences_are_rows(log: Path) -> None:
    analyzer = LogAnalyzer(log)
    tools = {row["tool_name"]: row for row in analyzer.get_tool_performance()}
    assert (tools["cancel_order"]["total_calls"], tools["cancel_order"]["failed_calls"]) == (3, 2)
    assert tools["cancel_order"]["success_rate"] == pytest.approx(1 / 3)
    (failure,) = analyzer.get_failure_analysis()
    assert (failure["tool_name"], failure["error_category"], failure["count"]) == ("cancel_order", "not found", 2)
    assert failure["simulations_affected"] == 2 and failure["example_args"] == {"order_id": "Z9"}
    changing = [row for row in analyzer.get_state_change_analysis() if row["category"] == "State-Changing"]
    assert {row["tool_name"] for row in changing} == {"cancel_order", "refund_order", "toggle_roaming"}
    sequences = analyzer.get_tool_sequence_analysis()
    assert {"source": "get_order", "target": "cancel_order"}.items() <= sequences[0].items()
    assert sequences[0]["count"] == 2 and sum(row["count"] for row in sequences) == 2 + 4
    assert analyzer.get_requestor_analysis()["requestor_breakdown"]["user"]["total_calls"] == 1


def test_rates_come_with_intervals_that_know_the_tasks(log: Path) -> None:
    rate = LogAnalyzer(log).get_advanced_statistics()["success_rate_confidence"]
    assert rate["rate"] == pytest.approx(0.75) and rate["n_tasks"] == 1
    assert rate["lower_bound"] <= 0.75 <= rate["upper_bound"]


def test_no_trend_is_claimed_without_evidence(log: Path) -> None:
    trends = LogAnalyzer(log).get_performance_trends()
    assert trends["success_rate_trend"] == trends["execution_speed_trend"] == "no trend shown"


def test_why_simulations_failed(log: Path) -> None:
    (found,) = LogAnalyzer(log).get_failure_causes()
    assert found["trial"] == 1 and found["causes"][0]["kind"] in ("wrong_tool", "tool_error_not_recovered")


def test_a_log_can_be_given_as_path_run_log_and_events(log: Path) -> None:
    expected = LogAnalyzer(log).get_summary_metrics()
    with RunLog.open(log) as opened:
        assert LogAnalyzer(opened).get_summary_metrics() == expected
        opened.wait()
        events = [opened.event(line) for line in range(len(opened))]
    assert LogAnalyzer(events).get_summary_metrics() == expected
    rows: list[Any] = [to_dict(event) for event in events if isinstance(event, ExecutionEvent)]
    assert LogAnalyzer(rows).get_summary_metrics() == expected
    assert LogAnalyzer(row for row in rows).get_summary_metrics() == expected


def test_a_logger_used_by_itself_names_no_simulation_and_its_calls_count_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "execution.jsonl"
    with ExecutionLogger(path) as logger:
        logger.log_tool_execution(
            tool_name="search", success=True, execution_time=0.5, tool_args={"q": "x"}, result=[1]
        )
        logger.log_tool_execution(tool_name="book", success=False, execution_time=0.1, tool_args={}, error_message="no")
    analyzer = LogAnalyzer(path)
    assert analyzer.get_summary_metrics()["total_tool_calls"] == 2
    assert analyzer.get_performance_analysis()["slowest_tools"][0]["tool_name"] == "search"
    assert [row["tool_name"] for row in analyzer.identify_bottlenecks(time_threshold=0.2)] == ["search"]
    assert LogAnalyzer([ToolExecutionEvent(tool_name="search")]).get_summary_metrics()["total_tool_calls"] == 1


def test_a_given_log_is_left_as_it_is(tmp_path: Path) -> None:
    with ExecutionLogger(tmp_path / "execution.jsonl") as logger:
        logger.log_tool_execution(tool_name="search", success=True, execution_time=0.5, tool_args={}, result=[1])
    with RunLog.open(logger.path, index="now") as log:
        before = log.event(0)
        with LogAnalyzer(log) as analyzer:
            assert analyzer.run.calls[0].simulation == 0
        assert isinstance(before, ExecutionEvent) and before.simulation_id is None
        assert log.event(0) == before


@pytest.mark.parametrize("source", [[], {}, {"nothing": "here"}, ["text"], [{"no": "event type"}], "/no/such/file"])
def test_what_is_no_log_is_refused(source: Any) -> None:
    with pytest.raises(LogFormatError):
        LogAnalyzer(source)


@pytest.mark.parametrize("source", [None, 7, b"bytes"])
def test_what_cannot_be_a_log_is_a_type_error(source: Any) -> None:
    with pytest.raises(TypeError):
        LogAnalyzer(source)


def test_a_file_that_is_no_log_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('{"just": "json"}')
    with pytest.raises(LogFormatError):
        LogAnalyzer(path)


def test_the_predecessors_own_logs_give_the_calls_that_were_made() -> None:
    path = real_data("tau2-enhanced", "airline_gemini2_5_flash_10tasks_2t_enhanced_logs.json")
    summary = LogAnalyzer(path).get_summary_metrics()
    assert (summary["total_tool_calls"], summary["successful_calls"], summary["state_changing_calls"]) == (79, 71, 4)
    assert (summary["total_simulations"], summary["successful_simulations"]) == (20, 12)
    alone = LogAnalyzer(json.loads(path.read_bytes())).get_summary_metrics()
    assert 79 <= alone["total_tool_calls"] <= 82, "without the results file next to it, what was a replay is a guess"


def test_importing_the_package_imports_nothing_heavy() -> None:
    heavy = ("numpy", "scipy", "statsmodels", "rich")
    assert loaded_after("import tau2_tui; tau2_tui.__all__", heavy) == set()


def test_an_unknown_name_is_an_attribute_error() -> None:
    import tau2_tui
    import tau2_tui.analysis

    for module in (tau2_tui, tau2_tui.analysis):
        assert module.LogAnalyzer is LogAnalyzer
        with pytest.raises(AttributeError):
            module.NoSuchThing  # noqa: B018

"""The examples that tau2-enhanced's README shows, with ``tau2_tui`` in place of ``tau2_enhanced``, run as they stand.

Models are answered by a local server; everything else is tau2-bench itself.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.recording.tau2_api import Tau2
from tests.recording.logs import of_type, rows_of
from tests.support.model_replies import ToolCall
from tests.support.model_scripts import agent, by_role, user
from tests.support.model_server import ModelServer

MODEL = "openai/gpt-4.1"
CUSTOMER = "noah_muller_9847"

MY_DOMAIN = """\
from tau2.domains.mock.environment import get_environment as get_custom_environment
from tau2.domains.mock.environment import get_tasks as get_custom_tasks

from tau2_tui.domain_registration import EnhancedDomainRegistry
from tau2_tui.environments.logging_environment import LoggingEnvironment


def get_custom_enhanced_environment(*args, **kwargs):
    original_env = get_custom_environment(*args, **kwargs)
    return LoggingEnvironment(original_env, log_file="custom.jsonl")


registry = EnhancedDomainRegistry()
registry.register_enhanced_domain(
    domain_name="custom",
    original_get_environment=get_custom_enhanced_environment,
    original_get_tasks=get_custom_tasks,
)
"""


@pytest.fixture
def server(tau2: Tau2, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    """A model server that litellm reaches by the environment alone, as a user's own would be."""
    script = by_role(
        agent=agent(ToolCall("get_user_details", {"user_id": CUSTOMER}), say="Is there anything else?"),
        user=user("Hello, my user id is " + CUSTOMER),
    )
    with ModelServer(script) as running:
        for name in ("OPENAI_API_BASE", "OPENAI_BASE_URL"):
            monkeypatch.setenv(name, running.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "unchecked-key")
        yield running


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "tau2_tui", *words], capture_output=True, text=True, timeout=240, env=dict(os.environ)
    )


# Usage


def test_method_1_the_command_line(server: ModelServer, tmp_path: Path) -> None:
    done = run(
        *("run", "--domain", "airline_enhanced", "--agent", "llm_agent", "--agent-llm", MODEL),
        *("--user-llm", MODEL, "--task-ids", "2", "--num-trials", "1"),
    )
    assert done.returncode == 0, done.stderr
    (results,) = tmp_path.glob("enhanced_logs/enhanced_results_????????_??????.json")
    log = results.with_name(f"{results.stem}_enhanced_logs.jsonl")
    assert f"Results saved to: enhanced_logs/{results.name}" in done.stdout
    (call,) = of_type(rows_of(log), "ToolExecutionEvent")
    assert (call["tool_name"], call["task_id"], call["success"]) == ("get_user_details", "2", True)


def test_method_2_the_programmatic_api(server: ModelServer, tau2: Tau2) -> None:
    # ruff: noqa: I001 - the imports stand as the example has them
    from tau2_tui import run_enhanced_simulation
    from tau2.domains.airline.environment import get_tasks  # type: ignore[import-untyped,unused-ignore]
    from tau2.data_model.simulation import Results  # type: ignore[import-untyped,unused-ignore]

    tasks = get_tasks()
    test_task = next(task for task in tasks if task.id == "2")
    results, (main_path, logs_path) = run_enhanced_simulation(
        domain="airline_enhanced",
        tasks=[test_task],
        agent="llm_agent",
        user="user_simulator",
        llm_agent=MODEL,
        llm_user=MODEL,
        num_trials=1,
        save_dir="./enhanced_logs",
    )
    assert main_path.name.startswith("enhanced_results_") and main_path.suffix == ".json"
    assert logs_path.name == f"{main_path.stem}_enhanced_logs.jsonl"
    assert results == Results.load(main_path) and len(results.simulations) == 1
    (end,) = of_type(rows_of(logs_path), "SimulationEndEvent")
    (simulation,) = results.simulations
    assert (simulation.id, simulation.reward_info.reward) == (end["simulation_id"], end["reward"])
    assert simulation.task_id == "2" and simulation.trial == 0


@pytest.fixture(scope="module")
def analysed(tau2: Tau2, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A run's log and tau2-enhanced's document of it."""
    from tau2_tui import run_enhanced_simulation

    folder = tmp_path_factory.mktemp("analysed")
    _, (_, document) = run_enhanced_simulation(
        "mock_enhanced",
        agent="noisy-oracle",
        error_rate=0.9,
        max_retries=0,
        num_trials=3,
        save_dir=folder,
        save_to="run",
        logs_format="json",
    )
    return {"jsonl": folder / "run_enhanced_logs.jsonl", "json": document}


@pytest.mark.parametrize("form", ["jsonl", "json"])
def test_method_3_analysis_of_existing_logs(analysed: dict[str, Path], form: str) -> None:
    from tau2_tui.analysis import LogAnalyzer

    analyzer = LogAnalyzer(str(analysed[form]))
    analysis = analyzer.get_comprehensive_analysis()
    calls = of_type(rows_of(analysed["jsonl"]), "ToolExecutionEvent")
    assert analysis["basic_stats"]["total_tool_calls"] == len(calls) > 8
    assert f"{analysis['basic_stats']['success_rate']:.2%}".endswith("%")
    assert analyzer.get_argument_analysis()["complexity_distribution"]
    assert analyzer.get_performance_analysis()["slowest_tools"]


def test_performance_analytics_and_the_reference_of_the_analyzer(analysed: dict[str, Path]) -> None:
    from tau2_tui import LogAnalyzer

    analyzer = LogAnalyzer(str(analysed["json"]))
    bottlenecks = analyzer.get_performance_bottlenecks()
    efficiency = analyzer.get_tool_efficiency_metrics()
    correlations = analyzer.get_argument_correlation_analysis()
    assert isinstance(bottlenecks["slowest_operations"], list)
    assert isinstance(efficiency["top_performers"], list)
    assert "performance_predictors" in correlations
    for found in (analyzer.get_error_analysis(), analyzer.get_temporal_analysis()):
        assert json.loads(json.dumps(found))


# Logged fields


TOOL_FIELDS = {
    *("tool_name", "tool_call_id", "execution_time", "success", "requestor", "state_changed"),
    *("args_count", "args_size_bytes", "args_complexity_score", "args_types", "has_file_args", "has_large_args"),
    *("sensitive_args_detected", "required_args_provided", "optional_args_provided", "missing_args"),
    *("unexpected_args", "result_size", "result_type", "result_complexity_score", "result_contains_errors"),
    "result_truncated",
}

STATE_FIELDS = {
    *("state_type", "action_trigger", "pre_state_hash", "post_state_hash", "state_diff", "change_summary"),
}


def test_the_fields_of_tool_calls_and_state_changes(analysed: dict[str, Path]) -> None:
    events = json.loads(analysed["json"].read_bytes())["execution_events"]
    for rows in (rows_of(analysed["jsonl"]), events):
        calls, changes = of_type(rows, "ToolExecutionEvent"), of_type(rows, "StateChangeEvent")
        assert calls and changes
        assert all(row.keys() >= TOOL_FIELDS for row in calls)
        assert all(row.keys() >= STATE_FIELDS for row in changes)
        assert all(0 <= (row["args_complexity_score"] or 0) <= 1 for row in calls)
        assert all(row["pre_state_hash"] != row["post_state_hash"] and row["state_diff"] for row in changes)
        written = next(row for row in calls if row["args_count"])
        given = {*written["required_args_provided"], *written["optional_args_provided"], *written["unexpected_args"]}
        assert given == written["tool_args"].keys() == written["args_types"].keys()


def test_snapshots_at_every_moment_that_the_readme_lists(analysed: dict[str, Path]) -> None:
    rows = rows_of(analysed["jsonl"])
    triggers = [row["action_trigger"] for row in of_type(rows, "StateSnapshotEvent")]
    calls = of_type(rows, "ToolExecutionEvent")
    failed = [row for row in calls if not row["success"]]
    simulations = len(of_type(rows, "SimulationStartEvent"))
    assert sum(trigger.startswith("before_") for trigger in triggers) == len(calls)
    assert sum(trigger.startswith("after_") for trigger in triggers) == len(calls) - len(failed)
    assert triggers.count("error") == len(failed) > 0
    assert triggers.count("simulation_start") == triggers.count("simulation_end") == simulations
    document = json.loads(analysed["json"].read_bytes())
    assert len(document["state_snapshots"]) == document["summary"]["total_state_snapshots"] == len(triggers)


# Domains


def test_the_domain_registration_system(tau2: Tau2) -> None:
    from tau2.domains.mock.environment import get_environment as custom_get_environment
    from tau2.domains.mock.environment import get_tasks as custom_get_tasks
    from tau2_tui.domain_registration import EnhancedDomainRegistry

    registry = EnhancedDomainRegistry()
    registered = registry.register_all_available_domains()
    assert {"airline", "retail", "telecom", "mock"} <= set(registered.keys())
    assert {f"{name}_enhanced" for name in registered} <= set(tau2.domains())
    registry.register_enhanced_domain(
        domain_name="custom",
        original_get_environment=custom_get_environment,
        original_get_tasks=custom_get_tasks,
    )
    assert "custom_enhanced" in tau2.domains() and "custom_enhanced" in tau2.task_sets()
    assert registry.is_enhanced_domain("custom_enhanced")
    assert registry.get_original_domain_name("custom_enhanced") == "custom"


def test_a_new_enhanced_domain_and_its_own_log(tau2: Tau2, tmp_path: Path) -> None:
    Path("my_domain.py").write_text(MY_DOMAIN)
    done = run("run", "--import", "my_domain.py", "--domain", "custom_enhanced", "--num-trials", "1")
    assert done.returncode == 0, done.stderr
    (log,) = tmp_path.glob("enhanced_logs/*_enhanced_logs.jsonl")
    names = ("ToolExecutionEvent", "StateChangeEvent", "StateSnapshotEvent")
    recorded, own = of_type(rows_of(log), *names), rows_of(tmp_path / "custom.jsonl")
    assert of_type(rows_of(log), "RunStartEvent")[0]["domain"] == "custom_enhanced"

    def without_place(rows: list[dict[str, Any]]) -> list[str]:
        left_out = ("seq", "timestamp", "chain")
        return sorted(json.dumps({key: row[key] for key in row if key not in left_out}) for row in rows)

    assert of_type(recorded, "ToolExecutionEvent") and without_place(recorded) == without_place(own)


# Custom events and the API reference


def test_a_custom_event_type(tmp_path: Path) -> None:
    from typing import Dict  # noqa: UP035 - as the example has it

    from tau2_tui.logging import ExecutionLogger
    from tau2_tui.logging.events import ExecutionEvent

    @dataclass
    class CustomAnalysisEvent(ExecutionEvent):
        analysis_type: str = ""
        metrics: Dict[str, Any] = field(default_factory=dict)  # noqa: UP006

        def __post_init__(self) -> None:
            super().__post_init__()
            self.source = f"analysis:{self.analysis_type}"

    with ExecutionLogger(tmp_path / "log.jsonl") as logger:
        logger.log_event(CustomAnalysisEvent(analysis_type="calls", metrics={"n": 3}))
    (read,) = ExecutionLogger.load_events_from_file(tmp_path / "log.jsonl")
    assert isinstance(read, CustomAnalysisEvent)
    assert (read.source, read.analysis_type, read.metrics) == ("analysis:calls", "calls", {"n": 3})


def test_the_reference_of_the_logger() -> None:
    from tau2_tui.logging import ExecutionLogger

    flight_results = [{"flight": "HAT001"}]
    logger = ExecutionLogger(log_file="execution.jsonl", auto_flush=True, console_output=False)
    logger.log_tool_execution(
        tool_name="search_flights",
        success=True,
        execution_time=0.5,
        tool_args={"departure": "NYC", "destination": "LAX"},
        result=flight_results,
    )
    stats = logger.get_statistics()
    assert stats["total_events"] == 1
    logger.close()
    (row,) = rows_of(Path("execution.jsonl"))
    assert row["tool_args"] == {"departure": "NYC", "destination": "LAX"} and row["result"] == flight_results


def test_the_reference_of_the_tracker() -> None:
    from tau2_tui.logging import StateTracker

    tracker = StateTracker(max_snapshots=1000, auto_snapshot=True, track_state_hash=True)
    snapshot = tracker.create_snapshot(
        state_data={"bookings": 5, "customers": 100},
        action_trigger="book_flight",
        metadata={"tool": "book_flight", "success": True},
    )
    assert snapshot.state_data == {"bookings": 5, "customers": 100} and snapshot.state_hash

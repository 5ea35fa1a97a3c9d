"""The agents in tau2's own runner, in several simulations at once, in worker processes, and on the command line."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.errors import RecordingError
from tau2_tui.recording import RecordConfig, record_run
from tau2_tui.recording.tau2_api import Tau2
from tests.recording.agents.model_runs import ASKS, CREATE, DONE, PRICED, QUICK, check_request, run
from tests.recording.logs import by_simulation, of_type, rows_of
from tests.support.model_replies import ChatRequest, Reply, ToolCall, calls, server_error
from tests.support.model_scripts import agent, by_role, failing_first
from tests.support.model_server import ModelServer
from tests.support.tau2_runner import simulation_of_tau2

CREATE_ONCE = dataclasses.replace(CREATE, id="call_same")
FACTS = {"max_tokens": 640, "target": 0.75, "summary": "facts", "summary_tokens": 60}
BUDGETS: dict[str, Any] = {"retry": QUICK, "context": FACTS}


def looks_then_creates(request: ChatRequest) -> Reply:
    """Lists the users again and again, until the results that are in the request are shortened; then creates."""
    if any(
        '"title": "Important Meeting"' in str(message) or "task_id" in str(message) for message in request.messages[3:]
    ):
        return DONE
    if any("left out here" in said for said in request.texts):
        return calls(CREATE_ONCE)
    return calls(ToolCall("get_users"))


@pytest.mark.parametrize("name", ["retry_agent", "context_agent", "enhanced_agent"])
def test_tau2s_own_runner_builds_and_runs_them(tau2: Tau2, name: str) -> None:
    import tau2_tui.agents  # registers them

    script = agent(CREATE_ONCE) if name == "context_agent" else failing_first(server_error(), then=agent(CREATE_ONCE))
    untouched = tau2.llm_utils.completion
    with ModelServer(by_role(agent=script, user=ASKS)) as server:
        models, task = models_at(server, {"retry": QUICK}), create_task(tau2)
        simulation = simulation_of_tau2(tau2, "mock", task, name, "user_simulator", 7, **models)
    assert simulation.reward_info.reward == 1.0
    roles = [message.role for message in simulation.messages]
    assert roles == ["assistant", "user", "assistant", "tool", "assistant", "user"]
    assert tau2.llm_utils.completion is untouched
    assert tau2_tui.agents.EnhancedLLMAgent.__name__ == "EnhancedLLMAgent"


def test_simulations_at_once_keep_their_events_apart(tau2: Tau2, tmp_path: Path) -> None:
    script = failing_first(server_error(), then=looks_then_creates)
    made = run(tmp_path / "run.jsonl", "enhanced_agent", script, budgets=BUDGETS, num_trials=8, max_concurrency=8)
    simulations = by_simulation(made.rows)
    assert len(simulations) == 8
    shapes = []
    for events in simulations.values():
        assert of_type(events, "SimulationEndEvent")[0]["reward"] == 1.0
        shapes.append([row["event_type"] for row in events])
        attempts = [
            row["metadata"].get("attempt", 1) for row in of_type(events, "LLMCallEvent") if row["purpose"] == "agent"
        ]
        assert attempts == [1, 2] * (len(attempts) // 2)
        assert len(of_type(events, "ContextReductionEvent")) == 1
    assert shapes == [shapes[0]] * 8
    for request in made.asked():
        check_request(request)


def test_worker_processes_record_the_same(tau2: Tau2, tmp_path: Path) -> None:
    script = failing_first(server_error(), then=looks_then_creates)
    made = run(tmp_path / "run.jsonl", "enhanced_agent", script, budgets=BUDGETS, num_trials=4, processes=2)
    assert [row["reward"] for row in made.of("SimulationEndEvent")] == [1.0] * 4
    assert len(made.reductions) == 4 and len(made.of("ExecutionEvent")) >= 4


@pytest.mark.parametrize("retries", [0, 2])
def test_tau2s_own_retries_do_not_multiply_the_agents(tau2: Tau2, tmp_path: Path, retries: int) -> None:
    budgets = {"num_retries": retries, "retry": {**QUICK, "attempts": 2}}
    made = run(tmp_path / "run.jsonl", "retry_agent", server_error(), budgets=budgets)
    assert len(made.asked()) == 2


def test_a_wrong_budget_is_refused_before_anything_is_written(tau2: Tau2, tmp_path: Path) -> None:
    arguments = {"retry": {"atempts": 3}}
    config = RecordConfig(domain="mock", agent="retry_agent", agent_llm=PRICED, agent_llm_args=arguments)
    with pytest.raises(RecordingError, match="retry has no 'atempts'"):
        record_run(config, tmp_path / "run.jsonl")
    with pytest.raises(RecordingError, match="agent context_agent needs a model"):
        record_run(RecordConfig(domain="mock", agent="context_agent"), tmp_path / "run.jsonl")
    assert list(tmp_path.iterdir()) == []


def test_a_key_in_a_failure_is_not_written(tau2: Tau2, tmp_path: Path) -> None:
    from tests.support.model_replies import Failure

    key = "sk-agent-0123456789abcdef"
    made = run(
        tmp_path / "run.jsonl",
        "retry_agent",
        Failure(503, f"overloaded for {key}"),
        budgets={"retry": {**QUICK, "attempts": 2}, "api_key": key},
    )
    assert len(made.retries) == 2 and "overloaded for" in made.retries[0]["error"]
    assert key.encode() not in made.path.read_bytes()
    assert rows_of(made.path)


def test_in_an_enhanced_domain_under_tau2s_own_runner_the_log_has_their_reports(tau2: Tau2, tmp_path: Path) -> None:
    from tau2_tui.domain_registration import EnhancedDomainRegistry, close_logs

    EnhancedDomainRegistry(log_dir=tmp_path)
    script = failing_first(server_error(), then=looks_then_creates)
    try:
        with ModelServer(by_role(agent=script, user=ASKS)) as server:
            models = models_at(server, BUDGETS)
            task = create_task(tau2)
            simulation = simulation_of_tau2(
                tau2, "mock_enhanced", task, "enhanced_agent", "user_simulator", 7, **models
            )
    finally:
        close_logs()
    assert simulation.reward_info.reward == 1.0
    (log,) = tmp_path.rglob("*_enhanced_logs.jsonl")
    rows = by_simulation(rows_of(log))[simulation.id]
    assert len(of_type(rows, "ContextReductionEvent")) == 1
    assert any("retry" in row["metadata"] for row in of_type(rows, "ExecutionEvent"))


def test_run_enhanced_simulation_takes_them_by_name(tau2: Tau2, tmp_path: Path) -> None:
    from tau2_tui import run_enhanced_simulation

    script = failing_first(server_error(), then=looks_then_creates)
    with ModelServer(by_role(agent=script, user=ASKS)) as server:
        results, (_, logs) = run_enhanced_simulation(
            domain="mock_enhanced",
            tasks=[create_task(tau2)],
            agent="enhanced_agent",
            user="user_simulator",
            save_dir=tmp_path,
            **models_at(server, BUDGETS),
        )
    assert [run.reward_info.reward for run in results.simulations] == [1.0]
    assert len(of_type(rows_of(logs), "ContextReductionEvent")) == 1


def models_at(server: ModelServer, budgets: dict[str, Any]) -> dict[str, Any]:
    """Return both sides' models, under tau2's names for them."""
    everybody = {**server.llm_args(), "num_retries": 0}
    return {
        "llm_agent": PRICED,
        "llm_args_agent": {**everybody, **budgets},
        "llm_user": PRICED,
        "llm_args_user": everybody,
    }


def create_task(tau2: Tau2) -> Any:
    (task,) = [each for each in tau2.tasks("mock", None) if each.id == "create_task_1"]
    return task

"""Options that only one line of tau2-bench has, and what they come to in the orchestrator and in the log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tau2_tui.errors import RecordingError
from tau2_tui.recording import RecordConfig, record_run
from tau2_tui.recording.participants import build_participants, model_choices, with_suitable_user
from tau2_tui.recording.specs import ModelChoice, OrchestratorSpec
from tau2_tui.recording.tau2_api import Tau2
from tests.recording.logs import of_type, rows_of
from tests.recording.runs import model_config
from tests.support.model_replies import ToolCall
from tests.support.model_scripts import STOP, agent, by_role, user
from tests.support.model_server import ModelServer

OF_0_2: dict[str, Any] = {
    "judge_window_size": 4,
    "judge_system_prompt": "Look.",
    "agent_api_key": "A_KEY",
    "user_api_key": "A_KEY",
    "judge_api_key": "A_KEY",
    "skip_failed_samples": True,
    "results_dir": "results",
}
OF_1: dict[str, Any] = {
    "timeout": 60.0,
    "user_persona": {"verbosity": "minimal"},
    "retrieval_config": "bm25",
    "retrieval_config_kwargs": {"top_k": 3},
}
CREATE = ToolCall("create_task", {"user_id": "user_1", "title": "Important Meeting"})


@pytest.mark.parametrize("name", [*OF_0_2, *OF_1])
def test_an_option_that_the_installed_tau2_lacks_is_named(tau2: Tau2, tmp_path: Path, name: str) -> None:
    lacking = OF_0_2 if tau2.generation else OF_1
    if name not in lacking:
        pytest.skip("the installed tau2 has it")
    with pytest.raises(RecordingError) as caught:
        record_run(RecordConfig(domain="mock", **{name: lacking[name]}), tmp_path / "run.jsonl")
    said = str(caught.value)
    assert f"has no --{name.replace('_', '-')}" in said and tau2.name in said and "\n" not in said
    assert not (tmp_path / "run.jsonl").exists()


def orchestrator_of(tau2: Tau2, **options: Any) -> Any:
    config = with_suitable_user(tau2, RecordConfig(domain="mock", **options))
    task = tau2.tasks("mock", "base")[0]
    environment = tau2.environment("mock")
    one, other = build_participants(tau2, config, environment, task)
    judge = model_choices(tau2, config).get("judge", ModelChoice())
    return tau2.orchestrator(
        OrchestratorSpec(
            domain="mock",
            task=task,
            environment=environment,
            agent=one,
            user=other,
            max_steps=5,
            max_errors=3,
            seed=1,
            solo_mode=False,
            simulation_id="s",
            validate_communication=config.enforce_communication_protocol,
            timeout=config.timeout,
            judge_llm=judge.llm,
            judge_llm_args=judge.llm_args,
            judge_window_size=config.judge_window_size,
            judge_system_prompt=config.judge_system_prompt,
        )
    )


def test_the_orchestrator_gets_what_was_asked_for(tau2: Tau2) -> None:
    assert orchestrator_of(tau2).validate_communication is False
    assert orchestrator_of(tau2, enforce_communication_protocol=True).validate_communication is True
    if tau2.generation:
        assert orchestrator_of(tau2, timeout=12.5).timeout == 12.5
        return
    made = orchestrator_of(tau2, judge_llm="gpt-4.1", judge_window_size=7, judge_system_prompt="Look.", max_retries=2)
    assert (made.judge_llm, made.judge_window_size, made.judge_system_prompt) == ("gpt-4.1", 7, "Look.")
    assert made.judge_llm_args["num_retries"] == 2


def test_model_arguments_in_effect_are_in_the_log_without_keys(
    tau2: Tau2, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    more: dict[str, Any] = {}
    if not tau2.generation:
        monkeypatch.setenv("MY_SERVERS_KEY", "sk-by-variable-0123456789")
        more = {"agent_api_key": "MY_SERVERS_KEY", "user_api_key": "sk-typed-in-place-0123456789"}
    with ModelServer(by_role(agent=agent(CREATE), user=user("Please create the task."))) as server:
        models = {"agent_llm_args": {"top_p": 0.5}, "user_llm_args": {"temperature": 0.7, "top_p": 0.5}}
        config = model_config(server, **models, save_to="results", **more)
        record_run(config, tmp_path / "run.jsonl", command_line=["tau2-tui", *map(str, more.values())])
        keys = {exchange.request.headers.get("authorization") for exchange in server.journal}
    by_variable = {"Bearer sk-by-variable-0123456789", "Bearer dummy_key"}  # what tau2 sends without such a variable
    assert keys == ({"Bearer unchecked-key"} if tau2.generation else by_variable)
    models = rows_of(tmp_path / "run.jsonl")[0]["config"]["effective_models"]
    assert models["agent"]["llm_args"]["temperature"] == 0.0 and models["agent"]["llm_args"]["top_p"] == 0.5
    assert models["user"]["llm_args"]["temperature"] == 0.7
    assert models["agent"]["llm_args"]["api_key"] == "[secret removed]"
    written = (tmp_path / "run.jsonl").read_bytes() + (tmp_path / "results.json").read_bytes()
    for secret in (b"sk-by-variable", b"sk-typed-in-place", b"unchecked-key"):
        assert secret not in written


def test_a_persona_with_weights_is_drawn_by_the_trials_seed(tau2: Tau2, tmp_path: Path) -> None:
    if not tau2.generation:
        pytest.skip("tau2 0.2 has no personas")
    persona = {"verbosity": {"minimal": 0.5, "standard": 0.5}}
    config = RecordConfig(
        domain="mock", agent="llm_agent", agent_llm="m", user="user_simulator", user_llm="m", user_persona=persona
    )
    task = tau2.tasks("mock", "base")[0]

    def drawn(seed: int) -> str:
        _, made = build_participants(tau2, config, tau2.environment("mock"), task, seed)
        return str(made.persona_config.verbosity.value)

    assert {drawn(seed) for seed in range(12)} == {"minimal", "standard"}
    assert [drawn(seed) for seed in range(5)] == [drawn(seed) for seed in range(5)]


def test_documents_are_found_as_the_retrieval_configuration_says(tau2: Tau2, tmp_path: Path) -> None:
    if not tau2.generation:
        pytest.skip("tau2 0.2 has no such domain")
    tasks = tuple(task.id for task in tau2.tasks("banking_knowledge", None)[:3])
    names = {}
    for retrieval in ("no_knowledge", "grep_only"):
        config = RecordConfig(domain="banking_knowledge", task_ids=tasks, retrieval_config=retrieval)
        outcome = record_run(config, tmp_path / f"{retrieval}.jsonl")
        assert outcome.totals()["errors"] == 0 and outcome.totals()["passed"] == 3
        names[retrieval] = {tool["name"] for tool in rows_of(tmp_path / f"{retrieval}.jsonl")[0]["tools"]}
    assert names["no_knowledge"] < names["grep_only"]


def test_a_retrieval_that_needs_a_key_says_which_do_not(
    tau2: Tau2, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not tau2.generation:
        pytest.skip("tau2 0.2 has no such domain")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(RecordingError, match="--retrieval-config bm25"):
        record_run(RecordConfig(domain="banking_knowledge"), tmp_path / "run.jsonl")


def test_a_solo_agent_gets_tau2s_solo_user_by_itself(tau2: Tau2, tmp_path: Path) -> None:
    done = ToolCall("done", {})
    with ModelServer(by_role(agent=agent(CREATE, done, before=0), user=user(STOP))) as server:
        config = RecordConfig(
            domain="mock",
            task_ids=("create_task_1",),
            agent="llm_agent_solo",
            agent_llm="openai/gpt-4.1",
            agent_llm_args=server.llm_args(num_retries=0),
            max_retries=0,
        )
        record_run(config, tmp_path / "run.jsonl")
    rows = rows_of(tmp_path / "run.jsonl")
    (start,) = of_type(rows, "SimulationStartEvent")
    assert (start["user"], start["solo_mode"], start["user_llm"]) == ("dummy_user", True, None)
    (end,) = of_type(rows, "SimulationEndEvent")
    assert (end["reward"], end["termination_reason"]) == (1.0, "agent_stop"), end["error"]
    assert {row["purpose"] for row in of_type(rows, "LLMCallEvent")} == {"agent"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"solo_mode": True, "user": "scripted"}, "no user"),
        ({"agent": "llm_agent", "agent_llm": "m", "solo_mode": True}, "not in solo mode"),
        ({"agent": "llm_agent", "agent_llm": "m", "user": "dummy_user"}, "solo mode only"),
    ],
)
def test_solo_mode_is_refused_where_it_does_not_fit(
    tau2: Tau2, tmp_path: Path, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(RecordingError, match=said):
        record_run(RecordConfig(domain="mock", **options), tmp_path / "run.jsonl")


def test_a_set_without_splits_and_the_split_of_all_tasks_are_the_same(tau2: Tau2) -> None:
    assert len(tau2.tasks("telecom_full", "base")) == len(tau2.tasks("telecom", "full")) == 2285
    assert {"telecom-workflow", "telecom_small", "telecom_full"} <= set(tau2.task_sets())

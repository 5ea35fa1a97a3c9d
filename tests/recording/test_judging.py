"""Assertions in natural language: judged by the model that is named, and otherwise said to be not judged."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tau2_tui.recording import RecordConfig, RunOutcome, record_run
from tau2_tui.recording.judging import SKIPPED, AssertionJudge, evaluate, judge_of
from tau2_tui.recording.specs import ModelChoice
from tau2_tui.recording.tau2_api import Tau2
from tests.recording.logs import of_type, rows_of
from tests.support.model_scripts import judge
from tests.support.model_server import ModelServer

BOTH = ["DB", "NL_ASSERTION"]


class Info(SimpleNamespace):
    """Stands in for tau2's RewardInfo."""

    def model_dump(self, mode: str) -> dict[str, Any]:
        return dict(vars(self))


class Criteria(SimpleNamespace):
    def model_copy(self, update: dict[str, Any]) -> Criteria:
        return Criteria(**{**vars(self), **update})


class Task(Criteria):
    pass


def evaluated(
    rest: float, basis: list[str], assertions: list[str], model: str | None = None, ended: str = "user_stop"
) -> Any:
    asked: list[Any] = []

    def evaluation(task: Any, assertions: bool) -> Info:
        asked.append((task.evaluation_criteria.reward_basis, assertions))
        return Info(reward=rest, reward_basis=task.evaluation_criteria.reward_basis, info=None)

    task = Task(evaluation_criteria=Criteria(reward_basis=basis, nl_assertions=assertions))
    simulation = SimpleNamespace(termination_reason=SimpleNamespace(value=ended))
    who = AssertionJudge(ModelChoice(model) if model else None, "nobody is there")
    return evaluate(simulation, task, who, evaluation), asked


def test_without_a_judge_the_reward_is_not_known_and_says_so() -> None:
    found, asked = evaluated(1.0, BOTH, ["the agent apologises"])
    assert (found.reward, found.details["reward"], found.judge) == (None, None, SKIPPED)
    assert found.details["info"]["nl"] == {
        "note": "judge skipped: nobody is there",
        "not_judged": ["the agent apologises"],
    }
    assert asked == [(["DB"], False)] and found.details["reward_basis"] == BOTH


def test_a_reward_that_the_rest_makes_0_is_0_whatever_a_judge_would_say() -> None:
    found, _ = evaluated(0.0, BOTH, ["the agent apologises"])
    assert (found.reward, found.details["reward"], found.judge) == (0.0, 0.0, SKIPPED)
    assert "whatever" in found.details["info"]["nl"]["note"]


@pytest.mark.parametrize(
    ("basis", "assertions", "ended", "counted"),
    [
        (["DB"], ["not counted"], "user_stop", False),
        (BOTH, [], "user_stop", True),
        (BOTH, ["x"], "max_steps", True),
    ],
)
def test_where_no_judge_is_needed_none_is_named(
    basis: list[str], assertions: list[str], ended: str, counted: bool
) -> None:
    found, asked = evaluated(1.0, basis, assertions, ended=ended)
    assert (found.reward, found.judge) == (1.0, None) and asked == [(basis, counted)]


def test_a_judge_that_is_there_is_asked() -> None:
    found, asked = evaluated(1.0, BOTH, ["x"], model="some-model")
    assert (found.reward, found.judge) == (1.0, "called") and asked == [(BOTH, True)]


def test_tau2s_own_judge_is_asked_only_beside_other_models_and_with_its_key(
    tau2: Tau2, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not tau2.generation:
        assert judge_of(tau2, RecordConfig(domain="mock")).model is None
        return
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdef")
    assert judge_of(tau2, RecordConfig(domain="mock")).model is None
    with_model = RecordConfig(domain="mock", agent="llm_agent", agent_llm="gpt-4.1")
    assert judge_of(tau2, with_model).model == tau2.assertion_judge
    monkeypatch.delenv("OPENAI_API_KEY")
    without_key = judge_of(tau2, with_model)
    assert without_key.model is None and "OPENAI_API_KEY" in without_key.reason
    named = judge_of(tau2, RecordConfig(domain="mock", judge_llm="my/judge", judge_llm_args={"top_p": 1})).model
    assert named is not None and named.llm == "my/judge" and named.llm_args["top_p"] == 1


@pytest.fixture
def judged_task(tau2: Tau2) -> str:
    """A task of tau2's own whose reward needs a judge."""
    if not tau2.generation:
        pytest.skip("tau2 0.2 has no task that is judged")
    tasks = tau2.tasks("retail", "base")
    return next(str(task.id) for task in tasks if task.evaluation_criteria.nl_assertions)


def record(path: Path, task_id: str, **options: Any) -> tuple[RunOutcome, list[dict[str, Any]]]:
    config = RecordConfig(domain="retail", task_ids=(task_id,), max_retries=0, **options)
    return record_run(config, path), rows_of(path)


def test_a_log_names_the_judge_that_was_skipped_wherever_the_reward_is(judged_task: str, tmp_path: Path) -> None:
    outcome, rows = record(tmp_path / "run.jsonl", judged_task)
    (end,) = of_type(rows, "SimulationEndEvent")
    assert end["reward"] is None and end["error"] is None and end["reward_info"]["reward"] is None
    assert end["metadata"]["judge"] == "judge skipped" and "judge skipped" in end["message"]
    assert end["reward_info"]["info"]["nl"]["note"].startswith("judge skipped: ")
    assert end["reward_info"]["reward_breakdown"] == {"DB": 1.0} and not of_type(rows, "LLMCallEvent")
    assert rows[-1]["totals"]["judge_skipped"] == 1 and rows[-1]["totals"]["passed"] == 0
    assert "judge skipped" in rows[-1]["message"] and outcome.simulations[0].undecided


@pytest.mark.parametrize("met", [True, False])
def test_the_judge_that_is_named_decides_and_its_call_is_recorded(judged_task: str, tmp_path: Path, met: bool) -> None:
    with ModelServer(judge(met)) as server:
        arguments = server.llm_args(num_retries=0)
        _, rows = record(tmp_path / "run.jsonl", judged_task, judge_llm="openai/my-judge", judge_llm_args=arguments)
        assert server.totals.requests == 1
    (call,) = of_type(rows, "LLMCallEvent")
    assert (call["purpose"], call["model"]) == ("judge", "openai/my-judge")
    (end,) = of_type(rows, "SimulationEndEvent")
    assert end["reward"] == float(met) and end["metadata"]["judge"] == "called"
    assert {check["met"] for check in end["reward_info"]["nl_assertions"]} == {met}
    assert rows[0]["config"]["effective_models"]["judge"]["llm"] == "openai/my-judge"


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_whole_retail_without_a_judge(tau2: Tau2, tmp_path: Path) -> None:
    if not tau2.generation:
        pytest.skip("tau2 0.2 has no task that is judged")
    totals = record_run(RecordConfig(domain="retail"), tmp_path / "run.jsonl").totals()
    assert (totals["simulations"], totals["passed"], totals["judge_skipped"]) == (114, 74, 40)

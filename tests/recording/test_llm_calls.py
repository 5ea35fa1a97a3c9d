"""Model calls, made by tau2's own agent and user to a scripted model server."""

from __future__ import annotations

import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from tau2_tui.events import LLMCallEvent
from tau2_tui.recording import record_run
from tau2_tui.recording.http_requests import counting_requests
from tau2_tui.recording.llm_calls import calling_for, model_calls_recorded, price_of
from tau2_tui.recording.spending import Spending, add_up, model_totals
from tau2_tui.recording.tau2_api import Tau2
from tests.recording.logs import Row, of_type, rows_of
from tests.recording.runs import model_config
from tests.support.model_replies import Failure, ToolCall, empty, text
from tests.support.model_scripts import agent, by_role, failing_first, user
from tests.support.model_server import ModelServer

CREATE = ToolCall("create_task", {"user_id": "user_1", "title": "Important Meeting"})


def recorded(path: Path, script: Any, model: str = "openai/gpt-4.1", **options: Any) -> list[Row]:
    with ModelServer(script) as server:
        record_run(model_config(server, agent_llm=model, user_llm=model, **options), path)
    return rows_of(path)


def test_every_model_call_is_recorded_with_purpose_tokens_price_and_place(tau2: Tau2, tmp_path: Path) -> None:
    rows = recorded(tmp_path / "run.jsonl", by_role(agent=agent(CREATE), user=user("Please create the task.")))
    calls = of_type(rows, "LLMCallEvent")
    assert [row["purpose"] for row in calls] == ["user", "agent", "agent", "user"]
    messages = {row["turn_idx"]: row for row in of_type(rows, "MessageEvent")}
    for call in calls:
        message = messages[call["turn_idx"]]
        assert call["seq"] < message["seq"]
        assert message["role"] == {"agent": "assistant", "user": "user"}[call["purpose"]]
        assert message["cost"] == call["cost"] > 0
        assert message["usage"]["prompt_tokens"] == call["prompt_tokens"] > 0
        assert call["total_tokens"] == call["prompt_tokens"] + call["completion_tokens"]
        assert call["latency"] > 0 and message["generation_time"] >= call["latency"]
        assert call["error"] is None and call["retries"] == 0
    (end,) = of_type(rows, "SimulationEndEvent")
    by_purpose = {name: sum(row["cost"] for row in calls if row["purpose"] == name) for name in ("agent", "user")}
    assert end["agent_cost"] == pytest.approx(by_purpose["agent"])
    assert end["user_cost"] == pytest.approx(by_purpose["user"])
    assert end["reward"] == 1.0
    (tool,) = of_type(rows, "ToolExecutionEvent")
    assert tool["tool_call_id"] == messages[tool["turn_idx"]]["tool_calls"][0]["id"]


def test_the_price_of_an_unknown_model_is_unknown_not_nothing(tau2: Tau2, tmp_path: Path) -> None:
    script = by_role(agent=agent(CREATE), user=user("Please create the task."))
    rows = recorded(tmp_path / "run.jsonl", script, model="openai/my-own-model")
    assert {row["cost"] for row in of_type(rows, "LLMCallEvent")} == {None}
    (end,) = of_type(rows, "SimulationEndEvent")
    assert end["agent_cost"] is None and end["user_cost"] is None
    greeting, *spoken = [row for row in of_type(rows, "MessageEvent") if row["role"] != "tool"]
    assert greeting["source"] == "orchestrator" and greeting["cost"] == 0.0
    assert {row["cost"] for row in spoken} == {None}


def test_a_model_that_fails_is_a_failed_call_and_a_failed_simulation(tau2: Tau2, tmp_path: Path) -> None:
    script = by_role(agent=Failure(400, "the prompt is not to my liking"), user=user("Please create the task."))
    rows = recorded(tmp_path / "run.jsonl", script, max_retries=0)
    said, failed = of_type(rows, "LLMCallEvent")
    assert said["error"] is None and failed["error_type"] == "BadRequestError" and failed["level"] == "warning"
    assert "not to my liking" in failed["error"] and failed["latency"] > 0 and failed["cost"] is None
    (end,) = of_type(rows, "SimulationEndEvent")
    assert end["error_type"] == "BadRequestError" and end["termination_reason"] == "infrastructure_error"


def test_an_empty_answer_that_tau2_asks_again_counts_as_a_retry(tau2: Tau2, tmp_path: Path) -> None:
    if tau2.generation:
        pytest.skip("tau2 1.x does not ask again")
    script = by_role(agent=failing_first(empty(), then=agent(CREATE)), user=user("Please create the task."))
    rows = recorded(tmp_path / "run.jsonl", script, agent_llm_args={"num_retries": 1})
    tries = [row["retries"] for row in of_type(rows, "LLMCallEvent") if row["purpose"] == "agent"]
    assert tries[:2] == [0, 1]
    assert len({row["turn_idx"] for row in of_type(rows, "LLMCallEvent")[1:3]}) == 1


def test_the_servers_key_is_in_no_line_even_when_an_error_repeats_it(tau2: Tau2, tmp_path: Path) -> None:
    script = by_role(agent=Failure(401, "wrong key sk-leaked-0123456789"), user=user("Please create the task."))
    rows = recorded(tmp_path / "run.jsonl", script, agent_llm_args={"api_key": "sk-leaked-0123456789"})
    assert "sk-leaked" not in (tmp_path / "run.jsonl").read_text()
    assert any(row["error"] for row in of_type(rows, "LLMCallEvent"))


def test_the_hook_is_there_only_while_somebody_records(tau2: Tau2) -> None:
    original = tau2.llm_utils.completion
    with model_calls_recorded(tau2):
        with model_calls_recorded(tau2):
            assert tau2.llm_utils.completion is not original
        assert tau2.llm_utils.completion is not original
    assert tau2.llm_utils.completion is original


def test_calls_from_elsewhere_pass_unrecorded(tau2: Tau2) -> None:
    seen: list[Any] = []
    ask = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "hi"}], "mock_response": "hello"}
    with model_calls_recorded(tau2):
        tau2.llm_utils.completion(**ask)
        assert seen == []
        with calling_for("judge", seen.append) as caller:
            tau2.llm_utils.completion(**ask)
        tau2.llm_utils.completion(**ask)
    assert [(event.purpose, event.model) for event in seen] == [("judge", "gpt-4.1")]
    assert caller.calls == 1 and not caller.unpriced


def test_a_price_of_zero_that_no_list_confirms_is_unknown() -> None:
    class PriceList:
        model_cost: ClassVar[dict[str, Any]] = {"free": {"input_cost_per_token": 0.0}, "half-known": {"max_tokens": 5}}

        @staticmethod
        def completion_cost(completion_response: Any) -> float:
            return 0.0

    prices = {
        name: price_of(SimpleNamespace(model=name), name, PriceList) for name in ("free", "half-known", "unheard-of")
    }
    assert prices == {"free": 0.0, "half-known": None, "unheard-of": None}


@pytest.mark.parametrize(
    ("model", "price"), [("gpt-4.1", "known"), ("openai/my-own-model", None), ("ollama/llama3", 0.0)]
)
def test_only_a_model_known_to_be_free_costs_nothing(tau2: Tau2, model: str, price: Any) -> None:
    ask = {"model": model, "messages": [{"role": "user", "content": "hi"}], "mock_response": "hello"}
    found = price_of(tau2.litellm.completion(**ask), model, tau2.litellm)
    assert (found is not None and found > 0) if price == "known" else found == price


def test_http_requests_are_seen_while_somebody_records_and_loggers_are_left_as_they_were(
    tau2: Tau2, caplog: pytest.LogCaptureFixture
) -> None:
    logger = logging.getLogger("httpcore.http11")
    before = (logger.level, list(logger.filters))
    with ModelServer(text("Hello")) as server:
        ask = {"model": "openai/gpt-4.1", "messages": [{"role": "user", "content": "hi"}], **server.llm_args()}
        with model_calls_recorded(tau2), model_calls_recorded(tau2):
            with counting_requests() as count:
                tau2.litellm.completion(**ask)
            tau2.litellm.completion(**ask)
        with counting_requests() as unseen:
            tau2.litellm.completion(**ask)
        assert (count.seen, unseen.seen, server.totals.requests) == (1, 0, 3)
    assert (logger.level, list(logger.filters)) == before
    assert not [record for record in caplog.records if record.name.startswith("httpcore")]


def test_sums_of_calls_keep_what_is_unknown_apart() -> None:
    known = Spending.of_call(LLMCallEvent(prompt_tokens=10, completion_tokens=2, cost=0.5))
    unknown = Spending.of_call(LLMCallEvent(prompt_tokens=10, completion_tokens=2))
    failed = Spending.of_call(LLMCallEvent(error="no", metadata={"http_requests": 3}))
    silent = Spending.of_call(LLMCallEvent(cost=0.0))
    assert (known + failed).cost == 0.5 and (known + failed).failed_calls == 1 and failed.http_requests == 3
    assert (known + unknown).cost is None and (known + unknown).known_cost == 0.5
    assert silent.calls_without_usage == 1 and silent.cost == 0.0
    both = add_up([{"agent": known}, {"agent": unknown, "user": known}])
    totals = model_totals(both)
    assert (totals["llm_calls"], totals["total_tokens"], totals["cost"]) == (3, 36, None)
    assert totals["model_calls"]["user"]["cost"] == 0.5 and totals["model_calls"]["agent"]["cost"] is None
    assert model_totals({})["cost"] == 0.0

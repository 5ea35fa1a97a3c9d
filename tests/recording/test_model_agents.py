"""tau2's own model agents, user simulator and judges, against a model server whose journal is the truth."""

from __future__ import annotations

import dataclasses
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.recording import RecordConfig, record_run
from tau2_tui.recording.tau2_api import Tau2
from tests.recording.logs import Row, by_simulation, of_type, rows_of
from tests.support.model_replies import (
    Drop,
    Failure,
    Hang,
    Reply,
    Script,
    ToolCall,
    calls,
    context_exceeded,
    empty,
    invalid_body,
    rate_limited,
    server_error,
    text,
)
from tests.support.model_scripts import agent, by_role, failing_first, judge, play, user
from tests.support.model_server import ModelServer

CREATE = ToolCall("create_task", {"user_id": "user_1", "title": "Important Meeting"})
ASKS = user("Please create the task.")
PRICED = "openai/gpt-4.1"


def config_of(server: ModelServer, **options: Any) -> RecordConfig:
    """Return one simulation of the mock domain with the server as everybody's model."""
    arguments = {**server.llm_args(), "num_retries": 0, **options.pop("args", {})}
    chosen = {
        "domain": "mock",
        "task_ids": ("create_task_1",),
        "agent": "llm_agent",
        "agent_llm": PRICED,
        "agent_llm_args": arguments,
        "user_llm": PRICED,
        "user_llm_args": arguments,
        "max_retries": 0,
    }
    return RecordConfig(**{**chosen, **options})


def recorded(path: Path, script: Script | Reply, **options: Any) -> tuple[list[Row], ModelServer]:
    with ModelServer(script) as server:
        record_run(config_of(server, **options), path)
    return rows_of(path), server


def sums(rows: list[Row]) -> dict[str, int]:
    """What the log's own model calls add up to, for those that were answered."""
    made = [row for row in of_type(rows, "LLMCallEvent") if row["error"] is None]
    return {name: sum(row[name] for row in made) for name in ("prompt_tokens", "completion_tokens")}


def check_against(rows: list[Row], server: ModelServer) -> None:
    """Compare the log's calls, its sums and its last line with the server's journal."""
    made, totals = of_type(rows, "LLMCallEvent"), rows[-1]["totals"]
    told = server.totals
    assert sum(row["metadata"].get("http_requests", 0) for row in made) == told.requests
    assert sums(rows) == {"prompt_tokens": told.prompt_tokens, "completion_tokens": told.completion_tokens}
    assert {name: totals[name] for name in sums(rows)} == sums(rows)
    assert totals["llm_calls"] == len(made)
    assert totals["failed_llm_calls"] == sum(row["error"] is not None for row in made)
    prices = [row["cost"] for row in made if row["error"] is None]
    assert totals["cost"] == (None if None in prices else pytest.approx(sum(prices)))
    for purpose, shares in totals["model_calls"].items():
        own = [row for row in made if row["purpose"] == purpose]
        assert shares["calls"] == len(own)
        assert shares["known_cost"] == pytest.approx(sum(row["cost"] or 0.0 for row in own))
    assert sum(shares["total_tokens"] for shares in totals["model_calls"].values()) == totals["total_tokens"]


@pytest.mark.parametrize("name", ["llm_agent", "llm_agent_gt"])
def test_an_agent_with_tool_calls_in_parallel_and_one_after_another(tau2: Tau2, tmp_path: Path, name: str) -> None:
    script = by_role(agent=agent([ToolCall("get_users"), CREATE], ToolCall("get_users")), user=ASKS)
    rows, server = recorded(tmp_path / "run.jsonl", script, agent=name)
    check_against(rows, server)
    made = of_type(rows, "ToolExecutionEvent")
    assert [row["tool_name"] for row in made] == ["get_users", "create_task", "get_users"]
    assert made[0]["turn_idx"] == made[1]["turn_idx"] < made[2]["turn_idx"]
    (end,) = of_type(rows, "SimulationEndEvent")
    assert end["reward"] == 1.0
    shares = rows[-1]["totals"]["model_calls"]
    assert end["agent_cost"] == pytest.approx(shares["agent"]["cost"])
    assert end["user_cost"] == pytest.approx(shares["user"]["cost"])
    assert end["metadata"]["model_calls"] == shares


def test_the_solo_agent_has_no_user_and_says_itself_that_it_is_done(tau2: Tau2, tmp_path: Path) -> None:
    script = play(calls(CREATE), calls(ToolCall("done")))
    rows, server = recorded(tmp_path / "run.jsonl", script, agent="llm_agent_solo", user_llm=None)
    check_against(rows, server)
    (start,) = of_type(rows, "SimulationStartEvent")
    (end,) = of_type(rows, "SimulationEndEvent")
    assert start["solo_mode"] is True and (end["reward"], end["termination_reason"]) == (1.0, "agent_stop")
    assert set(rows[-1]["totals"]["model_calls"]) == {"agent"}


def test_many_simulations_at_once_add_up_to_what_the_server_counted(tau2: Tau2, tmp_path: Path) -> None:
    script = by_role(agent=agent(CREATE), user=ASKS)
    rows, server = recorded(tmp_path / "run.jsonl", script, num_trials=12, max_concurrency=6)
    check_against(rows, server)
    assert rows[-1]["totals"]["passed"] == 12
    for events in by_simulation(rows).values():
        assert [row["purpose"] for row in of_type(events, "LLMCallEvent")] == ["user", "agent", "agent", "user"]


@pytest.mark.parametrize(
    ("reply", "error_type"),
    [
        (rate_limited(), "RateLimitError"),
        (server_error(), "InternalServerError"),
        (server_error(503), "ServiceUnavailableError"),
        (context_exceeded(), "ContextWindowExceededError"),
        (invalid_body(), "InternalServerError"),
        (Drop(), "InternalServerError"),
        (Hang(), "Timeout"),
    ],
)
def test_every_failure_is_one_failed_call_and_a_failed_simulation(
    tau2: Tau2, tmp_path: Path, reply: Reply, error_type: str
) -> None:
    script = by_role(agent=reply, user=ASKS)
    rows, server = recorded(tmp_path / "run.jsonl", script, args={"timeout": 0.5})
    check_against(rows, server)
    said, failed = of_type(rows, "LLMCallEvent")
    assert said["error"] is None and failed["error_type"] == error_type
    assert (failed["retries"], failed["metadata"]["http_requests"], failed["cost"]) == (0, 1, None)
    (end,) = of_type(rows, "SimulationEndEvent")
    assert end["termination_reason"] == "infrastructure_error" and end["error_type"] == error_type
    assert end["reward"] is None and rows[-1]["event_type"] == "RunEndEvent"


def test_requests_that_the_libraries_repeat_are_counted_as_retries(tau2: Tau2, tmp_path: Path) -> None:
    failing = failing_first(rate_limited(), server_error(), then=agent(CREATE))
    rows, server = recorded(tmp_path / "run.jsonl", by_role(agent=failing, user=ASKS), args={"num_retries": 2})
    check_against(rows, server)
    tries = [(row["retries"], row["metadata"]["http_requests"]) for row in of_type(rows, "LLMCallEvent")]
    assert tries == [(0, 1), (2, 3), (2, 3), (0, 1)]
    assert rows[-1]["totals"]["passed"] == 1


def test_the_wait_that_a_server_asks_for_is_part_of_the_latency(tau2: Tau2, tmp_path: Path) -> None:
    failing = failing_first(rate_limited(1.0), then=agent(CREATE))
    rows, server = recorded(tmp_path / "run.jsonl", by_role(agent=failing, user=ASKS), args={"num_retries": 1})
    check_against(rows, server)
    waited = [row["latency"] for row in of_type(rows, "LLMCallEvent") if row["retries"]]
    assert len(waited) == 2 and min(waited) >= 1.0


@pytest.mark.parametrize("arguments", ['{"title": "cut', "", "[1, 2]"])
def test_malformed_arguments_are_a_paid_call_and_a_failed_simulation(
    tau2: Tau2, tmp_path: Path, arguments: str
) -> None:
    script = by_role(agent=play(calls(ToolCall("create_task", arguments)), before=1), user=ASKS)
    rows, server = recorded(tmp_path / "run.jsonl", script)
    check_against(rows, server)
    assert [row["error"] for row in of_type(rows, "LLMCallEvent")] == [None, None]
    (end,) = of_type(rows, "SimulationEndEvent")
    assert end["error_type"] in ("JSONDecodeError", "ValidationError")
    assert rows[-1]["totals"]["model_calls"]["agent"]["cost"] > 0


def test_a_failed_simulation_is_repeated_and_both_are_paid_for(tau2: Tau2, tmp_path: Path) -> None:
    create = dataclasses.replace(CREATE, id="call_same")  # so that a request of the next attempt is the same one
    script = by_role(agent=failing_first(server_error(), then=agent(create)), user=ASKS)
    rows, server = recorded(tmp_path / "run.jsonl", script, max_retries=2, retry_delay=0.0)
    check_against(rows, server)
    totals = rows[-1]["totals"]
    assert (totals["simulations"], totals["passed"], totals["repeated"]) == (1, 1, 2)
    assert len(of_type(rows, "SimulationEndEvent")) == 3
    assert totals["llm_calls"] == len(of_type(rows, "LLMCallEvent")) == 2 + 3 + 4


def test_a_server_that_dies_ends_the_simulations_and_not_the_run(tau2: Tau2, tmp_path: Path) -> None:
    server = ModelServer(by_role(agent=agent(CREATE), user=ASKS))
    with server:
        config = config_of(server, num_trials=3, max_concurrency=1, args={"timeout": 5})

        class Closing:
            ended = 0

            def simulation_ended(self, outcome: Any) -> None:
                self.ended += 1
                if self.ended == 1:
                    threading.Thread(target=server.close).run()

            def __getattr__(self, name: str) -> Any:
                return lambda *_: None

        record_run(config, tmp_path / "run.jsonl", listener=Closing())
    rows = rows_of(tmp_path / "run.jsonl")
    check_against(rows, server)
    ends = of_type(rows, "SimulationEndEvent")
    assert [row["reward"] for row in ends] == [1.0, None, None]
    assert {row["error_type"] for row in ends[1:]} == {"InternalServerError"}


def test_an_empty_answer_is_counted_as_often_as_tau2_asked(tau2: Tau2, tmp_path: Path) -> None:
    rows, server = recorded(tmp_path / "run.jsonl", by_role(agent=empty(), user=ASKS), args={"num_retries": 1})
    check_against(rows, server)
    asked = [row for row in of_type(rows, "LLMCallEvent") if row["purpose"] == "agent"]
    assert len(asked) == (1 if tau2.generation else 2)


def test_a_judge_of_assertions_is_asked_counted_and_paid(tau2: Tau2, tmp_path: Path) -> None:
    if not tau2.generation:
        pytest.skip("tau2 0.2 judges no assertions in a run")
    with ModelServer(judge()) as server:
        config = RecordConfig(
            domain="retail",
            task_ids=("2",),
            judge_llm=PRICED,
            judge_llm_args={**server.llm_args(), "num_retries": 0},
        )
        record_run(config, tmp_path / "run.jsonl")
    rows = rows_of(tmp_path / "run.jsonl")
    check_against(rows, server)
    totals = rows[-1]["totals"]
    assert totals["model_calls"]["judge"]["calls"] == 1 and totals["cost"] > 0
    assert (totals["passed"], totals["judge_skipped"]) == (1, 0)
    (end,) = of_type(rows, "SimulationEndEvent")
    assert end["agent_cost"] == end["user_cost"] == 0.0


def test_a_judge_of_loops_is_asked_counted_and_paid(tau2: Tau2, tmp_path: Path) -> None:
    if tau2.generation:
        pytest.skip("tau2 1.x looks for no loops")
    script = by_role(
        agent=text("I am looking into it."), user=play(text("Go on, please.")), judge=text(json.dumps({"stuck": True}))
    )
    with ModelServer(script) as server:
        config = config_of(server)
        config = dataclasses.replace(
            config,
            judge_llm=PRICED,
            judge_llm_args=config.agent_llm_args,
            judge_window_size=4,
            max_steps=8,
        )
        record_run(config, tmp_path / "run.jsonl")
    rows = rows_of(tmp_path / "run.jsonl")
    check_against(rows, server)
    assert rows[-1]["totals"]["model_calls"]["judge"]["calls"] >= 1


def test_an_unknown_price_is_null_in_the_sums_and_a_known_part_is_kept(tau2: Tau2, tmp_path: Path) -> None:
    script = by_role(agent=agent(CREATE), user=ASKS)
    rows, server = recorded(tmp_path / "run.jsonl", script, user_llm="openai/nobody-knows-its-price")
    check_against(rows, server)
    totals = rows[-1]["totals"]
    assert totals["cost"] is None and totals["known_cost"] > 0 and totals["unpriced_calls"] == 2
    assert totals["model_calls"]["user"]["cost"] is None
    assert totals["model_calls"]["agent"]["cost"] == pytest.approx(totals["known_cost"])


def test_wrong_calls_of_a_model_are_errors_of_the_tool(tau2: Tau2, tmp_path: Path) -> None:
    wrong = [ToolCall("create_task", {"user_id": "nobody", "title": "x"}), ToolCall("create_task", {"colour": "red"})]
    rows, server = recorded(tmp_path / "run.jsonl", by_role(agent=agent(*wrong, CREATE), user=ASKS))
    check_against(rows, server)
    assert [row["success"] for row in of_type(rows, "ToolExecutionEvent")] == [False, False, True]
    assert of_type(rows, "ToolExecutionEvent")[1]["unexpected_args"] == ["colour"]


def test_an_error_text_loses_what_the_key_of_another_participant_is(tau2: Tau2, tmp_path: Path) -> None:
    with ModelServer(by_role(agent=Failure(401, "no such key: sk-user-0123456789abcdef"), user=ASKS)) as server:
        config = config_of(server)
        config = dataclasses.replace(
            config, user_llm_args={**config.user_llm_args, "api_key": "sk-user-0123456789abcdef"}
        )
        record_run(config, tmp_path / "run.jsonl")
    rows = rows_of(tmp_path / "run.jsonl")
    assert b"sk-user" not in (tmp_path / "run.jsonl").read_bytes()
    (failed,) = [row for row in of_type(rows, "LLMCallEvent") if row["error"]]
    assert "no such key: [secret removed]" in failed["error"]

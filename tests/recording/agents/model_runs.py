"""Runs of the model agents against a scripted model server."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tau2_tui.recording import RecordConfig, record_run
from tau2_tui.recording.agents.model_faults import NOTE
from tests.recording.logs import Row, of_type, rows_of
from tests.support.model_journal import Exchange
from tests.support.model_replies import ChatRequest, JsonObject, Reply, Script, ToolCall, text
from tests.support.model_scripts import by_role, role_of, user
from tests.support.model_server import ModelServer

CREATE = ToolCall("create_task", {"user_id": "user_1", "title": "Important Meeting"})
ASKS = user("Please create the task.")
DONE = text("That is done. Is there anything else?")
PRICED = "openai/gpt-4.1"
QUICK = {"base_delay": 0.0}


@dataclasses.dataclass
class Run:
    """A recorded run: its log, and what the server was asked."""

    rows: list[Row]
    server: ModelServer
    path: Path

    def of(self, *types: str) -> list[Row]:
        return of_type(self.rows, *types)

    @property
    def end(self) -> Row:
        return self.of("SimulationEndEvent")[-1]

    @property
    def retries(self) -> list[JsonObject]:
        return [row["metadata"]["retry"] for row in self.of("ExecutionEvent") if "retry" in row["metadata"]]

    @property
    def reductions(self) -> list[Row]:
        return self.of("ContextReductionEvent")

    @property
    def said(self) -> list[Row]:
        return self.of("MessageEvent")

    def asked(self, role: str = "agent") -> list[ChatRequest]:
        return [request for request in map(_request, self.server.journal) if role_of(request) == role]


def _request(exchange: Exchange) -> ChatRequest:
    return exchange.request or ChatRequest({}, {})


def run(
    path: Path,
    agent: str,
    script: Reply | Script,
    *,
    budgets: JsonObject | None = None,
    user: Reply | Script = ASKS,
    unknown: Reply | Script | None = None,
    **options: Any,
) -> Run:
    """Record one simulation of the mock domain; ``script`` answers the agent's model, ``unknown`` its summaries."""
    with ModelServer(by_role(agent=script, user=user, unknown=unknown)) as server:
        everybody = {**server.llm_args(), "num_retries": 0}
        agent_args = {**everybody, "retry": QUICK, **(budgets or {})}
        chosen = {
            "domain": "mock",
            "task_ids": ("create_task_1",),
            "agent": agent,
            "agent_llm": PRICED,
            "agent_llm_args": agent_args,
            "user_llm": PRICED,
            "user_llm_args": everybody,
            "max_retries": 0,
            **options,
        }
        record_run(RecordConfig(**chosen), path)
    return Run(rows_of(path), server, path)


def was_corrected(request: ChatRequest) -> bool:
    """Whether the request tells the model about a failure."""
    return any(NOTE in said or "The call was not made." in said for said in request.texts)


def check_request(request: ChatRequest) -> None:
    """Assert that OpenAI's and Anthropic's API, and templates that want alternating roles, take a request."""
    check_messages(request.messages)


def check_messages(messages: list[JsonObject], beginning: Callable[[str], bool] = lambda role: True) -> None:
    """Assert that calls and answers are complete and adjacent, and that nobody speaks twice in a row."""
    waiting: list[str] = []
    last = ""
    for message in messages:
        role = message["role"]
        if role == "tool":
            assert message["tool_call_id"] in waiting, "an answer without its call"
            waiting.remove(message["tool_call_id"])
        else:
            assert not waiting, "a call without its answer"
            assert role != last, f"two messages of {role} in a row"
            assert message.get("tool_calls") or str(message.get("content") or "").strip(), "an empty message"
        waiting.extend(call["id"] for call in message.get("tool_calls") or ())
        for call in message.get("tool_calls") or ():
            assert isinstance(json.loads(call["function"]["arguments"]), dict)
        last = role
    assert not waiting, "a call without its answer at the end"

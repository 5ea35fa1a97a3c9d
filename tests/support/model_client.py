"""A minimal client for the tests of the model server: one connection and one request at a time, nothing retried."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from .model_server import ModelServer

Message: TypeAlias = dict[str, Any]

HELLO: list[Message] = [{"role": "user", "content": "Hello"}]
GREETED: list[Message] = [
    {"role": "system", "content": "<instructions>\nBe kind.\n</instructions>\n<policy>\nNone.\n</policy>"},
    {"role": "assistant", "content": "Hi! How can I help you today?"},
    {"role": "user", "content": "List my tasks"},
]
SIMULATED: list[Message] = [
    {"role": "system", "content": "Guidelines\n<scenario>\nYou want a task.\n</scenario>"},
    {"role": "user", "content": "Hi! How can I help you today?"},
]
TOOLS = [{"type": "function", "function": {"name": name, "parameters": {}}} for name in ("get_users", "create_task")]


@dataclass(frozen=True)
class Response:
    """A response that arrived whole; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def choice(self) -> Message:
        """The only choice of a completion."""
        assert self.status == 200, self.body
        (only,) = self.json()["choices"]
        found: Message = only
        return found

    @property
    def message(self) -> Message:
        found: Message = self.choice["message"]
        return found

    @property
    def said(self) -> str:
        return str(self.message["content"])


def body_of(messages: list[Message] = HELLO, **more: Any) -> Message:
    return {"model": "test-model", "messages": messages, **more}


def connect(server: ModelServer, timeout: float = 60.0) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", server.port, timeout=timeout)


def send(
    connection: http.client.HTTPConnection,
    body: object,
    *,
    method: str = "POST",
    path: str = "/v1/chat/completions",
    headers: Mapping[str, str] | None = None,
) -> None:
    """Sends one request and does not wait for its answer; bytes are sent as they are, anything else as JSON."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    connection.request(method, path, sent, {"Content-Type": "application/json", **(headers or {})})


def ask(connection: http.client.HTTPConnection, body: object, **how: Any) -> Response:
    """Sends one request as `send` does, on a connection that stays open, and returns the answer."""
    send(connection, body, **how)
    response = connection.getresponse()
    found = {name.lower(): value for name, value in response.getheaders()}
    return Response(response.status, found, response.read())


def post(
    server: ModelServer,
    messages: list[Message] = HELLO,
    *,
    timeout: float = 60.0,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Response:
    """Asks for a completion on a connection of its own."""
    connection = connect(server, timeout)
    try:
        return ask(connection, body_of(messages, **more), headers=headers)
    finally:
        connection.close()

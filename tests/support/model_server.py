"""A local HTTP server that speaks the OpenAI chat completions API, its replies decided by a script.

    script = by_role(agent=agent(ToolCall("get_users")), user=user("How many users are there?"))
    with ModelServer(script) as server:
        litellm.completion(model="openai/test-model", messages=[...], **server.llm_args())
    assert server.totals.completions == 1

Replies are in `model_replies`, scripts in `model_scripts`.

It listens on 127.0.0.1 at a free port, answers every request in a thread of its own, and keeps a journal of all of
them. Closing it ends every reply under way at once, delayed and hanging ones too.
"""

from __future__ import annotations

import json
import selectors
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, TypeAlias

from .model_journal import REJECTED, Exchange, Journal, Totals
from .model_replies import (
    ChatRequest,
    Completion,
    Drop,
    Failure,
    Hang,
    JsonObject,
    Raw,
    Reply,
    Script,
    Usage,
    count_tokens,
)

_CLOSE_SECONDS = 60.0
_POLL_SECONDS = 0.02

_Decide: TypeAlias = Callable[[Exchange], tuple[Exchange, str, Reply]]


class ModelServer:
    """The server: a context manager that listens from its start to its end.

    An error of the script is answered with status 500, which clients do not mistake for a reply, and is raised when
    the `with` block ends.

    Args:
        script: decides the reply to each request, called in the request's own thread; or one reply for all.
        api_key: when given, requests must carry it as a bearer token and get status 401 otherwise.
    """

    def __init__(self, script: Script | Reply, *, api_key: str | None = None) -> None:
        self._script = script
        self._api_key = api_key
        self._journal = Journal()
        self._faults: list[BaseException] = []
        self._http = _HttpServer(self._journal, self._decide, self._faults)
        self._listener = threading.Thread(
            target=self._http.serve_forever, args=(_POLL_SECONDS,), name="model-server", daemon=True
        )

    def __enter__(self) -> ModelServer:
        self._listener.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if value is None and self._faults:
            raise self._faults[0]

    def close(self) -> None:
        """Stops listening, ends every connection and waits for their threads; further calls do nothing.

        Raises:
            RuntimeError: a script has not returned.
        """
        if self._http.closing.is_set():
            return
        self._http.closing.set()
        if self._listener.is_alive():
            self._http.shutdown()
            self._listener.join()
        self._http.server_close()
        self._http.end_connections()

    @property
    def port(self) -> int:
        """The TCP port it listens on."""
        return int(self._http.server_address[1])

    @property
    def base_url(self) -> str:
        """What OpenAI clients call the base URL; requests go to /chat/completions below it."""
        return f"http://127.0.0.1:{self.port}/v1"

    def llm_args(self, **more: Any) -> dict[str, Any]:
        """The arguments with which litellm, and so tau2's agent and user, reaches this server, and any `more`."""
        return {"api_base": self.base_url, "api_key": self._api_key or "unchecked-key", **more}

    @property
    def journal(self) -> tuple[Exchange, ...]:
        """Every request so far, in the order of arrival."""
        return self._journal.exchanges()

    @property
    def totals(self) -> Totals:
        """The sums over the journal."""
        return self._journal.totals()

    @property
    def faults(self) -> tuple[BaseException, ...]:
        """What went wrong in scripts and in the server itself, oldest first."""
        return tuple(self._faults)

    def wait_for(self, count: int, timeout: float = 60.0) -> tuple[Exchange, ...]:
        """The journal once the replies to `count` requests are decided, sent or not; TimeoutError after `timeout` s."""
        return self._journal.wait_for(count, timeout)

    def _decide(self, exchange: Exchange) -> tuple[Exchange, str, Reply]:
        """The exchange with its parsed request, the kind for the journal, and the reply."""
        if self._api_key is not None and exchange.headers.get("authorization") != f"Bearer {self._api_key}":
            refused = Failure(401, "Incorrect API key provided", "invalid_request_error", "invalid_api_key")
            return exchange, REJECTED, refused
        if exchange.method == "GET" and exchange.path.endswith("/models"):
            return exchange, "models", Raw(_json({"object": "list", "data": []}))
        if exchange.method != "POST" or not exchange.path.endswith("/chat/completions"):
            return exchange, REJECTED, Failure(404, f"No {exchange.method} {exchange.path}", "invalid_request_error")
        try:
            body = json.loads(exchange.body)
        except ValueError as error:
            return exchange, REJECTED, Failure(400, f"The request is no JSON: {error}", "invalid_request_error")
        if not isinstance(body, dict) or body.get("stream"):
            return exchange, REJECTED, Failure(400, "Only unstreamed completions are served", "invalid_request_error")
        return self._ask(exchange, ChatRequest(body, exchange.headers, exchange.attempt))

    def _ask(self, exchange: Exchange, request: ChatRequest) -> tuple[Exchange, str, Reply]:
        asked = self._journal.note(exchange, request=request)
        try:
            reply = self._script if isinstance(self._script, Reply) else self._script(request)
        except Exception as error:
            self._faults.append(error)
            return asked, REJECTED, Failure(500, f"The test's script failed: {error!r}", "script_error")
        return asked, reply.kind, reply


class _HttpServer(ThreadingHTTPServer):
    """Knows its connections, so that closing it ends them instead of waiting for the clients, and leaves no thread."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, journal: Journal, decide: _Decide, faults: list[BaseException]) -> None:
        self.journal = journal
        self.decide = decide
        self.faults = faults
        self.closing = threading.Event()
        self._connections: dict[threading.Thread, socket.socket] = {}
        super().__init__(("127.0.0.1", 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        thread = threading.Thread(
            target=self.process_request_thread,
            args=(request, client_address),
            name="model-server-connection",
            daemon=True,
        )
        thread.start()
        self._connections = {known: its for known, its in self._connections.items() if known.is_alive()}
        self._connections[thread] = request

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keeps what went wrong in a connection, unless it is only that the connection ended."""
        fault = sys.exc_info()[1]
        if fault is not None and not isinstance(fault, ConnectionError):
            self.faults.append(fault)

    def end_connections(self) -> None:
        """Shuts down every open connection and waits for its thread; RuntimeError when one does not end."""
        for connection in self._connections.values():
            _shut_down(connection)
        deadline = time.monotonic() + _CLOSE_SECONDS
        for thread in self._connections:
            thread.join(max(0.0, deadline - time.monotonic()))
        if any(thread.is_alive() for thread in self._connections):
            raise RuntimeError(f"a script of the model server has not returned {_CLOSE_SECONDS:.0f} s after its end")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _HttpServer

    def do_GET(self) -> None:
        self._exchange()

    def do_POST(self) -> None:
        self._exchange()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing on standard error: the journal has it all."""

    def _exchange(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        exchange = self.server.journal.arrived(self.command, self.path, headers, body)
        exchange, kind, reply = self.server.decide(exchange)
        if isinstance(reply, Hang):
            self.server.journal.note(exchange, kind=kind)
            self._connected_after(None)
            self.close_connection = True
        elif isinstance(reply, Drop):
            self._drop(exchange, reply)
        else:
            self._send(exchange, kind, reply)

    def _send(self, exchange: Exchange, kind: str, reply: Reply) -> None:
        """Sends a whole response; the journal has it before the client can."""
        journal = self.server.journal
        status, response, usage = _response(reply, exchange)
        journal.note(exchange, kind=kind, status=status, usage=usage)
        if not self._connected_after(reply.delay):
            self.close_connection = True
            return
        journal.note(exchange, sent=True)
        try:
            self.wfile.write(response)
        except ConnectionError:
            journal.note(exchange, sent=False)
            self.close_connection = True

    def _drop(self, exchange: Exchange, reply: Drop) -> None:
        status, response, _ = _response(reply.reply, exchange)
        self.server.journal.note(exchange, kind=reply.kind, status=status if reply.after_bytes else None)
        if self._connected_after(reply.delay):
            self.wfile.write(response[: reply.after_bytes])
        if reply.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        self.close_connection = True

    def _connected_after(self, seconds: float | None) -> bool:
        """Waits, without end when None, and says whether there still is a client; its going ends the wait."""
        if seconds == 0:
            return True
        deadline = None if seconds is None else time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self.connection, selectors.EVENT_READ)
            while not self.server.closing.is_set():
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    return True
                if not selector.select(left):
                    continue
                if not self.connection.recv(1, socket.MSG_PEEK):
                    return False
                self.server.closing.wait(_POLL_SECONDS)
        return False


def _response(reply: Reply, exchange: Exchange) -> tuple[int, bytes, Usage | None]:
    """The status, the HTTP response and the usage it reports."""
    if isinstance(reply, Raw):
        return reply.status, _http(reply.status, reply.body, reply.content_type), None
    if isinstance(reply, Failure):
        error = {"message": reply.message, "type": reply.type, "param": None, "code": reply.code}
        extra = {} if reply.retry_after is None else {"Retry-After": f"{reply.retry_after:g}"}
        return reply.status, _http(reply.status, _json({"error": error}), **extra), None
    if not isinstance(reply, Completion) or exchange.request is None:
        raise TypeError(f"the script returned {reply!r}, which cannot be sent")
    body, usage = _completion(reply, exchange, exchange.request)
    return 200, _http(200, _json(body)), usage


def _completion(reply: Completion, exchange: Exchange, request: ChatRequest) -> tuple[JsonObject, Usage]:
    tool_calls = [
        {
            "id": call.id or f"call_{exchange.number}_{index}",
            "type": "function",
            "function": {"name": call.name, "arguments": call.wire_arguments},
        }
        for index, call in enumerate(reply.tool_calls)
    ]
    message: JsonObject = {"role": "assistant", "content": reply.content}
    if tool_calls:
        message["tool_calls"] = tool_calls
    usage = reply.usage or Usage(
        prompt_tokens=count_tokens([request.messages, request.body.get("tools")]),
        completion_tokens=count_tokens(reply.content or "") + sum(map(count_tokens, tool_calls)),
    )
    body = {
        "id": f"chatcmpl-{exchange.number}",
        "object": "chat.completion",
        "created": int(exchange.time),
        "model": request.model,
        "choices": [
            {
                "index": 0,
                "message": message,
                "finish_reason": reply.finish_reason or ("tool_calls" if tool_calls else "stop"),
            }
        ],
        "usage": {
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.completion_tokens,
            "total_tokens": usage.prompt_tokens + usage.completion_tokens,
        },
    }
    return body, usage


def _http(status: int, body: bytes, content_type: str = "application/json", **headers: str) -> bytes:
    phrases = {known.value: known.phrase for known in HTTPStatus}
    lines = [
        f"HTTP/1.1 {status} {phrases.get(status, 'Unknown')}",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _shut_down(connection: socket.socket) -> None:
    """Ends a connection in both directions, so that whoever reads from it wakes up."""
    with suppress(OSError):  # it ended by itself in the meantime
        connection.shutdown(socket.SHUT_RDWR)

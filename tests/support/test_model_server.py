from __future__ import annotations

import http.client
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from .model_client import HELLO, TOOLS, ask, body_of, connect, post, send
from .model_replies import (
    ChatRequest,
    Drop,
    Failure,
    Hang,
    Raw,
    Reply,
    ToolCall,
    Usage,
    calls,
    context_exceeded,
    count_tokens,
    empty,
    invalid_body,
    rate_limited,
    server_error,
    text,
)
from .model_scripts import ScriptError, failing_first, play
from .model_server import ModelServer

GONE = (http.client.HTTPException, ConnectionError)
"""What a client sees of a connection that ended before the response did."""


def test_a_text_is_a_whole_completion_of_the_protocol() -> None:
    with ModelServer(text("Good day.")) as server:
        reply = post(server).json()
    assert reply["object"] == "chat.completion"
    assert reply["model"] == "test-model"
    assert reply["choices"] == [
        {"index": 0, "message": {"role": "assistant", "content": "Good day."}, "finish_reason": "stop"}
    ]
    usage = reply["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert usage["completion_tokens"] == count_tokens("Good day.") == 3


def test_the_plain_urllib_client_is_served_too() -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with ModelServer(text("Good day.")) as server:
        request = urllib.request.Request(
            f"{server.base_url}/chat/completions", json.dumps(body_of()).encode(), {"Content-Type": "application/json"}
        )
        with opener.open(request, timeout=60) as response:
            assert json.load(response)["choices"][0]["message"]["content"] == "Good day."
        with pytest.raises(urllib.error.HTTPError, match="404"):
            opener.open(f"{server.base_url}/embeddings", timeout=60)


def test_parallel_tool_calls_carry_their_arguments_as_json_and_ids_of_their_own() -> None:
    wanted = calls(ToolCall("get_users"), ToolCall("create_task", {"user_id": "user_1", "title": "Ünïcode"}))
    with ModelServer(wanted) as server:
        replies = [post(server).choice for _ in range(2)]
    assert [reply["finish_reason"] for reply in replies] == ["tool_calls", "tool_calls"]
    functions = [call["function"] for call in replies[0]["message"]["tool_calls"]]
    assert [(each["name"], json.loads(each["arguments"])) for each in functions] == [
        ("get_users", {}),
        ("create_task", {"user_id": "user_1", "title": "Ünïcode"}),
    ]
    ids = [call["id"] for reply in replies for call in reply["message"]["tool_calls"]]
    assert len(set(ids)) == 4


def test_a_given_id_and_text_beside_a_call_are_sent() -> None:
    with ModelServer(calls(ToolCall("get_users", id="call_same"), content="Let me look.")) as server:
        message = post(server).message
    assert (message["content"], message["tool_calls"][0]["id"]) == ("Let me look.", "call_same")


@pytest.mark.parametrize("arguments", ['{"title": "cut', "", "[1, 2]", "plain words"])
def test_malformed_arguments_are_sent_as_they_are(arguments: str) -> None:
    with ModelServer(calls(ToolCall("create_task", arguments))) as server:
        message = post(server).message
    assert message["tool_calls"][0]["function"]["arguments"] == arguments
    assert [exchange.kind for exchange in server.journal] == ["malformed_tool_calls"]


def test_an_empty_completion_has_neither_text_nor_calls() -> None:
    with ModelServer(empty()) as server:
        assert post(server).message == {"role": "assistant", "content": None}
    assert [exchange.kind for exchange in server.journal] == ["empty"]


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (rate_limited(2.5), 429, "rate_limit_exceeded"),
        (server_error(), 500, None),
        (server_error(503), 503, None),
        (context_exceeded(), 400, "context_length_exceeded"),
        (Failure(418, "No"), 418, None),
    ],
)
def test_failures_have_a_status_and_the_error_object(failure: Failure, status: int, code: str | None) -> None:
    with ModelServer(failure) as server:
        response = post(server)
    assert response.status == status
    assert response.json()["error"]["message"] == failure.message
    assert response.json()["error"]["code"] == code
    assert response.headers.get("retry-after") == ("2.5" if status == 429 else None)
    assert (server.totals.completions, server.totals.failures) == (0, 1)


def test_a_rate_limit_without_retry_after() -> None:
    with ModelServer(rate_limited(None)) as server:
        assert "retry-after" not in post(server).headers


def test_an_invalid_body_has_status_200_and_is_no_json() -> None:
    with ModelServer(invalid_body()) as server:
        response = post(server)
    assert response.status == 200
    with pytest.raises(ValueError, match="Expecting"):
        response.json()
    assert server.totals.failures == 1


def test_a_raw_body_of_any_type_is_sent_as_it_is() -> None:
    with ModelServer(Raw(b"<html>\xff</html>", 502, "text/html")) as server:
        response = post(server)
    assert (response.status, response.body, response.headers["content-type"]) == (
        502,
        b"<html>\xff</html>",
        "text/html",
    )


def test_a_delayed_reply_is_late_but_whole() -> None:
    script = failing_first(text("Too late.", delay=600), then=text("Sorry to be late.", delay=0.2))
    with ModelServer(script) as server:
        give_up(server)
        assert post(server).said == "Sorry to be late."
    assert [(exchange.kind, exchange.sent) for exchange in server.journal] == [("text", False), ("text", True)]
    assert (server.totals.completions, server.totals.failures) == (1, 1)


def test_a_drop_ends_inside_the_body_and_after_the_head() -> None:
    with ModelServer(Drop(text("x" * 500), after_bytes=300)) as server:
        with pytest.raises(http.client.IncompleteRead) as cut:
            post(server)
        (exchange,) = server.wait_for(1)
    assert cut.value.partial.startswith(b'{"id"')
    assert cut.value.expected
    assert (exchange.kind, exchange.status, exchange.usage, exchange.sent) == ("drop", 200, None, False)


def test_a_drop_can_be_a_reset() -> None:
    with ModelServer(Drop(reset=True)) as server, pytest.raises(ConnectionResetError):
        post(server)


def test_a_drop_after_no_byte_is_no_response_at_all() -> None:
    with ModelServer(Drop(after_bytes=0)) as server:
        with pytest.raises(http.client.RemoteDisconnected):
            post(server)
        assert [(exchange.kind, exchange.status) for exchange in server.wait_for(1)] == [("drop", None)]


def test_a_hanging_reply_lasts_until_the_client_gives_up_and_its_thread_ends_then() -> None:
    with ModelServer(Hang()) as server:
        give_up(server)
        (exchange,) = server.journal
        wait_until(lambda: not connection_threads())
    assert (exchange.kind, exchange.status, exchange.sent) == ("hang", None, False)


@pytest.mark.parametrize("reply", [Hang(), text("never", delay=600), Drop(delay=600)])
def test_closing_ends_replies_under_way_at_once(reply: Reply) -> None:
    server = ModelServer(reply)
    with server, ThreadPoolExecutor(8) as pool:
        pending = [pool.submit(post, server) for _ in range(8)]
        server.wait_for(8)
        server.close()
        for each in pending:
            with pytest.raises(GONE):
                each.result(timeout=60)
    assert not connection_threads()
    assert not any(exchange.sent for exchange in server.journal)


def test_closing_ends_idle_connections_that_clients_keep_alive() -> None:
    with ModelServer(text("Hello")) as server:
        connection = connect(server)
        answers = [ask(connection, body_of()).said for _ in range(2)]
        assert len(connection_threads()) == 1
    assert answers == ["Hello", "Hello"]
    assert not connection_threads()
    with pytest.raises(ConnectionError):
        post(server)
    connection.close()


def test_a_server_that_was_never_started_closes_and_closing_twice_is_fine() -> None:
    server = ModelServer(empty())
    server.close()
    server.close()


def test_a_request_is_in_the_journal_before_its_reply_is_decided() -> None:
    arrived, decide = threading.Event(), threading.Event()

    def script(request: ChatRequest) -> Reply:
        arrived.set()
        assert decide.wait(60)
        return text("Hello")

    with ModelServer(script) as server, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(post, server)
        assert arrived.wait(60)
        assert [exchange.kind for exchange in server.journal] == ["waiting"]
        with pytest.raises(TimeoutError, match="0 of 1"):
            server.wait_for(1, timeout=0.05)
        decide.set()
        assert answer.result(60).said == "Hello"


def test_the_journal_has_what_was_asked_and_what_was_answered() -> None:
    with ModelServer(play(calls(ToolCall("get_users")), text("Two users."))) as server:
        first = post(server, tools=TOOLS, temperature=0.0, headers={"X-Run": "7"})
        post(server, [*HELLO, {"role": "assistant", "content": None}])
    asked, again = server.journal
    assert (asked.number, again.number) == (0, 1)
    assert asked.time <= again.time
    assert (asked.method, asked.path, asked.headers["x-run"]) == ("POST", "/v1/chat/completions", "7")
    assert json.loads(asked.body) == body_of(tools=TOOLS, temperature=0.0)
    assert (asked.kind, again.kind) == ("tool_calls", "text")
    assert (asked.status, asked.sent) == (200, True)
    assert asked.request is not None
    assert asked.request.tool_names == ["get_users", "create_task"]
    assert asked.usage is not None
    reported = first.json()["usage"]
    assert (asked.usage.prompt_tokens, asked.usage.completion_tokens) == (
        reported["prompt_tokens"],
        reported["completion_tokens"],
    )


def test_a_given_usage_is_reported_and_summed() -> None:
    script = failing_first(server_error(), rate_limited(), then=text("Done", usage=Usage(120, 30)))
    with ModelServer(script) as server:
        for _ in range(4):
            post(server)
    totals = server.totals
    assert (totals.requests, totals.completions, totals.failures) == (4, 2, 2)
    assert (totals.prompt_tokens, totals.completion_tokens) == (240, 60)


def test_more_messages_and_tools_are_more_prompt_tokens() -> None:
    with ModelServer(text("Done")) as server:
        post(server)
        post(server, [*HELLO, *HELLO])
        post(server, tools=TOOLS)
    small, longer, tools = [exchange.usage.prompt_tokens for exchange in server.journal if exchange.usage]
    assert small < longer
    assert small < tools


def test_a_required_key_is_checked_before_the_script_is_asked() -> None:
    with ModelServer(text("Welcome"), api_key="sk-secret") as server:
        assert post(server).status == 401
        assert post(server, headers={"Authorization": "Bearer sk-other"}).json()["error"]["code"] == "invalid_api_key"
        assert post(server, headers={"Authorization": "Bearer sk-secret"}).said == "Welcome"
        assert server.llm_args(timeout=5) == {"api_base": server.base_url, "api_key": "sk-secret", "timeout": 5}
    assert [exchange.kind for exchange in server.journal] == ["rejected", "rejected", "text"]
    assert server.totals.requests == 1


@pytest.mark.parametrize("body", [b"{not json", b"[]", b'{"messages": [], "stream": true}'])
def test_what_is_no_unstreamed_chat_completion_is_refused(body: bytes) -> None:
    with ModelServer(text("Hello")) as server:
        connection = connect(server)
        assert ask(connection, body).status == 400
        assert ask(connection, b"", method="GET", path="/v1/models").json() == {"object": "list", "data": []}
        connection.close()
    assert [exchange.kind for exchange in server.journal] == ["rejected", "models"]
    assert server.totals.requests == 0


def test_a_failing_script_is_a_500_for_the_client_and_an_error_for_the_test() -> None:
    def script(request: ChatRequest) -> Reply:
        raise ScriptError("no such conversation")

    with pytest.raises(ScriptError, match="no such conversation"), ModelServer(script) as server:
        response = post(server)
        assert response.status == 500
        assert b"no such conversation" in response.body
        assert len(server.faults) == 1


def test_an_error_of_the_test_is_not_hidden_by_one_of_the_script() -> None:
    def script(request: ChatRequest) -> Reply:
        raise ScriptError("secondary")

    with pytest.raises(KeyError, match="primary"), ModelServer(script) as server:
        post(server)
        raise KeyError("primary")


def test_waiting_for_requests_that_do_not_come_times_out() -> None:
    with ModelServer(text("Hello")) as server:
        post(server)
        assert len(server.wait_for(1)) == 1
        with pytest.raises(TimeoutError, match="1 of 2"):
            server.wait_for(2, timeout=0.05)


def connection_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "model-server-connection"]


def give_up(server: ModelServer) -> None:
    """Sends a request and goes away before it is answered."""
    connection = connect(server)
    send(connection, body_of())
    server.wait_for(1)
    connection.close()


def wait_until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not so after {seconds} s"
        time.sleep(0.01)

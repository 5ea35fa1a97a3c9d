"""What a scripted model server can be asked, and what it can answer.

Plain values only: nothing here opens a socket. A script is a function from a `ChatRequest` to a `Reply`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

JsonObject: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Usage:
    """Tokens of one completion, as the reply reports them."""

    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True)
class ToolCall:
    """One tool call of an assistant message.

    arguments: a mapping is sent as JSON; a string is sent exactly as it is, valid or not.
    id: None lets the server make one that is unique in its lifetime.
    """

    name: str
    arguments: Mapping[str, Any] | str = field(default_factory=dict)
    id: str | None = None

    @property
    def wire_arguments(self) -> str:
        """The arguments as the protocol carries them: a string that should be a JSON object."""
        return self.arguments if isinstance(self.arguments, str) else json.dumps(dict(self.arguments))

    @property
    def malformed(self) -> bool:
        """Whether the arguments are no JSON object."""
        try:
            return not isinstance(json.loads(self.wire_arguments), dict)
        except ValueError:
            return True


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the server does with one request.

    delay: seconds before the first byte is sent. The wait ends early when the client goes away or the server closes.
    """

    delay: float = 0.0

    @property
    def kind(self) -> str:
        """One word for the journal."""
        return type(self).__name__.lower()


@dataclass(frozen=True)
class Completion(Reply):
    """A chat completion: text, tool calls, both, or neither (which real models do send).

    finish_reason: None chooses "tool_calls" or "stop".
    usage: None has the server count the tokens of the request and of the reply.
    """

    content: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    finish_reason: str | None = None
    usage: Usage | None = None

    @property
    def kind(self) -> str:
        """Either text, tool_calls, malformed_tool_calls or empty."""
        if any(call.malformed for call in self.tool_calls):
            return "malformed_tool_calls"
        if self.tool_calls:
            return "tool_calls"
        return "text" if self.content else "empty"


@dataclass(frozen=True)
class Failure(Reply):
    """An error of the API: a status, OpenAI's error object and, when given, a Retry-After header in seconds."""

    status: int
    message: str
    type: str = "server_error"
    code: str | None = None
    retry_after: float | None = None

    @property
    def kind(self) -> str:
        """The word "error" and the status, as in error_429."""
        return f"error_{self.status}"


@dataclass(frozen=True)
class Raw(Reply):
    """A body sent as it is, for answers that are no JSON or no completion."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"


@dataclass(frozen=True)
class Hang(Reply):
    """Never answers: the connection stays open until the client gives up or the server closes."""


@dataclass(frozen=True)
class Drop(Reply):
    """Sends the first `after_bytes` bytes of the HTTP response to `reply`, then drops the connection.

    after_bytes: 0 drops it without a response; the default ends inside the body.
    reset: True sends a TCP reset, False an ordinary end of stream.
    """

    reply: Completion | Failure | Raw = field(default_factory=lambda: Completion("This reply is cut off."))
    after_bytes: int = 200
    reset: bool = False


def text(content: str, *, delay: float = 0.0, usage: Usage | None = None) -> Completion:
    """A message to the other side."""
    return Completion(content, delay=delay, usage=usage)


def calls(
    *tool_calls: ToolCall, content: str | None = None, delay: float = 0.0, usage: Usage | None = None
) -> Completion:
    """One tool call, or several in parallel, with text beside them when `content` is given."""
    return Completion(content, tool_calls, delay=delay, usage=usage)


def empty() -> Completion:
    """A completion without text and without tool calls."""
    return Completion()


def rate_limited(retry_after: float | None = 0.0) -> Failure:
    """Status 429 as OpenAI sends it."""
    return Failure(429, "Rate limit reached", "requests", "rate_limit_exceeded", retry_after)


def server_error(status: int = 500) -> Failure:
    """A fault on the server's side."""
    return Failure(status, "The server had an error while processing your request")


def context_exceeded() -> Failure:
    """Status 400 for a prompt that is too long."""
    message = "This model's maximum context length is 128000 tokens. Please reduce the length of the messages."
    return Failure(400, message, "invalid_request_error", "context_length_exceeded")


def invalid_body() -> Raw:
    """Status 200 with a body that is no JSON."""
    return Raw(b'{"id": "chatcmpl-0", "choices": [')


@dataclass(frozen=True)
class ChatRequest:
    """One parsed request for a chat completion.

    headers: names in lower case.
    attempt: how many requests with exactly this body came before it: 0 for the first, 1 for its first retry.
    """

    body: JsonObject
    headers: Mapping[str, str]
    attempt: int = 0

    @property
    def model(self) -> str:
        """The model's name as the client sent it."""
        return str(self.body.get("model", ""))

    @property
    def messages(self) -> list[JsonObject]:
        """The conversation so far."""
        messages = self.body.get("messages")
        return [message for message in messages if isinstance(message, dict)] if isinstance(messages, list) else []

    @property
    def texts(self) -> list[str]:
        """The text of every message that has some; parts of structured content are joined."""
        return [found for found in map(message_text, self.messages) if found]

    @property
    def system_prompt(self) -> str:
        """The text of all system messages."""
        return "\n".join(message_text(message) for message in self.messages if message.get("role") == "system")

    @property
    def tool_names(self) -> list[str]:
        """The names of the tools the client offers, in its order."""
        return [str(tool.get("function", {}).get("name", "")) for tool in self.body.get("tools") or []]

    @property
    def turns(self) -> int:
        """How many assistant messages the conversation holds: the turns this model has had, and any given to it."""
        return sum(message.get("role") == "assistant" for message in self.messages)

    @property
    def tool_results(self) -> list[str]:
        """The contents of the tool messages, oldest first."""
        return [message_text(message) for message in self.messages if message.get("role") == "tool"]


Script: TypeAlias = Callable[[ChatRequest], Reply]


def message_text(message: JsonObject) -> str:
    """The text of a protocol message, whether its content is a string, a list of parts or null."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "".join(str(part.get("text", "")) for part in parts if isinstance(part, dict))


def count_tokens(value: object) -> int:
    """A deterministic stand-in for a tokenizer: one token per started four bytes of text or of compact JSON."""
    written = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return (len(written.encode("utf-8", "surrogatepass")) + 3) // 4

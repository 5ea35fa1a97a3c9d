"""The model server's record of every request it got, safe to write and read from many threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .model_replies import ChatRequest, Usage

WAITING = "waiting"
"""The kind of an exchange whose reply is not decided yet."""

REJECTED = "rejected"
"""The kind of an exchange that the server answered with an error of its own, or for a script that failed."""


@dataclass(frozen=True)
class Exchange:
    """One request, and what became of it.

    number: its place in the order of arrival, from 0.
    time: when it arrived, in seconds since the epoch.
    headers: names in lower case.
    attempt: how many requests with exactly this path and body came before it.
    request: None when it was no chat completion.
    kind: the reply's kind, `WAITING` or `REJECTED`.
    status: the HTTP status of the reply; None when none is sent (waiting, hanging, dropped before the status line).
    usage: the tokens the reply reports; None when it reports none.
    sent: whether the whole reply was handed to the network.
    """

    number: int
    time: float
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    attempt: int
    request: ChatRequest | None = None
    kind: str = WAITING
    status: int | None = None
    usage: Usage | None = None
    sent: bool = False


@dataclass(frozen=True)
class Totals:
    """What a journal adds up to.

    requests: chat completions asked for, retries included.
    completions: those answered with a whole completion, of any content.
    failures: those answered with an error or an unusable body, or not (yet) to the end.
    prompt_tokens, completion_tokens: as the completions reported them.
    """

    requests: int
    completions: int
    failures: int
    prompt_tokens: int
    completion_tokens: int


class Journal:
    """Exchanges in the order of arrival."""

    def __init__(self) -> None:
        self._exchanges: list[Exchange] = []
        self._changed = threading.Condition()

    def arrived(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Exchange:
        """Adds a request."""
        with self._changed:
            attempt = sum(known.path == path and known.body == body for known in self._exchanges)
            exchange = Exchange(len(self._exchanges), time.time(), method, path, headers, body, attempt)
            self._exchanges.append(exchange)
            self._changed.notify_all()
            return exchange

    def note(self, exchange: Exchange, **what: Any) -> Exchange:
        """Changes fields of an exchange and returns it as it now is."""
        with self._changed:
            noted = replace(self._exchanges[exchange.number], **what)
            self._exchanges[exchange.number] = noted
            self._changed.notify_all()
            return noted

    def exchanges(self) -> tuple[Exchange, ...]:
        """All exchanges so far."""
        with self._changed:
            return tuple(self._exchanges)

    def wait_for(self, count: int, timeout: float) -> tuple[Exchange, ...]:
        """All exchanges, once the replies to `count` of them are decided.

        Raises:
            TimeoutError: they are fewer after `timeout` seconds.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._decided() >= count, timeout):
                raise TimeoutError(f"{self._decided()} of {count} replies decided after {timeout} s")
            return tuple(self._exchanges)

    def totals(self) -> Totals:
        """The sums over all exchanges."""
        asked = [exchange for exchange in self.exchanges() if exchange.request is not None]
        reported = [exchange.usage for exchange in asked if exchange.sent and exchange.usage is not None]
        return Totals(
            requests=len(asked),
            completions=len(reported),
            failures=len(asked) - len(reported),
            prompt_tokens=sum(usage.prompt_tokens for usage in reported),
            completion_tokens=sum(usage.completion_tokens for usage in reported),
        )

    def _decided(self) -> int:
        return sum(exchange.kind != WAITING for exchange in self._exchanges)

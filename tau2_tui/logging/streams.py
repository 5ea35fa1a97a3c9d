"""Who is told of a log's events, besides the file: a terminal, a function, other processes."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tau2_tui.events import ExecutionEvent, MessageEvent, decode
from tau2_tui.logging.sockets import SocketStream
from tau2_tui.logging.subscription import MOST_WAITING, PATIENCE, Subscription
from tau2_tui.safe_text import visible

EventCallback = Callable[[ExecutionEvent], None]

_SHOWN = 120
"""Characters of a message that the console shows."""


@dataclass(frozen=True)
class Streams:
    """Who is told, and how many events may wait for each.

    Nobody of them holds the recording up: each has a queue and a thread of its own. When too many events wait for one
    that is slow, it misses some, is told how many, and they are counted.

    Attributes:
        on_event: called with each event, as it would be read back from the file.
        address: where other processes may connect: ``unix:PATH`` or ``tcp:HOST:PORT``.
        console: print one line an event to standard error.
        most_waiting: events that may wait for each.
    """

    on_event: EventCallback | None = None
    address: str | None = None
    console: bool = False
    most_waiting: int = MOST_WAITING

    def __bool__(self) -> bool:
        return self.on_event is not None or self.address is not None or self.console


NO_STREAMS = Streams()


class OpenStreams:
    """The streams of one logger, at work.

    Args:
        streams: who is told.

    Raises:
        LogWriteError: the address cannot be listened at.
    """

    def __init__(self, streams: Streams) -> None:
        self.socket = SocketStream(streams.address, streams.most_waiting) if streams.address is not None else None
        self._owner = os.getpid()
        self._failures = 0
        self._told: list[Subscription] = []
        for name, take in (("callback", streams.on_event), ("console", _print if streams.console else None)):
            if take is not None:
                self._told.append(Subscription(name, self._safely(take), streams.most_waiting))

    def offer(self, line: bytes) -> None:
        """Tell everybody of a line of the log; returns at once."""
        for subscription in self._told:
            subscription.offer(line)
        if self.socket is not None:
            self.socket.offer(line)

    def counts(self) -> dict[str, Any]:
        """Return how many events were told to whom: ``readers, delivered, left_out, failures, address``."""
        others = self.socket.counts() if self.socket is not None else Counter[str]()
        return {
            "readers": len(self._told) + others["readers"],
            "delivered": sum(each.delivered for each in self._told) + others["delivered"],
            "left_out": sum(each.left_out for each in self._told) + others["left_out"],
            "failures": self._failures,
            "address": self.socket.address if self.socket is not None else None,
        }

    def close(self, patience: float = PATIENCE) -> None:
        """Let everybody take what waits, within so many seconds each, and stop; in a forked process, do nothing."""
        if os.getpid() != self._owner:
            return
        for subscription in self._told:
            subscription.close(patience)
        if self.socket is not None:
            self.socket.close(patience)

    def _safely(self, take: EventCallback) -> Callable[[bytes], None]:
        def deliver(line: bytes) -> None:
            try:
                take(decode(line))
            except Exception:  # a callback's own fault: counted, and the next event may fare better
                self._failures += 1

        return deliver


def _print(event: ExecutionEvent) -> None:
    place = f" task {event.task_id}, trial {event.trial}:" if event.simulation_id is not None else ""
    text = event.message or (_said(event) if isinstance(event, MessageEvent) else "")
    print(visible(f"[{event.level}] {event.event_type}{place} {text}".rstrip()), file=sys.stderr)


def _said(event: MessageEvent) -> str:
    """Return who said or called what, for one line."""
    called = [str(call.get("name")) for call in event.tool_calls or ()]
    said = (event.content or "").strip()[:_SHOWN]
    return f"{event.role}: {' '.join(part for part in (said, *(f'{name}()' for name in called)) if part)}"

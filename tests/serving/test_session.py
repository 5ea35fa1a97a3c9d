"""The process behind one connection."""

from __future__ import annotations

import asyncio
import re
import sys
from typing import Any

import pytest
from textual_serve.app_service import AppService

from tau2_tui.serving.session import Inspector, size_within


class Connection:
    """A browser that takes everything."""

    async def send_bytes(self, data: bytes) -> None: ...

    async def send_str(self, text: str) -> None: ...

    async def close(self) -> None: ...


async def test_the_process_ends_whatever_the_relay_of_its_screen_met_with(monkeypatch: pytest.MonkeyPatch) -> None:
    async def failing(self: AppService) -> None:
        raise ValueError("a packet that is none")

    monkeypatch.setattr(AppService, "run", failing)
    said: list[str] = []
    words = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    connection: Any = Connection()
    inspector = Inspector(words, {}, connection, said.append)
    monkeypatch.setattr("tau2_tui.serving.session._PATIENCE_SECONDS", 0.2)
    await inspector.start(80, 24)
    await inspector.stop()
    process = inspector._process
    assert process is not None and process.returncode is not None
    assert said == ["ValueError: a packet that is none"]


@pytest.mark.parametrize(
    ("given", "size"),
    [
        *[("100", 100), (40, 40), ("0", 1), ("-5", 1), ("99999", 1000), (10**9, 1000)],
        *[("x", 80), (None, 80), ("1e3", 80), ([], 80), (1.5, 80)],
    ],
)
def test_a_size_is_one_that_a_terminal_can_have(given: object, size: int) -> None:
    assert size_within(given) == size


SLOW = """
import time
from textual.app import App
from textual.widgets import Static

class Slow(App):
    told = 0

    def compose(self):
        time.sleep(0.5)  # meanwhile what the browser sends is read
        yield Static()

    def on_ready(self):
        self.set_interval(0.02, self.tell)

    def tell(self):
        self.told += 1
        self.query_one(Static).update(f"<{self.told} {self.screen.size.width}x{self.screen.size.height}>")
        if self.told == 30:
            self.exit()

Slow().run()
"""


class Listening(Connection):
    """A browser that keeps what comes until the connection is closed."""

    def __init__(self) -> None:
        self.received = b""
        self.closed = asyncio.Event()

    async def send_bytes(self, data: bytes) -> None:
        self.received += data

    async def close(self) -> None:
        self.closed.set()


async def test_a_size_that_comes_while_the_process_starts_is_the_last_word() -> None:
    connection: Any = Listening()
    inspector = Inspector([sys.executable, "-c", SLOW], {"TEXTUAL_ANIMATIONS": "none"}, connection, print)
    await inspector.start(80, 24)
    try:
        await inspector.set_terminal_size(70, 22)
        await inspector.set_terminal_size(60, 20)
        await asyncio.wait_for(connection.closed.wait(), 60)
    finally:
        await inspector.stop()
    sizes = re.findall(rb"<\d+ (\d+x\d+)>", connection.received)
    assert sizes and sizes[-1] == b"60x20", sizes

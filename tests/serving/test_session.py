"""The process behind one connection."""

from __future__ import annotations

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
    ("given", "size"), [("100", 100), ("0", 1), ("-5", 1), ("99999", 1000), ("x", 80), (None, 80), ("1e3", 80)]
)
def test_a_size_is_one_that_a_terminal_can_have(given: object, size: int) -> None:
    assert size_within(given) == size

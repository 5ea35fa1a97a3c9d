"""One connection of a browser: the process of its inspector, and what goes to and fro."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
from asyncio.subprocess import Process
from collections.abc import Callable, Mapping, Sequence

from aiohttp import WSMsgType, web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

_LEAST, _MOST = 1, 1000
"""Columns or rows that a terminal may have."""

_ERROR_BYTES = 4096
_PATIENCE_SECONDS = 5.0
"""How long an inspector may take to end before it is killed."""

_NO_PICTURE = re.compile(rb"(?:\x1b\[[?0-9;$]*[A-Za-z])*")
"""What an inspector writes before it draws anything: the modes of the terminal."""


class Inspector(AppService):
    """The process of one inspector.

    textual-serve would start it through a shell; here its words are passed on as they are, so that no file's name
    means anything to a shell.
    """

    def __init__(
        self,
        words: Sequence[str],
        environment: Mapping[str, str],
        websocket: web.WebSocketResponse,
        complain: Callable[[str], None],
    ) -> None:
        """Make the process's place; ``start`` starts it.

        Args:
            words: the program and its arguments.
            environment: variables in which it differs from this process.
            websocket: where its screen goes.
            complain: is told what it printed on standard error; not safe to print.
        """

        async def close() -> None:
            await websocket.close()

        super().__init__(
            "",
            write_bytes=websocket.send_bytes,
            write_str=websocket.send_str,
            close=close,
            download_manager=DownloadManager(),
        )
        self._words = list(words)
        self._changes = dict(environment)
        self._complain = complain
        self._listener: asyncio.Task[None] | None = None
        self._drawing = False
        self._size: tuple[int, int] | None = None

    def _build_environment(self, width: int = 80, height: int = 24) -> dict[str, str]:
        return super()._build_environment(width, height) | self._changes

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        pipe = asyncio.subprocess.PIPE
        environment = self._build_environment(size_within(width), size_within(height))
        self._process = process = await asyncio.create_subprocess_exec(
            *self._words,
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            env={name: value for name, value in environment.items() if value},
            start_new_session=True,  # keys of the server's terminal are for the server alone
        )
        self._stdin = process.stdin
        assert process.stderr is not None
        self._listener = asyncio.create_task(self._listen(process.stderr))
        process.stderr = asyncio.StreamReader()  # textual-serve would print what comes as it is
        process.stderr.feed_eof()
        return process

    async def _listen(self, errors: asyncio.StreamReader) -> None:
        kept = b""
        while data := await errors.read(_ERROR_BYTES):
            kept = (kept + data)[-_ERROR_BYTES:]
        if kept.strip():
            self._complain(kept.decode("utf-8", "replace").strip())

    async def run(self) -> None:
        """Pass on the screen until the process ends, however it does."""
        await super().run()
        await self.remote_close()

    async def set_terminal_size(self, width: int, height: int) -> None:
        """Tell the process the size of the terminal."""
        self._size = width, height
        await super().set_terminal_size(width, height)

    async def on_data(self, payload: bytes) -> None:
        """Pass on what the process writes.

        Textual puts the size that a process began with behind those that it is told until it begins to draw, so what
        came last is said again then.
        """
        await super().on_data(payload)
        if not self._drawing and not _NO_PICTURE.fullmatch(payload):
            self._drawing = True
            if self._size is not None:
                await self.set_terminal_size(*self._size)

    async def on_meta(self, data: bytes) -> None:
        """Close the connection when the inspector was left; nothing else may be asked of a browser."""
        if json.loads(data).get("type") == "exit":
            await self.remote_close()

    async def stop(self) -> None:
        """End the process, if it has not ended, and leave nothing of it."""
        try:
            await asyncio.wait_for(super().stop(), _PATIENCE_SECONDS)
        except asyncio.TimeoutError:
            pass  # it is killed below
        except Exception as error:  # whatever came over the relay of the screen: the process has to end all the same
            self._complain(f"{type(error).__name__}: {error}")
        process = self._process
        if process is None:
            return
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(process.wait(), _PATIENCE_SECONDS)
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if self._listener is not None:
            await self._listener


def size_within(value: object) -> int:
    """Return columns or rows as a browser gave them, as a number that a terminal can have."""
    try:
        return min(max(int(str(value)), _LEAST), _MOST)
    except ValueError:
        return 80


async def converse(websocket: web.WebSocketResponse, inspector: Inspector) -> None:
    """Pass on what the browser sends until it leaves; a message that is none ends the conversation."""
    async for message in websocket:
        if message.type is not WSMsgType.TEXT:
            continue
        try:
            kind, *rest = json.loads(message.data)
            await _pass_on(kind, rest[0] if rest else None, websocket, inspector)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return


async def _pass_on(kind: object, value: object, websocket: web.WebSocketResponse, inspector: Inspector) -> None:
    if kind == "stdin" and isinstance(value, str):
        await inspector.send_bytes(value.encode("utf-8", "replace"))
    elif kind == "resize" and isinstance(value, dict):
        width, height = value["width"], value["height"]
        if isinstance(width, int) and isinstance(height, int):  # anything else is no size, and changes none
            await inspector.set_terminal_size(size_within(width), size_within(height))
    elif kind == "ping":
        await websocket.send_json(["pong", value])
    elif kind == "focus":
        await inspector.focus()
    elif kind == "blur":
        await inspector.blur()


def without(*names: str) -> dict[str, str]:
    """Return changes that take variables out of a process's environment."""
    return {name: "" for name in names if name in os.environ}

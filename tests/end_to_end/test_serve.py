"""``tau2-tui serve`` as a process: over HTTP and a websocket, as a browser and as somebody who should not get in."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import psutil
import pytest

from tests.support.program import COMMAND, PATIENCE
from tests.support.terminal import environment
from tests.tui.emulator import Emulator
from tests.tui.logs import airline

TOKEN = "a-token_of-16-or-more"
ADDRESS = re.compile(r"(http://[^/]+)/([^/]+)/\n")


@dataclass
class Served:
    """A server and a client of it."""

    process: subprocess.Popen[str]
    address: str
    token: str
    client: aiohttp.ClientSession

    async def status(self, path: str, **headers: str) -> int:
        async with self.client.get(self.address + path, headers=headers) as answer:
            return answer.status

    async def connect(self, size: str = "width=100&height=30", origin: str | None = None) -> Browser:
        headers = {"Origin": origin or self.address}
        return Browser(await self.client.ws_connect(f"{self.address}/{self.token}/ws?{size}", headers=headers))

    def inspectors(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children()


class Browser:
    """A connection, and the screen that came over it."""

    def __init__(self, websocket: aiohttp.ClientWebSocketResponse) -> None:
        self.websocket = websocket
        self.emulator = Emulator(100, 30)

    async def until(self, shown: Callable[[str], bool]) -> str:
        deadline = time.monotonic() + PATIENCE
        while not shown(self.emulator.text):
            # The server's heartbeats would begin the time of ``receive`` anew.
            message = await asyncio.wait_for(self.websocket.receive(), deadline - time.monotonic())
            assert message.type is aiohttp.WSMsgType.BINARY, (message, self.emulator.text)
            self.emulator.feed(message.data.decode())
        return self.emulator.text

    async def press(self, keys: str) -> None:
        await self.websocket.send_json(["stdin", keys])

    async def closed(self) -> None:
        while (message := await self.websocket.receive(timeout=PATIENCE)).type is aiohttp.WSMsgType.BINARY:
            pass
        assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED), message


@asynccontextmanager
async def served(*arguments: str, **variables: str) -> AsyncIterator[Served]:
    process = subprocess.Popen(
        [*COMMAND, "serve", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(**variables),
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout is not None
    found = ADDRESS.fullmatch(await asyncio.to_thread(process.stdout.readline))
    try:
        assert found is not None, process.communicate(timeout=5)
        async with aiohttp.ClientSession() as client:
            yield Served(process, found[1], found[2], client)
    finally:
        process.kill()
        process.communicate()


async def gone(processes: list[psutil.Process]) -> None:
    deadline = time.monotonic() + PATIENCE
    while [one for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]:
        assert time.monotonic() < deadline, "an inspector is left behind"
        await asyncio.sleep(0.05)


async def test_the_inspector_is_in_the_browser_and_obeys_it(log: Path) -> None:
    async with served(str(log)) as server:
        assert len(server.token) >= 40
        browser = await server.connect()
        await browser.until(lambda text: "whole run · airline" in text and "event 0 of 31" in text)
        await browser.press("jj")
        await browser.until(lambda text: "event 2 of 31" in text)
        await browser.websocket.send_json(["resize", {"width": 60, "height": 20}])
        browser.emulator = Emulator(60, 20)
        await browser.press("\x0c")
        await browser.until(lambda text: "event 2 of 31" in text and len(text.splitlines()[0]) <= 60)
        inspectors = server.inspectors()
        assert len(inspectors) == 1
        await browser.press("q")
        await browser.closed()
        await gone(inspectors)


async def test_the_page_and_its_files_need_the_token_and_say_what_a_browser_may(log: Path) -> None:
    async with served(str(log), TAU2_TUI_TOKEN=TOKEN) as server:
        assert server.token == TOKEN
        async with server.client.get(f"{server.address}/{TOKEN}/") as answer:
            page = await answer.text()
            assert answer.status == 200 and "run.jsonl" in page
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        async with server.client.get(f"{server.address}/{TOKEN}") as answer:
            assert answer.status == 200 and str(answer.url).endswith(f"/{TOKEN}/") and await answer.text() == page
        for file in ("static/js/textual.js", "static/css/xterm.css", "page/page.js", "page/page.css"):
            assert file in page or file == "page/page.css"
            assert await server.status(f"/{TOKEN}/{file}") == 200
            assert await server.status(f"/{file}") == 403
        for path in ("/", "/ws", "/download/x", "/static/", "/favicon.ico", f"/{TOKEN}x/", f"/x{TOKEN}/ws"):
            assert await server.status(path) == 403
        assert await server.status(f"/{TOKEN}/static/") == 403
        assert await server.status(f"/{TOKEN}/static/../../../../../../etc/passwd") in (403, 404)
        assert await server.status(f"/{TOKEN}/static/%2e%2e/%2e%2e/server.py") in (403, 404)
        assert await server.status(f"/{TOKEN}/", Host="evil.example") == 403
        assert server.inspectors() == []


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
async def test_another_sites_page_gets_no_connection(log: Path, origin: str) -> None:
    async with served(str(log)) as server:
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            await server.connect(origin=origin)
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            await server.client.ws_connect(f"{server.address}/wrong-token-wrong-token/ws", origin=server.address)
        assert server.inspectors() == []


async def test_only_so_many_connections_at_a_time(log: Path) -> None:
    async with served(str(log), "--max-sessions", "1") as server:
        browser = await server.connect()
        with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
            await server.connect()
        inspectors = server.inspectors()
        await browser.websocket.close()
        await gone(inspectors)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                again = await server.connect()
                break
            except aiohttp.WSServerHandshakeError:
                assert time.monotonic() < deadline
                await asyncio.sleep(0.1)
        await again.until(lambda text: "whole run" in text)


async def test_what_no_browser_sends_ends_that_connection_at_most(log: Path) -> None:
    refused = ["no JSON", "[]", "{}", '["resize", {"width": 1}]', "null", "7", "[" * 100_000]
    ignored = ['["resize"]', '[["stdin"], 1]', '["stdin", 7]', '["resize", {"width": "x", "height": []}]', '["?", 1]']
    async with served(str(log)) as server:
        for sent in refused:
            browser = await server.connect("width=99999999&height=-1")
            await browser.websocket.send_str(sent)
            await browser.closed()
        browser = await server.connect()
        for sent in ignored:
            await browser.websocket.send_str(sent)
        await browser.press("j")
        await browser.until(lambda text: "event 1 of 31" in text)


@pytest.mark.parametrize(
    "name",
    [
        "two words.jsonl",
        'it\'s "quoted".jsonl',
        "-rf.jsonl",
        "$(touch x); `touch x` & x.jsonl",
        "<b>&amp;\x1b[31m.jsonl",
        "\udcff.jsonl",
    ],
)
async def test_no_file_name_means_anything_to_a_shell_or_a_page(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    airline(tmp_path / name)
    async with served("--", name) as server:
        async with server.client.get(f"{server.address}/{server.token}/") as answer:
            page = await answer.text()
        assert "<b>" not in page and "\x1b" not in page and page.count("<script") == 2
        browser = await server.connect()
        await browser.until(lambda text: "event 0 of 31" in text)
    assert [path.name for path in tmp_path.iterdir() if path.name == "x"] == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_it_ends_with_every_inspector(log: Path, number: signal.Signals, code: int) -> None:
    async with served(str(log)) as server:
        browsers = [await server.connect(), await server.connect()]
        await browsers[0].until(lambda text: "whole run" in text)  # the other one may still be starting
        inspectors = server.inspectors()
        assert len(inspectors) == 2
        server.process.send_signal(number)
        assert await asyncio.to_thread(server.process.wait, PATIENCE) == code
        await gone(inspectors)
        assert server.process.stderr is not None and "Traceback" not in server.process.stderr.read()


async def test_a_killed_inspector_ends_its_connection(log: Path) -> None:
    async with served(str(log)) as server:
        browser = await server.connect()
        await browser.until(lambda text: "whole run" in text)
        server.inspectors()[0].kill()
        await browser.closed()
        again = await server.connect()
        await again.until(lambda text: "whole run" in text)


async def test_inspectors_do_not_outlive_a_killed_server(log: Path) -> None:
    async with served(str(log)) as server:
        browser = await server.connect()
        await browser.until(lambda text: "whole run" in text)
        inspectors = server.inspectors()
        server.process.kill()
        await gone(inspectors)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, "serve", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=PATIENCE)


def test_what_cannot_be_served_is_one_clear_line(log: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        wrong = [
            ([str(tmp_path / "missing.jsonl")], "missing.jsonl: no such file"),
            ([str(log), "--token", "short"], "the token must be"),
            ([str(log), "--port", port], f"cannot serve at 127.0.0.1 port {port}"),
            ([str(log), "--host", "no such host"], "cannot serve at no such host"),
            (["-"], "standard input"),
        ]
        for arguments, said in wrong:
            done = run(*arguments)
            assert done.returncode == 2 and said in done.stderr.splitlines()[-1], done
            assert "Traceback" not in done.stderr and done.stdout == ""


async def test_other_machines_are_warned_of(log: Path) -> None:
    async with served(str(log), "--host", "0.0.0.0") as server:
        server.process.send_signal(signal.SIGINT)
        assert await asyncio.to_thread(server.process.wait, PATIENCE) == 130
        assert server.process.stderr is not None
        assert "warning: 0.0.0.0 can be reached from other machines" in server.process.stderr.read()

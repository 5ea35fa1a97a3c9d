"""The web server: a page with a terminal in it, the files of that terminal, and a connection to an inspector."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from string import Template

import textual_serve
from aiohttp import web

from tau2_tui.errors import Tau2TuiError
from tau2_tui.serving.access import HEADERS, Guard
from tau2_tui.serving.session import Inspector, converse, size_within

_PAGE = Path(__file__).parent / "page"
_TERMINAL = Path(textual_serve.__file__).parent / "static"
_HEARTBEAT_SECONDS = 15.0
_LARGEST_MESSAGE = 1 << 20
_BACKLOG = 32


class CannotServe(Tau2TuiError):
    """The address cannot be had."""


@dataclass(frozen=True)
class Offer:
    """What is served.

    Attributes:
        title: what the page is called.
        words: the program that shows the inspector, and its arguments.
        environment: variables in which its process differs from this one.
        token: what the address must hold.
        host: the address to bind to.
        port: the port; 0 for any that is free.
        most: connections at a time.
        ready: is told the address that a browser is to open.
        complain: is told what an inspector printed on standard error; not safe to print.
    """

    title: str
    words: Sequence[str]
    environment: Mapping[str, str]
    token: str = field(repr=False)
    host: str
    port: int
    most: int
    ready: Callable[[str], None]
    complain: Callable[[str], None]


def serve(offer: Offer) -> int:
    """Serve until the process is asked to end; return the exit code. No inspector is left behind.

    Raises:
        CannotServe: the address is taken, or is none of this machine.
    """
    return asyncio.run(_Server(offer).run())


class _Server:
    def __init__(self, offer: Offer) -> None:
        self._offer = offer
        self._open: set[web.WebSocketResponse] = set()
        self._page = Template((_PAGE / "index.html").read_text(encoding="utf-8"))
        self._ended: asyncio.Event
        self._code = 0

    async def run(self) -> int:
        """Serve until SIGINT, SIGTERM or SIGHUP."""
        offer, listening = self._offer, self._bind()
        self._ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._end, number)
        runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        await web.SockSite(runner, listening, backlog=_BACKLOG).start()
        port = listening.getsockname()[1]
        name = f"[{offer.host}]" if ":" in offer.host else offer.host
        offer.ready(f"http://{name}:{port}/{offer.token}/")
        await self._ended.wait()
        await asyncio.gather(*(websocket.close(code=1001) for websocket in list(self._open)), return_exceptions=True)
        while self._open:  # each handler ends its inspector before it is gone from here
            await asyncio.sleep(0.02)
        await runner.cleanup()
        return self._code

    def _bind(self) -> socket.socket:
        host, port = self._offer.host, self._offer.port
        try:
            family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            return socket.create_server((address[0], port), family=family)
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise CannotServe(f"cannot serve at {host} port {port}: {reason}") from error

    def _end(self, number: int) -> None:
        self._code = 128 + number
        self._ended.set()

    def _application(self) -> web.Application:
        application = web.Application(middlewares=[Guard(self._offer.token, self._offer.host).middleware()])
        start = f"/{self._offer.token}"
        application.add_routes(
            [
                web.get(start, self._lead_to_page),
                web.get(f"{start}/", self._show_page),
                web.get(f"{start}/ws", self._connect),
                web.static(f"{start}/page", _PAGE),
                web.static(f"{start}/static", _TERMINAL),
            ]
        )

        async def add_headers(_: web.Request, response: web.StreamResponse) -> None:
            response.headers.update(HEADERS)

        application.on_response_prepare.append(add_headers)
        return application

    async def _lead_to_page(self, _: web.Request) -> web.Response:
        return web.Response(status=308, headers={"Location": f"/{self._offer.token}/"})

    async def _show_page(self, request: web.Request) -> web.Response:
        scheme = "wss" if request.headers.get("Origin", "").startswith("https:") else "ws"
        values = {"title": self._offer.title, "socket": f"{scheme}://{request.host}/{self._offer.token}/ws"}
        text = self._page.substitute({name: escape(value, quote=True) for name, value in values.items()})
        return web.Response(text=text, content_type="text/html")

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        if len(self._open) >= self._offer.most or self._ended.is_set():
            return web.Response(status=503, text=f"503: {len(self._open)} connections are open, which is the most\n")
        websocket = web.WebSocketResponse(heartbeat=_HEARTBEAT_SECONDS, max_msg_size=_LARGEST_MESSAGE)
        self._open.add(websocket)
        inspector = Inspector(self._offer.words, self._offer.environment, websocket, self._offer.complain)
        try:
            await websocket.prepare(request)
            await inspector.start(size_within(request.query.get("width")), size_within(request.query.get("height")))
            await converse(websocket, inspector)
        finally:
            try:
                await asyncio.shield(inspector.stop())
            finally:
                self._open.discard(websocket)
        return websocket

"""Who may reach the server: the token in the address, the names it may be called by, and what browsers are told.

A page of any other site can make a browser send requests to this server. It does not know the token; its own name in
``Origin`` gives it away; and a name that its owner made point here (DNS rebinding) is none that this server answers to.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
import secrets
import socket
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from tau2_tui.errors import Tau2TuiError

_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,256}")
_RANDOM_BYTES = 32
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self';"
        " img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Server": "tau2-tui",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Of every answer. The terminal writes its colours as styles; no script but the server's own files ever runs."""


class BadToken(Tau2TuiError):
    """A token that cannot stand in an address, or is too easily guessed."""


def token_from(wanted: str | None) -> str:
    """Return the token: a wanted one that will do, or a random one.

    Raises:
        BadToken: the wanted one will not do.
    """
    if wanted is None:
        return secrets.token_urlsafe(_RANDOM_BYTES)
    if not _TOKEN.fullmatch(wanted):
        raise BadToken("the token must be 16 to 256 letters, digits, - or _")
    return wanted


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach an address to which a server is bound."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Guard:
    """Lets in who knows the token and asks for this server by one of its names."""

    def __init__(self, token: str, host: str) -> None:
        """Make a guard.

        Args:
            token: the first part of every path.
            host: the address to which the server is bound.
        """
        self._token = token.encode()
        self._open = not is_loopback(host)
        names = {host.lower(), *_LOOPBACK}
        if self._open:
            names |= {socket.gethostname().lower(), socket.getfqdn().lower()}
        self._names = names

    def middleware(self) -> Middleware:
        """Return what asks the guard about each request."""

        @web.middleware
        async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
            reason = self.refusal(request)
            if reason is not None:
                return web.Response(status=403, text=f"403: {reason}\n")
            return await handler(request)

        return guarded

    def refusal(self, request: web.Request) -> str | None:
        """Return why a request is not for this server or not from its own page, None when it is let in."""
        given = request.rel_url.raw_path.lstrip("/").partition("/")[0]
        if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self._token):
            return "the address lacks the token that tau2-tui serve printed"
        host = request.headers.get("Host", "")
        if not self._is_own(host):
            return "this server does not go by that name"
        origin = request.headers.get("Origin")
        upgrade = request.headers.get("Upgrade") is not None
        if (origin is None and upgrade) or (origin is not None and _authority(origin) != host.lower()):
            return "not from the server's own page"
        return None

    def _is_own(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return name in self._names or (self._open and _is_address(name))


def _authority(origin: str) -> str | None:
    """Return host and port of an origin as they stand in it, None of one that is no website's."""
    scheme, separator, authority = origin.lower().partition("://")
    return authority if separator and scheme in ("http", "https") else None


def _is_address(name: str) -> bool:
    """Return whether a name is a plain address, which nobody can make point elsewhere."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True

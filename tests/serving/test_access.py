from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request

from tau2_tui.serving.access import HEADERS, BadToken, Guard, is_loopback, token_from

TOKEN = "a-token_of-16-or-more"


def refusal(path: str, host: str = "127.0.0.1", **headers: str) -> str | None:
    named = {"Host": "127.0.0.1:8000"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return Guard(TOKEN, host).refusal(make_mocked_request("GET", path, headers=named))


@pytest.mark.parametrize("path", ["", "/", "/ws", "/static/js/textual.js", "/download/x", "?", "/page/page.js"])
def test_every_path_begins_with_the_token(path: str) -> None:
    assert refusal(f"/{TOKEN}{path}") is None
    for wrong in ("", "/wrong", f"/{TOKEN}x", f"/{TOKEN[:-1]}", f"/x/{TOKEN}", f"/{TOKEN.upper()}", "/%ff", "/\u00e9"):
        said = refusal(f"{wrong}{path}" or "/")
        assert said is not None and "token" in said


def test_a_token_as_a_parameter_is_none() -> None:
    assert refusal(f"/?token={TOKEN}") is not None


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:9000", "LOCALHOST", "[::1]:8000", "localhost"])
def test_a_tunnel_with_another_port_is_let_in(host: str) -> None:
    assert refusal(f"/{TOKEN}/", Host=host) is None
    assert refusal(f"/{TOKEN}/ws", Host=host, Upgrade="websocket", Origin=f"http://{host}") is None


@pytest.mark.parametrize(
    "host",
    ["evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example", "", "10.0.0.7:8000", "[::1", "a@b"],
)
def test_a_name_that_was_made_to_point_here_is_none_of_ours(host: str) -> None:
    said = refusal(f"/{TOKEN}/", Host=host)
    assert said is not None and "name" in said


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:8001", "file://", "127.0.0.1:8000", ""]
)
def test_another_sites_page_is_refused(origin: str) -> None:
    for more in ({}, {"Upgrade": "websocket"}):
        said = refusal(f"/{TOKEN}/ws", Origin=origin, **more)
        assert said is not None and "own page" in said


def test_a_connection_needs_an_origin_and_a_page_does_not() -> None:
    assert refusal(f"/{TOKEN}/ws", Upgrade="websocket") is not None
    assert refusal(f"/{TOKEN}/") is None


def test_a_server_for_other_machines_answers_to_its_addresses_and_names_only() -> None:
    assert refusal(f"/{TOKEN}/", host="0.0.0.0", Host="192.168.1.9:8000") is None
    assert refusal(f"/{TOKEN}/", host="bench.example", Host="bench.example:8000") is None
    assert refusal(f"/{TOKEN}/", host="0.0.0.0", Host="evil.example:8000") is not None


@pytest.mark.parametrize(
    ("host", "alone"),
    [
        *((host, True) for host in ("127.0.0.1", "127.9.9.9", "::1", "localhost")),
        *((host, False) for host in ("0.0.0.0", "::", "192.168.1.9", "bench")),
    ],
)
def test_which_addresses_other_machines_reach(host: str, alone: bool) -> None:
    assert is_loopback(host) is alone


def test_tokens_are_random_and_long() -> None:
    tokens = {token_from(None) for _ in range(50)}
    assert len(tokens) == 50 and min(map(len, tokens)) >= 40
    assert token_from(TOKEN) == TOKEN


@pytest.mark.parametrize(
    "wanted", ["", "short", "x" * 15, "x" * 257, "with/a/slash/in/it", "with a space in it", "é" * 20]
)
def test_a_token_that_is_easily_guessed_or_no_part_of_an_address_is_refused(wanted: str) -> None:
    with pytest.raises(BadToken):
        token_from(wanted)


def test_no_other_host_is_named_to_the_browser() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "http" not in policy
    assert "script-src 'self';" in policy
    assert HEADERS["Referrer-Policy"] == "no-referrer"

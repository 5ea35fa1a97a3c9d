"""Any screen at any size, sizes that come out of order, and keys that come faster than screens change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.geometry import Size
from textual.pilot import Pilot

from tau2_tui.tui.app import InspectorApp
from tests.support.terminal import opened
from tests.tui.logs import airline, hostile
from tests.tui.screens.walking import inspector, shown

SIZES = ((20, 5), (300, 100), (40, 10), (20, 100), (300, 5))
PLACES = {
    "timeline": ("j",),
    "detail": ("v", "tab", "G"),
    "JSON": ("v", "J", "tab", "w", "l"),
    "filter": ("f", *"type:message", "enter"),
    "prompt": ("slash", *"some text to look for"),
    "help": ("question_mark",),
    "conversation": ("e", "c"),
    "bookmarks": ("m", *"note", "enter", "apostrophe"),
    "palette": ("ctrl+p", "e"),
    "overview": ("1", "j"),
    "simulations": ("2", "j"),
    "state": ("e", "4", "j"),
    "gold": ("e", "5", "j"),
    "statistics": ("6", "tab", "j"),
    "number explained": ("6", "j", "enter"),
    "compare": ("7",),
}


def assert_fits(app: InspectorApp, size: tuple[int, int]) -> None:
    """Hold what is drawn against the size of the terminal."""
    strips: Any = app.screen._compositor.render_strips()
    assert app.screen.size == size
    assert len(strips) == size[1]
    assert {strip.cell_length for strip in strips} == {size[0]}


@pytest.mark.parametrize("place", PLACES)
async def test_it_fits_at_every_size(tmp_path: Path, place: str) -> None:
    async with inspector(tmp_path, write=lambda path: hostile(path, size=3_000)) as (app, pilot):
        await pilot.press(*PLACES[place])
        for size in SIZES:
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert_fits(app, size)
            await pilot.press("pagedown")
            assert_fits(app, size)


async def test_the_selected_row_is_in_sight_at_every_size(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (app, pilot):
        for keys in (("G",), ("v",), ("tab", "G")):
            await pilot.press(*keys)
            for size in SIZES:
                await pilot.resize_terminal(*size)
                await pilot.pause()
                assert "▌" in shown(app)


async def test_a_size_of_a_while_ago_is_put_right(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (app, pilot):
        old = Size(40, 10)
        app.screen.post_message(events.Resize(old, old))
        await settle(pilot)
        assert_fits(app, (80, 24))


async def test_a_size_that_is_not_the_terminals_any_more_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signal handler that another signal interrupts posts its size last."""
    async with inspector(tmp_path) as (app, pilot):
        monkeypatch.setattr(app, "_size_now", lambda: Size(60, 20))
        app.post_message(events.Resize(Size(60, 20), Size(60, 20)))
        app.post_message(events.Resize(Size(100, 30), Size(100, 30)))
        await settle(pilot)
        assert_fits(app, (60, 20))


async def settle(pilot: Pilot[None]) -> None:
    for _ in range(5):
        await pilot.pause(0.02)


@pytest.mark.parametrize("key", ["f1", "ctrl+p"])
async def test_a_key_that_is_held_piles_up_no_screens(tmp_path: Path, key: str) -> None:
    async with inspector(tmp_path) as (app, pilot):
        for other in ("f1", "ctrl+p", key, key):
            await pilot.press(other)
        assert len(app.screen_stack) <= 3


def test_a_terminal_resized_there_and_back_is_drawn_again(tmp_path: Path) -> None:
    with opened(str(airline(tmp_path / "run.jsonl"))) as session:
        for size in ((10, 40), (24, 80)):
            session.process.setwinsize(*size)
        start = len(session.written)
        session.until(lambda: b"\x1b[2J" in session.written[start:])
        session.wait_for(lambda text: "event 0 of 31" in text)


def test_keys_typed_ahead_go_to_the_screen_that_they_were_meant_for(tmp_path: Path) -> None:
    with opened(str(airline(tmp_path / "run.jsonl"))) as session:
        session.press("??jjj")
        session.wait_for(lambda text: "event 3 of 31" in text)
        session.press("?qq")
        assert session.end() == 0


def test_bytes_that_are_no_text_end_nothing(tmp_path: Path) -> None:
    with opened(str(airline(tmp_path / "run.jsonl"))) as session:
        session.process.send(b"j\xff\xe9j\x1b[48;:uj")
        session.wait_for(lambda text: "event 3 of 31" in text)

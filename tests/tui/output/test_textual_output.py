"""What our output makes the terminal show, against what Textual's own output makes it show."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.drivers.headless_driver import HeadlessDriver
from textual.geometry import Region
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widgets import Button, Label

from tau2_tui.runlog import RunLog
from tau2_tui.tui.app import InspectorApp
from tau2_tui.tui.output.textual_output import FrameOutput, Painter, erases_in_colour
from tau2_tui.tui.source import EventSource
from tests.tui.emulator import Emulator
from tests.tui.logs import airline, hostile
from tests.tui.screens.walking import until


class CapturingDriver(HeadlessDriver):
    """A driver without a terminal that takes itself for one with a terminal."""

    written: list[str]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.written = []

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, data: str) -> None:
        self.written.append(data)


@asynccontextmanager
async def captured(app: App[None], size: tuple[int, int] = (40, 5)) -> AsyncIterator[tuple[Pilot[None], Any]]:
    """Run an app; give who presses its keys, and the driver that keeps what it writes."""
    app.driver_class = CapturingDriver
    async with app.run_test(headless=False, size=size) as pilot:
        await pilot.pause()
        yield pilot, app._driver


class Compared(FrameOutput[None]):
    """Feeds every update twice: as Textual writes it, and as we do."""

    compared = 0
    differences = 0
    ours: Emulator | None = None

    def _display(self, screen: Any, renderable: Any) -> None:
        if not isinstance(renderable, (LayoutUpdate, ChopsUpdate)) or not self._writes_frames():
            super()._display(screen, renderable)
            return
        stock_data = renderable.render_segments(self.console)
        driver: Any = self._driver
        driver.written.clear()
        super()._display(screen, renderable)
        size = tuple(self.size)
        if self.ours is None or (self.ours.screen.columns, self.ours.screen.lines) != size:
            self.ours, self.stock = Emulator(*size), Emulator(*size)
        self.stock.feed(stock_data)
        self.ours.feed("".join(driver.written))
        assert not self._stock_only
        self.compared += 1
        self.differences += self.ours.cells() != self.stock.cells()


class ComparedInspector(Compared, InspectorApp, inherit_bindings=False):
    """The inspector, compared."""


MOVES = ["j", "j", "j", "k", "G", "g", "e", "s", "]", "[", "}", "pagedown", "pagedown", "pageup"]
LOOKS = ["tab", "J", "space", "w", "enter", "escape", "t", "v", "n", "question_mark", "escape"]
KEYS = MOVES + LOOKS


@pytest.mark.parametrize(("seed", "size"), [(1, (80, 24)), (2, (120, 40)), (3, (160, 30)), (4, (40, 12))])
async def test_a_walk_through_a_log_shows_what_textual_would_show(
    seed: int, size: tuple[int, int], tmp_path: Path
) -> None:
    rng = random.Random(seed)
    with RunLog.open(airline(tmp_path / "run.jsonl"), index="off") as log:
        app = ComparedInspector(EventSource(log))
        async with captured(app, size) as (pilot, _):
            for _ in range(35):
                await pilot.press(rng.choice(KEYS))
            await pilot.resize_terminal(100, 20)
            for _ in range(10):
                await pilot.press(rng.choice(KEYS))
            assert app.compared > 20
            assert app.differences == 0


async def test_hostile_text_reaches_the_terminal_as_symbols_only(tmp_path: Path) -> None:
    with RunLog.open(hostile(tmp_path / "run.jsonl", size=50_000), index="off") as log:
        app = InspectorApp(EventSource(log))
        written: list[str] = []
        async with captured(app, (120, 40)) as (pilot, driver):
            await pilot.press("v")
            for _ in range(len(log.head(100))):
                await pilot.press("j", "J")
                while not getattr(app.screen, "rests", True):
                    await asyncio.sleep(0.01)
                await pilot.pause()
                written += driver.written
                driver.written.clear()
    data = "".join(written)
    assert "␛" in data
    for sequence in ("\x1b[31m", "\x1b]0", "\x9b", "\x85", "\u202e", "\u200b", "\ufeff", "\x00"):
        assert sequence not in data


class Dialog(ModalScreen[None]):
    def compose(self) -> ComposeResult:
        yield Button("Wide 日本語 button")


class Stock(Compared):
    """An app of Textual's own widgets in a theme with colours of its own."""

    CSS = "Label { background: $primary; border: round $accent; } Dialog { align: center middle; }"

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            for number in range(60):
                yield Label(f"label {number} 日本 é")


async def test_textuals_own_widgets_look_the_same() -> None:
    app = Stock()
    async with captured(app, (60, 20)) as (pilot, _):
        await pilot.press("down", "down", "pagedown", "end", "home", "pagedown")
        await app.push_screen(Dialog())
        await pilot.press("tab")
        app.pop_screen()
        await pilot.press("up")
        await pilot.pause()
        assert app.compared > 5
        assert app.differences == 0


class Failing(FrameOutput[None]):
    def compose(self) -> ComposeResult:
        yield Label("still here")

    def _draw(self, update: Any) -> None:
        raise ValueError("not understood")


async def test_what_is_not_understood_is_written_by_textual_itself() -> None:
    async with captured(Failing()) as (_, driver):
        terminal = Emulator(40, 5)
        terminal.feed("".join(driver.written))
        assert "still here" in terminal.text


class Slow(FrameOutput[None]):
    def compose(self) -> ComposeResult:
        yield Label("0", id="number")

    def show(self, number: int) -> None:
        self.query_one("#number", Label).update(str(number))


class FullQueue:
    """A writer thread whose terminal takes nothing."""

    def __init__(self) -> None:
        self._queue = self
        self.waiting = 0

    def qsize(self) -> int:
        return self.waiting


def fall_behind(driver: Any) -> None:
    """Let the terminal have taken nothing yet of what was written before."""
    driver._writer_thread = FullQueue()
    driver._writer_thread.waiting = 5
    driver.written.clear()


async def test_frames_are_skipped_while_a_slow_terminal_is_behind_and_the_last_one_is_shown() -> None:
    app = Slow()
    async with captured(app) as (pilot, driver):
        fall_behind(driver)
        for number in range(20):
            app.show(number)
            await pilot.pause(0.02)
        assert driver.written == []
        driver._writer_thread.waiting = 0
        await until(pilot, lambda: "19" in "".join(driver.written))
        assert "18" not in "".join(driver.written)


async def test_a_frame_that_waits_while_updates_are_held_back_is_shown_after_them() -> None:
    app = Slow()
    async with captured(app) as (pilot, driver):
        fall_behind(driver)
        app.show(7)
        await pilot.pause()
        assert driver.written == []
        driver._writer_thread.waiting = 0
        with app.batch_update():
            await asyncio.sleep(0.1)
            assert driver.written == []
        await until(pilot, lambda: "7" in "".join(driver.written))


async def test_a_whole_screen_is_drawn_after_any_number_of_parts_of_an_unknown_one() -> None:
    app = Slow()
    async with captured(app) as (pilot, driver):
        part = ChopsUpdate([{0: Strip([Segment("ab")])}], [(0, 0, 2)], [[2]])
        for _ in range(10):
            app._display(app.screen, part)
        driver.written.clear()
        app.redraw()
        await pilot.pause()
        assert "\x1b[2J" in "".join(driver.written)


def test_a_part_of_a_piece_is_drawn_as_textual_draws_it() -> None:
    strips = [
        {0: Strip([Segment("abcdefghij")]), 10: Strip([Segment("日本")])},
        {0: None, 4: Strip([Segment("0123456789")])},
    ]
    spans = [(0, 2, 12), (1, 5, 9)]
    update = ChopsUpdate(strips, spans, [[10, 14], [4, 14]])
    painter = Painter(ColorSystem.STANDARD, erases_in_colour=True)
    assert painter.draw(LayoutUpdate([[Strip.blank(14)], [Strip.blank(14)]], Region(0, 0, 14, 2)))
    ours, stock = Emulator(14, 2), Emulator(14, 2)
    assert painter.draw(update)
    ours.feed(painter.take())
    stock.feed(update.render_segments(Console(color_system="standard")))
    assert ours.text == stock.text
    assert ours.cells() == stock.cells()


def test_a_part_of_an_unknown_screen_is_not_drawn() -> None:
    painter = Painter(ColorSystem.STANDARD, erases_in_colour=True)
    part = ChopsUpdate([{0: Strip([Segment("ab")])}], [(0, 0, 2)], [[2]])
    assert not painter.draw(part)
    assert painter.take() == ""


def test_only_gnu_screen_erases_without_colour() -> None:
    assert erases_in_colour({"TERM": "xterm-256color"})
    assert not erases_in_colour({"TERM": "screen-256color"})
    assert erases_in_colour({"TERM": "screen-256color", "TMUX": "/tmp/x"})


def test_the_comparison_would_notice_a_difference() -> None:
    ours, stock = Emulator(10, 2), Emulator(10, 2)
    ours.feed("\x1b[1mab")
    stock.feed("ab")
    assert ours.cells() != stock.cells()


def test_our_apps_are_textual_apps() -> None:
    assert issubclass(FrameOutput, App)

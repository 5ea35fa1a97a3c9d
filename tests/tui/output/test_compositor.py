"""What lies beneath is left out, and nothing else is."""

from __future__ import annotations

from typing import Any

import pytest
from rich.segment import Segment
from textual._compositor import Compositor
from textual.app import App, ComposeResult
from textual.containers import Container
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from tau2_tui.tui.output.compositor import DirectCompositor


class Counted(Container):
    """A background that knows how many lines of it were asked for."""

    asked = 0

    def render_lines(self, crop: Region) -> list[Strip]:
        self.asked += crop.height
        return super().render_lines(crop)


class Letters(Widget):
    def render_line(self, y: int) -> Strip:
        """Return a line of wide characters, so that cuts go through them."""
        width = self.size.width
        return Strip([Segment(f"{self.id}{y}字" * width)]).crop(0, width)


class Layered(Screen[None]):
    """Panes side by side, one with a border, one scrolled, one that floats over the others."""

    CSS = """
    Layered { layers: below above; }
    #full { height: 4; }
    #row { layout: horizontal; height: 8; }
    #a { width: 1fr; }
    #edge { width: 1fr; border: solid red; padding: 0 1; }
    #scroll { height: 3; overflow-y: scroll; }
    #tall { height: 9; }
    #float { layer: above; offset: 5 2; width: 11; height: 6; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._compositor = DirectCompositor()

    def compose(self) -> ComposeResult:
        with Counted(id="full"):
            yield Letters(id="top")
        with Container(id="row"):
            yield Letters(id="a")
            with Container(id="edge"):
                yield Letters(id="b")
        with Container(id="scroll"):
            yield Letters(id="tall")
        yield Letters(id="float")


def cells(chops: Any, lines: range) -> list[list[tuple[int, str, Any]]]:
    return [
        [(x, segment.text, segment.style) for x, strip in chops[y].items() for segment in strip.simplify()]
        for y in lines
    ]


@pytest.mark.parametrize("crop", [Region(0, 0, 40, 15), Region(0, 3, 40, 6), Region(7, 1, 20, 12)])
async def test_every_cell_is_what_textual_draws(crop: Region) -> None:
    app: App[None] = App()
    async with app.run_test(size=(40, 15)) as pilot:
        screen = Layered()
        await app.push_screen(screen)
        screen.query_one("#scroll").scroll_to(y=4, animate=False)
        await pilot.pause()
        direct = screen._compositor
        lines = range(crop.y, crop.bottom)
        wanted = Compositor._render_chops(direct, crop, lines.__contains__)
        assert cells(direct._render_chops(crop, lines.__contains__), lines) == cells(wanted, lines)


async def test_a_hidden_background_is_not_asked_for() -> None:
    app: App[None] = App()
    async with app.run_test(size=(40, 15)) as pilot:
        screen = Layered()
        await app.push_screen(screen)
        await pilot.pause()
        hidden = screen.query_one(Counted)
        hidden.asked = 0
        assert screen._compositor._render_chops(Region(0, 0, 40, 15), lambda y: True)
        assert hidden.asked == 0
        Compositor._render_chops(screen._compositor, Region(0, 0, 40, 15), lambda y: True)
        assert hidden.asked == 4

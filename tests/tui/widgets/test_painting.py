"""Rows as they are handed to Textual: the short way gives what the stock way does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rich.color import ColorSystem
from textual.filter import Monochrome
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tau2_tui.tui.output.sgr import PLAIN, Sgr, of_blank, parse
from tau2_tui.tui.widgets.painting import DrawnRows
from tests.tui.logs import hostile
from tests.tui.screens.walking import inspector, until

Cells = list[tuple[str, Sgr]]


def cells(strip: Strip) -> Cells:
    """Return the characters of a strip, each with what it is drawn in."""
    found: Cells = []
    for segment in strip:
        sgr = PLAIN if segment.style is None else parse(Strip.render_ansi(segment.style, ColorSystem.EIGHT_BIT))
        found += [(letter, of_blank(sgr) if letter == " " else sgr) for letter in segment.text]
    return found


def both_ways(widget: DrawnRows, crop: Region) -> tuple[list[Cells], list[Cells]]:
    short = widget.render_lines(crop)
    stock = Widget.render_lines(widget, crop)
    return [cells(strip) for strip in short], [cells(strip) for strip in stock]


@pytest.mark.parametrize("theme", ["tau2-dark", "tau2-light"])
async def test_rows_are_as_textual_would_have_them(theme: str, tmp_path: Path) -> None:
    async with inspector(tmp_path, (150, 40), write=hostile) as (app, pilot):
        app.theme = next((name for name in app.available_themes if name == theme), app.theme)
        await pilot.press("j", "j")
        await pilot.pause()
        widgets = [one for one in app.screen.query(DrawnRows) if one.size]
        assert len(widgets) >= 5
        for widget in widgets:
            width, height = widget.size
            for crop in (Region(0, 0, width, height), Region(3, 0, width - 7, 1), Region(0, height - 1, width, 1)):
                short, stock = both_ways(widget, crop)
                assert short == stock, widget.id


async def test_a_filter_of_the_terminal_is_applied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with inspector(tmp_path, (120, 40)) as (app, _):
        listed = app.screen.query_one("#list", DrawnRows)
        monkeypatch.setattr(type(listed), "get_line_filters", lambda _: [Monochrome()])
        listed._styles_cache.clear()
        listed.notify_style_update()
        applied: list[Any] = []
        monkeypatch.setattr(Monochrome, "apply", lambda _, segments, background: applied.append(background) or segments)
        listed.render_lines(Region(0, 0, *listed.size))
        assert applied


async def test_a_row_is_made_again_only_when_it_says_something_else(tmp_path: Path) -> None:
    async with inspector(tmp_path, (120, 40)) as (app, pilot):
        listed, whole = app.screen.query_one("#list", DrawnRows), Region(0, 0, 120, 36)
        before = listed.render_lines(whole)
        await pilot.press("j")
        await pilot.pause()
        after = listed.render_lines(whole)
        assert [y for y in range(36) if before[y] is not after[y]] == [0, 1]


async def test_after_a_change_of_theme_every_row_is_made_again(tmp_path: Path) -> None:
    async with inspector(tmp_path, (120, 40)) as (app, pilot):
        listed, whole = app.screen.query_one("#list", DrawnRows), Region(0, 0, 120, 36)
        before = [cells(strip) for strip in listed.render_lines(whole)]
        app.choose_theme("light")
        await pilot.pause()
        assert [cells(strip) for strip in listed.render_lines(whole)] != before
        short, stock = both_ways(listed, whole)
        assert short == stock


async def test_the_rows_of_both_ends_are_written_before_they_are_gone_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with inspector(tmp_path, (120, 12)) as (app, pilot):
        screen: Any = app.screen
        await until(
            pilot, lambda: screen.state.outcomes_known and screen.state.source.count - 1 in screen._rows._written
        )
        monkeypatch.setattr(screen._rows, "_write", lambda row, cells: pytest.fail(f"row {row} is written now"))
        await pilot.press("G")
        assert screen.state.rows.cursor == screen.state.rows.last
        await pilot.press("g")
        assert screen.state.rows.cursor == 0

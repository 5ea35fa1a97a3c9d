"""What Textual keeps of widgets that are gone."""

from __future__ import annotations

import gc
from pathlib import Path

from textual._styles_cache import StylesCache
from textual.color import Color
from textual.style import Style

from tau2_tui.tui.output.caches import let_go
from tau2_tui.tui.screens.help.screen import HelpScreen
from tests.tui.screens.walking import inspector, until


def _kept() -> int:
    """Return how many caches of drawn lines there are, those of widgets that are gone too."""
    gc.collect()
    return sum(isinstance(one, StylesCache) for one in gc.get_objects())


async def test_lines_of_a_screen_that_is_gone_are_not_kept(tmp_path: Path) -> None:
    async with inspector(tmp_path, (80, 40)) as (app, pilot):
        main, before = app.screen, _kept()
        for _ in range(3):
            await pilot.press("question_mark")
            await until(pilot, lambda: isinstance(app.screen, HelpScreen))
            await pilot.press("escape")
            await until(pilot, lambda: app.screen is main)
        await until(pilot, lambda: _kept() <= before, 10)


def test_backgrounds_are_those_that_textual_takes() -> None:
    let_go()
    let_go()
    below, own = Color(10, 20, 30), Color(200, 100, 0, 0.5)
    first, other = StylesCache(), StylesCache()
    found = first.get_inner_outer(below, own)
    assert found == (Style(background=below + own), Style(background=below))
    assert other.get_inner_outer(below, own) is found

"""When a screen is painted: at once after a rest, and then at most sixty times a second.

Textual paints at the ticks of a clock: what a key changed waits for the next tick, and what that changed in turn, such
as the content of a pane that was opened, for the tick after it. Relied on of Textual 8.2 are ``Screen._update_timer``,
which is only ever resumed and paused, and ``Screen._on_timer_update``, which pauses it first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cached_property
from typing import Any

from textual.screen import Screen

FRAME_SECONDS = 1 / 60
"""Time of one painting: no screen shows more, and a held key needs no more."""


class Pacer:
    """Asks for a painting as soon as there may be one; after a rest, two may follow each other at once."""

    def __init__(self, paint: Callable[[], object]) -> None:
        self._paint = paint
        self._asked: asyncio.TimerHandle | None = None
        self._next = 0.0

    def resume(self) -> None:
        """Take note that there is something to paint."""
        if self._asked is None:
            loop = asyncio.get_running_loop()
            self._asked = loop.call_at(max(loop.time(), self._next), self._due)

    def pause(self) -> None:
        """Take note that all that there is to paint is being painted."""
        if self._asked is not None:
            self._asked.cancel()
            self._asked = None

    def _due(self) -> None:
        self._next = max(self._next + FRAME_SECONDS, asyncio.get_running_loop().time())
        self._paint()


class PacedScreen(Screen[None], inherit_bindings=False):
    """A screen that is painted as soon as there is something to paint."""

    @cached_property
    def _pacer(self) -> Pacer:
        return Pacer(lambda: self.call_later(self._on_timer_update))

    @property
    def _update_timer(self) -> Any:
        return self._pacer

"""When a screen is painted: at once after a rest, and then at most sixty times a second.

Textual paints at the ticks of a clock: what a key changed waits for the next tick, and what that changed in turn, such
as the content of a pane that was opened, for the tick after it. Relied on of Textual 8.2 are ``Screen._update_timer``,
which is only ever resumed and paused, ``Screen._on_timer_update``, which pauses it first, and
``Screen._compositor_refresh``, which it calls to paint what it found changed; and ``Screen._compositor``, which paints.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cached_property
from typing import Any

from textual.screen import Screen

from tau2_tui.tui.output.compositor import DirectCompositor

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

    def __init__(self) -> None:
        super().__init__()
        self._compositor = DirectCompositor()

    @cached_property
    def _pacer(self) -> Pacer:
        return Pacer(lambda: self.call_later(self._on_timer_update))

    @property
    def _update_timer(self) -> Any:
        return self._pacer

    def _on_timer_update(self) -> None:
        """Paint what has changed.

        Textual 8.2 forgets which widgets have changed when the screen has, as if that were always the whole of it.
        """
        if self.is_current and self._repaint_required and not self._layout_required:
            self._compositor.update_widgets(self._dirty_widgets)
        super()._on_timer_update()

    def _compositor_refresh(self) -> None:
        """Paint; a screen below another one has that one painted again, once, where it shows what is below.

        Textual 8.2 marks the lower screen as changed again each time, and so paints both of them without end.
        """
        if self is self.app.screen or self.app.is_inline:
            super()._compositor_refresh()
            return
        regions = self._compositor._dirty_regions
        if regions and self in self.app._background_screens:
            self.app.screen.refresh(*regions)
        regions.clear()
        self._dirty_widgets.clear()

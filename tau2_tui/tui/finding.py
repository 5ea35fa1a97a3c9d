"""The part of the app that has workers find something out for the screens."""

from __future__ import annotations

import time
from collections.abc import Hashable
from typing import Any

from textual import on
from textual.worker import get_current_worker

from tau2_tui.runlog.heap import give_back
from tau2_tui.tui.inspection import Failed, Inspection
from tau2_tui.tui.messages import FactKnown
from tau2_tui.tui.output.textual_output import FrameOutput
from tau2_tui.tui.screens.main import Compute, MainScreen
from tau2_tui.tui.source import EventSource
from tau2_tui.tui.study.studies import Studies

_PATIENCE_SECONDS = 0.2
"""How long a worker waits for the index before it asks whether it is still wanted."""

_LONG_SECONDS = 0.5
"""What takes so long to find out has taken memory on the way that is worth giving back."""


class FindingApp(FrameOutput[None], inherit_bindings=False):
    """An app that finds each fact out once for one state of a log, one worker a fact at a time."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.studies = Studies()

    def fact(
        self, inspection: Inspection, name: Hashable, compute: Compute, log: int = 0, *, partial: bool = False
    ) -> Any:
        """Return what is known under a name; see :meth:`.MainScreen.fact`."""
        source, facts = inspection.sources[log], inspection.facts
        known = facts.get(name)
        if not (source.complete or (partial and source.indexed)):
            failure = source.log.failure
            return Failed(failure) if known is None and failure is not None else known
        rest = facts.rest_of(name, source.version)
        if rest > 0:
            self._look_again(inspection, name, rest)
        elif facts.is_wanted(name, source.version):
            self._find_out(inspection, name, compute, source, partial)
        return known

    def _find_out(
        self, inspection: Inspection, name: Hashable, compute: Compute, source: EventSource, partial: bool
    ) -> None:
        version = source.version
        wanted = [compute]  # only once: what it holds, whole runs, would live until the collector finds the worker

        def find_out() -> None:
            worker, finds = get_current_worker(), wanted.pop()
            begun = time.monotonic()
            try:
                while not (partial or source.log.wait(_PATIENCE_SECONDS, checked=False)):
                    if worker.is_cancelled:
                        return
                value: Any = finds(source.log)
            except Exception as error:  # whatever it is, the rest of the inspector goes on and says so
                value = Failed(f"{type(error).__name__}: {error}")
            seconds = time.monotonic() - begun
            if not worker.is_cancelled:
                self.post_message(FactKnown(inspection, name, version, value, seconds))
            if seconds >= _LONG_SECONDS:
                del finds, value
                give_back()

        self.run_worker(find_out, thread=True, group="facts", exit_on_error=False)

    def _look_again(self, inspection: Inspection, name: Hashable, seconds: float) -> None:
        """Have the screen ask again for a fact of a log that has grown, when its rest is over."""
        if inspection.facts.is_awaited(name):
            self.set_timer(seconds, lambda: self._tell(inspection, name))

    @on(FactKnown)
    def _fact_known(self, message: FactKnown) -> None:
        message.inspection.facts.put(message.name, message.version, message.value, message.seconds)
        self._tell(message.inspection, message.name)

    def _tell(self, inspection: Inspection, name: Hashable) -> None:
        inspection.facts.told(name)
        screen = self.in_sight
        if isinstance(screen, MainScreen) and screen.inspection is inspection:
            screen.fact_known(name)
            screen.sync()

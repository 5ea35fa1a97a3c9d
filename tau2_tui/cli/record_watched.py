"""The process that records while the inspector of another process shows the log: ``record --open`` starts it.

The order comes on standard input. How far the recording is goes to a pipe as lines of JSON, whose number is its one
argument; what ``record`` prints on standard error goes there too. Nobody needs to read either: a reader that is slow
or gone does not hold the recording up.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from typing import NoReturn

from tau2_tui.cli.output import ExitCode, fail
from tau2_tui.cli.record_lines import status_parts
from tau2_tui.cli.record_order import Order, carry_out, treat_as_interrupts
from tau2_tui.cli.record_progress import Progress
from tau2_tui.errors import Tau2TuiError
from tau2_tui.recording import RunPlan
from tau2_tui.tui.recording import Phase

_EVERY_SECONDS = 0.5
"""Least seconds between two lines that say how many simulations are done."""


class ToldProgress(Progress):
    """Tells how far the recording is, when that has changed."""

    def __init__(self, pipe: int, note: str | None) -> None:
        super().__init__(sys.stderr, note)
        self._pipe = pipe
        self._phase = Phase.LOADING
        self._told: object = None
        self._closed = threading.Event()
        os.set_blocking(pipe, False)
        self._thread = threading.Thread(target=self._tell_until_closed, name="progress", daemon=True)
        self._thread.start()

    def run_started(self, plan: RunPlan) -> None:
        """Tell that the log is there."""
        super().run_started(plan)
        self._phase = Phase.RUNNING
        self.tell()

    def run_stopping(self) -> None:
        """Tell that the turns under way are finished."""
        super().run_stopping()
        self._phase = Phase.STOPPING
        self.tell()

    def tell(self) -> None:
        """Tell how far it is, unless nothing has ended since the last time."""
        with self._lock:
            state = self.state
            news = (self._phase, state.done, state.failed, state.repeated)
            if state.plan is None or news == self._told:
                return
            line = json.dumps({"phase": self._phase.name, "parts": status_parts(state)}).encode() + b"\n"
            try:
                os.write(self._pipe, line)  # whole or not at all: it is short
            except BlockingIOError:
                return  # the reader is asleep: told later
            except OSError:
                self._closed.set()  # the reader is gone
            self._told = news

    def close(self) -> None:
        """Tell what is untold."""
        if not self._closed.is_set():
            self.tell()
        self._closed.set()

    def _tell_until_closed(self) -> None:
        while not self._closed.wait(_EVERY_SECONDS):
            self.tell()


def main() -> NoReturn:
    """Carry out the order; exits with the codes of ``record``."""
    treat_as_interrupts(signal.SIGTERM)
    pipe = int(sys.argv[1])
    os.set_inheritable(pipe, False)
    try:
        order = Order.of_json(json.load(sys.stdin))
        carry_out(order, ToldProgress(pipe, order.note))
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
    except Tau2TuiError as error:
        fail(str(error))
    sys.exit(ExitCode.OK)

"""How ``tau2-tui record`` shows what goes on: a display kept in place on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import contextlib
import io
import shlex
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from typing import TextIO

from tau2_tui.cli.output import write_if_heard
from tau2_tui.cli.progress import draws_on
from tau2_tui.cli.record_lines import clock, display_lines, dollars, error_line, pass_rate, spending_line
from tau2_tui.cli.record_state import RunState
from tau2_tui.counting import counted
from tau2_tui.events import ExecutionEvent
from tau2_tui.recording import RunOutcome, RunPlan, SimulationOutcome
from tau2_tui.recording.session import SimulationIdentity
from tau2_tui.recording.spending import Spending
from tau2_tui.safe_text import visible

_LINE_EVERY = 10.0
"""Seconds between two lines where there is no terminal."""

_DRAW_EVERY = 0.25
"""Seconds between two drawings."""

_SHOWN_ERRORS = 5

STOPPING = "interrupted: finishing the turns under way; press Ctrl-C again to stop at once"


@contextlib.contextmanager
def progress_on(stream: TextIO, note: str | None = None) -> Iterator[Progress]:
    """Show progress on a stream while inside; ``note`` when the run starts."""
    listener: Progress = DrawnProgress(stream, note) if draws_on(stream) else LineProgress(stream, note)
    try:
        yield listener
    finally:
        listener.close()


class Progress:
    """Follows a run, and shows it in a way that a subclass knows."""

    def __init__(self, stream: TextIO, note: str | None) -> None:
        self.stream = stream
        self.note = note
        self.state = RunState()
        self._lock = threading.RLock()

    def run_started(self, plan: RunPlan) -> None:
        """Take the number of simulations, and say what there is to say first."""
        with self._lock:
            self.state.run_started(plan)
        if self.note is not None:
            self.say(self.note)

    def simulation_started(self, identity: SimulationIdentity) -> None:
        """Take it among those under way."""
        with self._lock:
            self.state.simulation_started(identity)

    def event_logged(self, identity: SimulationIdentity, event: ExecutionEvent) -> None:
        """Note how far it is."""
        self.state.event_logged(identity, event)

    def attempt_failed(self, outcome: SimulationOutcome) -> None:
        """Count an attempt that is repeated."""
        with self._lock:
            self.state.attempt_failed(outcome)

    def simulation_ended(self, outcome: SimulationOutcome) -> None:
        """Count it."""
        with self._lock:
            self.state.simulation_ended(outcome)

    def run_stopping(self) -> None:
        """Say that an interrupt waits for the turns under way."""
        self.say(STOPPING)

    def run_ended(self, outcome: RunOutcome) -> None:
        """Take the display away."""
        self.close()

    def say(self, text: str) -> None:
        """Print a line."""
        with self._lock:
            self._write(visible(text) + "\n")

    def _write(self, text: str) -> None:
        write_if_heard(self.stream, text)

    def close(self) -> None:
        """Take away what was drawn; more calls do nothing."""


class LineProgress(Progress):
    """A line now and then, for a pipe, a file or a batch system's log."""

    def __init__(self, stream: TextIO, note: str | None) -> None:
        super().__init__(stream, note)
        self._last = time.monotonic()
        self._said_errors = 0

    def run_started(self, plan: RunPlan) -> None:
        """Say what is about to run."""
        super().run_started(plan)
        self._last = time.monotonic()
        kept = f", {len(plan.kept)} done before" if plan.kept else ""
        what = f"{counted(plan.tasks, 'task')}, {counted(plan.simulations, 'simulation')}"
        self.say(f"{plan.domain}: {what}{kept}, log {plan.path}")

    def attempt_failed(self, outcome: SimulationOutcome) -> None:
        """Say why, the first few times."""
        super().attempt_failed(outcome)
        self._say_error()

    def simulation_ended(self, outcome: SimulationOutcome) -> None:
        """Say why it failed, the first few times, and how far the run is, if the last line is old enough."""
        super().simulation_ended(outcome)
        if outcome.error is not None:
            self._say_error()
        now = time.monotonic()
        if now - self._last >= _LINE_EVERY:
            self._last = now
            self.say(self.status())

    def status(self) -> str:
        """Return how far the run is, as one line."""
        state = self.state
        total = state.plan.simulations if state.plan is not None else 0
        left = state.time_left
        parts = [pass_rate(state), spending_line(state), f"{clock(left)} left" if left is not None else None]
        return f"{state.done}/{total}: " + ", ".join(part for part in parts if part is not None)

    def _say_error(self) -> None:
        self._said_errors += 1
        if self._said_errors <= _SHOWN_ERRORS:
            self.say(error_line(self.state.errors[-1]))
        elif self._said_errors == _SHOWN_ERRORS + 1:
            self.say("further failures are in the log only")


class DrawnProgress(Progress):
    """A display that stays in place: each drawing overwrites the one before, and only when it differs."""

    def __init__(self, stream: TextIO, note: str | None) -> None:
        super().__init__(stream, note)
        self._drawn: list[str] = []
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._draw_until_closed, name="progress", daemon=True)
        self.draw()
        self._thread.start()

    def draw(self) -> None:
        """Draw the display as it is now."""
        with self._lock:
            if self._closed.is_set():
                return
            size = shutil.get_terminal_size()
            lines = display_lines(self.state, size.columns, size.lines)
            if lines != self._drawn:
                self._write(self._to_start(size.columns) + "".join(f"{line}\x1b[K\n" for line in lines) + "\x1b[J")
                self._drawn = lines

    def say(self, text: str) -> None:
        """Print a line above the display."""
        with self._lock:
            lines = "".join(f"{line}\x1b[K\n" for line in visible(text, newlines=True).split("\n"))
            self._write(self._to_start(shutil.get_terminal_size().columns) + lines + "\x1b[J")
            self._drawn = []
            self.draw()

    def close(self) -> None:
        """Take the display away, and leave the last errors."""
        with self._lock:
            if self._closed.is_set():
                return
            self._closed.set()
            start = self._to_start(shutil.get_terminal_size().columns)
            errors = "".join(f"{error_line(error)}\x1b[K\n" for error in self.state.errors)
            self._write(f"{start}{errors}\x1b[J")
            self._drawn = []

    def _draw_until_closed(self) -> None:
        while not self._closed.wait(_DRAW_EVERY):
            self.draw()

    def _to_start(self, columns: int) -> str:
        """Return what moves the cursor to the display's first line; a narrower terminal has wrapped its lines."""
        from rich.cells import cell_len

        rows = sum(max(1, -(-cell_len(line) // columns)) for line in self._drawn)
        return f"\r\x1b[{rows}A" if rows else "\r"


@contextlib.contextmanager
def printed_beside(progress: Progress, clean: Callable[[str], str]) -> Iterator[None]:
    """Show what is printed inside, on either standard stream, beside the progress, secrets removed by ``clean``."""
    aside = Aside(progress, clean)
    with contextlib.redirect_stdout(aside), contextlib.redirect_stderr(aside):
        try:
            yield
        finally:
            aside.flush_rest()


class Aside(io.TextIOBase):
    """A stream whose lines appear beside the progress: for what libraries print while a run is under way.

    Args:
        progress: shows each line.
        clean: takes secrets out of a line.
    """

    def __init__(self, progress: Progress, clean: Callable[[str], str]) -> None:
        super().__init__()
        self._progress = progress
        self._clean = clean
        self._rest = ""
        self._lock = threading.RLock()

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, text: str) -> int:
        """Show the lines that are complete; keep the rest for later."""
        with self._lock:
            *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._progress.say(self._clean(line))
        return len(text)

    def flush_rest(self) -> None:
        """Show what is left without a line's end."""
        with self._lock:
            rest, self._rest = self._rest, ""
        if rest:
            self._progress.say(self._clean(rest))


def summary(outcome: RunOutcome) -> str:
    """Return the closing lines: what ran, what came of it, where the log is."""
    totals, plan = outcome.totals(), outcome.plan
    done = totals["simulations"]
    planned = counted(plan.simulations, "simulation")
    count = f"{done:,} of {planned}, interrupted" if outcome.interrupted else counted(done, "simulation")
    skipped = totals["judge_skipped"]
    decided = done - skipped
    passed = f"{totals['passed']} passed" + (f" ({100 * totals['passed'] / decided:.1f} %)" if decided else "")
    mean = f", mean reward {totals['mean_reward']:.3f}" if totals["mean_reward"] is not None else ""
    path = visible(str(plan.path))
    return "\n".join(
        [
            f"{visible(plan.domain)}: {count}, {passed}{mean}, {clock(outcome.duration)}",
            f"{counted(totals['tool_calls'], 'tool call')} ({totals['tool_errors']} failed),"
            f" {counted(totals['state_changes'], 'state change')}, simulations ended by an error: {totals['errors']}",
            *_spent(outcome),
            *(
                [f"judge skipped, no reward: {counted(skipped, 'simulation')}; --judge-llm MODEL names a judge"]
                if skipped
                else []
            ),
            f"log: {path} ({_size(outcome.size)})",
            f"open it: tau2-tui open {visible(shlex.quote(str(plan.path)))}",
        ]
    )


def _spent(outcome: RunOutcome) -> list[str]:
    """Return a line about what the model calls came to; none when there were none."""
    spending = sum(outcome.spending.values(), Spending())
    if not spending.calls:
        return []
    if spending.cost is not None:
        shares = {who: sums.cost or 0.0 for who, sums in outcome.spending.items()}
        cost = f"cost {dollars(spending.cost)} ({', '.join(f'{who} {dollars(shares[who])}' for who in sorted(shares))})"
    else:
        known = f", at least {dollars(spending.known_cost)}" if spending.known_cost else ""
        cost = f"cost unknown ({spending.unpriced_calls} calls without a known price{known})"
    return [
        f"{counted(spending.calls, 'model call')} ({spending.failed_calls} failed),"
        f" {spending.prompt_tokens} + {spending.completion_tokens} tokens, {cost}"
    ]


def _size(size: int) -> str:
    value = float(size)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"

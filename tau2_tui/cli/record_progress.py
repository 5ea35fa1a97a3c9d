"""How ``tau2-tui record`` shows what goes on: a progress bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import IO, Any

from tau2_tui.recording import RunOutcome, RunPlan, SimulationOutcome
from tau2_tui.recording.session import SimulationIdentity
from tau2_tui.safe_text import visible

_LINE_EVERY = 10.0
"""Seconds between two lines where there is no terminal."""

_SHOWN_ERRORS = 5


@contextlib.contextmanager
def progress_on(stream: IO[str], note: str | None = None) -> Iterator[Progress]:
    """Show progress on a stream while inside; ``note`` when the run starts."""
    listener = BarProgress(stream, note) if stream.isatty() else LineProgress(stream, note)
    try:
        yield listener
    finally:
        listener.close()


class Progress:
    """Counts what has ended, and shows it in a way that a subclass knows."""

    def __init__(self, stream: IO[str], note: str | None) -> None:
        self.stream = stream
        self.note = note
        self.plan: RunPlan | None = None
        self.done = self.passed = self.tool_calls = self.errors = 0

    def run_started(self, plan: RunPlan) -> None:
        """Take the number of simulations, and say what there is to say first."""
        self.plan = plan
        if self.note is not None:
            self.say(self.note)

    def simulation_started(self, identity: SimulationIdentity) -> None:
        """Show nothing: what has ended counts."""

    def simulation_ended(self, outcome: SimulationOutcome) -> None:
        """Count it, and show the error of one that failed."""
        self.done += 1
        self.passed += outcome.passed
        self.tool_calls += outcome.tool_calls
        if outcome.error is not None:
            self.errors += 1
            if self.errors <= _SHOWN_ERRORS:
                where = f"task {outcome.identity.task_id}, trial {outcome.identity.trial}"
                self.say(f"{where} failed: {_first_line(outcome.error)}")

    def run_ended(self, outcome: RunOutcome) -> None:
        """Take the bar away."""
        self.close()

    def say(self, text: str) -> None:
        """Print a line."""
        print(visible(text), file=self.stream, flush=True)

    def close(self) -> None:
        """Take away what was drawn; more calls do nothing."""

    def status(self) -> str:
        """Return the counts as text."""
        rate = f"{100 * self.passed / self.done:.0f} %" if self.done else "–"
        return f"passed {self.passed} ({rate}), tool calls {self.tool_calls}, errors {self.errors}"


class LineProgress(Progress):
    """A line now and then, for a pipe, a file or a batch system's log."""

    def __init__(self, stream: IO[str], note: str | None) -> None:
        super().__init__(stream, note)
        self._started = self._last = time.monotonic()

    def run_started(self, plan: RunPlan) -> None:
        """Say what is about to run."""
        super().run_started(plan)
        self._started = self._last = time.monotonic()
        self.say(f"{plan.domain}: {plan.tasks} tasks, {plan.simulations} simulations, log {plan.path}")

    def simulation_ended(self, outcome: SimulationOutcome) -> None:
        """Say how far it is, if the last line is old enough."""
        super().simulation_ended(outcome)
        now = time.monotonic()
        if self.plan is not None and now - self._last >= _LINE_EVERY:
            self._last = now
            left = (now - self._started) / self.done * (self.plan.simulations - self.done)
            self.say(f"{self.done}/{self.plan.simulations}: {self.status()}, {_clock(left)} left")


class BarProgress(Progress):
    """A bar that is drawn in place."""

    def __init__(self, stream: IO[str], note: str | None) -> None:
        from rich.console import Console

        super().__init__(stream, note)
        self._console = Console(file=stream)
        self._loading: Any = self._console.status("loading tau2-bench …", spinner="line")
        self._bar: Any = None
        self._task: Any = None
        self._loading.start()

    def run_started(self, plan: RunPlan) -> None:
        """Draw the bar."""
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        self._loading.stop()
        super().run_started(plan)
        self._bar = RichProgress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[status]}", markup=False),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._bar.add_task(visible(plan.domain), total=plan.simulations, status=self.status())
        self._bar.start()

    def simulation_ended(self, outcome: SimulationOutcome) -> None:
        """Move the bar."""
        super().simulation_ended(outcome)
        if self._bar is not None:
            self._bar.update(self._task, completed=self.done, status=self.status())

    def say(self, text: str) -> None:
        """Print a line above the bar."""
        if self._bar is None:
            super().say(text)
        else:
            self._bar.console.print(visible(text), markup=False, highlight=False)

    def close(self) -> None:
        """Take the bar away."""
        self._loading.stop()
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def summary(outcome: RunOutcome) -> str:
    """Return the closing lines: what ran, what came of it, where the log is."""
    totals, plan = outcome.totals(), outcome.plan
    done = totals["simulations"]
    count = f"{done} of {plan.simulations} simulations, interrupted" if outcome.interrupted else f"{done} simulations"
    passed = f"{totals['passed']} passed" + (f" ({100 * totals['passed'] / done:.1f} %)" if done else "")
    mean = f", mean reward {totals['mean_reward']:.3f}" if totals["mean_reward"] is not None else ""
    path = visible(str(plan.path))
    return "\n".join(
        [
            f"{visible(plan.domain)}: {count}, {passed}{mean}, {_clock(outcome.duration)}",
            f"{totals['tool_calls']} tool calls ({totals['tool_errors']} failed),"
            f" {totals['state_changes']} state changes, simulations ended by an error: {totals['errors']}",
            f"log: {path} ({_size(outcome.size)})",
            f"open it: tau2-tui open {path}",
        ]
    )


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0][:300] if text.strip() else "unknown error"


def _clock(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02} min"


def _size(size: int) -> str:
    value = float(size)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"

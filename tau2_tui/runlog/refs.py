"""What a log gives out about its lines and simulations. Plain data: this module does not need numpy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tau2_tui.events import LogLevel, SimulationStartEvent

PASS_TOLERANCE = 1e-6
"""A simulation passed when its reward is 1 within this."""


class LogOrigin(NamedTuple):
    """What a log was converted from.

    Attributes:
        path: the foreign file or directory, as it was named.
        format: its format, for a person.
        notes: what a reader should know: what the file lacks, what was removed or could not be read.
    """

    path: Path
    format: str
    notes: tuple[str, ...] = ()


class UnreadableLine(NamedTuple):
    """A line that is no event: torn, not UTF-8, no JSON object, nested too deep or too long.

    Attributes:
        line: number of the line, from 0.
        offset: byte at which it starts.
        size: bytes it has in the file, line feed not counted.
        reason: what is wrong with it.
        data: its bytes, the first 64 kB of them.
    """

    line: int
    offset: int
    size: int
    reason: str
    data: bytes = b""

    @property
    def event_type(self) -> str:
        """The type by which the columns know it."""
        return "unreadable"

    @property
    def level(self) -> LogLevel:
        """The level that it has in the columns."""
        return LogLevel.ERROR

    @property
    def message(self) -> str:
        """One line for a person; it holds nothing of the line itself."""
        return f"unreadable line {self.line + 1} at byte {self.offset} ({self.size} bytes): {self.reason}"


@dataclass(frozen=True, slots=True)
class SimulationRef:
    """A simulation and where its lines are; those of others may lie between them.

    Attributes:
        simulation_id: its id.
        task_id: the task it runs, None when its first line does not say.
        trial: the number of the trial, None when its first line does not say.
        first_line: number of its first line.
        last_line: number of its last line so far.
        line_count: how many lines it has so far.
        repeated: it failed or was cut off, and does not count: another one took its place.
    """

    simulation_id: str
    task_id: str | None
    trial: int | None
    first_line: int
    last_line: int
    line_count: int
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class SimulationOutcome:
    """How a simulation ended, from its SimulationEndEvent.

    Attributes:
        simulation_id: its id.
        line: number of the line that says so.
        reward: tau2's reward, None when it was not evaluated.
        termination_reason: as tau2 names it.
        duration: seconds.
        agent_cost: US dollars, None when unknown.
        user_cost: US dollars, None when unknown.
        judge_skipped: the judge of its assertions was not asked; the reward is then known only when it is 0.
        error: it ended by an error.
    """

    simulation_id: str
    line: int
    reward: float | None
    termination_reason: str | None
    duration: float | None
    agent_cost: float | None
    user_cost: float | None
    judge_skipped: bool = False
    error: bool = False

    @property
    def passed(self) -> bool:
        """Whether the reward is 1."""
        return self.reward is not None and abs(self.reward - 1.0) < PASS_TOLERANCE

    @property
    def failed(self) -> bool:
        """Whether it was evaluated and is no success, or ended by an error; otherwise nobody knows."""
        return self.error if self.reward is None else not self.passed


def repeated_by(start: SimulationStartEvent) -> str | None:
    """Return the id of the simulation that this one counts in place of, None when it is the first of its kind."""
    former = start.metadata.get("repeats")
    return former if isinstance(former, str) else None

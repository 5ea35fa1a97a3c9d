"""What a recording tells while it goes on, and at its end."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tau2_tui.recording.session import SimulationIdentity

_TOLERANCE = 1e-6
"""tau2 counts a reward within this of 1 as passed."""


@dataclass(frozen=True)
class SimulationOutcome:
    """One simulation, when it is over.

    Attributes:
        identity: which one.
        reward: tau2's reward; None when it failed.
        termination_reason: as tau2 names it.
        error: why it failed, None when it did not.
        tool_calls: calls of agent and user.
        tool_errors: those that failed.
        state_changes: recorded changes of a database.
        duration: seconds, building and evaluation included.
    """

    identity: SimulationIdentity
    reward: float | None
    termination_reason: str | None
    error: str | None
    tool_calls: int
    tool_errors: int
    state_changes: int
    duration: float

    @property
    def passed(self) -> bool:
        """Whether the reward is 1, as tau2 counts it."""
        return self.reward is not None and abs(self.reward - 1.0) <= _TOLERANCE


@dataclass(frozen=True)
class RunPlan:
    """What is about to be run.

    Attributes:
        run_id: random id of the run.
        domain: name of the domain.
        tasks: number of tasks.
        simulations: number of simulations.
        path: the log.
    """

    run_id: str
    domain: str
    tasks: int
    simulations: int
    path: Path


@dataclass(frozen=True)
class RunOutcome:
    """A run, when it is over.

    Attributes:
        plan: what was to be run.
        simulations: the simulations that ended, in the order in which they ended.
        duration: seconds.
        size: bytes of the log.
        interrupted: the run was stopped before its end.
    """

    plan: RunPlan
    simulations: tuple[SimulationOutcome, ...]
    duration: float
    size: int
    interrupted: bool = False

    def totals(self) -> dict[str, Any]:
        """Return the counts that a ``RunEndEvent`` holds."""
        rewards = [outcome.reward for outcome in self.simulations if outcome.reward is not None]
        return {
            "simulations": len(self.simulations),
            "evaluated": len(rewards),
            "passed": sum(outcome.passed for outcome in self.simulations),
            "mean_reward": sum(rewards) / len(rewards) if rewards else None,
            "errors": sum(outcome.error is not None for outcome in self.simulations),
            "tool_calls": sum(outcome.tool_calls for outcome in self.simulations),
            "tool_errors": sum(outcome.tool_errors for outcome in self.simulations),
            "state_changes": sum(outcome.state_changes for outcome in self.simulations),
        }


class RunListener(Protocol):
    """Is told how a run goes on; from one thread at a time, though not always the same one."""

    def run_started(self, plan: RunPlan) -> None:
        """The log is open and its first line written."""

    def simulation_started(self, identity: SimulationIdentity) -> None:
        """A simulation is about to be built."""

    def simulation_ended(self, outcome: SimulationOutcome) -> None:
        """A simulation's last event was written."""

    def run_ended(self, outcome: RunOutcome) -> None:
        """The log is closed, also after an interruption."""


class RunInterrupted(KeyboardInterrupt):
    """The run was interrupted; its log is closed and valid, and lacks only the last line."""

    def __init__(self, outcome: RunOutcome) -> None:
        super().__init__("the run was interrupted")
        self.outcome = outcome

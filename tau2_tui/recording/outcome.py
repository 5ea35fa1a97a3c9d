"""What a recording tells while it goes on, and at its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tau2_tui.events import ExecutionEvent
from tau2_tui.recording.session import SimulationIdentity
from tau2_tui.recording.spending import SpendingByPurpose, add_up, model_totals

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
        spending: what its model calls came to, by who asked.
        judge: whether the judge of its assertions was ``called`` or skipped; None when none was needed.
        result: tau2's own ``SimulationRun`` as JSON, when results are saved.
    """

    identity: SimulationIdentity
    reward: float | None
    termination_reason: str | None
    error: str | None
    tool_calls: int
    tool_errors: int
    state_changes: int
    duration: float
    spending: SpendingByPurpose = field(default_factory=dict)
    judge: str | None = None
    result: bytes | None = field(default=None, repr=False)

    @property
    def passed(self) -> bool:
        """Whether the reward is 1, as tau2 counts it."""
        return self.reward is not None and abs(self.reward - 1.0) <= _TOLERANCE

    @property
    def undecided(self) -> bool:
        """Whether the reward depends on a judge that was not asked."""
        return self.reward is None and self.error is None and self.judge is not None


@dataclass(frozen=True)
class RunPlan:
    """What is about to be run.

    Attributes:
        run_id: random id of the run.
        domain: name of the domain.
        tasks: number of tasks.
        simulations: number of simulations.
        path: the log.
        kept: of these, what is in the log already, when an earlier run is continued.
    """

    run_id: str
    domain: str
    tasks: int
    simulations: int
    path: Path
    kept: tuple[SimulationOutcome, ...] = ()


@dataclass(frozen=True)
class RunOutcome:
    """A run, when it is over.

    Attributes:
        plan: what was to be run.
        simulations: the simulations that ended and count, in the order in which they ended, kept ones first.
        duration: seconds; earlier sessions of a continued run are not in it.
        size: bytes of the log.
        interrupted: the run was stopped before its end.
        repeated: simulations in the log that do not count: failed or cut off, and repeated.
        repeated_spending: what their model calls came to.
    """

    plan: RunPlan
    simulations: tuple[SimulationOutcome, ...]
    duration: float
    size: int
    interrupted: bool = False
    repeated: int = 0
    repeated_spending: SpendingByPurpose = field(default_factory=dict)

    def totals(self) -> dict[str, Any]:
        """Return the counts that a ``RunEndEvent`` holds."""
        rewards = [outcome.reward for outcome in self.simulations if outcome.reward is not None]
        return {
            "simulations": len(self.simulations),
            "evaluated": len(rewards),
            "passed": sum(outcome.passed for outcome in self.simulations),
            "mean_reward": sum(rewards) / len(rewards) if rewards else None,
            "judge_skipped": sum(outcome.undecided for outcome in self.simulations),
            "errors": sum(outcome.error is not None for outcome in self.simulations),
            "repeated": self.repeated,
            "tool_calls": sum(outcome.tool_calls for outcome in self.simulations),
            "tool_errors": sum(outcome.tool_errors for outcome in self.simulations),
            "state_changes": sum(outcome.state_changes for outcome in self.simulations),
            **model_totals(self.spending),
        }

    @property
    def spending(self) -> SpendingByPurpose:
        """What all model calls came to, by who asked: those of repeated simulations too, as they were paid for."""
        return add_up([*(outcome.spending for outcome in self.simulations), self.repeated_spending])


class RunListener(Protocol):
    """Is told how a run goes on; from one thread at a time, though not always the same one."""

    def run_started(self, plan: RunPlan) -> None:
        """The log is open and its first line written."""

    def simulation_started(self, identity: SimulationIdentity) -> None:
        """A simulation is about to be built."""

    def event_logged(self, identity: SimulationIdentity, event: ExecutionEvent) -> None:
        """An event of a simulation was written. Called in the simulation's own thread, many times a second."""

    def attempt_failed(self, outcome: SimulationOutcome) -> None:
        """A simulation failed and is about to be repeated; it does not count."""

    def simulation_ended(self, outcome: SimulationOutcome) -> None:
        """A simulation's last event was written, and it counts."""

    def run_stopping(self) -> None:
        """An interrupt came: turns under way are finished, nothing more begins, and a second one would not wait."""

    def run_ended(self, outcome: RunOutcome) -> None:
        """The log is closed, also after an interruption."""


class RunInterrupted(KeyboardInterrupt):
    """The run was interrupted; its log is closed and valid, and lacks only the last line."""

    def __init__(self, outcome: RunOutcome) -> None:
        super().__init__("the run was interrupted")
        self.outcome = outcome

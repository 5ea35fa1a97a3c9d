"""One task and trial until it is over: its first attempt, and those that repeat a failed one."""

from __future__ import annotations

import dataclasses
import uuid
from typing import Any, Protocol

from tau2_tui.recording.outcome import SimulationOutcome
from tau2_tui.recording.session import SimulationIdentity
from tau2_tui.recording.simulation import RunContext, SimulationRecorder


class AttemptListener(Protocol):
    """Is told of every attempt of every simulation; from several threads at once."""

    def started(self, identity: SimulationIdentity) -> None:
        """An attempt is about to be built."""

    def attempt_failed(self, outcome: SimulationOutcome) -> None:
        """An attempt failed, and another one follows."""

    def ended(self, outcome: SimulationOutcome) -> None:
        """The last attempt's last event was written: this is what counts."""


def next_attempt(identity: SimulationIdentity) -> SimulationIdentity:
    """Return who takes the place of a simulation that failed or was cut off."""
    return dataclasses.replace(
        identity, simulation_id=str(uuid.uuid4()), attempt=identity.attempt + 1, repeats=identity.simulation_id
    )


def record_attempts(context: RunContext, identity: SimulationIdentity, task: Any, listener: AttemptListener) -> None:
    """Record a simulation; when it fails, again, as often and after as long as the configuration says.

    Each attempt is a simulation of its own in the log. A failure of tau2, agent, user or model is an attempt's end;
    the last attempt counts, failed or not.

    Raises:
        LogWriteError: the log cannot be written.
        RecordingStopped: the run was told to stop.
    """
    left = context.config.max_retries
    while True:
        listener.started(identity)
        outcome = SimulationRecorder(context, identity, task).record()
        if outcome.error is None or left == 0 or context.stop.wait(context.config.retry_delay):
            listener.ended(outcome)
            return
        listener.attempt_failed(outcome)
        identity, left = next_attempt(identity), left - 1

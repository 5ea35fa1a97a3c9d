"""Records one simulation from building to evaluation."""

from __future__ import annotations

import threading
import time
import traceback
from dataclasses import dataclass
from typing import Any

from tau2_tui.errors import LogWriteError
from tau2_tui.events import SimulationEndEvent
from tau2_tui.logging import ExecutionLogger
from tau2_tui.recording.config import RecordConfig
from tau2_tui.recording.databases import StateFingerprint, StateHashes
from tau2_tui.recording.gold import compare_with_gold
from tau2_tui.recording.messages import first_line
from tau2_tui.recording.outcome import SimulationOutcome
from tau2_tui.recording.participants import build_participants
from tau2_tui.recording.session import SimulationIdentity, SimulationSession
from tau2_tui.recording.tau2_api import OrchestratorSpec, Tau2

INFRASTRUCTURE_ERROR = "infrastructure_error"
"""tau2 1.x's name of the end of a simulation that raised."""


@dataclass(frozen=True)
class RunContext:
    """What the simulations of a run share.

    Attributes:
        tau2: the installed tau2-bench.
        config: the run's configuration.
        logger: takes the events.
        baseline: the databases of a new environment of the domain, when all start the same.
        stop: set when the run is to stop.
    """

    tau2: Tau2
    config: RecordConfig
    logger: ExecutionLogger
    baseline: StateFingerprint | None
    stop: threading.Event


class SimulationRecorder:
    """Records one simulation of a task.

    Args:
        context: what the run's simulations share.
        identity: which simulation.
        task: tau2's task.
    """

    def __init__(self, context: RunContext, identity: SimulationIdentity, task: Any) -> None:
        self._context = context
        self._identity = identity
        self._task = task
        self._phase = "build"
        self._simulation: Any = None
        self._session = SimulationSession(
            identity,
            context.logger,
            snapshots=context.config.snapshots,
            max_result_bytes=context.config.max_result_bytes,
            stop=context.stop,
        )

    def record(self) -> SimulationOutcome:
        """Run, evaluate and write the simulation; a failure of tau2, agent or user is written as its end.

        Raises:
            LogWriteError: the log cannot be written.
            RecordingStopped: the run was told to stop.
        """
        started = time.perf_counter()
        try:
            end = self._run_and_evaluate()
        except LogWriteError:
            raise
        except Exception as error:
            end = self._failure(error, time.perf_counter() - started)
        try:
            self._session.emit(end)
            observer = self._session.observer
            return SimulationOutcome(
                identity=self._identity,
                reward=end.reward,
                termination_reason=end.termination_reason,
                error=end.error,
                tool_calls=observer.tool_calls if observer is not None else 0,
                tool_errors=observer.tool_errors if observer is not None else 0,
                state_changes=observer.state_changes if observer is not None else 0,
                duration=time.perf_counter() - started,
            )
        finally:
            self._session.let_go()

    def _run_and_evaluate(self) -> SimulationEndEvent:
        context, identity = self._context, self._identity
        self._session.instrument(self._build(), context.baseline)
        self._phase = "conversation"
        simulation = self._simulation = self._session.run()
        self._phase = "evaluation"
        started = time.perf_counter()
        reward_info = self._session.evaluate(
            lambda: context.tau2.evaluate(simulation, self._task, domain=identity.domain, solo_mode=identity.solo_mode)
        )
        simulation.reward_info = reward_info
        evaluation_time = time.perf_counter() - started
        end = self._end_event(termination_reason=str(simulation.termination_reason.value))
        end.reward = float(reward_info.reward)
        end.reward_info = reward_info.model_dump(mode="json")
        end.metadata["evaluation_time"] = evaluation_time
        self._add_gold_diff(end, reward_info)
        end.message = f"reward {end.reward:g}, {end.termination_reason}"
        return end

    def _build(self) -> Any:
        context, identity = self._context, self._identity
        environment = context.tau2.environment(identity.domain, solo_mode=identity.solo_mode)
        agent, user = build_participants(context.tau2, context.config, environment, self._task)
        return context.tau2.orchestrator(
            OrchestratorSpec(
                domain=identity.domain,
                task=self._task,
                environment=environment,
                agent=agent,
                user=user,
                max_steps=context.config.max_steps,
                max_errors=context.config.max_errors,
                seed=identity.seed,
                solo_mode=identity.solo_mode,
                simulation_id=identity.simulation_id,
            )
        )

    def _end_event(self, termination_reason: str) -> SimulationEndEvent:
        observer, simulation = self._session.observer, self._simulation
        hashes = observer.hashes if observer is not None else StateHashes()
        end = SimulationEndEvent(
            termination_reason=termination_reason,
            state_hash=hashes.database,
            user_state_hash=hashes.user_database,
            attempt=self._identity.attempt,
            source="recorder",
        )
        if simulation is not None:
            end.duration = simulation.duration
            end.agent_cost = None if "agent" in self._session.unpriced else simulation.agent_cost
            end.user_cost = None if "user" in self._session.unpriced else simulation.user_cost
        return end

    def _add_gold_diff(self, end: SimulationEndEvent, reward_info: Any) -> None:
        observer = self._session.observer
        if observer is None:
            return
        db_check = getattr(reward_info, "db_check", None)
        comparison = compare_with_gold(
            self._context.tau2,
            self._identity.domain,
            self._task,
            initial=self._session.initial_state,
            reached=observer.state,
            db_match=db_check.db_match if db_check is not None else None,
        )
        end.gold_diff = comparison.diff
        if comparison.reason is not None:
            end.metadata["gold_diff_reason"] = comparison.reason
        if comparison.synced is not None:
            end.metadata["gold_diff_after_sync"] = comparison.synced

    def _failure(self, error: Exception, elapsed: float) -> SimulationEndEvent:
        """Return the end of a simulation that raised."""
        self._session.emit_start()
        self._session.emit_last_messages()
        redactor = self._context.logger.redactor
        clean = redactor.scrub_text if redactor is not None else str
        end = self._end_event(termination_reason=INFRASTRUCTURE_ERROR)
        if end.duration is None:
            end.duration = elapsed
        end.error, end.error_type = clean(str(error)) or type(error).__name__, type(error).__name__
        end.traceback = clean("".join(traceback.format_exception(error)))
        end.metadata["failed_in"] = self._phase
        if self._simulation is not None:
            end.metadata["conversation_ended_by"] = str(self._simulation.termination_reason.value)
        end.message = f"failed: {end.error_type}: {first_line(end.error)}"
        end.__post_init__()
        return end

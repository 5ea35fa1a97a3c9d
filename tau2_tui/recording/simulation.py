"""Records one simulation from building to evaluation."""

from __future__ import annotations

import copy
import time
import traceback
from dataclasses import dataclass, field
from typing import Any

from tau2_tui.errors import LogWriteError
from tau2_tui.events import SimulationEndEvent
from tau2_tui.recording.config import RecordConfig
from tau2_tui.recording.databases import StateFingerprint, StateHashes
from tau2_tui.recording.event_writer import EventWriter
from tau2_tui.recording.gold import References, compare_with_gold
from tau2_tui.recording.judging import NO_JUDGE, SKIPPED, AssertionJudge, evaluate
from tau2_tui.recording.messages import first_line
from tau2_tui.recording.outcome import SimulationOutcome
from tau2_tui.recording.participants import build_participants, model_choices
from tau2_tui.recording.session import EventWatch, SimulationIdentity, SimulationSession
from tau2_tui.recording.specs import ModelChoice, OrchestratorSpec
from tau2_tui.recording.stopping import StopSwitch
from tau2_tui.recording.tau2_api import Tau2
from tau2_tui.recording.tau2_results import simulation_result

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
        watch: is told of each event of a simulation that was written.
        judge: who judges assertions in natural language.
        references: makes the environments that reference actions are acted out in.
    """

    tau2: Tau2
    config: RecordConfig
    logger: EventWriter
    baseline: StateFingerprint | None
    stop: StopSwitch
    watch: EventWatch | None = None
    judge: AssertionJudge = NO_JUDGE
    references: References = field(default_factory=References)


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
        self._environment_arguments: dict[str, Any] = {}
        self._evaluated_domain = identity.domain
        self._policy = ""
        self._session = SimulationSession(
            identity,
            context.logger,
            snapshots=context.config.snapshots,
            max_result_bytes=context.config.max_result_bytes,
            stop=context.stop,
            watch=context.watch,
        )

    def record(self) -> SimulationOutcome:
        """Run, evaluate and write the simulation; a failure of tau2, agent or user is written as its end.

        Raises:
            LogWriteError: the log cannot be written.
            RecordingStopped: the run was told to stop.
        """
        started = time.perf_counter()
        redactor = self._context.logger.redactor
        if redactor is not None and redactor.active:
            redactor.learn(self._task.model_dump(mode="json"), self._identity.simulation_id)
        try:
            end = self._run_and_evaluate()
        except LogWriteError:
            raise
        except Exception as error:
            end = self._failure(error, time.perf_counter() - started)
        try:
            result = self._result(end)
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
                spending=dict(self._session.spending),
                judge=end.metadata.get("judge"),
                result=result,
            )
        finally:
            self._session.let_go()

    def _result(self, end: SimulationEndEvent) -> bytes | None:
        """Return the simulation as tau2 saves it, when that is wanted; its end makes the redactor forget it."""
        context = self._context
        if context.config.save_to is None:
            return None
        return simulation_result(
            context.tau2, context.config, self._identity, self._simulation, end, context.logger.redactor
        )

    def _run_and_evaluate(self) -> SimulationEndEvent:
        context = self._context
        self._session.instrument(self._build(), context.baseline)
        self._phase = "conversation"
        simulation = self._simulation = self._session.run()
        self._phase = "evaluation"
        started = time.perf_counter()
        judge = context.judge
        evaluation = self._session.evaluate(
            lambda: evaluate(simulation, self._task, judge, self._evaluation), judge.model
        )
        simulation.reward_info = evaluation.info if evaluation.reward is not None else None
        if "policy" in type(simulation).model_fields:
            simulation.policy = self._policy
        evaluation_time = time.perf_counter() - started
        end = self._end_event(termination_reason=str(simulation.termination_reason.value))
        end.reward, end.reward_info = evaluation.reward, evaluation.details
        end.metadata["evaluation_time"] = evaluation_time
        if evaluation.judge is not None:
            end.metadata["judge"] = evaluation.judge
        self._add_gold_diff(end, evaluation.info)
        reward = f"reward {end.reward:g}" if end.reward is not None else "reward not known"
        skipped = f", {SKIPPED}" if evaluation.judge == SKIPPED else ""
        end.message = f"{reward}, {end.termination_reason}{skipped}"
        return end

    def _evaluation(self, task: Any, assertions: bool) -> Any:
        """Return tau2's evaluation of the conversation by the criteria of ``task``."""
        return self._context.tau2.evaluate(
            self._simulation,
            task,
            domain=self._evaluated_domain,
            solo_mode=self._identity.solo_mode,
            environment_arguments=self._environment_arguments,
            assertions=assertions,
        )

    def _build(self) -> Any:
        context, identity = self._context, self._identity
        config = context.config
        self._environment_arguments = context.tau2.environment_arguments(
            identity.domain, self._task, config.retrieval_config, config.retrieval_config_kwargs
        )
        environment = context.tau2.environment(
            identity.domain, solo_mode=identity.solo_mode, arguments=self._environment_arguments
        )
        self._evaluated_domain = context.tau2.evaluated_domain(identity.domain, environment)
        self._policy = environment.get_policy()
        agent, user = build_participants(context.tau2, config, environment, self._task, identity.seed)
        judge = model_choices(context.tau2, config).get("judge", ModelChoice())
        return context.tau2.orchestrator(
            OrchestratorSpec(
                domain=identity.domain,
                task=self._task,
                environment=environment,
                agent=agent,
                user=user,
                max_steps=config.max_steps,
                max_errors=config.max_errors,
                seed=identity.seed,
                solo_mode=identity.solo_mode,
                simulation_id=identity.simulation_id,
                validate_communication=config.enforce_communication_protocol,
                timeout=config.timeout,
                judge_llm=judge.llm,
                judge_llm_args=copy.deepcopy(dict(judge.llm_args)),
                judge_window_size=config.judge_window_size,
                judge_system_prompt=config.judge_system_prompt,
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
        if self._session.spending:
            end.metadata["model_calls"] = {who: sums.as_dict() for who, sums in self._session.spending.items()}
        if self._session.mistakes is not None:
            end.metadata["mistakes"] = self._session.mistakes
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
            lambda: self._context.references.new(
                self._context.tau2, self._evaluated_domain, self._environment_arguments
            ),
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
        if self._context.config.skip_failed_samples:
            end.reward = 0.0
            end.metadata["skipped"] = True
        if self._simulation is not None:
            end.metadata["conversation_ended_by"] = str(self._simulation.termination_reason.value)
        end.message = f"failed: {end.error_type}: {first_line(end.error)}"
        end.__post_init__()
        return end

"""Records one simulation from building to evaluation."""

from __future__ import annotations

import copy
import time
from dataclasses import dataclass, field
from typing import Any

from tau2_tui.errors import LogWriteError
from tau2_tui.events import SimulationEndEvent
from tau2_tui.recording.config import RecordConfig
from tau2_tui.recording.databases import StateFingerprint
from tau2_tui.recording.ending import evaluated_end, failed_end, outcome_of
from tau2_tui.recording.event_writer import EventWriter
from tau2_tui.recording.gold import References
from tau2_tui.recording.judging import NO_JUDGE, AssertionJudge, evaluate
from tau2_tui.recording.outcome import SimulationOutcome
from tau2_tui.recording.participants import build_participants, model_choices
from tau2_tui.recording.session import EventWatch, RecordingStopped, SimulationIdentity, SimulationSession
from tau2_tui.recording.specs import ModelChoice, OrchestratorSpec
from tau2_tui.recording.stopping import StopSwitch
from tau2_tui.recording.tau2_api import Tau2
from tau2_tui.recording.tau2_results import simulation_result


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
        except (LogWriteError, RecordingStopped, KeyboardInterrupt):
            raise
        except BaseException as error:  # also what ends programs: a library that exits ends its simulation alone
            end = self._failure(error, time.perf_counter() - started)
        try:
            result = self._result(end)
            self._session.emit(end)
            return outcome_of(self._session, end, time.perf_counter() - started, result)
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
        seconds = time.perf_counter() - started
        return evaluated_end(self._session, simulation, evaluation, seconds, self._task, self._new_reference)

    def _new_reference(self) -> Any:
        context = self._context
        return context.references.new(context.tau2, self._evaluated_domain, self._environment_arguments)

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

    def _failure(self, error: BaseException, elapsed: float) -> SimulationEndEvent:
        """Return the end of a simulation that raised."""
        redactor = self._context.logger.redactor
        clean = redactor.scrub_text if redactor is not None else str
        end = failed_end(self._session, self._simulation, error, phase=self._phase, elapsed=elapsed, clean=clean)
        if self._context.config.skip_failed_samples:
            end.reward = 0.0
            end.metadata["skipped"] = True
        return end

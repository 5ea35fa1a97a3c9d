"""One simulation of tau2's own runner, recorded from its first step to its evaluation."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Any

from tau2_tui.errors import LogWriteError
from tau2_tui.events import SimulationEndEvent
from tau2_tui.recording.ending import end_event, evaluated_end, failed_end, outcome_of
from tau2_tui.recording.enhanced.batches import BatchLog
from tau2_tui.recording.gold import References
from tau2_tui.recording.judging import AssertionJudge, evaluate
from tau2_tui.recording.llm_calls import model_calls_recorded
from tau2_tui.recording.session import SimulationSession
from tau2_tui.recording.specs import ModelChoice


class WatchedSimulation:
    """Records what tau2's runner does with one orchestrator.

    Args:
        log: where it belongs.
        orchestrator: built, and not yet run.
    """

    def __init__(self, log: BatchLog, orchestrator: Any) -> None:
        self.log = self._log = log
        self._task = orchestrator.task
        self._orchestrator = orchestrator
        self._started = time.perf_counter()
        self._simulation: Any = None
        self._over = False
        self.session = SimulationSession(log.identity(orchestrator), log.logger, snapshots=log.settings.snapshots)

    def run(self) -> Any:
        """Run the conversation and return tau2's ``SimulationRun``."""
        if self._log.logger.redactor is not None and self._log.logger.redactor.active:
            self._log.logger.redactor.learn(self._task.model_dump(mode="json"), self.session.identity.simulation_id)
        with self._failures("conversation"), model_calls_recorded(self._log.tau2):
            self.session.instrument(self._orchestrator, self._log.baseline)
            self._simulation = self.session.run()
            return self._simulation

    def evaluate(self, domain: str, arguments: dict[str, Any], inner: Callable[[], Any]) -> Any:
        """Evaluate it, write how it ended, and return tau2's ``RewardInfo``.

        Args:
            domain: the name that tau2 evaluates it under.
            arguments: what the environment is built with.
            inner: tau2's evaluation.
        """
        started = time.perf_counter()
        with self._failures("evaluation"), model_calls_recorded(self._log.tau2):
            # tau2's runner has its own judge, where it has one, and asks it without being told to.
            judge = AssertionJudge(ModelChoice())
            evaluation = self.session.evaluate(
                lambda: evaluate(self._simulation, self._task, judge, lambda *_, **__: inner())
            )
            seconds = time.perf_counter() - started
            end = evaluated_end(
                self.session,
                self._simulation,
                evaluation,
                seconds,
                self._task,
                lambda: References().new(self._log.tau2, domain, arguments),
            )
            self._write(end)
            return evaluation.info

    def leave(self) -> None:
        """Write how it ended, when nobody evaluates it; more calls do nothing."""
        if self._over:
            return
        end = end_event(self.session, self._simulation, str(self._simulation.termination_reason.value))
        end.message = f"not evaluated, {end.termination_reason}"
        end.metadata["evaluated"] = False
        self._write(end)

    @contextlib.contextmanager
    def _failures(self, phase: str) -> Any:
        """Write as its end what tau2, agent, user or tool raise inside, and let them raise it."""
        try:
            yield
        except LogWriteError:
            self.session.let_go()
            raise
        except Exception as error:
            redactor = self._log.logger.redactor
            end = failed_end(
                self.session,
                self._simulation,
                error,
                phase=phase,
                elapsed=time.perf_counter() - self._started,
                clean=redactor.scrub_text if redactor is not None else str,
            )
            self._write(end)
            raise
        except BaseException:
            self.session.let_go()
            raise

    def _write(self, end: SimulationEndEvent) -> None:
        self._over = True
        try:
            self.session.emit(end)
            self._log.ended(outcome_of(self.session, end, time.perf_counter() - self._started))
        finally:
            self.session.let_go()

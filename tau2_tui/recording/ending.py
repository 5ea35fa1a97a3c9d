"""The end of a simulation: what came of it, as its last event and as the outcome that the run counts."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

from tau2_tui.events import SimulationEndEvent
from tau2_tui.recording.databases import StateHashes
from tau2_tui.recording.gold import compare_with_gold
from tau2_tui.recording.judging import SKIPPED, Evaluation
from tau2_tui.recording.messages import error_text, first_line
from tau2_tui.recording.outcome import SimulationOutcome
from tau2_tui.recording.session import SimulationSession

INFRASTRUCTURE_ERROR = "infrastructure_error"
"""tau2 1.x's name of the end of a simulation that raised."""


def end_event(session: SimulationSession, simulation: Any, termination_reason: str) -> SimulationEndEvent:
    """Return the last event of a simulation, as far as its conversation tells it.

    Args:
        session: the recording.
        simulation: tau2's ``SimulationRun``; None when the conversation did not come to an end.
        termination_reason: why it ended, as tau2 names it.
    """
    observer = session.observer
    hashes = observer.hashes if observer is not None else StateHashes()
    end = SimulationEndEvent(
        termination_reason=termination_reason,
        state_hash=hashes.database,
        user_state_hash=hashes.user_database,
        attempt=session.identity.attempt,
        source="recorder",
    )
    if session.spending:
        end.metadata["model_calls"] = {who: sums.as_dict() for who, sums in session.spending.items()}
    if session.mistakes is not None:
        end.metadata["mistakes"] = session.mistakes
    if simulation is not None:
        end.duration = simulation.duration
        end.agent_cost = None if "agent" in session.unpriced else simulation.agent_cost
        end.user_cost = None if "user" in session.unpriced else simulation.user_cost
    return end


def evaluated_end(
    session: SimulationSession,
    simulation: Any,
    evaluation: Evaluation,
    seconds: float,
    task: Any,
    new_reference: Callable[[], Any],
) -> SimulationEndEvent:
    """Return the last event of a simulation that was evaluated.

    Args:
        session: the recording.
        simulation: tau2's ``SimulationRun``.
        evaluation: what came of it.
        seconds: how long that took.
        task: tau2's task.
        new_reference: makes an environment to act out the reference actions in.
    """
    end = end_event(session, simulation, str(simulation.termination_reason.value))
    end.reward, end.reward_info = evaluation.reward, evaluation.details
    end.metadata["evaluation_time"] = seconds
    if evaluation.judge is not None:
        end.metadata["judge"] = evaluation.judge
    _add_gold_diff(end, session, evaluation.info, task, new_reference)
    reward = f"reward {end.reward:g}" if end.reward is not None else "reward not known"
    skipped = f", {SKIPPED}" if evaluation.judge == SKIPPED else ""
    end.message = f"{reward}, {end.termination_reason}{skipped}"
    return end


def _add_gold_diff(
    end: SimulationEndEvent, session: SimulationSession, reward_info: Any, task: Any, new_reference: Callable[[], Any]
) -> None:
    observer = session.observer
    if observer is None:
        return
    db_check = getattr(reward_info, "db_check", None)
    comparison = compare_with_gold(
        new_reference,
        task,
        initial=session.initial_state,
        reached=observer.state,
        db_match=db_check.db_match if db_check is not None else None,
    )
    comparison.write_on(end)


def failed_end(
    session: SimulationSession,
    simulation: Any,
    error: BaseException,
    *,
    phase: str,
    elapsed: float,
    clean: Callable[[str], str],
) -> SimulationEndEvent:
    """Return the last event of a simulation that raised, after writing what was left of its conversation.

    Args:
        session: the recording.
        simulation: tau2's ``SimulationRun``; None when the conversation did not come to an end.
        error: what was raised.
        phase: what was going on.
        elapsed: seconds since the simulation began.
        clean: takes secrets out of a text.
    """
    session.emit_start()
    session.emit_last_messages()
    end = end_event(session, simulation, INFRASTRUCTURE_ERROR)
    if end.duration is None:
        end.duration = elapsed
    end.error, end.error_type = clean(error_text(error)) or type(error).__name__, type(error).__name__
    end.traceback = clean("".join(traceback.format_exception(error)))
    end.metadata["failed_in"] = phase
    if simulation is not None:
        end.metadata["conversation_ended_by"] = str(simulation.termination_reason.value)
    end.message = f"failed: {end.error_type}: {first_line(end.error)}"
    end.__post_init__()
    return end


def outcome_of(
    session: SimulationSession, end: SimulationEndEvent, duration: float, result: bytes | None = None
) -> SimulationOutcome:
    """Return what the run counts of a simulation.

    Args:
        session: the recording.
        end: the simulation's last event.
        duration: seconds, building and evaluation included.
        result: tau2's own ``SimulationRun`` as JSON, when results are saved.
    """
    observer = session.observer
    return SimulationOutcome(
        identity=session.identity,
        reward=end.reward,
        termination_reason=end.termination_reason,
        error=end.error,
        tool_calls=observer.tool_calls if observer is not None else 0,
        tool_errors=observer.tool_errors if observer is not None else 0,
        state_changes=observer.state_changes if observer is not None else 0,
        duration=duration,
        spending=dict(session.spending),
        judge=end.metadata.get("judge"),
        result=result,
    )

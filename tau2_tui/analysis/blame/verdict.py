"""What blame says of a simulation: its causes, ranked, each with the lines of the log that show it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Owner = Literal["agent", "user", "task", "infrastructure"]

OWNERS: dict[str, Owner] = {
    "missing_write": "agent",
    "wrong_argument": "agent",
    "wrong_tool": "agent",
    "extra_write": "agent",
    "policy_violation": "agent",
    "tool_error_not_recovered": "agent",
    "loop": "agent",
    "ended_early_by_agent": "agent",
    "ended_early_by_user": "user",
    "user_simulator_fault": "user",
    "user_action_missing": "user",
    "not_communicated": "agent",
    "max_steps_or_errors": "agent",
    "infrastructure": "infrastructure",
    "judge_skipped": "infrastructure",
    "suspicious_task": "task",
}
"""The kinds of causes, and whose fault each is unless the evidence says otherwise: a user's action of which the agent
never spoke is missing through the agent's fault."""

KINDS = tuple(OWNERS)

DECISIVE = 0.5
"""A cause of at least this confidence explains the failure by itself; the first of them in time comes first."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause of a failure.

    Attributes:
        kind: one of ``KINDS``.
        owner: whose fault it is: ``agent``, ``user``, ``task`` or ``infrastructure``.
        confidence: how sure the evidence makes it, 0 to 1: a judgement, not a probability.
        summary: one line for a person; it may quote the log and is as untrusted as the log.
        lines: the lines of the log that show it, rising.
        turn: index of the message at which it shows, None when it belongs to no place.
        flag: it is a doubt to look at beside the other causes, not an explanation by itself.
    """

    kind: str
    owner: Owner
    confidence: float
    summary: str
    lines: tuple[int, ...] = ()
    turn: int | None = None
    flag: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why one simulation did not succeed.

    Attributes:
        simulation: its index among the run's simulations.
        simulation_id: its id.
        task_id: its task.
        trial: number of its trial, None when the log does not say.
        failed_checks: parts of the reward that were not full, as tau2 names them; empty when not recorded.
        causes: the causes, the most likely first; empty when the log holds no evidence of any.
        divergence_turn: index of the message at which it first went wrong, None when that cannot be told.
        note: what the evidence could not decide, empty when there is nothing to add.
    """

    simulation: int
    simulation_id: str
    task_id: str
    trial: int | None = None
    failed_checks: tuple[str, ...] = ()
    causes: tuple[Cause, ...] = field(default=())
    divergence_turn: int | None = None
    note: str = ""

    @property
    def first(self) -> Cause | None:
        """The most likely cause, None when there is no evidence of any."""
        return self.causes[0] if self.causes else None


def cause(
    kind: str,
    confidence: float,
    summary: str,
    lines: tuple[int, ...] = (),
    turn: int | None = None,
    *,
    flag: bool = False,
) -> Cause:
    """Return a cause of a kind; whose fault it is follows from the kind."""
    return Cause(kind, OWNERS[kind], confidence, summary, tuple(sorted(set(lines))), turn, flag)


def ranked(causes: list[Cause]) -> tuple[Cause, ...]:
    """Return causes with the most likely first: the decisive ones in order of time, then the others by confidence."""

    def key(one: Cause) -> tuple[int, float, float]:
        if one.flag:
            return (2, -one.confidence, 0)
        if one.confidence >= DECISIVE:
            return (0, float("inf") if one.turn is None else one.turn, -one.confidence)
        return (1, -one.confidence, 0)

    return tuple(sorted(causes, key=key))

"""How a simulation ended, and which checks it failed."""

from __future__ import annotations

from enum import Enum
from typing import Any, NamedTuple

from tau2_tui.events import SimulationEndEvent
from tau2_tui.events.simulation import JUDGE_SKIPPED
from tau2_tui.tui.format.runs import one_line
from tau2_tui.tui.format.values import as_dict, as_list, as_number, objects

_TOLERANCE = 1e-6
"""By which a reward may miss 1 and still be a success, as tau2-bench counts."""


EARLY = frozenset({"max_steps", "too_many_errors", "agent_error", "user_error", "timeout", "judge_stop"})
"""The terminations after which tau2 gives no reward for what was done until then."""


class Verdict(str, Enum):
    """Whether a simulation succeeded."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "not evaluated"


class Outcome(NamedTuple):
    """A simulation's end in short.

    Attributes:
        verdict: passed, failed or not evaluated.
        reward: tau2's reward, None when there is none.
        reasons: what failed, in words, the same as the detail names.
        termination: tau2's termination reason, safe text, empty when unknown.
    """

    verdict: Verdict
    reward: float | None
    reasons: tuple[str, ...]
    termination: str

    @property
    def symbol(self) -> str:
        """One character that tells the verdict without colour."""
        return {"passed": "✓", "failed": "✗"}.get(self.verdict.value, "?")


def outcome_of(event: SimulationEndEvent) -> Outcome:
    """Return the outcome that an end event tells."""
    info = as_dict(event.reward_info)
    reward = as_number(event.reward)
    if reward is None:
        reward = as_number(info.get("reward"))
    if reward is None:
        verdict = Verdict.FAILED if event.error is not None else Verdict.UNKNOWN
    else:
        verdict = Verdict.PASSED if abs(reward - 1) <= _TOLERANCE else Verdict.FAILED
    reasons = [] if verdict is Verdict.PASSED else _reasons(event, info)
    return Outcome(verdict, reward, tuple(reasons), one_line(event.termination_reason or "", 60))


def _reasons(event: SimulationEndEvent, info: dict[str, Any]) -> list[str]:
    reasons = [f"error: {one_line(event.error_type or 'unknown', 60)}"] if event.error is not None else []
    for name, found in failed_checks(info).items():
        if counts(info, name):
            reasons.append(f"{name} ({len(found)})" if len(found) > 1 else name)
    if event.judge_skipped and event.reward is None:
        reasons.append(JUDGE_SKIPPED)
    if not reasons:
        parts = as_dict(info.get("reward_breakdown")).items()
        reasons = [one_line(key, 40).lower() for key, value in parts if as_number(value) == 0]
    return reasons or (["ended early"] if one_line(event.termination_reason or "", 60) in EARLY else [])


_BASIS = {
    "database": "DB",
    "environment": "ENV_ASSERTION",
    "actions": "ACTION",
    "communication": "COMMUNICATE",
    "assertions": "NL_ASSERTION",
}


def counts(info: dict[str, Any], kind: str) -> bool:
    """Return whether checks of a kind count for the reward: all do when ``reward_basis`` does not say."""
    basis = as_list(info.get("reward_basis"))
    return not basis or _BASIS[kind] in basis


def failed_checks(info: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the checks of a ``reward_info`` that were not met, by what they check; without those that were met."""
    database = as_dict(info.get("db_check"))
    failed = {
        "database": [database] if database.get("db_match") is False else [],
        "environment": [check for check in objects(info.get("env_assertions")) if check.get("met") is False],
        "actions": [check for check in objects(info.get("action_checks")) if check.get("action_match") is False],
        "communication": [check for check in objects(info.get("communicate_checks")) if check.get("met") is False],
        "assertions": [check for check in objects(info.get("nl_assertions")) if check.get("met") is False],
    }
    return {name: found for name, found in failed.items() if found}

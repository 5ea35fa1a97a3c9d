"""The judge of a task's assertions in natural language: who it is, and what a reward is worth without one.

tau2 1.x asks a language model whether such assertions hold. A recording without any model has none to ask: then the
rest is evaluated, and the reward is known only when the rest makes it 0 already. That is said wherever it shows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tau2_tui.events.simulation import JUDGE_SKIPPED
from tau2_tui.recording.config import RecordConfig
from tau2_tui.recording.specs import ModelChoice
from tau2_tui.recording.tau2_api import Tau2

SKIPPED = JUDGE_SKIPPED

CALLED = "called"

_ASSERTIONS = "NL_ASSERTION"
_STOPPED = ("user_stop", "agent_stop")


@dataclass(frozen=True)
class AssertionJudge:
    """Who judges assertions.

    Attributes:
        model: the model; None when nobody is asked.
        reason: why nobody is.
    """

    model: ModelChoice | None = None
    reason: str = ""


NO_JUDGE = AssertionJudge(reason="no judge was named")


@dataclass(frozen=True)
class Evaluation:
    """tau2's evaluation of a simulation.

    Attributes:
        reward: the reward; None when it depends on a judge that was not asked.
        info: tau2's ``RewardInfo``. Without a known reward, its ``reward`` is what the rest gives.
        details: the same as a JSON object, ``reward`` null when it is not known.
        judge: ``called``, ``judge skipped``, or None when no judge was needed.
    """

    reward: float | None
    info: Any
    details: dict[str, Any]
    judge: str | None = None


def judge_of(tau2: Tau2, config: RecordConfig) -> AssertionJudge:
    """Return who judges assertions in a run: the model asked for, or tau2's own when its key is there.

    tau2's own is not asked when no model takes part either: such a run needs no key and no network.
    """
    if not tau2.generation:
        return AssertionJudge(reason=f"{tau2.name} judges no assertions in a run")
    default = tau2.assertion_judge
    if config.judge_llm is not None:
        return AssertionJudge(ModelChoice(config.judge_llm, {**default.llm_args, **config.judge_llm_args}))
    if config.agent_llm is None and config.user_llm is None:
        return AssertionJudge(reason="no model takes part and no --judge-llm is given")
    missing = tau2.missing_keys(str(default.llm))
    if missing:
        return AssertionJudge(reason=f"no key for tau2's judge {default.llm} ({', '.join(missing)}), no --judge-llm")
    return AssertionJudge(ModelChoice(default.llm, {**default.llm_args, **config.judge_llm_args}))


def evaluate(simulation: Any, task: Any, judge: AssertionJudge, evaluation: Callable[..., Any]) -> Evaluation:
    """Evaluate a finished simulation, with the judge or without.

    Args:
        simulation: tau2's ``SimulationRun``.
        task: tau2's task.
        judge: who judges assertions.
        evaluation: returns tau2's ``RewardInfo`` of a task that it is given; with ``assertions=True`` when the task's
            reward counts assertions.
    """
    counts, assertions = _assertions_of(task)
    needed = counts and bool(assertions) and simulation.termination_reason.value in _STOPPED
    if not needed or judge.model is not None:
        info = evaluation(task, assertions=counts)
        return Evaluation(float(info.reward), info, info.model_dump(mode="json"), CALLED if needed else None)
    info = evaluation(_without_assertions(task), assertions=False)
    info.reward_basis = list(task.evaluation_criteria.reward_basis)
    reward = None if info.reward else 0.0
    known = "" if reward is None else "; the reward is 0 whatever it says"
    info.info = {**(info.info or {}), "nl": {"note": f"{SKIPPED}: {judge.reason}{known}", "not_judged": assertions}}
    details = info.model_dump(mode="json")
    details["reward"] = reward
    return Evaluation(reward, info, details, SKIPPED)


def _assertions_of(task: Any) -> tuple[bool, list[str]]:
    """Return whether assertions count for a task's reward, and the assertions."""
    criteria = task.evaluation_criteria
    if criteria is None:
        return False, []
    counts = any(getattr(kind, "value", kind) == _ASSERTIONS for kind in criteria.reward_basis)
    return counts, list(criteria.nl_assertions or [])


def _without_assertions(task: Any) -> Any:
    criteria = task.evaluation_criteria
    basis = [kind for kind in criteria.reward_basis if getattr(kind, "value", kind) != _ASSERTIONS]
    return task.model_copy(update={"evaluation_criteria": criteria.model_copy(update={"reward_basis": basis})})

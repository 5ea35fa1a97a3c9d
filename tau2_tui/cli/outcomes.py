"""How a simulation ended and what it cost, in the words of every list of simulations."""

from __future__ import annotations

from tau2_tui.cli.moments import sum_text


def result_word(*, ended: bool, repeated: bool, reward: float | None, passed: bool, judge_skipped: bool) -> str:
    """Return a simulation's result in a word or two; the arguments are those of its row."""
    if repeated or not ended:
        return "repeated" if repeated else "not ended"
    if reward is None:
        return "judge skipped" if judge_skipped else "not evaluated"
    return "passed" if passed else "failed"


def cost_text(agent_cost: float | None, user_cost: float | None) -> str:
    """Return what a simulation cost in US dollars: at least that, when of one of both it is not known."""
    costs = (agent_cost, user_cost)
    if costs == (None, None):
        return "-"
    return ("≥" if None in costs else "") + sum_text((cost or 0 for cost in costs), ".4f")

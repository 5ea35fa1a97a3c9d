"""Causes from how a simulation ended."""

from __future__ import annotations

from collections.abc import Iterator

from tau2_tui.analysis.blame.case import Case
from tau2_tui.analysis.blame.loops import LIMITS
from tau2_tui.analysis.blame.pairing import Pairing
from tau2_tui.analysis.blame.speech import (
    OUT_OF_SCOPE,
    STOP,
    TRANSFER,
    TRANSFER_TOOL,
    agrees,
    asks,
    claims_done,
    finds_unneeded,
    gives_up,
    last_of,
    refuses,
)
from tau2_tui.analysis.blame.values import shown
from tau2_tui.analysis.blame.verdict import Cause, cause
from tau2_tui.analysis.data.records import GoldAction

_LIMITS = LIMITS | {"agent_error"}
_OUTSIDE = frozenset({"infrastructure_error", "unexpected_error"})


def from_termination(case: Case) -> Iterator[Cause]:
    """Yield what the termination says by itself: infrastructure, limits, a judge that was not asked."""
    simulation = case.simulation
    end = () if simulation.end_line is None else (simulation.end_line,)
    reason = simulation.termination or ""
    error = f": {shown(simulation.error, 100)}" if simulation.error else ""
    last = case.messages[-1] if case.messages else None
    turn = None if last is None else last.turn
    if reason in _OUTSIDE or (simulation.skipped and not case.messages):
        yield cause(
            "infrastructure", 0.95, f"ended by {reason or 'a failure'} outside agent and user{error}", end, turn
        )
    elif simulation.error and reason not in _LIMITS and reason != "user_error" and not case.failed_checks:
        yield cause("infrastructure", 0.8, f"ended by an error{error}", end, turn)
    elif reason in _LIMITS:
        lines = end if last is None else (last.line, *end)
        yield cause("max_steps_or_errors", 0.6, f"ended by {reason}{error}", lines, turn)
    elif reason == "user_error":
        yield cause("user_simulator_fault", 0.8, f"the user simulator failed{error}", end, turn)
    if simulation.judge_skipped and simulation.reward is None:
        yield cause("judge_skipped", 0.95, "the judge of its assertions was not asked: the reward is not known", end)


def from_ending(case: Case, pairing: Pairing) -> Iterator[Cause]:
    """Yield who ended the conversation before the work was done, as far as their words tell."""
    undone = [*pairing.missing, *(action for action, _ in pairing.failed)]
    yield from _by_user(case, bool(undone))
    yield from _by_transfer(case, bool(undone))
    if undone:
        yield from _by_giving_up(case, pairing)


def _by_user(case: Case, undone: bool) -> Iterator[Cause]:
    user, agent = last_of(case, "user"), last_of(case, "assistant")
    if user is None:
        return
    lines = (user.line,) if agent is None else (agent.line, user.line)
    transferred = any(call.name == TRANSFER_TOOL for call in case.calls)
    refused = transferred or (agent is not None and (refuses(agent.text) or "transfer" in agent.text.lower()))
    if OUT_OF_SCOPE in user.text:
        summary = "the user simulator ended the conversation as outside its scenario"
        yield cause("ended_early_by_user", 0.45 if refused else 0.85, summary, lines, user.turn)
    elif TRANSFER in user.text and not transferred:
        summary = "the user ended as if transferred to a human, and no transfer was made"
        yield cause("ended_early_by_user", 0.45 if refused else 0.8, summary, lines, user.turn)
    elif STOP in user.text and undone and agent is not None and not refused and agrees(user.text) and asks(agent.text):
        summary = (
            "the user said yes to the agent's question and ended in the same message, before anything could be done"
        )
        yield cause("ended_early_by_user", 0.85, summary, lines, user.turn)


def _by_transfer(case: Case, undone: bool) -> Iterator[Cause]:
    transfer = next((call for call in case.calls if call.name == TRANSFER_TOOL and call.requestor == "assistant"), None)
    if transfer is None or any(action.name == TRANSFER_TOOL for action in case.gold):
        return
    earlier = [call for call in case.calls[: transfer.i] if call.requestor == "assistant"]
    first = all(call.turn == transfer.turn for call in earlier)
    if first and (undone or not case.gold):
        what = (
            "in the message of its first calls the agent transferred"
            if earlier
            else "the agent's first call is a transfer"
        )
        summary = f"{what} to a human, which the reference does not do"
        yield cause("ended_early_by_agent", 0.85, summary, (transfer.line,), transfer.turn)
    elif undone:
        summary = "the agent transferred to a human, which the reference does not do, with work left undone"
        yield cause("ended_early_by_agent", 0.4, summary, (transfer.line,), transfer.turn)


def _by_giving_up(case: Case, pairing: Pairing) -> Iterator[Cause]:
    """The agent says that it does nothing more, and reference actions after what was made last are undone."""
    agent = last_of(case, "assistant")
    left = left_at_the_end(case, pairing)
    if agent is None or not left or not gives_up(agent.text):
        return
    more = f" and {len(left) - 1} more" if len(left) > 1 else ""
    summary = f"the agent ended the conversation with {left[0].name}{more} undone: {shown(agent.text.strip(), 80)}"
    yield cause("ended_early_by_agent", 0.8, summary, (agent.line,), agent.turn)


def from_giving_up_unsaid(case: Case) -> Iterator[Cause]:
    """Yield that the agent said it does nothing more, before it had said what the user was to know."""
    agent = last_of(case, "assistant")
    if agent is not None and "COMMUNICATE" in case.failed_checks and gives_up(agent.text):
        summary = f"the agent ended the conversation before it had said everything: {shown(agent.text.strip(), 80)}"
        yield cause("ended_early_by_agent", 0.7, summary, (agent.line,), agent.turn)


def left_at_the_end(case: Case, pairing: Pairing) -> list[GoldAction]:
    """Return the missing reference actions that an early end explains: those after everything that was made.

    What the agent said was done or not needed is not explained by the end: each time it is one action more, in order.
    """
    reached = max(pairing.anchors, default=-1)
    left = [action for action in case.gold if action.i > reached]
    last = max((call.turn for call in case.calls if call.turn is not None), default=-1)
    passed_over = [
        said
        for said in case.said
        if said.role == "assistant"
        and said.turn > max(last, 0)
        and not gives_up(said.text)
        and (claims_done(said.text) or finds_unneeded(said.text))
    ]
    explained = {action.i for action in left[len(passed_over) :]}
    return [action for action in pairing.missing if action.i in explained]

"""Ready-made scripts for the model server: an agent, a user simulator, a judge, and ways to choose between scripts.

Every script decides from the request alone, never from the order in which requests arrive, so that any number of
simulations can use one server at the same time.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Sequence

from .model_replies import ChatRequest, Completion, Reply, Script, ToolCall, calls, text

STOP = "###STOP###"
"""What tau2's user simulator says to end a conversation."""

GREETING_TURNS = 1
"""tau2 opens each conversation with an assistant message of its own, which the agent's model sees as its first turn."""


class ScriptError(Exception):
    """A script has no answer for the request it was given."""


def play(*steps: Reply | Script, before: int = 0) -> Script:
    """Plays the steps, one for each turn of the conversation that the request carries; the last step is repeated.

    Args:
        steps: replies, or scripts where a step depends on its request.
        before: assistant messages that are in the conversation before the first step.

    Raises:
        ValueError: there is no step.
    """
    if not steps:
        raise ValueError("a script needs at least one step")

    def script(request: ChatRequest) -> Reply:
        turn = request.turns - before
        if turn < 0:
            raise ScriptError(f"the conversation has {request.turns} assistant messages, expected at least {before}")
        return _reply(steps[min(turn, len(steps) - 1)], request)

    return script


def agent(
    *tool_calls: ToolCall | Sequence[ToolCall],
    say: str = "That is done. Is there anything else?",
    before: int = GREETING_TURNS,
) -> Script:
    """A mock agent: makes the tool calls one turn after another, then says something.

    Args:
        tool_calls: one call, or a sequence of calls to make in parallel, for each turn.
        say: what it says after the last call, and again whenever it is asked further.
        before: assistant messages before its first turn: tau2's greeting, or those of a task's message history.

    A call of a tool that the request does not offer is a `ScriptError`.
    """
    turns = [(turn,) if isinstance(turn, ToolCall) else tuple(turn) for turn in tool_calls]
    played = play(*(calls(*turn) for turn in turns), text(say), before=before)

    def script(request: ChatRequest) -> Reply:
        reply = played(request)
        made = [call.name for call in reply.tool_calls] if isinstance(reply, Completion) else []
        if missing := sorted(set(made) - set(request.tool_names)):
            raise ScriptError(f"the request offers no tool {', '.join(missing)}; it offers {request.tool_names}")
        return reply

    return script


def user(*texts: str, stop: str = STOP, before: int = 0) -> Script:
    """A mock user simulator: says the texts, one a turn, and then `stop`.

    Args:
        texts: what it says.
        stop: its last words, which end tau2's conversation.
        before: messages of the user in a task's message history, which its model sees as its own.
    """
    return play(*(text(said) for said in texts), text(stop), before=before)


def judge(met: bool = True) -> Script:
    """Answers tau2's judge of natural-language assertions: every expected outcome is met, or none is."""

    def script(request: ChatRequest) -> Reply:
        _, found, listed = request.texts[-1].rpartition("expectedOutcomes:")
        if not found:
            raise ScriptError("the request lists no expectedOutcomes")
        outcomes = ast.literal_eval(listed.strip())
        verdicts = [{"expectedOutcome": each, "reasoning": "scripted", "metExpectation": met} for each in outcomes]
        return text(json.dumps({"results": verdicts}))

    return script


def failing_first(*failures: Reply, then: Reply | Script) -> Script:
    """Answers a request with the failures, one for each time it is sent, and after that with `then`."""

    def script(request: ChatRequest) -> Reply:
        if request.attempt < len(failures):
            return failures[request.attempt]
        return _reply(then, request)

    return script


def by_content(*choices: tuple[str, Reply | Script], otherwise: Reply | Script | None = None) -> Script:
    """Chooses by what the conversation says: the first choice whose regular expression is found in any message.

    A request that no choice fits gets `otherwise`; without one it is a `ScriptError`.
    """
    compiled = [(re.compile(pattern), chosen) for pattern, chosen in choices]

    def script(request: ChatRequest) -> Reply:
        said = request.texts
        for pattern, chosen in compiled:
            if any(pattern.search(each) for each in said):
                return _reply(chosen, request)
        if otherwise is None:
            patterns = [pattern.pattern for pattern, _ in compiled]
            raise ScriptError(f"none of {patterns} is found in the conversation; the system prompt is {said[:1]}")
        return _reply(otherwise, request)

    return script


def role_of(request: ChatRequest) -> str:
    """Who a tau2 request speaks for, told by its prompt: agent, user, judge or unknown."""
    prompt = request.system_prompt
    if prompt.startswith("<instructions>") and "<policy>" in prompt:
        return "agent"
    if "<scenario>" in prompt:
        return "user"
    if "expectedOutcome" in prompt or any("stuck-in-a-loop" in said for said in request.texts):
        return "judge"
    return "unknown"


def by_role(
    *,
    agent: Reply | Script,
    user: Reply | Script,
    judge: Reply | Script | None = None,
    unknown: Reply | Script | None = None,
) -> Script:
    """Chooses by `role_of` the request; a role without a script is a `ScriptError`."""
    scripts = {"agent": agent, "user": user, "judge": judge, "unknown": unknown}

    def script(request: ChatRequest) -> Reply:
        role = role_of(request)
        chosen = scripts[role]
        if chosen is None:
            raise ScriptError(f"no script for the role {role}; the system prompt is {request.system_prompt[:200]!r}")
        return _reply(chosen, request)

    return script


def _reply(chosen: Reply | Script, request: ChatRequest) -> Reply:
    return chosen if isinstance(chosen, Reply) else chosen(request)

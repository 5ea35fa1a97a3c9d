"""A conversation in pieces that belong together, and what is left of it when the middle is left out.

A tool call and its answers are one piece: whatever is left out, no answer is without its call and no call without its
answers. Where the two ends meet, roles go on alternating.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tau2_tui.recording.agents.model_faults import NOTE
from tau2_tui.recording.tau2_api import Tau2

_AS_NOTE = f"{NOTE} The messages that came next are left out here. What they said and did:\n"
_AS_RECALLED = "[My notes on the messages that came next, which are left out here]\n"


def group_starts(messages: Sequence[Any]) -> list[int]:
    """Return the index at which each group begins: one message, or a message with tool calls and their answers."""
    return [index for index, message in enumerate(messages) if message.role != "tool" or index == 0]


def head_length(messages: Sequence[Any]) -> int:
    """Return how many messages are the beginning that is always kept: all up to the end of the user's first words."""
    for index, message in enumerate(messages):
        if message.role == "user":
            following = [later for later in range(index, len(messages)) if messages[later].role != "user"]
            return following[0] if following else len(messages)
        if message.role == "tool" or message.tool_calls:
            break
    return 0


def possible_cuts(messages: Sequence[Any], start: int) -> list[int]:
    """Return where the kept end of a conversation may begin when the messages from ``start`` on are left out.

    The last group is always kept.
    """
    return [index for index in group_starts(messages) if index > start]


def joined(tau2: Tau2, head: Sequence[Any], summary: str, tail: Sequence[Any]) -> list[Any]:
    """Return a conversation whose middle is replaced by a summary.

    The summary is the agent's own note where the user speaks next. Else it is a note on the user's last words before
    it, since two messages of the agent in a row are refused by some models.

    Args:
        tau2: the installed tau2-bench.
        head: the messages before.
        summary: what the messages between said and did.
        tail: the messages after.
    """
    if tail and tail[0].role == "user":
        return [*head, tau2.assistant_message(content=f"{_AS_RECALLED}{summary}"), *tail]
    if head and head[-1].role == "user":
        last = head[-1].model_copy(update={"content": f"{head[-1].content or ''}\n\n{_AS_NOTE}{summary}"})
        return [*head[:-1], last, *tail]
    return [*head, tau2.user_message(content=f"{_AS_NOTE}{summary}"), *tail]

"""Conversations as tau2's agent sees them, made up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tau2_tui.recording.tau2_api import Tau2


@dataclass(frozen=True)
class Step:
    """What the agent does: says something, which the user answers, or makes calls, which tools answer."""

    calls: int
    words: tuple[int, ...]
    failed: bool = False


STEPS = st.lists(
    st.builds(
        Step,
        calls=st.integers(0, 3),
        words=st.tuples(*[st.integers(1, 120)] * 4),
        failed=st.booleans(),
    ),
    max_size=25,
)


def history(tau2: Tau2, steps: list[Step], *, greeting: bool = True, first_words: int = 12) -> list[Any]:
    """Return a conversation that waits for the agent's next message."""
    messages = [tau2.assistant_message(content="Hi! How can I help you today?")] if greeting else []
    messages.append(tau2.user_message(content=words("first", first_words)))
    for number, step in enumerate(steps):
        if not step.calls:
            messages.append(tau2.assistant_message(content=words(f"said{number}", step.words[0])))
            messages.append(tau2.user_message(content=words(f"answered{number}", step.words[1])))
            continue
        ids = [f"call_{number}_{index}" for index in range(step.calls)]
        made = [
            tau2.tool_call(call_id, f"tool_{index}", {"order": words("value", step.words[index])}, "assistant")
            for index, call_id in enumerate(ids)
        ]
        messages.append(tau2.assistant_message(tool_calls=made))
        messages.extend(
            tau2.tool_message(call_id, words(f"result_{call_id}", step.words[index + 1]), error=step.failed)
            for index, call_id in enumerate(ids)
        )
    return messages


def words(first: str, count: int) -> str:
    return " ".join([first, *(f"w{index % 7}" for index in range(count - 1))])

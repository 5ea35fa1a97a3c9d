"""Where a value was first seen: in the scenario, said by the user, in a result, or nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tau2_tui.analysis.blame.case import Case, Wanted
from tau2_tui.analysis.blame.values import is_telling, texts
from tau2_tui.analysis.data.records import Call

Origin = Literal["scenario", "user", "result", "agent", "nowhere"]


@dataclass(frozen=True)
class Seen:
    """The first place of a value.

    Attributes:
        origin: the task's scenario, a message of the user, a tool's result, the agent's own words, or nowhere.
        turn: index of that message, None for the scenario and for nowhere.
        line: its line, None likewise.
    """

    origin: Origin
    turn: int | None = None
    line: int | None = None

    def __str__(self) -> str:
        if self.origin == "nowhere":
            return "seen nowhere before"
        if self.origin == "scenario":
            return "in the user's scenario"
        who = {"user": "said by the user", "result": "in a tool's result", "agent": "first said by the agent"}
        return f"{who[self.origin]} at message {self.turn}"


_ROLES: dict[str, Origin] = {"user": "user", "tool": "result", "assistant": "agent"}


def first_seen(case: Case, value: str, before: int | None = None) -> Seen:
    """Return where a text first appears, the user's scenario counting as earliest.

    Args:
        case: the simulation.
        value: the text to look for.
        before: only messages of a smaller index count; None for all.
    """
    if value in case.scenario:
        return Seen("scenario")
    said = case.conversation.first(Wanted(value), before)
    return Seen("nowhere") if said is None else Seen(_ROLES[said.role], said.turn, said.line)


def changed_values(reference: Any, reached: Any) -> tuple[list[str], list[str]]:
    """Return the texts that only the reference value holds, and those that only the reached one holds."""
    expected, got = list(texts(reference)), list(texts(reached))
    return [text for text in expected if text not in got], [text for text in got if text not in expected]


def said_by_user_only(case: Case, call: Call, reached: str) -> Seen | None:
    """Return where the user made up a value: not in its scenario, not in any result before; None when it did not."""
    if not is_telling(reached):
        return None
    seen = first_seen(case, reached, call.turn)
    return seen if seen.origin == "user" else None


def never_seen(case: Case, arguments: Mapping[str, Any], names: tuple[str, ...]) -> list[str]:
    """Return the values of a reference action that appear nowhere in the conversation or the scenario."""
    values = [text for name in names for text in texts(arguments.get(name)) if is_telling(text)]
    return [value for value in values if first_seen(case, value).origin == "nowhere"]

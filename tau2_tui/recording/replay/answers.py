"""What a log says that each recorded tool call gave back, and how that differs from what a replay gives back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tau2_tui.events import ExecutionEvent, MessageEvent, ToolExecutionEvent
from tau2_tui.events.changes import diff
from tau2_tui.events.codec import dumps, loads

DifferenceKind = Literal[
    "no_such_tool", "not_made", "succeeds_now", "fails_now", "library_text", "error_text", "text", "values"
]
"""How a replayed result differs from the recorded one.

``no_such_tool``: the installed tau2 lacks the tool. ``not_made``: it could not be made again.
``succeeds_now``, ``fails_now``: the recorded call failed or succeeded, and the replayed one did not. ``library_text``:
the same error in the words of another version of a library. ``error_text``, ``text``: other words. ``values``: other
values at some places of a JSON result.
"""

_ERROR = "Error: "
_LINK = re.compile(r"https?://[^\s'\"]+")
_TRIMMED = re.compile(r"\[\.\.\. [\d,]+ characters trimmed for size \.\.\.\]")
"""What the script that shortens files for tau2's leaderboard leaves in a text."""

_SHOWN_CHARACTERS = 120
_SHOWN_PLACES = 3


@dataclass(frozen=True)
class Answer:
    """What a tool call gave back.

    Attributes:
        text: the result as tau2 gives it to the model; None when it is not known.
        failed: the tool failed; None when it is not known.
        whole: ``text`` is all of it.
    """

    text: str | None
    failed: bool | None
    whole: bool = True


@dataclass(frozen=True)
class Difference:
    """How a replayed result differs from the recorded one, and why, in words."""

    kind: DifferenceKind
    why: str


def recorded_answers(events: Sequence[ExecutionEvent]) -> dict[int, Answer]:
    """Return what the log says of the outcome of each tool call, by the call's place in ``events``.

    A call's answer is the tool message that follows its message at the same place among the answers as the call has
    among the calls: ids of calls are not unique in what some agents write. Without messages, the call's own event says
    it. A call that is not in the result was never answered: a conversation can end before its last call is made.

    Args:
        events: those of one simulation, in order.
    """
    calls, messages = _by_turn(events)
    found: dict[int, Answer] = {}
    for turn, places in calls.items():
        in_turn = [_call(events[place]) for place in places]
        answers = messages.get(turn)
        known = [None] * len(places) if answers is None else _assigned(in_turn, answers)
        for place, event, message in zip(places, in_turn, known, strict=True):
            answer = _of_message(message) if message is not None else None
            if answer is None and (answers is None or event.execution_time is not None):
                answer = _of_event(event)
            if answer is not None:
                found[place] = answer
    return found


def _by_turn(
    events: Sequence[ExecutionEvent],
) -> tuple[dict[int | None, list[int]], dict[int | None, list[MessageEvent]]]:
    """Return the places of the calls, and the tool messages, of each message that makes calls."""
    calls: dict[int | None, list[int]] = {}
    messages: dict[int | None, list[MessageEvent]] = {}
    caller: int | None = None
    for place, event in enumerate(events):
        if isinstance(event, ToolExecutionEvent):
            calls.setdefault(event.turn_idx, []).append(place)
        elif isinstance(event, MessageEvent):
            if event.role != "tool":
                caller = event.turn_idx if event.tool_calls else None
                if caller is not None:
                    messages[caller] = []
            elif caller is not None:
                messages[caller].append(event)
    return calls, messages


def _call(event: ExecutionEvent) -> ToolExecutionEvent:
    assert isinstance(event, ToolExecutionEvent)
    return event


def _assigned(calls: list[ToolExecutionEvent], answers: list[MessageEvent]) -> list[MessageEvent | None]:
    """Return the answer of each call: by id where ids tell them apart and some are missing, else by position."""
    if len(calls) == len(answers):
        return list(answers)
    ids = [call.tool_call_id for call in calls]
    given = {answer.tool_call_id: answer for answer in answers}
    if None not in given and len(given) == len(answers) and len(set(ids)) == len(ids) and given.keys() <= set(ids):
        return [given.get(call_id) for call_id in ids]
    return [answers[place] if place < len(answers) else None for place in range(len(calls))]


def _of_message(message: MessageEvent) -> Answer:
    return Answer(message.content, message.error)


def _of_event(event: ToolExecutionEvent) -> Answer:
    if not event.success:
        text = None if event.error_message is None else _ERROR + event.error_message
        return Answer(text, True)
    if event.result_truncated or (event.result is None and event.result_preview):
        return Answer(None, False, whole=False)
    text = event.result if isinstance(event.result, str) else dumps(event.result).decode("utf-8", "surrogatepass")
    return Answer(text, False)


def difference(recorded: Answer, replayed: Answer, *, tool: str, known: bool, tau2: str) -> Difference | None:
    """Return how a replayed result differs from the recorded one; None when it does not.

    Results are compared as JSON values where both are JSON, as tau2's own evaluation compares them. Where the text is
    the same, a mark that the call failed or did not is only missing or wrong: what some write has none.

    Args:
        recorded: what the log says.
        replayed: what the tool gave back now.
        tool: name of the tool.
        known: the installed tau2 has the tool.
        tau2: name and version of the installed tau2.
    """
    if recorded.text is not None and _same_text(recorded.text, replayed.text or ""):
        return None
    if recorded.failed is not None and recorded.failed != replayed.failed:
        if not known:
            return Difference("no_such_tool", f"{tau2} has no tool {tool}")
        if recorded.failed:
            return Difference("succeeds_now", f"recorded: {_shown(recorded.text)}; now it succeeds")
        return Difference("fails_now", f"recorded as a success; now: {_shown(replayed.text)}")
    if recorded.text is None or replayed.text is None:
        return None
    if replayed.failed:
        return _error_difference(recorded.text, replayed.text)
    before, after = _parsed(recorded.text), _parsed(replayed.text)
    if before == after:
        return None
    if isinstance(before, (dict, list)) and isinstance(after, (dict, list)):
        return Difference("values", _places(before, after))
    return Difference("text", f"{_shown(recorded.text)} became {_shown(replayed.text)}")


def _same_text(recorded: str, replayed: str) -> bool:
    """Return whether two texts are the same, as far as the recorded one was kept."""
    if recorded == replayed:
        return True
    trimmed = _TRIMMED.split(recorded)
    if len(trimmed) == 1:
        return False
    long_enough = len(replayed) >= sum(map(len, trimmed))
    return long_enough and replayed.startswith(trimmed[0]) and replayed.endswith(trimmed[-1])


def _error_difference(recorded: str, replayed: str) -> Difference:
    before, after = _LINK.sub("", recorded), _LINK.sub("", replayed)
    if before == after:
        links = f"{_first_link(recorded)} became {_first_link(replayed)}"
        return Difference("library_text", f"the same error, with a link to another version of a library: {links}")
    return Difference("error_text", f"{_shown(recorded)} became {_shown(replayed)}")


def _first_link(text: str) -> str:
    found = _LINK.search(text)
    return found.group() if found else "no link"


def _parsed(text: str) -> Any:
    try:
        return loads(text.encode("utf-8", "surrogatepass"))
    except ValueError:
        return text


def _places(before: Any, after: Any) -> str:
    """Return at which places two JSON values differ, the first few with both values."""
    changes = diff(before, after)
    shown = [f"{change['path'] or '/'} {_change(change)}" for change in changes[:_SHOWN_PLACES]]
    more = len(changes) - len(shown)
    return f"{'; '.join(shown)}{f'; and {more} more' if more > 0 else ''}"


def _change(change: Mapping[str, Any]) -> str:
    old, new = (_shown(dumps(change.get(key)).decode("utf-8", "replace")) for key in ("old", "value"))
    if change["op"] == "add":
        return f"is new: {new}"
    return f"is no more: {old}" if change["op"] == "remove" else f"{old} became {new}"


def _shown(text: str | None) -> str:
    """Return a text in one short line."""
    line = " ".join((text or "").split())
    return line if len(line) <= _SHOWN_CHARACTERS else line[: _SHOWN_CHARACTERS - 1] + "…"

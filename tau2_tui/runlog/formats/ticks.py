"""A voice conversation's ticks as messages: who spoke when and what, and which tools were called.

tau2 1.x divides a voice simulation into ticks of a fraction of a second, in each of which agent and user may speak,
call tools and get results. Stretches in which one of them speaks become messages. What else the ticks hold is kept as
runs of equal values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tau2_tui.runlog.formats.findings import Findings

_SPEAKERS = (("user", "user_chunk"), ("assistant", "agent_chunk"))
_CALLS = (
    ("user", "user_chunk", "user_tool_calls", "user_tool_results"),
    ("assistant", "agent_chunk", "agent_tool_calls", "agent_tool_results"),
)
_IN_MESSAGES = frozenset({"tick_id", "timestamp"} | {name for _, _, *names in _CALLS for name in names})
_IN_STRETCHES = frozenset({"role", "content", "timestamp", "cost", "tool_calls", "turn_idx"})
_OF_ONE_TICK = frozenset({"chunk_id", "wall_clock_duration_seconds", "generation_time_seconds"})
"""Numbers and times of single ticks, which say nothing about the conversation."""

_LONGEST_WORDS = 2000
"""No one says more in one tick: a longer text is sound written as text."""


@dataclass
class _Stretch:
    """Ticks in which one participant speaks."""

    role: str
    first: int
    last: int
    timestamp: Any
    utterances: set[str] = field(default_factory=set)
    words: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    cost: float | None = None

    def message(self) -> dict[str, Any]:
        message: dict[str, Any] = {
            "role": self.role,
            "content": "".join(self.words).strip() or None,
            "timestamp": self.timestamp,
            "ticks": [self.first, self.last],
        }
        if self.heard:
            message["heard_as"] = "".join(self.heard).strip()
        if self.utterances:
            message["utterance_ids"] = sorted(self.utterances)
        if self.cost is not None:
            message["cost"] = self.cost
        return message


def messages_of(ticks: Sequence[Any], findings: Findings) -> list[dict[str, Any]]:
    """Return the messages of a conversation: stretches of speech, tool calls and their results, by time of beginning.

    A message's ``ticks`` are the first and last tick of it.
    """
    found: list[tuple[int, int, dict[str, Any]]] = []
    for rank, (role, chunk) in enumerate(_SPEAKERS):
        found.extend((stretch.first, rank, stretch.message()) for stretch in _stretches(ticks, role, chunk, findings))
    for index, tick in enumerate(ticks):
        if isinstance(tick, dict):
            found.extend((index, 2 + rank, message) for rank, message in enumerate(_tool_messages(tick, index)))
    found.sort(key=lambda entry: entry[:2])
    return [message for _, _, message in found]


def rest_of(ticks: Sequence[Any]) -> dict[str, Any]:
    """Return what ticks hold that is in no message, by name: ``[value, first tick, last tick]`` for equal values.

    Values that are missing, null, false or empty are left out.
    """
    runs: dict[str, list[list[Any]]] = {}
    for index, tick in enumerate(ticks):
        for name, value in _rest(tick):
            known = runs.setdefault(name, [])
            if known and known[-1][2] == index - 1 and known[-1][0] == value:
                known[-1][2] = index
            else:
                known.append([value, index, index])
    return {"count": len(ticks), **({"values": runs} if runs else {})}


def _rest(tick: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(tick, dict):
        yield "tick", tick
        return
    for name, value in tick.items():
        if isinstance(value, dict) and name in ("user_chunk", "agent_chunk"):
            inner = ((key, item) for key, item in value.items() if key not in _IN_STRETCHES | _OF_ONE_TICK)
            yield from ((f"{name}.{key}", item) for key, item in inner if item and not key.startswith("audio_content"))
        elif name not in _IN_MESSAGES | _OF_ONE_TICK and value:
            yield name, value


def _stretches(ticks: Sequence[Any], role: str, name: str, findings: Findings) -> Iterator[_Stretch]:
    """Yield the stretches of one speaker: ticks in a row with speech, and without a break in the utterance."""
    current: _Stretch | None = None
    for index, tick in enumerate(ticks):
        chunk = tick.get(name) if isinstance(tick, dict) else None
        words = _words(chunk, findings) if isinstance(chunk, dict) else ""
        if not isinstance(chunk, dict) or not (words or chunk.get("contains_speech")):
            continue
        named = chunk.get("utterance_ids")
        ids = {str(item) for item in named} if isinstance(named, list) else set()
        if current is not None and not _continues(current, index, ids):
            yield current
            current = None
        if current is None:
            current = _Stretch(role, index, index, chunk.get("timestamp") or tick.get("timestamp"))
        current.last = index
        current.utterances |= ids
        _add(current, words, chunk.get("cost"), tick.get("user_transcript") if role == "user" else None)
    if current is not None:
        yield current


def _continues(stretch: _Stretch, index: int, ids: set[str]) -> bool:
    if stretch.utterances and ids:
        return not stretch.utterances.isdisjoint(ids)
    return index == stretch.last + 1


def _add(stretch: _Stretch, words: str, cost: Any, heard: Any) -> None:
    if words:
        stretch.words.append(words)
    if isinstance(heard, str) and heard:
        stretch.heard.append(heard)
    if isinstance(cost, (int, float)) and not isinstance(cost, bool):
        stretch.cost = (stretch.cost or 0.0) + cost


def _words(chunk: dict[str, Any], findings: Findings) -> str:
    content = chunk.get("content")
    if not isinstance(content, str) or not content:
        return ""
    if chunk.get("is_audio") and len(content) > _LONGEST_WORDS:
        findings.count("audio")
        return ""
    return content


def _tool_messages(tick: dict[str, Any], index: int) -> Iterator[dict[str, Any]]:
    for role, chunk, calls, results in _CALLS:
        speaker = tick.get(chunk)
        called = tick.get(calls) or (speaker.get("tool_calls") if isinstance(speaker, dict) else None)
        if called:
            yield {
                "role": role,
                "content": None,
                "tool_calls": called,
                "timestamp": tick.get("timestamp"),
                "ticks": [index, index],
            }
        listed = tick.get(results)
        answers: Iterable[Any] = listed if isinstance(listed, list) else ()
        for result in answers:
            if isinstance(result, dict):
                yield {"role": "tool", "timestamp": tick.get("timestamp"), **result, "ticks": [index, index]}
            else:
                yield {"role": "tool", "content": result, "ticks": [index, index]}

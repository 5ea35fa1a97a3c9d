"""Simulations to read: the conversation with its calls, results and changes, and what differs from the reference."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tau2_tui.events import ExecutionEvent, StateChangeEvent
from tau2_tui.events.changes import line_of
from tau2_tui.events.codec import dumps
from tau2_tui.reports.document import Entry, Gap
from tau2_tui.runlog.conversation import Call, Turn, conversation
from tau2_tui.runlog.refs import UnreadableLine

if TYPE_CHECKING:
    from tau2_tui.runlog import RunLog

_LONGEST_TEXT = 4_000
"""Characters of what somebody says that are shown."""

_LONGEST_RESULT = 1_200
"""Characters of a result, an argument list, a changed value or the policy that are shown."""

_HEAD_SHARE = 0.6
"""Of a conversation that is too long, the share of the room that its beginning gets; its end gets the rest."""

_KINDS = {"assistant": "agent", "user": "user", "system": "system", "tool": "tool"}


@dataclass(frozen=True)
class Reading:
    """How a simulation's events become entries.

    Attributes:
        anchor: what the anchors of its entries begin with.
        lines: line of each event by its ``id``.
        evidence: the lines that causes name.
    """

    anchor: str
    lines: dict[int, int]
    evidence: frozenset[int]

    def entries(self, turns: Sequence[Turn]) -> Iterator[Entry]:
        """Yield what was said and done, in reading order."""
        for turn in turns:
            for request in turn.model_calls:
                if request.error is not None:
                    said = f"{request.model or 'model'}: {request.error_type or 'error'}: {request.error}"
                    yield self._entry(request, "error", "model", said)
            message = turn.message
            kind = _KINDS.get(message.role, "notice") if message is not None else "notice"
            if message is not None and message.content:
                label = f"{kind if kind != 'notice' else message.role}{' (history)' if message.history else ''}"
                longest = _LONGEST_RESULT if kind in ("system", "tool") else _LONGEST_TEXT
                yield self._entry(message, "error" if message.error else kind, label, message.content, longest)
            elif message is not None and not turn.calls and self.lines.get(id(message)) in self.evidence:
                yield self._entry(message, kind, kind, "(no text)")
            for call in turn.calls:
                yield from self._call(call, message)
            for other in turn.others:
                yield self._other(other)

    def _call(self, call: Call, message: ExecutionEvent | None) -> Iterator[Entry]:
        event = call.execution or call.answer or message
        if message is not None and self.lines.get(id(message)) in self.evidence and event is not message:
            event = event if self.lines.get(id(event)) in self.evidence else message
        label = "user calls" if call.requestor == "user" else "calls"
        yield self._entry(event, "call", label, f"{call.name}({_arguments(call.arguments)})")
        kind, text = _result(call)
        answered = call.answer if call.execution is not None else None
        yield self._entry(answered, kind, "fails" if kind == "error" else "returns", text)
        for change in call.changes:
            yield self._change(change)

    def _change(self, change: StateChangeEvent) -> Entry:
        where = "user's database" if change.state_type == "user_database" else "database"
        text = "\n".join(map(change_text, change.changes)) or change.state_diff or change.change_summary or "changed"
        by = f"by {change.action_trigger}: " if change.tool_call_id is None and change.action_trigger else ""
        return self._entry(change, "change", where, f"{by}{text}")

    def _other(self, entry: ExecutionEvent | UnreadableLine) -> Entry:
        if isinstance(entry, StateChangeEvent):
            return self._change(entry)
        if isinstance(entry, UnreadableLine):
            return self._entry(entry, "error", "unreadable", entry.message)
        return self._entry(
            entry, "notice", entry.event_type.removesuffix("Event"), entry.message or value_text(entry.to_dict())
        )

    def _entry(
        self,
        event: ExecutionEvent | UnreadableLine | None,
        kind: str,
        label: str,
        text: str,
        longest: int = _LONGEST_RESULT,
    ) -> Entry:
        line = None if event is None else self.lines.get(id(event))
        named = line is not None and line in self.evidence
        return Entry(
            kind=kind,
            label=label,
            text=text[:longest],
            anchor=f"{self.anchor}-{line}" if named else "",
            number=None if line is None else line + 1,
            cut=max(0, len(text) - longest),
            evidence=named,
        )


def read_conversation(log: RunLog, simulation_id: str) -> tuple[list[Turn], dict[int, int]]:
    """Return a simulation's turns, and the line of each of its events by the event's ``id``.

    The ids hold as long as the turns do.
    """
    events = [(line, log.event(line)) for line in log.lines_of(simulation_id).tolist()]
    return conversation(event for _, event in events), {id(event): line for line, event in events}


def shortened(entries: Sequence[Entry], limit: int) -> tuple[Entry | Gap, ...]:
    """Return as many entries as have room, from the beginning and from the end, and all that are evidence.

    Args:
        entries: the conversation.
        limit: characters.
    """
    sizes = [len(entry.text) for entry in entries]
    if sum(sizes) <= limit:
        return _once(entries)
    kept = {place for place, entry in enumerate(entries) if entry.evidence}
    kept |= _room(sizes, range(len(sizes)), limit * _HEAD_SHARE)
    kept |= _room(sizes, range(len(sizes) - 1, -1, -1), limit * (1 - _HEAD_SHARE))
    found: list[Entry | Gap] = []
    for place, entry in enumerate(entries):
        if place in kept:
            found.append(entry)
        elif found and isinstance(found[-1], Gap):
            found[-1] = Gap(found[-1].entries + 1, found[-1].characters + sizes[place] + entry.cut)
        else:
            found.append(Gap(1, sizes[place] + entry.cut))
    return _once(found)


def _room(sizes: Sequence[int], order: range, limit: float) -> set[int]:
    kept, used = set(), 0
    for place in order:
        used += sizes[place]
        if used > limit:
            break
        kept.add(place)
    return kept


def _once(entries: Sequence[Entry | Gap]) -> tuple[Entry | Gap, ...]:
    """Return entries of which each place is that of one only: a call and its result can be one event of the log."""
    seen: set[str] = set()
    found: list[Entry | Gap] = []
    for entry in entries:
        if isinstance(entry, Entry) and entry.anchor:
            found.append(replace(entry, anchor="") if entry.anchor in seen else entry)
            seen.add(entry.anchor)
        else:
            found.append(entry)
    return tuple(found)


def _result(call: Call) -> tuple[str, str]:
    execution, answer = call.execution, call.answer
    if execution is not None and not execution.success:
        kind = f"{execution.error_type}: " if execution.error_type else ""
        return "error", f"{kind}{execution.error_message or 'failed'}"
    if call.failed:
        return "error", answer.content or "failed" if answer is not None else "failed"
    value = execution.result if execution is not None else None
    if value is None and answer is not None:
        value = answer.content
    if value is None:
        return "result", "nothing" if execution is not None or answer is not None else "(no result in the log)"
    cut = " (cut when it was recorded)" if execution is not None and execution.result_truncated else ""
    return "result", (value if isinstance(value, str) else value_text(value)) + cut


def _arguments(arguments: Any) -> str:
    if isinstance(arguments, dict):
        return ", ".join(f"{key}={value_text(value)}" for key, value in arguments.items())
    return "" if arguments is None else value_text(arguments)


def change_text(change: Any) -> str:
    """Return one change of a database: ``+`` added, ``-`` removed, ``~`` replaced."""
    return line_of(change, value_text) if isinstance(change, dict) else value_text(change)


def value_text(value: Any) -> str:
    """Return a value as JSON on one line, of one that is nested too deeply for that its beginning."""
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except RecursionError:
        return dumps(value).decode("utf-8")

"""A conversation as lines of text: who says what, each call with its result, each change of a database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from tau2_tui.cli.event_line import event_line
from tau2_tui.cli.moments import lasting
from tau2_tui.cli.page import Page, wrap
from tau2_tui.counting import counted
from tau2_tui.events import ExecutionEvent, LLMCallEvent, MessageEvent, StateChangeEvent
from tau2_tui.events.changes import line_of
from tau2_tui.runlog.conversation import Call, Entry, Turn
from tau2_tui.runlog.refs import UnreadableLine
from tau2_tui.safe_text import visible

Notes: TypeAlias = list[tuple[str, str]]
"""Safe texts with their colours."""

_ROLES = {"assistant": "agent", "user": "user", "system": "system", "tool": "tool"}
_ROLE_WIDTH = 7
_RESULT_LINES = 4
_TEXT_LINES = 12
_VALUE = 300
_LONGEST = 1 << 16
"""Characters of a text that are looked at when it is to be cut to a few lines."""


@dataclass(frozen=True)
class Transcript:
    """How turns become lines.

    Attributes:
        page: where they are printed.
        full: show results, values and texts whole.
        number_width: cells that the events' numbers take.
        marked: number of the event that is pointed at.
    """

    page: Page
    full: bool = False
    number_width: int = 4
    marked: int | None = None

    @property
    def indent(self) -> int:
        """Cells before the text."""
        return self.number_width + _ROLE_WIDTH + 3

    @property
    def width(self) -> int:
        """Cells that the text takes at most."""
        return max(20, self.page.text_width - self.indent)

    def lines(self, turns: list[Turn], notes: dict[int, Notes] | None = None) -> Iterator[str]:
        """Yield the lines of turns, with an empty line where somebody else speaks.

        Args:
            turns: the conversation.
            notes: what to say below calls, by ``id`` of the call: safe text and its colour.
        """
        before: str | None = None
        silent = 0
        for turn in turns:
            if _is_silent(turn):
                silent += 1
                continue
            yield from self._silence(silent)
            silent = 0
            role = _role(turn)
            says = turn.message is not None and bool(turn.message.content)
            if before is not None and (says or role != before):
                yield ""
            before = role
            yield from self._turn(turn, role, notes or {})
        yield from self._silence(silent)

    def _silence(self, messages: int) -> Iterator[str]:
        if messages:
            yield ""
            yield from self._plain([f"({counted(messages, 'message')} without text)"], "muted")

    def _turn(self, turn: Turn, role: str, notes: dict[int, Notes]) -> Iterator[str]:
        for model_call in turn.model_calls:
            if model_call.error is not None:
                yield from self._block(model_call, "model", [_model_error(model_call)], "error")
        label = role
        if turn.message is not None:
            token = role if role in ("agent", "user", "system") else ""
            said = self._said(turn.message)
            if said:
                yield from self._block(turn.message, label, said, "error" if turn.message.error else "", token)
                label = ""
        for call in turn.calls:
            yield from self._call(call, label, notes.get(id(call), []), turn.message)
            label = ""
        for entry in turn.others:
            yield from self._other(entry)

    def _said(self, message: MessageEvent) -> list[str]:
        marks = "[history] " if message.history else ""
        if not message.content:
            return []
        return self._shortened(marks + message.content, 10 * _TEXT_LINES)

    def _call(
        self, call: Call, label: str, notes: list[tuple[str, str]], message: MessageEvent | None
    ) -> Iterator[str]:
        execution = call.execution
        event = execution or message or call.answer
        history = "[history] " if message is not None and message.history else ""
        head = f"{history}→ {_call_text(call, None if self.full else _VALUE)}"
        token = "user" if call.requestor == "user" else "agent"
        took = f"  {lasting(execution.execution_time)}" if execution and execution.execution_time is not None else ""
        first, *rest = wrap(visible(head), self.width - len(took) - 4)
        text = [first, *(f"    {line}" for line in rest)]
        text[-1] += self.page.paint(took, "muted")
        yield from self._block(event, label, text, "", token)
        yield from self._plain(self._result(call), "error" if call.failed else "muted")
        for text_of_note, colour in notes:
            yield from self._plain(list(wrap(text_of_note, self.width)), colour)
        for change in call.changes:
            yield from self._change(change)

    def _result(self, call: Call) -> list[str]:
        execution = call.execution
        if execution is None and call.answer is None:
            return ["← (no result in the log)"]
        if execution is not None and not execution.success:
            kind = f"{execution.error_type}: " if execution.error_type else ""
            return self._arrow("✗", f"{kind}{execution.error_message or 'failed'}")
        if call.failed and call.answer is not None:
            return self._arrow("✗", call.answer.content or "failed")
        known = execution is not None and (execution.result is not None or call.answer is None)
        value = execution.result if execution is not None and known else call.answer and call.answer.content
        cut = " (cut when it was recorded)" if execution is not None and execution.result_truncated else ""
        if value is None:
            return ["← nothing" + cut]
        text = value if isinstance(value, str) else _json(value, pretty=self.full)
        return self._arrow("←", text + cut)

    def _arrow(self, sign: str, text: str) -> list[str]:
        first, *rest = self._shortened(text, _RESULT_LINES, 2)
        return [f"{sign} {first}", *(f"  {line}" for line in rest)]

    def _change(self, change: StateChangeEvent) -> Iterator[str]:
        yield from self._block(change, "", self._changes(change), "warning")

    def _changes(self, change: StateChangeEvent) -> list[str]:
        where = " user's database" if change.state_type == "user_database" else ""
        cause = f" by {visible(change.action_trigger)}" if change.tool_call_id is None and change.action_trigger else ""
        lines: list[str] = []
        for one in change.changes:
            first, *rest = wrap(change_text(one, None if self.full else _VALUE), self.width - 4)
            lines += [first, *(f"  {line}" for line in rest)]
        if not lines:
            lines = list(wrap(visible(change.state_diff or change.change_summary or "changed"), self.width - 4))
        head = f"Δ{where}{cause}"
        if where or cause:
            return [head, *(f"  {line}" for line in lines)]
        return [f"Δ {lines[0]}", *(f"  {line}" for line in lines[1:])]

    def _other(self, entry: Entry) -> Iterator[str]:
        if isinstance(entry, StateChangeEvent):
            yield from self._change(entry)
            return
        if isinstance(entry, UnreadableLine):
            yield from self._block(None, "unread", list(wrap(entry.message, self.width)), "error")
            return
        said = event_line(entry.to_dict())
        yield from self._block(entry, said.what[:_ROLE_WIDTH], list(wrap(said.text, self.width)), said.token)

    def _block(
        self, event: Entry | None, label: str, lines: list[str], token: str = "", label_token: str = ""
    ) -> Iterator[str]:
        """Yield lines of safe text behind an event's number and a label."""
        seq = event.seq if isinstance(event, ExecutionEvent) else None
        number = "" if seq is None else f"#{seq}"
        here = seq is not None and seq == self.marked
        start = self.page.paint(f"{'▶' if here else ' '}{number:>{self.number_width}}", "bold" if here else "muted")
        name = self.page.paint(f"{visible(label):<{_ROLE_WIDTH}}", label_token)
        first, *rest = lines or [""]
        yield f"{start} {name} {self.page.paint(first, token)}".rstrip()
        yield from self._plain(rest, token)

    def _plain(self, lines: list[str], token: str) -> Iterator[str]:
        for line in lines:
            yield (" " * self.indent + self.page.paint(line, token)).rstrip()

    def _shortened(self, text: str, most: int, indent: int = 0) -> list[str]:
        """Return a text's lines, safe and wrapped; only the first ones, and how much is missing, unless ``full``."""
        looked_at = text if self.full else text[:_LONGEST]
        lines = list(wrap(visible(looked_at.strip("\r\n"), newlines=True), self.width - indent)) or [""]
        if self.full or (len(lines) <= most + 1 and len(looked_at) == len(text)):
            return lines
        shown = lines[:most]
        missing = len(text) - sum(map(len, shown))
        return [*shown, *wrap(f"… {missing:,} characters more (--full)", self.width - indent)]


def _is_silent(turn: Turn) -> bool:
    """Return whether a turn is a message without text, tool calls or anything else to show."""
    message = turn.message
    shown = turn.calls or turn.others or any(call.error is not None for call in turn.model_calls)
    return not shown and (message is None or not message.content)


def _role(turn: Turn) -> str:
    if turn.message is not None:
        return _ROLES.get(turn.message.role, visible(turn.message.role)[:_ROLE_WIDTH] or "?")
    if turn.calls:
        return "user" if turn.calls[0].requestor == "user" else "agent"
    return ""


def _model_error(call: LLMCallEvent) -> str:
    return visible(f"✗ {call.model or 'model'}: {call.error_type or 'error'}: {call.error}")[:_VALUE]


def _call_text(call: Call, limit: int | None) -> str:
    if isinstance(call.arguments, dict):
        inside = ", ".join(f"{key}={value_text(value, limit)}" for key, value in call.arguments.items())
    else:
        inside = "" if call.arguments is None else value_text(call.arguments, limit)
    return f"{call.name}({inside})"


def change_text(change: Any, limit: int | None) -> str:
    """Return one change of a database as safe text: ``+`` added, ``-`` removed, ``~`` replaced."""
    if not isinstance(change, dict):
        return visible(value_text(change, limit))
    return visible(line_of(change, lambda value: value_text(value, limit)))


def value_text(value: Any, limit: int | None) -> str:
    """Return a value as JSON on one line, cut at ``limit`` characters; not yet safe to print."""
    text = _json(value)
    return text if limit is None or len(text) <= limit else text[: limit - 1] + "…"


def _json(value: Any, *, pretty: bool = False) -> str:
    if pretty:
        return json.dumps(value, ensure_ascii=False, indent=2)
    return json.dumps(value, ensure_ascii=False)

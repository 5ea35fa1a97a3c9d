"""The rows of a simulation's conversation, without Textual."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from tau2_tui.events import MessageEvent, SimulationEndEvent, SimulationStartEvent
from tau2_tui.runlog.conversation import Call, Entry, Turn, conversation
from tau2_tui.runlog.log import RunLog
from tau2_tui.runlog.long_line import read_event
from tau2_tui.runlog.refs import UnreadableLine
from tau2_tui.tui.cells import cut, fit
from tau2_tui.tui.format.outcome import Verdict, outcome_of
from tau2_tui.tui.format.runs import Run, TextLine, line, one_line, safe_lines, wrap
from tau2_tui.tui.format.summary import summarise
from tau2_tui.tui.format.values import call_text, json_text
from tau2_tui.tui.screens.overlay import OverlayRow

_LABEL = 7
"""Cells of the column that says who speaks."""

_TEXT_ROWS = 200
_RESULT_ROWS = 5
"""Rows that a message and a result take at most; the event itself, one key away, has all of it."""

_LONGEST = 1 << 16
"""Characters of a text that are looked at."""

_ROLES = {"assistant": "agent", "user": "user", "system": "run", "tool": "tool"}


@dataclass(frozen=True)
class Reading:
    """What was read of a simulation.

    Attributes:
        turns: its conversation.
        lines: line of the log of each event, by ``id`` of the event.
        start: how it began, None when the log does not say.
        end: how it ended, None when it has not.
    """

    turns: list[Turn]
    lines: dict[int, int]
    start: SimulationStartEvent | None = None
    end: SimulationEndEvent | None = None


def read_conversation(log: RunLog, simulation_id: str) -> Reading:
    """Read a simulation: for a worker."""
    numbers = [int(number) for number in log.lines_of(simulation_id)]
    events = [read_event(log, number) for number in numbers]
    return Reading(
        conversation(events),
        {id(event): number for event, number in zip(events, numbers, strict=True)},
        next((event for event in events if isinstance(event, SimulationStartEvent)), None),
        next((event for event in reversed(events) if isinstance(event, SimulationEndEvent)), None),
    )


def conversation_rows(reading: Reading, width: int) -> list[OverlayRow]:
    """Return a conversation as rows of so many cells."""
    return list(_Writer(reading, max(10, width - _LABEL - 1)).rows())


class _Writer:
    def __init__(self, reading: Reading, width: int) -> None:
        self._reading = reading
        self._width = width

    def rows(self) -> Iterator[OverlayRow]:
        reading = self._reading
        if reading.start is not None:
            yield from self._summary("start", reading.start)
        for turn in reading.turns:
            yield from self._turn(turn)
        if reading.end is not None:
            yield OverlayRow(())
            failed = outcome_of(reading.end).verdict is Verdict.FAILED
            yield from self._summary("end", reading.end, "error" if failed or reading.end.error else "strong")

    def _turn(self, turn: Turn) -> Iterator[OverlayRow]:
        message = turn.message
        role = message.role if message is not None else turn.calls[0].requestor if turn.calls else ""
        if message is not None or turn.calls or turn.others:
            yield OverlayRow(())
        for request in turn.model_calls:
            if request.error is not None:
                yield from self._summary("model", request, "error")
        label = _ROLES.get(role, one_line(role, _LABEL))
        if message is not None and message.content:
            yield from self._said(label, message)
            label = ""
        for call in turn.calls:
            yield from self._call(label, call, message)
            label = ""
        for entry in turn.others:
            yield from self._summary("note", entry, "warning")

    def _said(self, label: str, message: MessageEvent) -> Iterator[OverlayRow]:
        history = "[history] " if message.history else ""
        token = "error" if message.error else "text"
        yield from self._block(label, message, self._text(history + (message.content or ""), token, _TEXT_ROWS))

    def _call(self, label: str, call: Call, message: MessageEvent | None) -> Iterator[OverlayRow]:
        event = call.execution or message or call.answer
        head = line(("→ ", "tool"), (call_text(call.name, call.arguments, 1_000), "strong"), indent=2)
        yield from self._block(label, event, wrap(head, self._width))
        sign, token = ("✗", "error") if call.failed else ("←", "muted")
        yield from self._block("", event, self._text(f"{sign} {_result(call)}", token, _RESULT_ROWS, indent=2))
        for change in call.changes:
            yield from self._summary("", change, "warning", "Δ ")

    def _summary(self, label: str, entry: Entry, token: str = "muted", sign: str = "") -> Iterator[OverlayRow]:
        text = f"✗ {one_line(entry.reason)}" if isinstance(entry, UnreadableLine) else summarise(entry).text
        yield from self._block(label, entry, wrap(line((sign + text, token), indent=2), self._width))

    def _text(self, text: str, token: str, most: int, indent: int = 0) -> Iterator[tuple[Run, ...]]:
        sources = (TextLine(source.runs, indent) for source in safe_lines(text[:_LONGEST], token))
        rows = (row for source in sources for row in wrap(source, self._width))
        yield from islice(rows, most)
        if len(text) > _LONGEST or next(rows, None) is not None:
            yield from wrap(line(("… enter shows the whole", "muted")), self._width)

    def _block(self, label: str, event: Entry | None, rows: Iterator[tuple[Run, ...]]) -> Iterator[OverlayRow]:
        """Yield rows behind a label, all of them about the same event."""
        number = self._reading.lines.get(id(event))
        token = label if label in ("agent", "user", "tool", "model", "run") else "muted"
        for row in rows:
            yield OverlayRow((Run(fit(cut(label, _LABEL), _LABEL) + " ", token), *row), number)
            label = ""


def _result(call: Call) -> str:
    execution, answer = call.execution, call.answer
    if execution is None and answer is None:
        return "(no result in the log)"
    if execution is not None and not execution.success:
        return f"{execution.error_type or 'failed'}: {execution.error_message or ''}"
    value: Any = execution.result if execution is not None else None
    if value is None and answer is not None:
        value = answer.content
    text = "nothing" if value is None else value if isinstance(value, str) else json_text(value)
    cut = execution is not None and execution.result_truncated
    return f"{text} (cut when it was recorded)" if cut else text

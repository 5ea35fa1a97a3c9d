"""The lines of a log that a filter lets through: by columns where they suffice, by bytes, then by parsing."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tau2_tui.runlog.columns import NONE, Array, Columns
from tau2_tui.runlog.envelope import LEVELS, envelope_of, parse_object
from tau2_tui.runlog.filters.names import UNREADABLE
from tau2_tui.runlog.filters.terms import And, Failure, Node, Not, Or, Term
from tau2_tui.runlog.filters.values import is_number, number_of
from tau2_tui.runlog.refs import UnreadableLine

if TYPE_CHECKING:
    from tau2_tui.runlog.log import RunLog

_LINES_A_QUESTION = 256
"""Lines that are read before ``cancelled`` is asked again."""

_SEARCHED_FROM = 0.1
"""The share of lines left to look at from which a search over all bytes costs less than reading those lines."""

_BYTES_OF_INT64 = 1 << 63


@dataclass(frozen=True, eq=False)
class Verdict:
    """What columns say of each line: which may be what is asked for, and which are for sure. Booleans."""

    maybe: Array
    sure: Array


def matching_lines(
    node: Node,
    log: RunLog,
    start: int,
    stop: int | None,
    backwards: bool,
    cancelled: Callable[[], bool] | None,
) -> Iterator[int]:
    """Yield the matching lines from ``start`` to ``stop``, as :meth:`Filter.lines` promises."""
    columns = log.columns
    stop = len(columns) if stop is None else min(stop, len(columns))
    if start >= stop:
        return
    verdict = _Judge(columns, slice(start, stop)).judge(node)
    undecided = verdict.maybe & ~verdict.sure
    sure = _numbers(verdict.sure, start, backwards)
    if undecided.any():
        found = _read(node, log, undecided, start, backwards, cancelled)
        yield from heapq.merge(sure, found, reverse=backwards)
    else:
        yield from sure


def fields_of(log: RunLog, line: int, data: bytes | None = None) -> dict[str, Any]:
    """Return what filters see of a line: its object, with the envelope as the columns have it.

    Args:
        log: the log.
        line: number of the line.
        data: its bytes when they were read already.
    """
    try:
        if data is None:
            raise ValueError
        fields = parse_object(data)
    except ValueError:
        event = log.event(line)
        if isinstance(event, UnreadableLine):
            return {"event_type": UNREADABLE, "level": str(event.level), "message": event.message}
        fields = event.to_dict()
    fields.pop("chain", None)
    envelope = envelope_of(fields)
    fields.update(zip(envelope._fields, envelope, strict=True), level=LEVELS[envelope.level])
    return fields


def _numbers(chosen: Array, start: int, backwards: bool) -> Iterator[int]:
    lines = np.flatnonzero(chosen) + start
    for at in range(0, len(lines), _LINES_A_QUESTION):
        part = lines[::-1][at : at + _LINES_A_QUESTION] if backwards else lines[at : at + _LINES_A_QUESTION]
        yield from part.tolist()


def _read(
    node: Node, log: RunLog, undecided: Array, start: int, backwards: bool, cancelled: Callable[[], bool] | None
) -> Iterator[int]:
    """Yield those of the undecided lines that turn out to match when they are read."""
    literals = node.literals()
    unreadable = log.columns.unreadable()
    candidates = _numbers(undecided, start, backwards)
    if len(literals) == 1 and undecided.sum() > _SEARCHED_FROM * len(log):
        open_lines = undecided & ~unreadable[start : start + len(undecided)]
        hits = _hits(log, literals[0], open_lines, start, backwards, cancelled)
        broken = _numbers(undecided & ~open_lines, start, backwards)
        candidates = heapq.merge(hits, broken, reverse=backwards)
    for count, line in enumerate(candidates):
        if cancelled is not None and count % _LINES_A_QUESTION == 0 and cancelled():
            return
        data = None
        if not unreadable[line]:
            data = log.line(line)
            if literals and not any(literal in data for literal in literals):
                continue
        if node.matches(fields_of(log, line, data)):
            yield line


def _hits(
    log: RunLog, literal: bytes, wanted: Array, start: int, backwards: bool, cancelled: Callable[[], bool] | None
) -> Iterator[int]:
    """Yield the lines that hold ``literal`` among those wanted."""
    end = start + len(wanted)
    for line in log.search(literal, end - 1 if backwards else start, backwards, cancelled=cancelled):
        if not start <= line < end:
            return
        if wanted[line - start]:
            yield line


class _Judge:
    """What the columns of some lines say of the parts of a filter."""

    def __init__(self, columns: Columns, part: slice) -> None:
        self._columns = columns
        self._part = part
        self._count = part.stop - part.start

    def judge(self, node: Node) -> Verdict:
        """Return what can be said of each line."""
        if isinstance(node, Not):
            inner = self.judge(node.part)
            return Verdict(~inner.sure, ~inner.maybe)
        if isinstance(node, And):
            verdicts = [self.judge(part) for part in node.parts]
            return Verdict(self._all([one.maybe for one in verdicts]), self._all([one.sure for one in verdicts]))
        if isinstance(node, Or):
            verdicts = [self.judge(part) for part in node.parts]
            return Verdict(~self._all([~one.maybe for one in verdicts]), ~self._all([~one.sure for one in verdicts]))
        if isinstance(node, Failure):
            return _certain(self._columns.at_least("error")[self._part])
        return self._term(node) if isinstance(node, Term) and not node.rest else self._unknown()

    def _all(self, parts: list[Array]) -> Array:
        result = np.ones(self._count, np.bool_)
        for part in parts:
            result &= part
        return result

    def _unknown(self) -> Verdict:
        return Verdict(np.ones(self._count, np.bool_), np.zeros(self._count, np.bool_))

    def _term(self, term: Term) -> Verdict:
        key, columns = term.keys[0], self._columns
        if key == "event_type":
            return self._by_code(term, list(columns.types), columns.type)
        if key == "level":
            return self._by_code(term, list(columns.levels), columns.level)
        if key == "simulation_id":
            return self._by_code(term, [*columns.simulations, None], columns.simulation)
        if key == "task_id":
            return self._by_code(term, [*columns.tasks, None], columns.task)
        if key == "trial":
            trials = columns.trial[self._part]
            known, codes = np.unique(trials, return_inverse=True)
            return self._integers(term, known, codes)
        numbers = {"turn_idx": columns.turn, "seq": columns.seq, "timestamp": columns.timestamp}.get(key)
        return self._unknown() if numbers is None else self._numeric(term, numbers[self._part])

    def _by_code(self, term: Term, names: list[str | None], codes: Array) -> Verdict:
        """Judge a column of codes; the code -1, for null, finds the last name, which is None."""
        accepted = np.array([term.accepts([] if name is None else [name]) for name in names], np.bool_)
        return _certain(accepted[codes[self._part]])

    def _integers(self, term: Term, known: Array, codes: Array) -> Verdict:
        """Judge a column by each of its different numbers; -1 stands for null and for itself."""
        null, minus_one = term.accepts([]), term.accepts([NONE])
        sure = np.array([term.accepts([n]) if n != NONE else null and minus_one for n in known.tolist()], np.bool_)
        maybe = np.array([term.accepts([n]) if n != NONE else null or minus_one for n in known.tolist()], np.bool_)
        return Verdict(maybe[codes], sure[codes])

    def _numeric(self, term: Term, numbers: Array) -> Verdict:
        """Judge a column of numbers by comparing it as a whole, where the condition is such a comparison."""
        limit = number_of(term.text)
        comparison = _COMPARISONS.get(term.sign)
        if comparison is None or not is_number(limit) or abs(limit or 0) >= _BYTES_OF_INT64:
            return self._unknown()
        null = np.isnan(numbers) if numbers.dtype.kind == "f" else numbers == NONE
        chosen = comparison(numbers, limit)
        if numbers.dtype.kind == "f":
            return _certain(np.where(null, term.accepts([]), chosen))
        sure = np.where(null, term.accepts([]) and term.accepts([NONE]), chosen)
        return Verdict(np.where(null, term.accepts([]) or term.accepts([NONE]), chosen), sure)


_COMPARISONS: dict[str, Callable[[Array, Any], Array]] = {
    ":": np.equal,
    "=": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


def _certain(chosen: Array) -> Verdict:
    return Verdict(chosen, chosen)

"""Writes a sheet from top to bottom; rates, intervals and lists of names are said in the same words everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import accumulate

from tau2_tui.analysis.shared import figures as fig
from tau2_tui.analysis.shared.estimate import Estimate
from tau2_tui.analysis.sheets.behind import Behind
from tau2_tui.analysis.sheets.plots import Plot
from tau2_tui.analysis.sheets.sheet import Cell, Field, Head, Item, Of, Part, Remark, Row, Sheet, Table, Tone

_NAMED, _NAMED_CHARACTERS = 12, 240
"""Names of a list that are written, and of how many characters, but one at least; the others are counted."""

Value = str | Cell


def cell(value: Value) -> Cell:
    """Return a text as a cell."""
    return Cell(value) if isinstance(value, str) else value


def named(value: object) -> str:
    """Return a name of the log, or that there is none."""
    return fig.NONE if value in (None, "") else str(value)


def some_of(names: Sequence[str]) -> str:
    """Return the first of some names, and how many more there are."""
    left = left_unnamed(names)
    return ", ".join(map(named, names[: len(names) - left])) + (f" and {left:,} more" if left else "")


def left_unnamed(names: Sequence[str]) -> int:
    """Return how many of some names :func:`some_of` only counts."""
    lengths = accumulate(len(named(name)) for name in names[:_NAMED])
    return len(names) - sum(not place or length <= _NAMED_CHARACTERS for place, length in enumerate(lengths))


def bar(share: float | None, of: Of = "", *, text: str | None = None) -> Cell:
    """Return a share of 1 with a bar; ``text`` in place of the share in percent."""
    return Cell(fig.percent(share) if text is None else text, share=share, of=of)


def marked(text: str, tone: Tone, when: bool) -> Cell:
    """Return a cell with a tone, if it is to have one."""
    return Cell(text, tone if when else "")


def rate(estimate: Estimate) -> tuple[Cell, Cell]:
    """Return an estimated share, and its interval as words and as a line."""
    return Cell(fig.share(estimate), "strong"), Cell(fig.share_range(estimate), rate=estimate)


def change(estimate: Estimate) -> tuple[str, str]:
    """Return an estimated difference of shares, and its interval."""
    return fig.share(estimate, signed=True), fig.share_range(estimate, signed=True)


def interval(estimate: Estimate, *, signed: bool = False) -> str:
    """Return the interval of an estimated share in words, or why there is none."""
    return within(estimate, fig.share_range(estimate, signed=signed))


def within(estimate: Estimate, words: str) -> str:
    """Return the interval of an estimate, given in words, with its level, or why there is none."""
    if estimate.low is None or estimate.high is None:
        return f"interval not available: {estimate.note.removesuffix(': no interval') or 'too few data'}"
    return f"{100 * estimate.level:g} % interval {words}"


def note_beside(estimate: Estimate) -> str:
    """Return what else there is to say of an estimate whose interval stands beside it."""
    return "" if estimate.low is None else estimate.note


def number(title: str, importance: int = 0) -> Head:
    """Return a column of numbers."""
    return Head(title, importance, number=True)


def words(title: str, importance: int = 0) -> Head:
    """Return a column of texts that can be cut."""
    return Head(title, importance, shrinks=True)


def note(importance: int = 0) -> Head:
    """Return the column of what else there is to say of the rows."""
    return Head("note", importance, shrinks=True, follows=True)


def row(
    *cells: Value,
    marks: Iterable[Cell] = (),
    behind: Behind | None = None,
    task: str | None = None,
) -> Row:
    """Return a row."""
    return Row(tuple(map(cell, cells)), tuple(marks), behind, task)


class SheetWriter:
    """Writes a sheet; each part begins with :meth:`part`, and one in which nothing stands is left out."""

    def __init__(self, title: str, *about: str) -> None:
        self._title = title
        self._parts: list[Part] = []
        self._items: list[Item] = []
        self._heading = ""
        self._about = about

    def part(self, title: str, *about: str) -> None:
        """Begin a part; ``about`` names the statistics that explain what in it has no other explanation."""
        self._end_part()
        self._heading, self._about = title, about

    def field(self, label: str, value: Value, note: str = "", about: str = "", *, behind: Behind | None = None) -> None:
        """Write a labelled value; ``about`` names the statistic that explains it."""
        self._items.append(Field(label, cell(value), note, (about,) if about else self._about, behind))

    def rate(
        self, label: str, estimate: Estimate, told: str = "", about: str = "", *, behind: Behind | None = None
    ) -> None:
        """Write an estimated share with its interval or why there is none, and what else there is to say of it."""
        note = "; ".join(part for part in (interval(estimate), told) if part)
        self.field(label, Cell(fig.share(estimate), "strong"), note, about, behind=behind)

    def remark(self, *texts: str) -> None:
        """Write sentences, each once; nothing for empty ones."""
        self._items += [Remark(text) for text in dict.fromkeys(texts) if text]

    def table(
        self,
        heads: Sequence[Head],
        rows: Iterable[Row],
        *,
        marks: Iterable[str] = (),
        most: int | None = None,
    ) -> None:
        """Write a table, without the columns in which nothing stands; nothing for no rows."""
        every = tuple(rows)
        if not every:
            return
        filled = [place for place in range(len(heads)) if not place or any(one.cells[place].text for one in every)]
        if len(filled) < len(heads):
            every = tuple(replace(one, cells=tuple(one.cells[place] for place in filled)) for one in every)
        self._items.append(Table(tuple(heads[place] for place in filled), every, tuple(marks), most))

    def plot(self, plot: Plot) -> None:
        """Write a plot."""
        self._items.append(plot)

    def sheet(self) -> Sheet:
        """Return what was written."""
        self._end_part()
        return Sheet(self._title, tuple(self._parts))

    def _end_part(self) -> None:
        if self._items:
            self._parts.append(Part(self._heading, tuple(self._items), self._about))
        self._items, self._heading, self._about = [], "", ()

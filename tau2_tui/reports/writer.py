"""Writes a section from top to bottom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from tau2_tui.analysis.shared import figures as fig
from tau2_tui.reports.document import Block, Cell, Fact, Facts, Findings, Head, Part, Plot, Remark, Section, Table, Tone

MOST_ROWS = 2_000
"""Rows of a table that are written; the others are counted."""

Value = str | Cell
Rows = list[list[Value]]


def cell(value: Value) -> Cell:
    """Return a text as a cell."""
    return Cell(value) if isinstance(value, str) else value


def marked(text: str, tone: Tone, when: bool = True) -> Cell:
    """Return a cell with a tone, if it is to have one."""
    return Cell(text, tone if when else "")


def bar(share: float | None, words: str | None = None) -> Cell:
    """Return a share with a bar behind it; ``words`` in place of the share in percent."""
    return Cell(fig.percent(share) if words is None else words, share=share)


def heads(*titles: str) -> tuple[Head, ...]:
    """Return columns; a title that begins with ``>`` stands above numbers."""
    return tuple(Head(title.removeprefix(">"), title.startswith(">")) for title in titles)


class SectionWriter:
    """Writes a section; a part begins with :meth:`heading`."""

    def __init__(self, title: str, anchor: str) -> None:
        self._title = title
        self._anchor = anchor
        self._parts: list[Part] = []
        self._blocks: list[Block] = []
        self._heading = ""
        self._about: tuple[str, ...] = ()

    def heading(self, words: str, *about: str) -> None:
        """Begin a part; ``about`` names the statistics that explain what in it has no other explanation."""
        self._end_part()
        self._heading, self._about = words, about

    def fact(self, label: str, value: Value, note: str = "", *about: str) -> None:
        """Write a labelled value."""
        one = Fact(label, cell(value), note, about or self._about)
        if self._blocks and isinstance(self._blocks[-1], Facts):
            self._blocks[-1] = replace(self._blocks[-1], facts=(*self._blocks[-1].facts, one))
        else:
            self._blocks.append(Facts((one,)))

    def remark(self, *texts: str, tone: Tone = "muted") -> None:
        """Write sentences, each once; nothing for empty ones."""
        self._blocks += [Remark(text, tone) for text in dict.fromkeys(texts) if text]

    def findings(self, cells: Iterable[Cell]) -> None:
        """Write sentences that lead somewhere."""
        self._blocks.append(Findings(tuple(cells)))

    def table(
        self,
        columns: Sequence[Head],
        rows: Iterable[Sequence[Value]],
        *,
        marks: bool = False,
        most: int | None = None,
    ) -> None:
        """Write a table, without the columns in which nothing stands; nothing for no rows.

        Args:
            columns: the columns.
            rows: the rows.
            marks: the cells but the first are symbols.
            most: rows that are written; the others are counted.
        """
        every = [tuple(cell(value) for value in row) for row in rows]
        kept = every[: MOST_ROWS if most is None else most]
        if not kept:
            return
        filled = [place for place in range(len(columns)) if not place or any(row[place].text for row in kept)]
        self._blocks.append(
            Table(
                tuple(columns[place] for place in filled),
                tuple(tuple(row[place] for place in filled) for row in kept),
                self._about,
                len(every) - len(kept),
                marks,
            )
        )

    def plot(self, title: str, svg: str) -> None:
        """Write a plot; nothing for an empty one."""
        if svg:
            self._blocks.append(Plot(title, svg, self._about))

    def section(self) -> Section:
        """Return what was written."""
        self._end_part()
        return Section(self._title, self._anchor, tuple(self._parts))

    def _end_part(self) -> None:
        if self._blocks:
            self._parts.append(Part(self._heading, tuple(self._blocks), self._about))
        self._blocks, self._heading, self._about = [], "", ()

"""Headings, fields, notes, tables and plots of statistics on a page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from tau2_tui.analysis.data.records import Run
from tau2_tui.cli.page import Page, hanging, wrap
from tau2_tui.cli.table import Cell, Column, table
from tau2_tui.safe_text import visible

_LABEL = 20
_INDENT = 2
_CODES = re.compile(r"\x1b\[[0-9;]*m")
_PLOT_WIDTH, _PLOT_HEIGHT = 64, 11
_BAR_WIDTH = 12
_EIGHTHS = " ▏▎▍▌▋▊▉█"

Value = str | tuple[str, str]
"""A cell: its text, or text and colour."""


def header(run: Run, page: Page) -> Iterator[str]:
    """Yield what a run is, and what a reader should know of its data."""
    yield page.paint(visible(run.label), "bold")
    what = ", ".join(visible(part) for part in (run.domain, run.agent) if part)
    if what:
        yield from hanging(f"  {what}", page, 4)
    if not run.complete:
        yield "  " + page.paint("running or cut off: the log has no end of the run", "warning")
    for note in run.notes:
        yield from remark(visible(note), page)


def heading(words: str, page: Page) -> Iterator[str]:
    """Yield a heading with an empty line before it."""
    yield ""
    for line in wrap(visible(words), page.text_width):
        yield page.paint(line, "bold")


def field(label: str, value: str, page: Page, *, note: str = "") -> Iterator[str]:
    """Yield a labelled value, and a note after it in parentheses; wrapped under itself."""
    whole = visible(f"{value} ({note})" if note else value)
    width = max(page.text_width - _LABEL - 2, 12)
    for place, line in enumerate(wrap(whole, width)):
        yield f"  {visible(label) if place == 0 else '':<{_LABEL}}{line}"


def remark(words: str, page: Page) -> Iterator[str]:
    """Yield a remark, muted; nothing for an empty one."""
    if words:
        for line in wrap(visible(words), max(page.text_width - 2, 20)):
            yield "  " + page.paint(line, "muted")


def rows(columns: Sequence[Column], cells: Iterable[Sequence[Value]], page: Page, *, limit: int = 0) -> Iterator[str]:
    """Yield a table, indented; nothing for no rows.

    Columns without anything in them are left out. Of more than ``limit`` rows the rest is only counted.
    """
    body = [[_cell(value) for value in row] for row in cells]
    shown = body[:limit] if limit else body
    if not shown:
        return
    columns = [replace(column, heading=visible(column.heading)) for column in columns]
    narrow = Page(max(page.width - _INDENT, 20), page.is_terminal, page.colour)
    kept = [place for place in range(len(columns)) if place == 0 or any(row[place].text for row in shown)]
    for line in table([columns[place] for place in kept], [[row[place] for place in kept] for row in shown], narrow):
        yield " " * _INDENT + line
    if len(body) > len(shown):
        yield "  " + page.paint(f"… and {len(body) - len(shown):,} more (--all shows them)", "muted")


def _cell(value: Value) -> Cell:
    return Cell(visible(value)) if isinstance(value, str) else Cell(visible(value[0]), value[1])


def bar(share: float | None) -> str:
    """Return a share of 1 as a bar."""
    if share is None:
        return ""
    eighths = round(max(0.0, min(share, 1.0)) * _BAR_WIDTH * 8)
    return ("█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()).ljust(1)


def line_plot(
    title: str, curves: Sequence[tuple[str, Sequence[float], Sequence[float]]], page: Page, *, share: bool = False
) -> Iterator[str]:
    """Yield a small plot of curves.

    Args:
        title: what stands above it.
        curves: name, x and y of each.
        page: where it is printed.
        share: y goes from 0 to 1.
    """
    drawn = [curve for curve in curves if len(curve[1]) > 1]
    if not drawn:
        return
    import plotext

    plotext.clear_figure()
    plotext.theme("clear")
    for name, x, y in drawn:
        plotext.plot(list(x), list(y), marker="braille", label=visible(name) if len(drawn) > 1 else None)
    if share:
        plotext.ylim(0, 1)
    yield from _built(title, page)


def histogram(
    title: str, edges: Sequence[float], counts: Sequence[int], page: Page, shown: Callable[[float], str]
) -> Iterator[str]:
    """Yield a small histogram of values that were counted already; ``shown`` writes one of them."""
    if len(counts) < 2:
        return
    import plotext

    plotext.clear_figure()
    plotext.theme("clear")
    middles = [(low + high) / 2 for low, high in pairwise(edges)]
    plotext.bar(middles, list(counts), width=1.0)
    ticks = [middles[0], middles[len(middles) // 2], middles[-1]]
    plotext.xticks(ticks, [shown(tick) for tick in ticks])
    yield from _built(title, page)


def _built(title: str, page: Page) -> Iterator[str]:
    import plotext

    plotext.plotsize(min(_PLOT_WIDTH, page.width - 4), _PLOT_HEIGHT)
    yield ""
    yield from remark(title, page)
    for line in _CODES.sub("", plotext.build()).splitlines():
        yield "  " + line.rstrip()

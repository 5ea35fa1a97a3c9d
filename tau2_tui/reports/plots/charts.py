"""The plots of a report. Each returns an SVG element, or an empty text when there is nothing to draw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from tau2_tui.reports.plots.canvas import (
    ACCENT,
    FAILED,
    INK,
    LINE,
    MUTED,
    PASSED,
    SECOND,
    Canvas,
    drawing,
    harmless,
    labels,
)

Points = Sequence[tuple[float, float]]

_BAR = 0.26
"""Inches that a bar takes."""

_LEGEND_ROW = 0.2
"""Inches that a line of a legend takes."""

_RANGE: dict[str, Any] = {"fmt": "o", "ms": 5, "color": ACCENT, "ecolor": MUTED, "elinewidth": 1.2, "clip_on": False}

_MOST_TICKS = 8

_STROKES = ((ACCENT, "-"), (SECOND, "--"), (FAILED, ":"), (PASSED, "-."), (INK, "-"))
"""Colours and strokes of curves: either tells them apart."""


def _whole_numbers(axis: Any) -> None:
    """Let the ticks of what is counted be whole numbers."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator(_MOST_TICKS, integer=True))


def _percent(canvas: Canvas, axis: str, *, top: float = 1.0) -> None:
    from matplotlib.ticker import PercentFormatter

    chosen = canvas.axes.xaxis if axis == "x" else canvas.axes.yaxis
    chosen.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    (canvas.axes.set_xlim if axis == "x" else canvas.axes.set_ylim)(0, top)


def pass_curve(name: str, title: str, curves: Sequence[tuple[str, Sequence[tuple[int, float, float, float]]]]) -> str:
    """Draw rates by k with their intervals as bands.

    Args:
        name: unique in the report.
        title: what it shows.
        curves: name, and k, rate, lower and upper end of each point.
    """
    if max((len(points) for _, points in curves), default=0) < 2:
        return ""
    with drawing(name, title) as canvas:
        named = labels([label for label, _ in curves])
        for (_, points), label, (colour, stroke) in zip(curves, named, _STROKES, strict=False):
            ks = [point[0] for point in points]
            band = [point[2] for point in points], [point[3] for point in points]
            canvas.axes.fill_between(ks, *band, color=colour, alpha=0.15, linewidth=0)
            values = [point[1] for point in points]
            canvas.axes.plot(ks, values, color=colour, linestyle=stroke, marker="o", ms=4, label=label, clip_on=False)
        _percent(canvas, "y", top=1.02)
        _whole_numbers(canvas.axes.xaxis)
        canvas.axes.set_xlabel("k trials")
        canvas.axes.legend(loc="best", fontsize=9)
    return canvas.svg


def ranges(name: str, title: str, rows: Sequence[tuple[str, float, float, float]], *, label: str = "") -> str:
    """Draw shares with their intervals, one below the other.

    Args:
        name: unique in the report.
        title: what it shows.
        rows: name, value, lower and upper end.
        label: what stands below.
    """
    if not rows:
        return ""
    with drawing(name, title, height=0.8 + _BAR * len(rows)) as canvas:
        places = range(len(rows))
        values = [row[1] for row in rows]
        low = [max(0.0, row[1] - row[2]) for row in rows]
        high = [max(0.0, row[3] - row[1]) for row in rows]
        canvas.axes.errorbar(values, places, xerr=(low, high), **_RANGE)
        canvas.axes.set_yticks(list(places), labels([row[0] for row in rows]))
        canvas.axes.set_ylim(len(rows) - 0.4, -0.6)
        canvas.axes.set_xlabel(harmless(label))
        _percent(canvas, "x", top=1.02)
    return canvas.svg


def bars(
    name: str,
    title: str,
    rows: Sequence[tuple[str, float]],
    *,
    label: str = "",
    shown: Callable[[float], str] = "{:,.0f}".format,
    colour: str = ACCENT,
) -> str:
    """Draw amounts, one below the other, each with its number.

    Args:
        name: unique in the report.
        title: what it shows.
        rows: name and amount.
        label: what stands below.
        shown: writes an amount.
        colour: of the bars.
    """
    if not rows:
        return ""
    with drawing(name, title, height=0.8 + _BAR * len(rows)) as canvas:
        drawn = canvas.axes.barh(range(len(rows)), [row[1] for row in rows], height=0.68, color=colour)
        canvas.axes.bar_label(drawn, [shown(row[1]) for row in rows], padding=3, fontsize=9)
        canvas.axes.set_yticks(range(len(rows)), labels([row[0] for row in rows]))
        canvas.axes.set_ylim(len(rows) - 0.4, -0.6)
        canvas.axes.margins(x=0.14)
        if all(float(row[1]).is_integer() for row in rows):
            _whole_numbers(canvas.axes.xaxis)
        canvas.axes.grid(axis="y", visible=False)
        canvas.axes.set_xlabel(harmless(label))
    return canvas.svg


def histogram(name: str, title: str, edges: Sequence[float], counts: Sequence[int], *, label: str = "") -> str:
    """Draw how many values lie between one edge and the next."""
    if len(counts) < 2:
        return ""
    with drawing(name, title, height=2.4) as canvas:
        widths = [high - low for low, high in pairwise(edges)]
        canvas.axes.bar(list(edges[:-1]), list(counts), width=widths, align="edge", color=ACCENT, alpha=0.8)
        _whole_numbers(canvas.axes.yaxis)
        canvas.axes.set_xlabel(harmless(label))
        canvas.axes.grid(axis="x", visible=False)
    return canvas.svg


def shares_below(name: str, title: str, curves: Sequence[tuple[str, Points]], *, label: str = "") -> str:
    """Draw which share of values is no longer than each value; a logarithmic axis where they differ much."""
    known = [(of, points) for of, points in curves if len(points) > 1][: len(_STROKES)]
    if not known:
        return ""
    with drawing(name, title, height=2.8 + _LEGEND_ROW * ((len(known) + 1) // 2)) as canvas:
        named = labels([of for of, _ in known])
        for (_, points), of, (colour, stroke) in zip(known, named, _STROKES, strict=False):
            canvas.axes.step(*zip(*points, strict=True), where="post", label=of, color=colour, linestyle=stroke)
        seconds = sorted(x for _, points in known for x, _ in points if x > 0)
        if seconds and seconds[-1] > 50 * seconds[len(seconds) // 20]:
            from matplotlib.ticker import FuncFormatter

            canvas.axes.set_xscale("log")
            canvas.axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        canvas.axes.set_xlabel(harmless(label))
        _percent(canvas, "y", top=1.02)
        canvas.figure.legend(
            loc="outside lower left", ncols=2, fontsize=9
        )  # curves go through every corner of the axes
    return canvas.svg


def course(name: str, title: str, points: Points, *, label: str = "", side: str = "", share: bool = False) -> str:
    """Draw values over time; nothing where all have the same time.

    Args:
        name: unique in the report.
        title: what it shows.
        points: times and values.
        label: what stands below.
        side: what stands to the left.
        share: values are shares.
    """
    if len(points) < 3 or len({when for when, _ in points}) < 2:
        return ""
    with drawing(name, title, height=2.4) as canvas:
        canvas.axes.plot(*zip(*points, strict=True), "o", ms=3.5, alpha=0.45, color=MUTED, linestyle="none")
        canvas.axes.set_xlabel(harmless(label))
        canvas.axes.set_ylabel(harmless(side))
        if share:
            _percent(canvas, "y", top=1.05)
            canvas.axes.set_ylim(-0.05, 1.05)
    return canvas.svg


def flow(
    name: str, title: str, sources: Sequence[str], targets: Sequence[str], shares: Sequence[Sequence[float]]
) -> str:
    """Draw how often each target follows each source, darker for more; each share of 5 % and more also as a number.

    Args:
        name: unique in the report.
        title: what it shows.
        sources: names of the rows.
        targets: names of the columns.
        shares: of each row.
    """
    if not sources or not targets:
        return ""
    from matplotlib.patches import Rectangle

    size = 3.4 + 0.42 * len(targets), 2.6 + 0.34 * len(sources)
    with drawing(name, title, width=size[0], height=size[1]) as canvas:
        for y, row in enumerate(shares):
            for x, share in enumerate(row):
                if share > 0:
                    canvas.axes.add_patch(
                        Rectangle((x - 0.5, y - 0.5), 1, 1, color=ACCENT, alpha=max(0.06, 0.75 * share))
                    )
                if share >= 0.05:
                    canvas.axes.text(x, y, f"{100 * share:.0f}", ha="center", va="center", fontsize=8)
        canvas.axes.set_xticks(range(len(targets)), labels(targets), rotation=45, ha="right", fontsize=9)
        canvas.axes.set_yticks(range(len(sources)), labels(sources), fontsize=9)
        canvas.axes.set_xlim(-0.5, len(targets) - 0.5)
        canvas.axes.set_ylim(len(sources) - 0.5, -0.5)
        canvas.axes.grid(color=LINE, linewidth=0.3)
        canvas.axes.set_xlabel("next call (percent of the row)")
        canvas.axes.set_ylabel("after")
    return canvas.svg

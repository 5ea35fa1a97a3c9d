"""Runs of text with a style token, lines of them, and how lines are cut and wrapped."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, count
from typing import Any, NamedTuple

from tau2_tui.safe_text import visible
from tau2_tui.tui.cells import LONGEST_CLUSTER, clusters, is_mark, normal, take, width

_MOST_CHARACTERS = 20_000
"""Characters of one text that are shown; the rest is counted and said."""

_SIGNS = frozenset(",;:/=&?([{)]}|")
"""After one of these a word that is wider than a row is broken, when it stands near the row's end."""

_NEAR = 12
"""Characters that are near."""


class Run(NamedTuple):
    """Text that is safe to draw, and the token of its style."""

    text: str
    token: str = "text"


def joined(runs: Iterable[Run]) -> tuple[Run, ...]:
    """Return the runs with neighbours of the same style as one."""
    found: list[Run] = []
    for run in runs:
        if found and found[-1].token == run.token:
            found[-1] = Run(found[-1].text + run.text, run.token)
        else:
            found.append(run)
    return tuple(found)


class TextLine(NamedTuple):
    """One logical line.

    Attributes:
        runs: what it says; no line feeds in it.
        indent: columns by which the continuation lines are indented when it is wrapped.
        fold: id of what is folded or unfolded here, None when nothing is.
        folded: whether that is folded now.
    """

    runs: tuple[Run, ...] = ()
    indent: int = 0
    fold: str | None = None
    folded: bool = False

    @property
    def text(self) -> str:
        """The line without styles."""
        return "".join(run.text for run in self.runs)


def line(*parts: str | Run | tuple[str, str], indent: int = 0) -> TextLine:
    """Return a line of safe parts; a bare string has the token ``text``."""
    runs = tuple(Run(part) if isinstance(part, str) else Run(*part) for part in parts)
    return TextLine(tuple(run for run in runs if run.text), indent)


def heading(title: str) -> TextLine:
    """Return the line that starts a section."""
    return line((title, "heading"))


def safe(value: Any, limit: int = _MOST_CHARACTERS) -> str:
    """Return untrusted text, or any other value as text, as one safe line of at most about ``limit`` characters."""
    text = value if isinstance(value, str) else str(value)
    if len(text) <= limit:
        return normal(visible(text))
    return normal(visible(text[:limit])) + f" … {len(text) - limit:,} more characters"


def one_line(value: Any, limit: int = 400) -> str:
    """Return untrusted text as one safe line for a list: white space collapsed, cut at ``limit`` characters."""
    text = value if isinstance(value, str) else str(value)
    return take(normal(visible(" ".join(text[: limit * 2].split()))), limit)


def safe_lines(value: Any, token: str = "text", indent: int = 0) -> Iterator[TextLine]:
    """Yield untrusted text line by line, safe, with tabs expanded, and say how much is left out at its end."""
    text = value if isinstance(value, str) else str(value)
    shown = text[: _MOST_CHARACTERS * 5]
    pad = " " * indent
    for row in shown.replace("\r\n", "\n").split("\n"):
        yield TextLine((Run(pad + normal(visible(row.expandtabs(4))), token),), indent)
    if len(text) > len(shown):
        yield line(pad, (f"… {len(text) - len(shown):,} more characters", "muted"))


def cut_runs(runs: Sequence[Run], cells: int) -> tuple[Run, ...]:
    """Return the runs cut to ``cells``, with an ellipsis where something is missing."""
    kept, complete = _taken(runs, cells)
    if complete or cells < 1:
        return tuple(kept)
    kept, _ = _taken(runs, cells - 1)
    return (*kept, Run("…", kept[-1].token if kept else "text"))


def _taken(runs: Sequence[Run], cells: int) -> tuple[list[Run], bool]:
    kept: list[Run] = []
    for text, token in runs:
        part = take(text, cells)
        if part:
            kept.append(Run(part, token))
        if len(part) < len(text):
            return kept, False
        cells -= width(part)
    return kept, True


def runs_width(runs: Sequence[Run]) -> int:
    """Return the cells that the runs take."""
    return sum(width(run.text) for run in runs)


def both_ends(left: Iterable[Run], right: Iterable[Run], cells: int) -> tuple[Run, ...]:
    """Return the runs at the two ends of a line; when there is no room for both, the left one wins."""
    ending = tuple(right)
    start = cut_runs(tuple(left), cells)
    gap = cells - runs_width(start) - runs_width(ending)
    return (*start, Run(" " * gap), *ending) if gap >= 2 else start


def wrap(source: TextLine, cells: int, most: int = 0) -> Iterator[tuple[Run, ...]]:
    """Yield the rows of a line that is wrapped: between words, or within one that is wider than a row.

    Args:
        source: the line.
        cells: room in a row.
        most: rows there may be; in the last of them the rest is cut. 0 for as many as it takes.
    """
    cells = max(1, cells)
    indent = min(source.indent, max(0, cells - 2) // 2)
    text, ends = source.text, list(accumulate(len(run.text) for run in source.runs))
    start, room = 0, cells
    pad: tuple[Run, ...] = ()
    for row in count(1):
        end = _end_of_row(text, start, room, cells - indent)
        after = end + _is_gap(text, end)
        if row == most and after < len(text):
            yield cut_runs((*pad, *_between(source.runs, ends, start, len(text))), cells)
            return
        yield (*pad, *_between(source.runs, ends, start, end))
        if after >= len(text):
            return
        start, room, pad = after, cells - indent, (Run(" " * indent),) if indent else ()


def _between(runs: Sequence[Run], ends: Sequence[int], start: int, end: int) -> Iterator[Run]:
    """Yield what runs say from one of their characters up to another; ``ends`` tells where each of them ends."""
    for place in range(bisect_right(ends, start), len(runs)):
        text, token = runs[place]
        begin = ends[place] - len(text)
        if begin >= end:
            return
        if text:
            yield Run(text[max(0, start - begin) : end - begin], token)


def _end_of_row(text: str, start: int, room: int, whole: int) -> int:
    """Return where a row of a text ends.

    Args:
        text: the text.
        start: index of the row's first character.
        room: cells of the row.
        whole: cells of the row after it; a word that has room there is not broken.
    """
    end = _reach(text, start, room)
    if end == len(text) or _is_gap(text, end):
        return end
    word = max(start, _last_gap(text, start, end) + 1)
    if text[start:word].strip(" "):
        reach = _reach(text, word, whole)
        if reach == len(text) or _last_gap(text, word, reach + 1) >= 0:
            return word
    if end == start:  # there is no room for a single character, but a row without any would be the first of many
        return start + len(clusters(text[start : start + LONGEST_CLUSTER + 1])[0][0])
    signs = (at for at in range(end, max(word, end - _NEAR), -1) if text[at - 1] in _SIGNS)
    return next((at for at in signs if not is_mark(text[at])), end)


def _reach(text: str, start: int, cells: int) -> int:
    """Return the index of the first character from ``start`` on that is not within so many cells."""
    return start + len(take(text[start : start + cells * LONGEST_CLUSTER + 1], cells))


def _last_gap(text: str, start: int, end: int) -> int:
    """Return the index of the last space between two words in a part of a text, -1 when there is none."""
    at = text.rfind(" ", start, end)
    while at >= 0 and not _is_gap(text, at):
        at = text.rfind(" ", start, at)
    return at


def _is_gap(text: str, at: int) -> bool:
    return text[at : at + 1] == " " and (at + 1 == len(text) or not is_mark(text[at + 1]))


def skip_cells(runs: Sequence[Run], cells: int) -> tuple[Run, ...]:
    """Return what is left of the runs after the first ``cells``; of a wide character that is cut, a space."""
    left: list[Run] = []
    for text, token in runs:
        if cells <= 0:
            left.append(Run(text, token))
            continue
        gone = take(text, cells)
        cells -= width(gone)
        rest = text[len(gone) :]
        if rest and cells:
            rest, cells = " " + rest[len(clusters(rest[:12])[0][0]) :], 0
        if rest:
            left.append(Run(rest, token))
    return tuple(left)

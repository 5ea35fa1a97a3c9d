"""Runs of text with a style token, lines of them, and how lines are cut and wrapped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tau2_tui.safe_text import visible
from tau2_tui.tui.cells import clusters, normal, take, width

TOKENS = (
    "text",
    "muted",
    "strong",
    "heading",
    "key",
    "string",
    "number",
    "literal",
    "error",
    "warning",
    "success",
    "added",
    "removed",
    "match",
    "cursor",
    "message",
    "agent",
    "user",
    "tool",
    "environment",
    "model",
    "run",
)
"""Every style token. A style sheet gives each its colour; what a token means is also said in words or by a symbol."""

_MOST_CHARACTERS = 20_000
"""Characters of one text that are shown; the rest is counted and said."""


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


@dataclass(frozen=True)
class TextLine:
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


def wrap(source: TextLine, cells: int) -> Iterator[tuple[Run, ...]]:
    """Yield the rows of a line that is wrapped at ``cells``, at spaces where there are any near the end of a row."""
    cells = max(1, cells)
    indent = min(source.indent, max(0, cells - 2) // 2)
    row: list[Run] = []
    room = cells
    for text, token in source.runs:
        start = 0
        while start < len(text):
            taken = take(text[start : start + cells * 12], room)
            end = start + len(taken)
            if end < len(text):
                end = _break_before(text, start, end, fresh=room in (cells, cells - indent))
            if end > start:
                row.append(Run(text[start:end], token))
                room -= width(text[start:end])
            start = end
            if start < len(text):
                yield tuple(row)
                row = [Run(" " * indent)] if indent else []
                room = cells - indent
                start += text[start] == " "
    yield tuple(row)


def _break_before(text: str, start: int, end: int, *, fresh: bool) -> int:
    """Return where to break a text of which ``start`` to ``end`` fits: after a space that is not too far back.

    Args:
        text: the text.
        start: index of its first character in this row.
        end: index of the first character that does not fit.
        fresh: nothing else is in the row, so that something must be taken.
    """
    if end > start and text[end] == " ":
        return end
    space = text.rfind(" ", start, end)
    if space >= start + (end - start) // 2:
        return space + 1
    if not fresh and end - start < 12 and space < 0:
        return start
    if end > start or not fresh:
        return end
    return start + len(clusters(text[start : start + 16])[0][0])


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

"""A page of the documentation as text for a terminal or a pipe."""

from __future__ import annotations

import re
import sys
from typing import ClassVar

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import Heading, Markdown, MarkdownElement
from rich.text import Text
from rich.theme import Theme

from tau2_tui.cli.help_topics import text_of, topic_of
from tau2_tui.cli.output import fail
from tau2_tui.cli.page import page

_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_PICTURE = re.compile(r"^!\[[^\]]*\]\([^)]*\)\n?", re.MULTILINE)
_ON_ITSELF = re.compile(r"^This file is made from .*?\n\n", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\[([^\[\]]+)\]\(([^)\s]+)\)")
_TABLE = re.compile(r"(?:^\|.*\|\n)+", re.MULTILINE)
_CELL = re.compile(r"(?<!\\)\|")
_FENCED = re.compile(r"(^```.*?^```$)", re.DOTALL | re.MULTILINE)
_NAME = re.compile(r"(?<!`)`([^`\n]+(?:\n[^`\n]+)*)`(?!`)")
_OBJECT = re.compile(r"^::: (\S+)$", re.MULTILINE)
_GAP = re.compile(r"\n{3,}")

_COLOURS = {"markdown.code": "cyan", "markdown.h1": "bold underline", "markdown.h2": "bold", "markdown.h3": "bold"}
"""Without a background, for dark terminals and light ones."""

_WIDEST_ROW = 260
"""Characters of a table's row; a table with a longer one is read more easily as a list."""


class _PlainHeading(Heading):
    """A heading at the left, without a frame."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if self.tag != "h1":
            yield Text("")
        self.text.justify = "left"
        yield self.text


class _Page(Markdown):
    elements: ClassVar[dict[str, type[MarkdownElement]]] = {**Markdown.elements, "heading_open": _PlainHeading}


def print_topic(topic: str) -> None:
    """Print the text of a topic, in the width of the terminal; in colours where it takes them."""
    try:
        text = text_of(topic)
    except FileNotFoundError as error:
        fail(f"the text {error} is not part of this installation")
    sheet = page()
    console = Console(
        file=sys.stdout,
        width=sheet.text_width,
        force_terminal=sheet.colour,
        no_color=not sheet.colour,
        color_system="standard" if sheet.colour else None,
        legacy_windows=False,
        theme=Theme(_COLOURS),
        emoji=False,
        highlight=False,
    )
    with console.capture() as captured:
        console.print(_Page(for_reading(text, marked=not sheet.colour), hyperlinks=False, code_theme="ansi_dark"))
    lines = [line.rstrip() for line in captured.get().splitlines()]
    sys.stdout.write(_GAP.sub("\n\n", "\n".join(lines).strip("\n")) + "\n")


def for_reading(text: str, *, marked: bool) -> str:
    """Return a page without what only a browser can show, pictures, links and wide tables, and without how it is made.

    Where the site shows a name's docstrings, the page names the command that does.

    Args:
        text: Markdown.
        marked: keep the marks around names and commands, for where they cannot be told by their colour.
    """
    without = _ON_ITSELF.sub("", _PICTURE.sub("", _COMMENT.sub("", _OBJECT.sub(r"`python -m pydoc \1`", text))))
    narrow = _TABLE.sub(_narrow, _LINK.sub(_plain_link, without))
    if not marked:
        return narrow
    parts = _FENCED.split(narrow)
    parts[::2] = [_NAME.sub(r"`` `\1` ``", part) for part in parts[::2]]
    return "".join(parts)


def _plain_link(found: re.Match[str]) -> str:
    label, target = found.groups()
    if "://" in target:
        return f"{label} ({target})"
    topic = topic_of(target.partition("#")[0])
    if topic is None:
        return label
    return f"`tau2-tui help {topic}`" if label.endswith(".md") else f"{label} (`tau2-tui help {topic}`)"


def _narrow(found: re.Match[str]) -> str:
    table = found.group()
    if max(map(len, table.splitlines())) <= _WIDEST_ROW:
        return table
    head, _, *rows = ([cell.strip() for cell in _CELL.split(line)[1:-1]] for line in table.splitlines())
    lines = []
    for name, *cells in rows:
        lines.append(f"\n{name}\n")
        lines += [
            f"- {title}: {cell}" if title else f"- {cell}" for title, cell in zip(head[1:], cells, strict=True) if cell
        ]
    return "\n".join(lines) + "\n"

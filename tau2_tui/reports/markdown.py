"""A report as Markdown, with the same sections; plots are left out, their numbers stand in the tables.

Texts from a log cannot become markup: words with a character that has a meaning in Markdown or HTML, or that look like
an address, become code spans, in which nothing has a meaning. In tables ``|`` is written as ``¦``: a code span cannot
hold it there. Conversations are fenced blocks, with a fence longer than any in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import IO

from tau2_tui.reports.document import (
    Block,
    Cell,
    Entry,
    Facts,
    Findings,
    Gap,
    Part,
    Plot,
    Remark,
    Report,
    Table,
    Transcript,
)
from tau2_tui.safe_text import visible

_HARMLESS = re.compile(r"[^\\`*_{}\[\]<>|~&#@$!^]*")
"""Words that mean themselves in Markdown, but for addresses and the beginnings of lists."""

_ADDRESS = re.compile(r"://|www\.|mailto:|xmpp:", re.IGNORECASE)
_LINE_START = re.compile(r"[-+=]+|\d+[.)]")
_TICKS = re.compile("`+")

_BEFORE, _AFTER = "(", ".,;:)"
"""What stands around the word proper, and means itself beside a code span too."""


def write_markdown(report: Report, out: IO[bytes]) -> None:
    """Write a report as Markdown in UTF-8."""
    for line in _lines(report):
        out.write(f"{line}\n".encode("utf-8", "backslashreplace"))


def text_of(text: str) -> str:
    """Return a text as Markdown that shows it and does nothing else: words that could do more are code spans.

    What begins as data do, an object or a list, is one code span.
    """
    safe = visible(text).replace("|", "¦").strip()
    if safe.startswith(("{", "[")):
        return _code([safe])
    words = safe.split(" ")
    found: list[str] = []
    code: list[str] = []

    def close(after: str = "") -> None:
        if code:
            found.append(_code(code) + after)
            code.clear()

    for place, word in enumerate(words):
        if _HARMLESS.fullmatch(word) and not _ADDRESS.search(word) and not (place == 0 and _LINE_START.fullmatch(word)):
            close()
            found.append(word)
            continue
        before, core, after = _parts_of(word)
        if before:
            close()
            found.append(before + _code([core]) + after)
            continue
        code.append(core)
        if after:
            close(after)
    close()
    return " ".join(found).strip()


def _parts_of(word: str) -> tuple[str, str, str]:
    """Return a word without the punctuation around it, and what stands before it and after."""
    kept = word.rstrip(_AFTER)
    core = kept.lstrip(_BEFORE)
    if not core or core.endswith(_BEFORE):
        return "", word, ""
    return kept[: len(kept) - len(core)], core, word[len(kept) :]


def _code(words: list[str]) -> str:
    """Return words as one code span, whose fence is longer than any in them."""
    text = " ".join(words)
    fence = "`" * (max((len(ticks) for ticks in _TICKS.findall(text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _lines(report: Report) -> Iterator[str]:
    yield from (f"# {text_of(report.title)}", "", text_of(report.made), "")
    for chapter in report.chapters:
        level = 2
        if chapter.title:
            yield from (f"## {text_of(chapter.title)}", "")
            level = 3
        for section in chapter.sections:
            yield from (f"{'#' * level} {text_of(section.title)}", "")
            yield from _parts(section.parts, level + 1)
        if chapter.transcripts is not None:
            yield from (f"{'#' * level} Conversations", "", text_of(chapter.transcripts_note), "")
            for transcript in chapter.transcripts():
                yield from _transcript(transcript, level + 1)
    yield from _methods(report)


def _parts(parts: Iterable[Part], level: int) -> Iterator[str]:
    for part in parts:
        if part.title:
            yield from (f"{'#' * level} {text_of(part.title)}", "")
        for block in part.blocks:
            yield from _block(block)
        if part.about:
            yield from (f"Method: {', '.join(f'`{name}`' for name in part.about)}", "")


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Plot):
        return
    if isinstance(block, Table):
        yield from _table(block)
    elif isinstance(block, Facts):
        for fact in block.facts:
            note = f" ({text_of(fact.note)})" if fact.note.strip() else ""
            yield f"- {text_of(fact.label)}: {_strong(fact.value)}{note}"
    elif isinstance(block, Findings):
        yield from (f"- {text_of(cell.text)}" for cell in block.cells)
    elif isinstance(block, Remark):
        yield text_of(block.text)
    yield ""


def _strong(cell: Cell) -> str:
    text = text_of(cell.text)
    return f"**{text}**" if cell.tone == "strong" and text else text


def _table(table: Table) -> Iterator[str]:
    yield f"| {' | '.join(text_of(head.title) for head in table.heads)} |"
    yield f"|{'|'.join('--:' if head.number else '---' for head in table.heads)}|"
    for row in table.rows:
        yield f"| {' | '.join(text_of(cell.text) for cell in row)} |"
    if table.more:
        yield from ("", f"… and {table.more:,} more rows")


def _transcript(transcript: Transcript, level: int) -> Iterator[str]:
    outcome = f"{transcript.outcome.text} {transcript.outcome.spoken}"
    yield from (f"{'#' * level} {text_of(transcript.title)}", "", f"{outcome}, {text_of(transcript.said)}", "")
    for cause in transcript.causes:
        lines = f" ({', '.join(place.text for place in cause.places)})" if cause.places else ""
        yield f"1. {text_of(cause.name)}: {text_of(cause.summary)}{lines}"
    if transcript.causes:
        yield ""
    if transcript.note:
        yield from (text_of(transcript.note), "")
    yield from _parts(transcript.parts, level + 1)
    body = [_said(entry) for entry in transcript.entries]
    longest = max((len(ticks) for text in body for ticks in _TICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    yield from (fence + "text", *(body or ["no messages in the log"]), fence, "")


def _said(entry: Entry | Gap) -> str:
    """Return an entry as lines, those after the first indented."""
    if isinstance(entry, Gap):
        entries = "entry" if entry.entries == 1 else "entries"
        return f"… {entry.entries:,} {entries} with {entry.characters:,} characters left out"
    cut = f" … {entry.cut:,} characters left out" if entry.cut else ""
    text = visible(entry.text, newlines=True).replace("\n", "\n      ")
    number = "" if entry.number is None else f"{entry.number} "
    marked = " (evidence)" if entry.evidence else ""
    return f"{number}{visible(entry.label)}{marked}: {text}{cut}"


def _methods(report: Report) -> Iterator[str]:
    yield from ("## Methods", "", "| statistic | question | method | assumes | source | when data are poor |")
    yield "|---|---|---|---|---|---|"
    for name, one in report.explained.items():
        cells = (one.question, one.formula, one.assumption, one.source, one.poor)
        yield f"| `{name}` | {' | '.join(text_of(text) for text in cells)} |"

"""A JSON value as indented lines, produced as they are needed, with parts that fold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tau2_tui.events.changes import join
from tau2_tui.runlog.shortened import whole_length
from tau2_tui.tui.format.runs import Run, TextLine, one_line, safe
from tau2_tui.tui.format.values import count, json_text

_LONG_TEXT = 2_000
"""Characters of a text from which on it is folded at first."""

_MANY_ITEMS = 500
"""Items of an object or array from which on it is folded at first."""

_MOST_CHARACTERS = 1_000_000
"""Characters of an unfolded text that are shown."""

_DEEPEST = 60
"""Deeper values are shown on one line: nobody reads an indentation of more than 120 columns."""


@dataclass
class Folds:
    """What the reader has folded or unfolded, against what is folded at first."""

    toggled: set[str] = field(default_factory=set)

    def toggle(self, fold: str) -> None:
        """Fold what is unfolded, and the other way round."""
        self.toggled ^= {fold}

    def folded(self, fold: str, at_first: bool) -> bool:
        """Return whether a part is folded now."""
        return at_first != (fold in self.toggled)


def json_lines(
    value: Any, folds: Folds, *, root: str = "", indent: int = 0, folded: bool = False
) -> Iterator[TextLine]:
    """Yield the lines of a JSON value.

    Args:
        value: the value.
        folds: which parts are folded; their ids are ``root`` and the JSON pointer.
        root: what distinguishes this value's ids from those of others in the same pane.
        indent: columns before the first character.
        folded: the whole value is folded at first.
    """
    yield from _Printer(folds, root, folded).lines(value, "", indent, (), "")


class _Printer(NamedTuple):
    folds: Folds
    root: str
    whole_folded: bool

    def lines(self, value: Any, pointer: str, indent: int, before: tuple[Run, ...], after: str) -> Iterator[TextLine]:
        pad = Run(" " * indent)
        if isinstance(value, (dict, list)) and value and indent <= 2 * _DEEPEST:
            yield from self._container(value, pointer, indent, before, after)
        elif isinstance(value, str):
            yield self._text(value, pointer, (pad, *before), indent, after)
        else:
            runs = (pad, *before, *scalar(value), *_end(after))
            yield TextLine(tuple(run for run in runs if run.text), indent + 2)

    def _container(
        self, value: dict[str, Any] | list[Any], pointer: str, indent: int, before: tuple[Run, ...], after: str
    ) -> Iterator[TextLine]:
        opening, closing, noun = ("{", "}", "key") if isinstance(value, dict) else ("[", "]", "item")
        fold = self.root + pointer
        whole = whole_length(value)
        folded = self.folds.folded(fold, whole > _MANY_ITEMS or (self.whole_folded and not pointer))
        start = tuple(run for run in (Run(" " * indent), *before) if run.text)
        if folded:
            inside = Run(f" {count(whole, noun)} … ", "muted")
            yield TextLine((*start, Run(opening), inside, Run(closing + after)), indent + 2, fold, True)
            return
        yield TextLine((*start, Run(opening)), indent + 2, fold, False)
        items: Iterable[tuple[str | int, Any]] = value.items() if isinstance(value, dict) else enumerate(value)
        for number, (key, item) in enumerate(items, 1):
            label = (Run(quoted(str(key)), "key"), Run(": ")) if isinstance(value, dict) else ()
            comma = "," if number < whole else ""
            yield from self.lines(item, pointer + join(key), indent + 2, label, comma)
        if whole > len(value):
            yield TextLine(
                (Run(" " * (indent + 2)), Run(f"… {count(whole - len(value), f'more {noun}')}", "muted")), indent + 2
            )
        yield TextLine(tuple(run for run in (Run(" " * indent), Run(closing + after)) if run.text), indent + 2)

    def _text(self, text: str, pointer: str, start: tuple[Run, ...], indent: int, after: str) -> TextLine:
        start = tuple(run for run in start if run.text)
        if len(text) <= _LONG_TEXT:
            return TextLine((*start, Run(quoted(text), "string"), *_end(after)), indent + 2)
        fold = self.root + pointer
        folded = self.folds.folded(fold, True)
        shown = quoted(text[: _LONG_TEXT if folded else _MOST_CHARACTERS])
        rest = len(text) - (_LONG_TEXT if folded else _MOST_CHARACTERS)
        more = (Run(f" … {rest:,} more characters", "muted"),) if rest > 0 else ()
        return TextLine((*start, Run(shown, "string"), *more, *_end(after)), indent + 2, fold, folded)


def _end(text: str) -> tuple[Run, ...]:
    return (Run(text),) if text else ()


def quoted(text: str) -> str:
    """Return untrusted text as a JSON string that is safe to draw."""
    return safe(json_text(text), _MOST_CHARACTERS * 2)


def scalar(value: Any) -> tuple[Run, ...]:
    """Return any value on one line: a number, text, true, false, null, an empty or a deeply nested object."""
    if isinstance(value, str):
        return (Run(quoted(value[:_LONG_TEXT]), "string"),)
    if value is None or isinstance(value, bool):
        return (Run(json_text(value), "literal"),)
    if isinstance(value, (int, float)):
        return (Run(one_line(json_text(value), 400), "number"),)
    return (Run(one_line(json_text(value), 2_000)),)

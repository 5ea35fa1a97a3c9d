"""Answers in pieces."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.tui.study.pieces import joined, pieces


class Cell(NamedTuple):
    text: str
    token: str


@dataclass(frozen=True)
class Line:
    cells: tuple[Cell, ...]
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Page:
    lines: tuple[Line, ...] = ()
    names: dict[str, list[int]] = field(default_factory=dict)


numbers = st.lists(st.integers(), max_size=90)
lines = st.builds(Line, st.just((Cell("a", "text"),)), numbers.map(tuple))
pages = st.builds(Page, st.lists(lines, max_size=80).map(tuple), st.dictionaries(st.text(max_size=3), numbers))
values = st.one_of(pages, numbers, st.tuples(pages, numbers), st.none(), st.dictionaries(st.integers(), pages))


@given(values)
def test_what_was_taken_apart_is_put_together(value: Any) -> None:
    sent = [pickle.loads(pickle.dumps(piece)) for piece in pieces(value)]
    assert joined(sent) == value


def test_no_piece_is_long() -> None:
    page = Page(tuple(Line((Cell(str(place), "text"),)) for place in range(1_000)), {str(n): [] for n in range(500)})
    sent = pieces(page)
    assert len(sent) > 40 and max(len(pickle.dumps(piece)) for piece in sent) < 6_000
    assert joined(sent) == page


def test_what_is_short_is_one_piece() -> None:
    line = Line((Cell("a", "text"),), (1, 2))
    assert pieces(line) == [line] and joined([line]) is line

"""Finding texts by a few of their letters, the best first. No Textual."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

_MOST_SKIPPED = 12
"""Letters that may be left out between those of one word; texts in which more are missing are found by accident."""

_AT_START, _AT_WORD, _INSIDE, _SCATTERED = 400, 300, 200, 100


@dataclass(frozen=True)
class Found(Generic[T]):
    """A text that was found.

    Attributes:
        item: what the text stands for.
        score: how well it fits, the higher the better.
        places: the places of the letters in the text, rising.
    """

    item: T
    score: float
    places: tuple[int, ...] = ()


def fitting(
    items: Sequence[T], query: str, text_of: Callable[[T], str], name_of: Callable[[T], int] | None = None
) -> list[Found[T]]:
    """Return the items whose text holds each word of a query, or the letters of each in their order, the best first.

    Args:
        items: in the order in which they stand when nothing is asked for, and among equals.
        query: words, in any order and case.
        text_of: an item's text in small letters.
        name_of: how many letters at the start of that are the item's name; the letters of a word are looked for apart
            from each other in it alone. None for all.
    """
    words = query.lower().split()
    if not words:
        return [Found(item, 0.0) for item in items]
    found = []
    for item in items:
        text = text_of(item)
        match = _match(text, len(text) if name_of is None else name_of(item), words)
        if match is not None:
            found.append(Found(item, *match))
    return sorted(found, key=lambda one: -one.score)


def _match(text: str, name: int, words: list[str]) -> tuple[float, tuple[int, ...]] | None:
    score = 0.0
    places: set[int] = set()
    for word in words:
        match = _whole(text, word) or _scattered(text[:name], word)
        if match is None:
            return None
        score += match[0]
        places.update(match[1])
    return score / len(words), tuple(sorted(places))


def _whole(text: str, word: str) -> tuple[float, Sequence[int]] | None:
    """Find a word in one piece: best at the start, else where a word of the text begins."""
    at = text.find(word)
    if at < 0:
        return None
    place = at
    while place >= 0 and not _begins_word(text, place):
        place = text.find(word, place + 1)
    if place >= 0:
        at = place
    kind = _AT_START if at == 0 else _AT_WORD if place >= 0 else _INSIDE
    return kind - min(at, 50), range(at, at + len(word))


def _begins_word(text: str, at: int) -> bool:
    return at == 0 or not text[at - 1].isalnum()


def _scattered(text: str, word: str) -> tuple[float, Sequence[int]] | None:
    """Find a word's letters in their order, from wherever the fewest letters between them are left out."""
    best: list[int] | None = None
    start = text.find(word[0])
    while start >= 0:
        places = _following(text, word, start)
        if places is None:
            break  # from further on there are fewer letters still
        if best is None or places[-1] - places[0] < best[-1] - best[0]:
            best = places
        start = text.find(word[0], start + 1)
    if best is None:
        return None
    skipped = best[-1] - best[0] + 1 - len(word)
    if skipped > _MOST_SKIPPED:
        return None
    begun = sum(_begins_word(text, place) for place in best)
    return _SCATTERED + 10 * begun - 5 * skipped - min(best[0], 50) / 10, best


def _following(text: str, word: str, start: int) -> list[int] | None:
    places = [start]
    for letter in word[1:]:
        at = text.find(letter, places[-1] + 1)
        if at < 0:
            return None
        places.append(at)
    return places

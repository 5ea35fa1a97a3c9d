"""Names cut to a width so that those that begin and end alike can still be told apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from tau2_tui.tui.cells import clusters, cut, cut_middle, is_plain, width

_WORD = re.compile(r"\w+")
_BETWEEN = "|"
_LEAST_WORD = 4
"""Cells below which a word tells nothing."""

_ROUNDS = 4
"""How often texts that still look alike are cut another way: each round looks at fewer of them."""


def told_apart(names: Iterable[str], cells: int) -> Mapping[str, str]:
    """Return each name in at most so many cells.

    Names of tasks can be hundreds of cells long, made of many words, and differ in a few of them. Of a name that is too
    long the words stay that not every name has, each cut in such a way that it is not taken for another word.

    Args:
        names: normal texts.
        cells: room for one of them.
    """
    return _told_apart(tuple(dict.fromkeys(names)), cells)


@lru_cache(maxsize=8)
def _told_apart(names: tuple[str, ...], cells: int) -> Mapping[str, str]:
    if all(width(name) <= cells for name in names):
        return {name: name for name in names}
    words = {name: _WORD.findall(name) for name in names}
    shared = set.intersection(*map(set, words.values())) if len(words) > 1 else set()
    telling = {name: [word for word in found if word not in shared] or found for name, found in words.items()}
    every = tuple(dict.fromkeys(word for found in telling.values() for word in found))
    return {
        name: name if width(name) <= cells else _in_words(found, every, cells) or _parts_apart(names, cells)[name]
        for name, found in telling.items()
    }


def _in_words(words: Sequence[str], every: tuple[str, ...], cells: int) -> str:
    """Return the words beside each other; empty where there are too many for the room, or none."""
    if not words or (_LEAST_WORD + 1) * len(words) - 1 > cells:
        return ""
    rooms = _shared_out([width(word) for word in words], cells - len(words) + 1)
    return _BETWEEN.join(_parts_apart(every, room)[word] for word, room in zip(words, rooms, strict=True))


def _shared_out(wanted: Sequence[int], cells: int) -> list[int]:
    """Return how many cells each of several texts gets: none more than it wants, the others the same."""
    rooms = [0] * len(wanted)
    left = cells
    for count, place in zip(range(len(wanted), 0, -1), sorted(range(len(wanted)), key=wanted.__getitem__), strict=True):
        rooms[place] = min(wanted[place], left // count)
        left -= rooms[place]
    return rooms


@lru_cache(maxsize=64)
def _parts_apart(texts: tuple[str, ...], cells: int) -> Mapping[str, str]:
    """Return each text in at most so many cells: whole, or its start, or the part that others with that start lack."""
    shown = {text: cut(text, cells) for text in texts}
    for _ in range(_ROUNDS):
        alike: dict[str, list[str]] = {}
        for text, short in shown.items():
            alike.setdefault(short, []).append(text)
        for group in alike.values():
            if len(group) > 1:
                shown.update(_different_parts(group, cells))
    return shown


def _different_parts(texts: Sequence[str], cells: int) -> Iterator[tuple[str, str]]:
    """Yield texts without what all of them begin and end with, as far as there is no room for that."""
    if all(map(is_plain, texts)):
        pieces: list[Sequence[str]] = list(texts)
        sizes = [[1] * len(text) for text in texts]
    else:
        pieces = [[cluster for cluster, _ in clusters(text)] for text in texts]
        sizes = [[size for _, size in clusters(text)] for text in texts]
    start = _common(pieces)
    end = _common([piece[start:][::-1] for piece in pieces])
    for text, piece, taken in zip(texts, pieces, sizes, strict=True):
        yield text, text if sum(taken) <= cells else _part(piece, taken, start, len(piece) - end, cells)


def _common(texts: Sequence[Any]) -> int:
    """Return how many clusters at their start all texts have in common."""
    least, greatest = min(texts), max(texts)  # all others stand between them
    columns = enumerate(zip(least, greatest, strict=False))
    return next((place for place, (one, other) in columns if one != other), min(len(least), len(greatest)))


def _part(pieces: Sequence[str], sizes: Sequence[int], start: int, stop: int, cells: int) -> str:
    """Return the pieces from ``start`` to ``stop``, and as many around them as there is room for."""
    room = cells - 2 - sum(sizes[start:stop])  # 2 for the ellipses
    while room > 0:
        before = start > 0 and sizes[start - 1] <= room
        room -= sizes[start - 1] if before else 0
        after = stop < len(pieces) and sizes[stop] <= room
        room -= sizes[stop] if after else 0
        start, stop = start - before, stop + after
        if not (before or after):
            break
    left, right = "…" if start else "", "…" if stop < len(pieces) else ""
    kept = [*pieces[start:stop][:cells], *pieces[start:stop][cells:][-cells:]]  # of more, nothing would be seen
    return cut(f"{left}{cut_middle(''.join(kept), max(0, cells - len(left) - len(right)))}{right}", cells)

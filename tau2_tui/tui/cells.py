"""Text measured in terminal cells: clusters, cutting, padding.

A cluster is what a terminal draws in one place: a character with the marks, selectors and joined characters that
follow it. Widths are Rich's, so that what is measured here agrees with what Textual measures. Text from outside goes
through :func:`normal` once; the other functions take normal text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache
from itertools import accumulate

from rich.cells import cell_len

Cluster = tuple[str, int]
"""Text of a cluster and its width in cells: 1 or 2."""

_PLAIN = re.compile("[ -~\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0482\u2010-\u2027\u2190-\u21ff\u2500-\u25fc\u2713-\u2718]*")
"""Text of characters that are one cell wide each and attach to nothing: the common ones, found without a table."""

_JOINER = "\u200d"
_SHOWN_JOINER = "⟦ZWJ⟧"
_IDLE_JOINER = re.compile(rf"{_JOINER}(?=[\x00-\x7f\s{_JOINER}]|$)|^{_JOINER}")
"""A joiner with nothing after it that could be joined to what is before it."""

LONGEST_CLUSTER = 12
"""Code points kept of one cluster: a longer one is a stack of marks that would spill over the lines around it.

A text of any length is cut to as many for each cell that there is before it is measured.
"""

_REMEMBERED = 1_000
"""Code points of a text whose clusters are kept for the next time."""


def is_plain(text: str) -> bool:
    """Return whether every character of ``text`` is known to be one cell wide and a cluster of its own."""
    return _PLAIN.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def _cells_of(character: str) -> int:
    return cell_len(character)


def is_mark(character: str) -> bool:
    """Return whether a character is drawn in the place of the one before it."""
    return _cells_of(character) == 0


def clusters(text: str) -> tuple[Cluster, ...]:
    """Split printable text into clusters.

    Marks without a base are drawn on a dotted circle, joiners that join nothing become visible.
    """
    return _short_clusters(text) if len(text) <= _REMEMBERED else _clusters(text)


@lru_cache(maxsize=1024)
def _short_clusters(text: str) -> tuple[Cluster, ...]:
    return _clusters(text)


def _clusters(text: str) -> tuple[Cluster, ...]:
    if is_plain(text):
        return tuple((character, 1) for character in text)
    if _JOINER in text:
        text = _IDLE_JOINER.sub(_SHOWN_JOINER, text)
    found: list[str] = []
    joined = full = False
    for character in text:
        attaches = joined or is_mark(character)
        joined = character == _JOINER
        if not attaches:
            found.append(character)
            full = False
        elif not found:
            found.append("◌" + character)
        elif not full:
            full = len(found[-1]) >= LONGEST_CLUSTER - (2 if joined else 1)
            found[-1] += "" if full and joined else character
    return tuple((cluster, _width_of(cluster)) for cluster in found)


def _width_of(cluster: str) -> int:
    return max(1, min(2, _cells_of(cluster) if len(cluster) == 1 else cell_len(cluster)))


def _has_no_marks(text: str) -> bool:
    """Return whether every character of ``text`` is a cluster of its own."""
    return all(map(_cells_of, set(text)))


def normal(text: str) -> str:
    """Return ``text`` as it is drawn: marks without a base get one, stacks of marks are bounded."""
    if is_plain(text) or _has_no_marks(text):
        return text
    return "".join(cluster for cluster, _ in clusters(text))


def width(text: str) -> int:
    """Return the number of cells that ``text`` takes."""
    return len(text) if is_plain(text) else sum(cells for _, cells in clusters(text))


def cut(text: str, cells: int, ellipsis: str = "…") -> str:
    """Return ``text`` if it fits into ``cells``, otherwise its start with ``ellipsis`` at the end.

    Text of any length is cut before it is measured, so the work is bounded by ``cells``.
    """
    if cells <= 0:
        return ""
    shortened = len(text) > cells * LONGEST_CLUSTER
    head = text[: cells * LONGEST_CLUSTER]
    if not shortened and width(head) <= cells:
        return head
    return take(head, cells - width(ellipsis)) + ellipsis


def cut_middle(text: str, cells: int) -> str:
    """Return ``text`` if it fits into ``cells``, otherwise its start and its end with an ellipsis between them."""
    if cells < 3 or len(text) > 10_000 or width(text) <= cells:
        return cut(text, cells)
    right = (cells - 1) // 2
    tail = ""
    used = 0
    for cluster, size in reversed(clusters(text)):
        if used + size > right:
            break
        tail = cluster + tail
        used += size
    return take(text, cells - 1 - used) + "…" + tail


def take(text: str, cells: int) -> str:
    """Return as much of the start of ``text`` as fits into ``cells``."""
    cells = max(0, cells)
    head = text[: cells + 1]
    if is_plain(head):
        return head[:cells]
    if _has_no_marks(head):
        return head[: bisect_right(list(accumulate(map(_cells_of, head))), cells)]
    head = text[: cells * LONGEST_CLUSTER]
    taken: list[str] = []
    used = 0
    for cluster, size in clusters(head):
        if used + size > cells:
            break
        taken.append(cluster)
        used += size
    return "".join(taken)


def pad(text: str, cells: int) -> str:
    """Return ``text`` padded with spaces to at least ``cells``."""
    return text + " " * (cells - width(text))


def fit(text: str, cells: int) -> str:
    """Return ``text`` cut or padded with spaces to exactly ``cells``."""
    return pad(cut(text, cells), cells)

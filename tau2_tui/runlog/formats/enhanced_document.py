"""A JSON document of tau2-enhanced in memory, as much of it as is whole."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from tau2_tui.errors import LogFormatError
from tau2_tui.events.codec import loads
from tau2_tui.runlog.formats.json_pieces import BrokenJsonError, Piece, exact, pieces

LARGEST_BYTES = 2 << 30
"""Larger files are refused: unlike tau2's results, these have to be held in memory as a whole."""


def load_document(path: Path, arrays: Collection[str], notes: list[str]) -> dict[str, Any]:
    """Return a document's members; one that breaks off gives what is before the break.

    Args:
        path: the file.
        arrays: members whose elements stand for themselves: one that cannot be read is left out.
        notes: told what could not be read.

    Raises:
        LogFormatError: the file cannot be read, or is too large.
    """
    document: dict[str, Any] = {}
    unreadable = 0
    try:
        check_size(path)
        whole = _value(path.read_bytes())  # by far the fastest for a file that is as it should be
        if isinstance(whole, dict):
            return whole
        with path.open("rb") as file, path.open("rb") as data:
            try:
                for piece in pieces(file, arrays):
                    data.seek(piece.start)
                    unreadable += not _take(document, piece, data.read(piece.end - piece.start))
            except BrokenJsonError as error:
                notes.append(f"the file is damaged {error}; what stands before that was read")
    except OSError as error:
        raise LogFormatError(f"{path}: cannot be read: {error.strerror or error}") from error
    if unreadable:
        notes.append(f"values of the file that could not be read: {unreadable}")
    return document


def load_lines(path: Path, notes: list[str]) -> list[dict[str, Any]]:
    """Return the objects of a file of JSON Lines; lines that hold none are counted in ``notes``.

    Raises:
        LogFormatError: the file cannot be read, or is too large.
    """
    objects: list[dict[str, Any]] = []
    unreadable = 0
    try:
        check_size(path)
        with path.open("rb") as lines:
            for line in lines:
                value = _value(line) if line.strip() else {}
                if isinstance(value, dict):
                    objects += [value] if value else []
                else:
                    unreadable += 1
    except OSError as error:
        raise LogFormatError(f"{path}: cannot be read: {error.strerror or error}") from error
    if unreadable:
        notes.append(f"lines that hold no event: {unreadable}; they were left out")
    return objects


def list_of(document: dict[str, Any], key: str) -> list[Any]:
    """Return a member that should be a list; an empty one when it is none."""
    value = document.get(key)
    return value if isinstance(value, list) else []


def _take(document: dict[str, Any], piece: Piece, data: bytes) -> bool:
    """Put a piece into the document; return whether it could be read."""
    if piece.key is None:
        return False
    if piece.kind == "array":
        document.setdefault(piece.key, [])
        return True
    try:
        value, _ = exact(data)
    except ValueError:
        return False
    if piece.kind == "element" and isinstance(document.get(piece.key), list):
        document[piece.key].append(value)
    elif piece.kind == "member":
        document[piece.key] = value
    return True


def _value(data: bytes) -> Any:
    try:
        return loads(data)
    except ValueError:
        return None


def check_size(path: Path) -> None:
    """Refuse a file that is too large to be held in memory.

    Raises:
        LogFormatError: it is.
        OSError: it cannot be looked at.
    """
    size = path.stat().st_size
    if size > LARGEST_BYTES:
        raise LogFormatError(f"{path}: a file of this format of more than {LARGEST_BYTES >> 30} GiB cannot be read")

"""What is kept of a log between two looks at it: bookmarks beside it, place and filter in the user's data directory."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from tau2_tui.runlog import RunLog
from tau2_tui.runlog.cache import make_private, prune
from tau2_tui.tui.kept import data_directory, read_document, write_document

_LONGEST_NOTE = 1_000
_MOST_BOOKMARKS = 10_000

_PLACES_BYTES = 4 << 20
"""Bytes that the places of all logs may take."""


class Bookmark(NamedTuple):
    """An event to come back to.

    Attributes:
        line: its line of the log.
        note: what the user wrote, empty for nothing.
    """

    line: int
    note: str = ""


class LastPlace(NamedTuple):
    """Where a log was left.

    Attributes:
        line: the line that was selected.
        simulation_id: the simulation that was shown, None for the whole run.
        filter: the filter of the timeline, empty for none.
    """

    line: int = 0
    simulation_id: str | None = None
    filter: str = ""


class Memory:
    """Bookmarks and last place of one log.

    Another log that took its place under its name does not get them: the first line tells the two apart.
    """

    def __init__(self, log: RunLog) -> None:
        path = Path(os.path.abspath(log.path))  # noqa: PTH100 - a link keeps its own bookmarks
        self._log = _digest(b"".join(line for _, line in log.head(1)))
        name = f"{_digest(os.fsencode(path))}.json"
        self._beside = path.with_name(f".{path.name[:200]}.bookmarks")
        self._elsewhere = data_directory() / "bookmarks" / name
        self._place = data_directory() / "places" / name

    def bookmarks(self) -> list[Bookmark]:
        """Return what was marked, in the order of the log; empty when nothing was, or it cannot be read."""
        found = self._read(self._elsewhere) or self._read(self._beside)
        marks = found.get("bookmarks")
        known = [_bookmark(one) for one in marks] if isinstance(marks, list) else []
        return sorted({mark.line: mark for mark in known[:_MOST_BOOKMARKS] if mark is not None}.values())

    def keep_bookmarks(self, bookmarks: Iterable[Bookmark]) -> Path:
        """Keep what is marked: beside the log, or where that cannot be, in the user's data directory.

        Returns:
            The file.

        Raises:
            OSError: neither can be written.
        """
        document = {"format": 1, "log": self._log, "bookmarks": [mark._asdict() for mark in bookmarks]}
        if _is_ours(self._beside):
            try:
                write_document(self._beside, document)
            except OSError:
                pass  # a read-only folder: the data directory is for that
            else:
                with suppress(OSError):
                    self._elsewhere.unlink(missing_ok=True)
                return self._beside
        make_private(self._elsewhere.parent)
        write_document(self._elsewhere, document)
        return self._elsewhere

    def place(self) -> LastPlace | None:
        """Return where the log was left, None when that is not known."""
        found = self._read(self._place)
        line, simulation_id, text = found.get("line"), found.get("simulation_id"), found.get("filter")
        if not isinstance(line, int) or not _is_line(line) or not isinstance(text, str):
            return None
        return LastPlace(line, simulation_id if isinstance(simulation_id, str) else None, text)

    def keep_place(self, place: LastPlace) -> None:
        """Keep where the log is left.

        Raises:
            OSError: it cannot be written.
        """
        if place == LastPlace() and not self._place.exists():
            return
        make_private(self._place.parent)
        write_document(self._place, {"format": 1, "log": self._log, **place._asdict()})
        prune(self._place.parent, _PLACES_BYTES)

    def _read(self, path: Path) -> dict[str, Any]:
        found = read_document(path)
        return found if found.get("log") == self._log else {}


def with_bookmark(bookmarks: Iterable[Bookmark], line: int, note: str) -> list[Bookmark]:
    """Return the bookmarks with that of a line; one that is there already is taken away when the note is empty."""
    kept = {mark.line: mark for mark in bookmarks}
    if line in kept and not note:
        del kept[line]
    else:
        kept[line] = Bookmark(line, note[:_LONGEST_NOTE])
    return sorted(kept.values())


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()


def _is_line(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 53


def _bookmark(value: Any) -> Bookmark | None:
    if not isinstance(value, dict) or not _is_line(value.get("line")):
        return None
    note = value.get("note")
    return Bookmark(value["line"], note[:_LONGEST_NOTE] if isinstance(note, str) else "")


def _is_ours(path: Path) -> bool:
    """Return whether a file is there that this user may replace, or nothing."""
    try:
        info = path.lstat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return stat.S_ISREG(info.st_mode) and info.st_uid == os.geteuid() and bool(info.st_mode & stat.S_IWUSR)

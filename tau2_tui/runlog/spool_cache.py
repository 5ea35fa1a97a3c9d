"""Converted copies of foreign files, kept as long as their sources stay the same."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from tau2_tui import __version__
from tau2_tui.events.codec import dumps, loads
from tau2_tui.runlog.cache import cache_directory, is_private, make_private, prune
from tau2_tui.runlog.refs import LogOrigin
from tau2_tui.whole_file import whole_file

MOST_CACHE_BYTES = 1 << 30
"""What all copies may take; those not used for longest go first."""

_EDGE_BYTES = 1 << 16
_FILES_LOOKED_INTO = 2000
"""Of more files of one run only names, sizes and times count."""


class Spool(NamedTuple):
    """Where the copy of a source belongs, which depends on what the source is now.

    Attributes:
        key: different for different sources, and for the same one when it was changed.
        size: bytes of the source.
    """

    key: str
    size: int

    @classmethod
    def of(cls, source: Path) -> Spool:
        """Look at a source: its size, time of change and ends, those of files beside it that may belong to it too."""
        digest = blake2b(_converter().encode(), digest_size=16)
        digest.update(os.fsencode(source.absolute()))
        total = 0
        for number, path in enumerate(_files_of(source)):
            with suppress(OSError):
                info = path.stat()
                total += info.st_size
                digest.update(
                    f"\n{path.name} {info.st_size} {info.st_mtime_ns} {info.st_ino}\n".encode("utf-8", "replace")
                )
                if number < _FILES_LOOKED_INTO:
                    digest.update(_edges(path, info.st_size))
        return cls(digest.hexdigest(), total)

    @property
    def path(self) -> Path:
        """The copy."""
        return _directory() / f"{self.key}.jsonl"

    @property
    def notes_path(self) -> Path:
        """What is to be said about the copy."""
        return _directory() / f"{self.key}.json"

    @contextmanager
    def place(self) -> Iterator[Path]:
        """Give the path for a new copy: in the cache, or where that cannot be written, one that goes afterwards."""
        folder = _directory()
        with suppress(OSError):
            make_private(folder)
        if is_private(folder) and os.access(folder, os.W_OK | os.X_OK):
            yield self.path
            return
        with tempfile.TemporaryDirectory(prefix="tau2-tui-") as temporary:
            yield Path(temporary) / self.path.name


def find_spool(spool: Spool, source: Path) -> LogOrigin | None:
    """Return what is known about the kept copy of a source, None when there is none."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        if not (is_private(_directory()) and _is_private(spool.path) and _is_private(spool.notes_path)):
            return None
        said = loads(spool.notes_path.read_bytes())
        origin = LogOrigin(source, str(said["format"]), tuple(map(str, said["notes"])))
        if said["size"] != spool.path.stat().st_size:
            return None
        for path in (spool.path, spool.notes_path):
            os.utime(path)
        return origin
    return None


def keep_spool(spool: Spool, origin: LogOrigin) -> None:
    """Keep the new copy that was written to its place, and drop old ones when there are too many.

    Raises:
        OSError: it cannot be kept.
    """
    if not spool.path.exists():
        return
    said = {"format": origin.format, "notes": list(origin.notes), "size": spool.path.stat().st_size}
    with whole_file(spool.notes_path) as file:
        file.write(dumps(said))
    prune(_directory(), MOST_CACHE_BYTES)


@lru_cache(maxsize=1)
def _converter() -> str:
    """Return what differs when the same source may be converted to something else: this program's version and code."""
    modules = sorted(Path(__file__).with_name("formats").glob("*.py"))
    return f"{__version__} {[(path.name, path.stat().st_mtime_ns) for path in modules]}\n"


def _directory() -> Path:
    return cache_directory() / "converted"


def _files_of(source: Path) -> list[Path]:
    """Return the files that the conversion of a source may read."""
    with suppress(OSError):
        if source.is_dir():
            return [*_listed(source), *_listed(source / "simulations")]
        stem = source.stem.removesuffix("_enhanced_logs")
        beside = [path for path in _listed(source.parent) if path != source and path.name.startswith(stem)]
        return [source, *beside, *_listed(source.parent / "simulations")]
    return [source]


def _edges(path: Path, size: int) -> bytes:
    """Return the first and the last bytes of a file."""
    with path.open("rb") as file:
        first = file.read(_EDGE_BYTES)
        file.seek(max(0, size - _EDGE_BYTES))
        return first + file.read(_EDGE_BYTES)


def _listed(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix == ".json" and path.is_file())


def _is_private(path: Path) -> bool:
    """Return whether nobody but this user can have written a file."""
    info = path.lstat()
    return (
        stat.S_ISREG(info.st_mode) and info.st_uid == os.geteuid() and not info.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    )

"""The user's cache directory: what is kept there can be made again, is for its owner only, and is limited in size."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path


def cache_directory() -> Path:
    """Return the directory for this program's cached files; it may not exist."""
    from platformdirs import user_cache_path

    return user_cache_path("tau2-tui", appauthor=False)


def index_entry(path: Path) -> Path:
    """Return where the index of a log is kept, if it is."""
    name = blake2b(os.fsencode(path.absolute()), digest_size=16).hexdigest()
    return cache_directory() / "index" / f"{name}.index"


def make_private(directory: Path) -> None:
    """Make a directory that only its owner may enter, and those above it when they are missing.

    Others are kept out of one that is there already.

    Raises:
        OSError: it cannot be made, or is another user's, who could put anything there.
    """
    for missing in reversed([folder for folder in directory.parents if not folder.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)
    directory.mkdir(mode=0o700, exist_ok=True)
    info = directory.stat()
    if info.st_uid != os.geteuid():
        raise PermissionError(errno.EPERM, "belongs to another user", str(directory))
    if info.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        directory.chmod(stat.S_IRWXU)


def is_private(directory: Path) -> bool:
    """Return whether nobody but this user can have put files into a directory."""
    try:
        info = directory.stat()
    except OSError:
        return False
    return info.st_uid == os.geteuid() and not info.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def prune(directory: Path, limit: int) -> None:
    """Remove the files of a directory that were changed least lately until the others take ``limit`` bytes at most.

    Raises:
        OSError: the directory cannot be read, or a file not removed.
    """
    entries = []
    for path in directory.iterdir():
        with suppress(FileNotFoundError):
            info = path.stat()
            entries.append((info.st_mtime, info.st_size, path))
    total = 0
    for _, size, path in sorted(entries, reverse=True):
        total += size
        if total > limit:
            path.unlink(missing_ok=True)

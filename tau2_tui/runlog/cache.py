"""The user's cache directory: what is kept there can be made again, is for its owner only, and is limited in size."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def cache_directory() -> Path:
    """Return the directory for this program's cached files; it may not exist."""
    from platformdirs import user_cache_path

    return user_cache_path("tau2-tui", appauthor=False)


def make_private(directory: Path) -> None:
    """Make a directory that only its owner may enter, and those above it when they are missing.

    Raises:
        OSError: it cannot be made.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)


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

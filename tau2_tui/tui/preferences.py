"""What the inspector keeps of its user from one time to the next: the theme that was chosen, and the logs looked at."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from tau2_tui.runlog.cache import make_private
from tau2_tui.tui.kept import data_directory, read_document, write_document

_MOST_RECENT = 40
"""Logs that are remembered."""


class Preferences:
    """The file with them. Where it cannot be written, the next time is like the first."""

    def __init__(self) -> None:
        self._path = data_directory() / "inspector.json"
        self._writing = threading.Lock()

    def theme(self) -> str | None:
        """Return the name of the theme that was chosen, None for none; it may be no theme of this version."""
        name = read_document(self._path).get("theme")
        return name if isinstance(name, str) else None

    def keep_theme(self, name: str) -> None:
        """Keep the theme that was chosen."""
        self._keep("theme", lambda: name)

    def recent(self) -> list[Path]:
        """Return the logs looked at, the latest first; they may be gone."""
        found = read_document(self._path).get("recent")
        names = [name for name in found if isinstance(name, str) and name] if isinstance(found, list) else []
        return [Path(name) for name in names[:_MOST_RECENT]]

    def keep_recent(self, paths: Iterable[Path]) -> None:
        """Put logs at the head of those looked at."""
        added = [str(path) for path in paths]
        self._keep("recent", lambda: list(dict.fromkeys([*added, *map(str, self.recent())]))[:_MOST_RECENT])

    def _keep(self, name: str, value: Callable[[], object]) -> None:
        with self._writing, suppress(OSError, ValueError):
            make_private(self._path.parent)
            write_document(self._path, {**read_document(self._path), "format": 1, name: value()})

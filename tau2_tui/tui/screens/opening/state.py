"""What may be opened: what is typed, the logs that are open, those looked at lately, and files. No Textual."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from pathlib import Path

_MOST_LISTED = 5_000
"""Names of a directory that are looked at."""


class Kind(Enum):
    """Why something is offered; the value is what the user reads."""

    TYPED = "typed"
    OPEN = "open now"
    RECENT = "lately"
    DIRECTORY = "directory"
    FILE = "file"


@dataclass(frozen=True)
class Choice:
    """Something to open.

    Attributes:
        kind: why it is offered.
        text: its path as it is typed; untrusted.
        place: of a log that is open, its place among them.
    """

    kind: Kind
    text: str
    place: int | None = None

    @property
    def path(self) -> Path:
        """What it names."""
        return Path(os.path.expanduser(self.text))  # noqa: PTH111 - Path.expanduser raises for an unknown user


class OpeningState:
    """What is typed, and what that leaves to open."""

    def __init__(self, opened: Sequence[tuple[int, str]], recent: Sequence[Path]) -> None:
        """Make the state.

        Args:
            opened: the other logs that are open, by their place among all.
            recent: the logs looked at lately.
        """
        self._known = [
            *(Choice(Kind.OPEN, name, place) for place, name in opened),
            *(Choice(Kind.RECENT, str(path)) for path in recent),
        ]
        self.text = ""
        self.choices: list[Choice] = []
        self.look_for("")

    def look_for(self, text: str) -> None:
        """Leave what fits to what is typed."""
        self.text = text
        words = text.lower().split()
        known = [choice for choice in self._known if all(word in choice.text.lower() for word in words)]
        typed = [Choice(Kind.TYPED, text)] if text.strip() else []
        self.choices = [*typed, *known, *listed(text)]

    def choice(self, place: int) -> Choice | None:
        """Return what a row offers, None when there is no such row."""
        return self.choices[place] if place < len(self.choices) else None

    def completed(self) -> str:
        """Return what is typed, completed as far as all files and directories that begin so agree."""
        found = [choice.text for choice in listed(self.text)]
        return _common_start(found) if found else self.text


def listed(text: str) -> list[Choice]:
    """Return the directories and files whose names continue what is typed; those that begin with a dot only for a dot.

    A directory that cannot be read holds none.
    """
    folder, begun = os.path.split(text)
    try:
        with os.scandir(os.path.expanduser(folder) or ".") as entries:  # noqa: PTH111
            found = [
                (_is_directory(entry), entry.name)
                for entry in islice(entries, _MOST_LISTED)
                if entry.name.startswith(begun) and (begun or not entry.name.startswith("."))
            ]
    except (OSError, ValueError):
        return []
    found.sort(key=lambda one: (not one[0], one[1].lower()))
    return [
        Choice(Kind.DIRECTORY, f"{os.path.join(folder, name)}/")  # noqa: PTH118
        if is_directory
        else Choice(Kind.FILE, os.path.join(folder, name))  # noqa: PTH118
        for is_directory, name in found
    ]


def _is_directory(entry: os.DirEntry[str]) -> bool:
    """Return whether it is a directory; a link that leads nowhere or in a circle is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _common_start(texts: Sequence[str]) -> str:
    least, greatest = min(texts), max(texts)
    differ = (place for place, letter in enumerate(least) if letter != greatest[place])
    return least[: next(differ, len(least))]

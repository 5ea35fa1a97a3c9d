"""What the documentation shows of a console: its commands, what they print, and why some are not run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))

NOT_RUN = {
    "needs a model key": "costs money, and asks another machine",
    "needs a terminal": "the inspector stays until a key ends it; tests/end_to_end/ works it in a real terminal",
    "runs until it is stopped": "a server; tests/serving/ and tests/end_to_end/ start it",
    "installs": "what it prints is about the machine; .ci/run installs as the README says",
}
"""The reasons that a comment before a block may give, and why each is one."""

_BLOCK = re.compile(
    r"(?:<!-- not run: (?P<reason>[^>]*?) -->\n)?```console\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)


@dataclass
class Command:
    """A command and the lines shown under it; a line of … stands for any lines, … in a line for any text."""

    line: str
    shown: list[str] = field(default_factory=list)

    def pattern(self) -> re.Pattern[str]:
        """Return what the output must match as a whole."""
        parts = [
            r"(?:.*\n)*?" if line.strip() == "…" else ".*?".join(map(re.escape, line.split("…"))) + r"\n"
            for line in self.shown
        ]
        return re.compile("".join(parts))


@dataclass(frozen=True)
class Block:
    """Commands in the order in which they are typed, and why they are not run: empty when they are."""

    commands: list[Command]
    reason: str


def blocks(text: str) -> Iterator[Block]:
    """Yield the consoles of a page."""
    for found in _BLOCK.finditer(text):
        commands: list[Command] = []
        for line in found["text"].splitlines():
            if line.startswith("$ "):
                commands.append(Command(line[2:]))
            elif commands and commands[-1].line.endswith("\\") and not commands[-1].shown:
                commands[-1].line += "\n" + line
            else:
                commands[-1].shown.append(line)
        yield Block(commands, found["reason"] or "")

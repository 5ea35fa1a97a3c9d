"""What a model wrote never reaches the terminal as anything but text, whichever command prints it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.hostile_text import DANGEROUS
from tests.support.program import COMMAND
from tests.support.terminal import Session
from tests.tui.logs import hostile

COMMANDS = {
    "open": ["open", "{log}"],
    "ls": ["ls", "{log}"],
    "ls of a folder": ["ls", "{folder}"],
    "ls --json": ["ls", "{log}", "--json"],
    "show": ["show", "{log}", "--full"],
    "show --gold": ["show", "{log}", "--gold"],
    "events": ["events", "{log}"],
    "events --json": ["events", "{log}", "--json", "--limit", "12"],
    "search": ["search", "{log}", "."],
    "diff": ["diff", "{log}"],
    "diff --gold": ["diff", "{log}", "--gold"],
    "stats": ["stats", "{log}", "--section", "all", "--all"],
    "stats --json": ["stats", "{log}", "--json"],
    "compare": ["compare", "{log}", "{log}"],
    "verify": ["verify", "{log}"],
    "verify --json": ["verify", "{log}", "--json"],
    "export": ["export", "{log}", "--to", "jsonl", "-o", "-"],
    "import": ["import", "{log}", "-o", "{folder}/copy.jsonl", "--no-replay"],
    "an unknown filter": ["events", "{log}", "\x1b]52;c;eA==\x07:1"],
    "an unknown file": ["ls", "{folder}/\x1b[31m\u202e"],
}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile(tmp_path_factory.mktemp("hostile") / "run.jsonl", size=2_000)


@pytest.mark.parametrize("name", COMMANDS)
def test_it_stays_text(log: Path, name: str) -> None:
    words = [word.format(log=log, folder=log.parent) for word in COMMANDS[name]]
    (log.parent / "copy.jsonl").unlink(missing_ok=True)
    # A terminal that cannot place text: the inspector, which has tests of its own, gives way to the summary.
    with Session([*COMMAND, *words], (120, 40), {**os.environ, "TERM": "dumb"}) as terminal:
        code = terminal.end()
    shown = terminal.written.decode("utf-8", "surrogateescape")
    assert code in (0, 1, 2), shown
    assert "Traceback" not in shown and len(shown) > 20
    found = DANGEROUS.search(shown)  # a dumb terminal gets neither styles nor progress: what there is, is the log's
    assert found is None, repr(shown[max(0, found.start() - 200) : found.end() + 50])

"""Numbers on the command line that are too large, or none at all: never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import run

LARGE = "9" * 30
LONGEST = "9" * 5000

ACCEPTED = [
    ["events", "{log}", "--limit", LARGE],
    ["events", "{log}", "--tail", LARGE],
    ["events", "{log}", f"seq:{LARGE}"],
    ["search", "{log}", ".", "--limit", LARGE],
    ["show", "{log}", "--seq", "1", "--context", LARGE],
    ["ls", "{log}", "--filter", f"tool_calls<{LARGE}"],
]
REFUSED = [
    ["events", "{log}", "--limit", LONGEST],
    ["events", "{log}", f"trial>{LONGEST}"],
    ["show", "{log}", "--seq", LARGE],
    ["show", "{log}", "--task", "2", "--trial", LARGE],
    ["diff", "{log}", "--trial", LARGE],
    ["stats", "{log}", "--level", "nan"],
    ["stats", "{log}", "--level", "1e400"],
    ["compare", "{log}", "{log}", "--level", "NaN"],
    ["compare", "{log}", "{log}", "--target", "nan"],
    ["record", "--domain", "mock", "--retry-delay", "nan"],
    ["record", "--domain", "mock", "--error-rate", "nan"],
]


@pytest.mark.parametrize("number", range(len(ACCEPTED)))
def test_a_number_beyond_all_is_no_limit(small_log: Path, number: int) -> None:
    done = run(*(word.format(log=small_log) for word in ACCEPTED[number]))
    assert done.code == 0 and "Traceback" not in done.err, done.err


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_what_names_nothing_is_refused(small_log: Path, number: int) -> None:
    done = run(*(word.format(log=small_log) for word in REFUSED[number]))
    assert done.code == 2 and done.raw == b"" and "Traceback" not in done.err, done.err
    assert "No such option" not in done.err, done.err

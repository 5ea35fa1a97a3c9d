"""At most five keys from opening a log to the cause of a failure, pressed one after the other in a real terminal."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.support.real_data import real_data
from tests.support.terminal import Session, environment, opened

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "five-keys.md"
SENT = {"enter": "\r", "tab": "\t"}
READY = "event 0 of"

_SCREEN = re.compile(r"^## (?P<keys>`[^\n]*`)\n.*?^```text\n(?P<screen>.*?)^```$", re.DOTALL | re.MULTILINE)
SCREENS = {
    tuple(found["keys"].strip("`").split("` `")): found["screen"] for found in _SCREEN.finditer(PAGE.read_text())
}
WALKS = [keys for keys in SCREENS if not any(keys == other[: len(keys)] for other in SCREENS if other != keys)]


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip().splitlines()]


def test_the_page_has_three_ways_of_at_most_five_keys() -> None:
    assert len(WALKS) == 3 and max(map(len, WALKS)) <= 5
    assert all(keys[:length] in SCREENS for keys in WALKS for length in range(1, len(keys) + 1))


@pytest.mark.parametrize("keys", WALKS, ids="-".join)
def test_each_key_shows_what_the_page_says(keys: tuple[str, ...], tmp_path: Path) -> None:
    with walking(ROOT / "sample_logs" / "noisy.jsonl", tmp_path) as session:
        for length in range(1, len(keys) + 1):
            session.process.send(SENT.get(keys[length - 1], keys[length - 1]))
            expected = lines(SCREENS[keys[:length]])
            assert lines(session.wait_for(lambda text, expected=expected: lines(text) == expected)) == expected  # type: ignore[misc]


OVERVIEW = ("1", "Failed simulations")
FIRST = ("}", "} failed")
NEW = ("tau2-1.x", "v1_airline_gpt41mini_5x1.json")
SKIPPED = ("nvidia", "nv263_mock_skipped-samples.json")
ENHANCED = ("tau2-enhanced", "airline_gemini2_5_flash_10tasks_2t.json")
REAL: list[tuple[tuple[str, str], list[tuple[str, str]]]] = [
    (
        NEW,
        [
            OVERVIEW,
            FIRST,
            ("enter", "extra write: cancel_reservation for Q69X3R changed what the reference"),
            ("tab", 'reservation_id  "Q69X3R"'),
        ],
    ),
    (
        NEW,
        [
            OVERVIEW,
            FIRST,
            ("5", "cancel_reservation for Q69X3R changed"),
            ("d", "first divergence: unexpected write"),
            ("enter", "event 47 of 145  task 1  trial 0  turn 20"),
        ],
    ),
    (
        SKIPPED,
        [OVERVIEW, FIRST, ("enter", "infrastructure: ended by agent_error outside agent"), ("tab", "agent_error")],
    ),
    (
        ENHANCED,
        [
            OVERVIEW,
            FIRST,
            ("5", "noah_muller_9847) was never made"),
            ("d", "first divergence: missing write"),
            ("enter", "task 2  trial 0"),
        ],
    ),
]


@pytest.mark.parametrize(("file", "steps"), REAL, ids=["results", "results-gold", "skipped", "enhanced-gold"])
def test_the_cause_of_a_failure_in_real_results(
    file: tuple[str, str], steps: list[tuple[str, str]], tmp_path: Path
) -> None:
    play(real_data(*file), steps, tmp_path)


@pytest.mark.skipif(importlib.util.find_spec("tau2") is None, reason="calls are replayed by tau2-bench")
def test_the_cause_of_a_failure_in_the_states_that_replay_brings_back(tmp_path: Path) -> None:
    log = tmp_path / "run.jsonl"
    command = [sys.executable, "-m", "tau2_tui", "import", str(real_data(*NEW)), "--replay", "-o", str(log)]
    subprocess.run(command, check=True, capture_output=True)
    play(log, [OVERVIEW, FIRST, ("4", "Q69X3R"), ("A", "- the reference's")], tmp_path)


def play(path: Path, steps: list[tuple[str, str]], tmp_path: Path) -> None:
    """Press the keys; each shows what is expected of it."""
    assert len(steps) <= 5
    with walking(path, tmp_path) as session:
        for key, shown in steps:
            session.process.send(SENT.get(key, key))
            session.wait_for(lambda text, shown=shown: shown in text)  # type: ignore[misc]


def walking(path: Path, tmp_path: Path) -> AbstractContextManager[Session]:
    """Open a log in a terminal of 80x24 as for the first time."""
    kept = {"XDG_DATA_HOME": str(tmp_path / "data"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    return opened(str(path), env=environment(**kept), ready=READY)

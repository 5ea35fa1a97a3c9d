from __future__ import annotations

import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from tau2_tui.runlog import RunLog, courtesy
from tau2_tui.runlog.merged import MergedLog
from tau2_tui.tui.source import EventSource
from tests.tui.logs import airline


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The threads that paused."""
    found: list[str] = []

    def sleep(seconds: float) -> None:
        found.append(threading.current_thread().name)

    monkeypatch.setattr(courtesy, "_TURN_SECONDS", 0.0)
    monkeypatch.setattr(courtesy, "time", SimpleNamespace(monotonic=time.monotonic, sleep=sleep))
    return found


def read_in_thread(log: RunLog | MergedLog) -> None:
    thread = threading.Thread(target=lambda: [log.decoded(line) for line in range(20)], name="reader")
    thread.start()
    thread.join()


def test_a_thread_that_reads_what_is_looked_at_pauses(tmp_path: Path, pauses: list[str]) -> None:
    with RunLog.open(airline(tmp_path / "run.jsonl"), index="now") as log:
        read_in_thread(log)
        assert pauses == []
        EventSource(log)
        read_in_thread(log)
        assert len(pauses) >= 10 and set(pauses) == {"reader"}


def test_so_does_one_that_reads_several_logs_as_one(tmp_path: Path, pauses: list[str]) -> None:
    with RunLog.open(airline(tmp_path / "run.jsonl"), index="now") as log:
        merged = MergedLog([log])
        merged.be_courteous()
        read_in_thread(merged)
        assert "reader" in pauses


def test_the_main_thread_does_not(tmp_path: Path, pauses: list[str]) -> None:
    with RunLog.open(airline(tmp_path / "run.jsonl"), index="now") as log:
        log.be_courteous()
        for line in range(20):
            log.decoded(line)
        assert pauses == []


def test_a_pause_is_made_only_after_a_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[float] = []
    monkeypatch.setattr(courtesy, "time", SimpleNamespace(monotonic=time.monotonic, sleep=made.append))
    monkeypatch.setattr(courtesy, "_TURN_SECONDS", 3600.0)
    with RunLog.open(airline(tmp_path / "run.jsonl"), index="now") as log:
        log.be_courteous()
        thread = threading.Thread(target=lambda: read_with_turn(log))
        thread.start()
        thread.join()
    assert made == []


def read_with_turn(log: RunLog) -> None:
    courtesy._turn.begun = time.monotonic()
    for line in range(20):
        log.decoded(line)

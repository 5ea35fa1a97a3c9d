"""What a growing log is asked for again and again is read once, and does not push out what the screens look at."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tau2_tui.events import MessageEvent, SimulationEndEvent, SimulationStartEvent
from tau2_tui.logging import ExecutionLogger
from tau2_tui.runlog import RunLog, UnreadableLine, line_events
from tau2_tui.runlog.columns import Columns
from tau2_tui.runlog.simulations import SimulationLines
from tests.support.program import PATIENCE
from tests.tui.logs import airline


def simulation(logger: ExecutionLogger, number: int, former: str | None = None) -> None:
    where = {"simulation_id": f"s{number}", "task_id": "t", "trial": 0}
    metadata = {"repeats": former} if former else {}
    logger.log_event(SimulationStartEvent(**where, metadata=metadata))  # type: ignore[arg-type]
    logger.log_event(SimulationEndEvent(**where, reward=float(number)))  # type: ignore[arg-type]


def test_starts_and_ends_are_read_once_while_the_log_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run.jsonl"
    decoded = RunLog.decoded
    read: list[int] = []

    def counting(log: RunLog, line: int) -> object:
        read.append(line)
        return decoded(log, line)

    monkeypatch.setattr(RunLog, "decoded", counting)
    with ExecutionLogger(path) as logger:
        simulation(logger, 0)
        simulation(logger, 1, "s0")
        with RunLog.open(path, index="now") as log:
            for _ in range(2):
                assert {name: one.reward for name, one in log.outcomes().items()} == {"s0": 0.0, "s1": 1.0}
                assert [ref.repeated for ref in log.simulations()] == [True, False]
            assert sorted(read) == [1, 2, 3]
            simulation(logger, 2, "s1")
            assert log.refresh()
            assert log.outcomes()["s2"].reward == 2.0 and log.outcome("s1") is not None
            assert [ref.repeated for ref in log.simulations()] == [True, True, False]
            assert sorted(read) == [1, 2, 3, 4, 5]
            assert not log._events._kept


def test_another_file_in_its_place_is_read_anew(tmp_path: Path) -> None:
    path, other = tmp_path / "run.jsonl", tmp_path / "other.jsonl"
    for file, number in ((path, 1), (other, 2)):
        with ExecutionLogger(file) as logger:
            simulation(logger, number)
    with RunLog.open(path, index="now") as log:
        assert log.outcomes()["s1"].reward == 1.0
        other.replace(path)
        assert log.refresh() and log.wait(PATIENCE)
        assert {name: one.reward for name, one in log.outcomes().items()} == {"s2": 2.0}


def test_another_file_that_comes_while_outcomes_are_read_is_read_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, other = tmp_path / "run.jsonl", tmp_path / "other.jsonl"
    for file, number in ((path, 1), (other, 2)):
        with ExecutionLogger(file) as logger:
            simulation(logger, number)
    with RunLog.open(path, index="now") as log:
        columns = log.columns

        def replaced(_: RunLog) -> Columns:
            other.replace(path)
            assert log.refresh() and log.wait(PATIENCE)
            return columns

        with monkeypatch.context() as patch:
            patch.setattr(RunLog, "columns", property(replaced))
            log.outcomes()
        assert {name: one.reward for name, one in log.outcomes().items()} == {"s2": 2.0}


def test_a_torn_line_is_read_anew_when_another_one_takes_as_many_bytes(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with ExecutionLogger(path) as logger:
        for text in ("first", "second"):
            logger.log_event(MessageEvent(content=text))
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + b"x")
    with RunLog.open(path, index="now") as log:
        torn = log.event(1)
        assert isinstance(torn, UnreadableLine) and torn.reason.startswith("torn")
        path.write_bytes(whole)
        log.refresh()
        event = log.event(1)
    assert isinstance(event, MessageEvent) and event.content == "second"


def test_decoded_events_are_kept_by_the_bytes_of_their_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run.jsonl"
    with ExecutionLogger(path) as logger:
        for _ in range(20):
            logger.log_event(MessageEvent(content="x" * 10_000))
    monkeypatch.setattr(line_events, "_KEPT_BYTES", 55_000)
    with RunLog.open(path, index="now") as log:
        for line in [*range(20), 19, 19]:
            log.event(line)
        kept = log._events
        assert len(kept._kept) == 5 and log.event(19) is log.event(19)
        assert kept._kept_bytes == sum(end - start for _, start, end in kept._kept) <= 55_000
        assert log.decoded(19) is log.event(19) and log.decoded(0) == log.event(0)


def test_lines_of_a_simulation_do_not_wait_for_all_to_be_sorted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sorting, sorted_ = threading.Event(), threading.Event()
    of = SimulationLines.of

    def slowly(columns: Columns) -> SimulationLines:
        sorting.set()
        assert sorted_.wait(PATIENCE)
        return of(columns)

    with RunLog.open(airline(tmp_path / "run.jsonl"), index="now") as log:
        monkeypatch.setattr(SimulationLines, "of", slowly)
        worker = threading.Thread(target=log.simulations, daemon=True)
        worker.start()
        assert sorting.wait(PATIENCE)
        found: list[int] = []
        asked = threading.Thread(target=lambda: found.extend(log.lines_of("sim-a")), daemon=True)
        asked.start()
        asked.join(PATIENCE)
        known = len(found)
        sorted_.set()
        worker.join()
        assert known > 3

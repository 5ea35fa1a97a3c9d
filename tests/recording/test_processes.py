"""Simulations in worker processes: one log, whatever happens to the workers."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import io
import os
import signal
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import psutil
import pytest

from tau2_tui.errors import LogWriteError, RecordingError
from tau2_tui.logging import ExecutionLogger
from tau2_tui.recording import RecordConfig, RunInterrupted, record_run
from tau2_tui.recording.agents.oracle import oracle_class
from tau2_tui.recording.frames import FrameReader, FrameWriter, Kind
from tau2_tui.recording.session import SimulationIdentity
from tau2_tui.recording.tau2_api import Tau2
from tests.recording.logs import of_type, rows_of
from tests.recording.test_resume import shapes, totals_counted

TELECOM = RecordConfig(domain="telecom", num_tasks=12, num_trials=2, processes=2, retry_delay=0.0)


class Watching:
    """Does something when simulations have ended; keeps what it hears."""

    def __init__(self, at: int = 0, act: Any = lambda: None) -> None:
        self.at, self.act = at, act
        self.told: Counter[str] = Counter()
        self.seen: list[str] = []

    def run_started(self, plan: Any) -> None:
        self.told["run"] += 1

    def simulation_started(self, identity: SimulationIdentity) -> None:
        self.told["start"] += 1

    def event_logged(self, identity: SimulationIdentity, event: Any) -> None:
        assert event.simulation_id == identity.simulation_id and event.seq is not None
        self.seen.append(event.event_type)

    def attempt_failed(self, outcome: Any) -> None:
        self.told["again"] += 1

    def simulation_ended(self, outcome: Any) -> None:
        self.told["end"] += 1
        if self.told["end"] == self.at:
            self.act()

    def run_stopping(self) -> None:
        self.told["stopping"] += 1

    def run_ended(self, outcome: Any) -> None:
        self.told["over"] += 1


def children() -> list[psutil.Process]:
    return psutil.Process().children()


def test_frames_arrive_whole_however_the_pipe_cuts_them() -> None:
    read, write = os.pipe()
    writer, reader = FrameWriter(write), FrameReader(read)
    sent = [(Kind.EVENT, number, bytes([number % 256]) * (number * 977 % 90_000)) for number in range(60)]

    def send() -> None:
        for kind, job, data in sent:
            writer.send(kind, job, data, 1.5)
        writer.close()

    threading.Thread(target=send).start()
    received = []
    while reader.open:
        received += [(frame.kind, frame.job, frame.data) for frame in reader.receive()]
    reader.close()
    assert received == sent


def test_the_log_is_the_same_as_without_processes(tau2: Tau2, tmp_path: Path) -> None:
    listener = Watching()
    outcome = record_run(TELECOM, tmp_path / "two.jsonl", listener=listener)
    record_run(dataclasses.replace(TELECOM, processes=1), tmp_path / "one.jsonl")
    two, one = rows_of(tmp_path / "two.jsonl"), rows_of(tmp_path / "one.jsonl")
    assert shapes(two) == shapes(one)
    assert two[-1]["event_counts"] == one[-1]["event_counts"] == Counter(row["event_type"] for row in two[:-1])
    assert two[-1]["totals"] == one[-1]["totals"]
    times = [row["timestamp"] for row in two]
    assert times == sorted(times)
    assert listener.told == {"run": 1, "start": 24, "end": 24, "over": 1} and listener.seen
    assert len(outcome.simulations) == 24 and not children()


def test_workers_work_at_the_same_time(tau2: Tau2, tmp_path: Path) -> None:
    seen: set[int] = set()
    listener = Watching()
    listener.simulation_started = lambda identity: seen.update(child.pid for child in children())  # type: ignore[method-assign]
    record_run(dataclasses.replace(TELECOM, processes=3), tmp_path / "run.jsonl", listener=listener)
    assert len(seen) == 3


def test_a_worker_that_dies_is_replaced_and_its_simulation_repeated(tau2: Tau2, tmp_path: Path) -> None:
    killed: list[int] = []

    def kill() -> None:
        victim = children()[0]
        killed.append(victim.pid)
        victim.kill()

    listener = Watching(at=5, act=kill)
    outcome = record_run(TELECOM, tmp_path / "run.jsonl", listener=listener)
    record_run(dataclasses.replace(TELECOM, processes=1), tmp_path / "one.jsonl")
    rows = rows_of(tmp_path / "run.jsonl")
    assert shapes(rows) == shapes(rows_of(tmp_path / "one.jsonl"))
    counted = totals_counted(rows)
    assert {name: rows[-1]["totals"][name] for name in counted} == counted
    failed = [row for row in of_type(rows, "SimulationEndEvent") if row["error"]]
    assert len(failed) <= 1 and len(outcome.simulations) == 24
    for row in failed:
        assert f"worker process {killed[0]} was ended by signal 9" in row["error"]


def test_a_simulation_that_kills_its_workers_fails_in_the_end(
    tau2: Tau2, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build, parent = Tau2.orchestrator, os.getpid()

    def deadly(self: Tau2, spec: Any) -> Any:
        orchestrator = build(self, spec)
        if spec.task.id == "update_task_1":
            assert os.getpid() != parent
            orchestrator.agent.generate_next_message = lambda *_: os._exit(7)
        return orchestrator

    monkeypatch.setattr(Tau2, "orchestrator", deadly)
    config = RecordConfig(domain="mock", processes=2, retry_delay=0.0)
    outcome = record_run(config, tmp_path / "run.jsonl")
    (failed,) = [one for one in outcome.simulations if one.error]
    assert failed.identity.task_id == "update_task_1" and "exit code 7" in str(failed.error)
    rows = rows_of(tmp_path / "run.jsonl")
    ends = [row for row in of_type(rows, "SimulationEndEvent") if row["task_id"] == "update_task_1"]
    assert [(row["attempt"], row["error_type"]) for row in ends] == [(n, "WorkerDied") for n in (1, 2, 3)]
    assert rows[-1]["totals"]["errors"] == 1 and rows[-1]["totals"]["repeated"] == 2


def test_an_interrupt_lets_workers_finish_their_turns_and_resume_goes_on(tau2: Tau2, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    listener = Watching(at=4, act=lambda: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(RunInterrupted) as caught:
        record_run(TELECOM, path, listener=listener)
    assert caught.value.outcome.interrupted and listener.told["stopping"] == 1 and not children()
    rows = rows_of(path)
    assert rows[-1]["metadata"]["interrupted"] is True and 4 <= len(of_type(rows, "SimulationEndEvent")) < 24
    record_run(TELECOM, path, resume=True)
    record_run(dataclasses.replace(TELECOM, processes=1), tmp_path / "one.jsonl")
    assert shapes(rows_of(path)) == shapes(rows_of(tmp_path / "one.jsonl"))


def test_a_second_interrupt_ends_workers_that_do_not_come_to_an_end(
    tau2: Tau2, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = Tau2.orchestrator

    def hanging(self: Tau2, spec: Any) -> Any:
        orchestrator = build(self, spec)
        orchestrator.agent.generate_next_message = lambda *_: threading.Event().wait()
        return orchestrator

    class Twice(Watching):
        def event_logged(self, identity: SimulationIdentity, event: Any) -> None:
            super().event_logged(identity, event)
            if len(self.seen) == 1:
                os.kill(os.getpid(), signal.SIGINT)

        def run_stopping(self) -> None:
            super().run_stopping()
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(Tau2, "orchestrator", hanging)
    listener = Twice()
    with pytest.raises(RunInterrupted):
        record_run(TELECOM, tmp_path / "run.jsonl", listener=listener)
    assert listener.told["stopping"] == 1 and not children()
    rows = rows_of(tmp_path / "run.jsonl")
    assert of_type(rows, "SimulationStartEvent") and not of_type(rows, "SimulationEndEvent")


def test_a_full_disk_ends_the_workers_too(tau2: Tau2, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log_encoded, left = ExecutionLogger.log_encoded, [200]

    def full(self: ExecutionLogger, *args: Any, **kwargs: Any) -> int:
        left[0] -= 1
        if left[0] < 0:
            raise LogWriteError("no space left on device")
        return log_encoded(self, *args, **kwargs)

    monkeypatch.setattr(ExecutionLogger, "log_encoded", full)
    with pytest.raises(LogWriteError, match=r"no space.*--resume"):
        record_run(TELECOM, tmp_path / "run.jsonl")
    assert not children()
    rows_of(tmp_path / "run.jsonl")


def test_when_no_more_processes_can_be_started_it_is_one_clear_line(
    tau2: Tau2, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fork, left = os.fork, [1]

    def forking() -> int:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        return fork()

    monkeypatch.setattr(os, "fork", forking)
    open_files = psutil.Process().num_fds()
    with pytest.raises(RecordingError, match="cannot start a worker process: Resource temporarily unavailable"):
        record_run(TELECOM, tmp_path / "run.jsonl")
    assert not children() and psutil.Process().num_fds() <= open_files
    rows_of(tmp_path / "run.jsonl")


def test_when_no_more_pipes_can_be_made_it_is_one_clear_line(
    tau2: Tau2, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe, left = os.pipe, [3]

    def opening() -> tuple[int, int]:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return pipe()

    monkeypatch.setattr(os, "pipe", opening)
    open_files = psutil.Process().num_fds()
    with pytest.raises(RecordingError, match="cannot start a worker process: Too many open files"):
        record_run(TELECOM, tmp_path / "run.jsonl")
    assert not children() and psutil.Process().num_fds() <= open_files
    rows_of(tmp_path / "run.jsonl")


def test_secrets_and_personal_data_stay_out_and_are_counted_once(
    tau2: Tau2, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_API_KEY", "create_task_1")
    options: dict[str, Any] = {"domain": "mock", "task_ids": ("create_task_1", "update_task_1"), "redact": "mask"}
    record_run(RecordConfig(**options), tmp_path / "one.jsonl", command_line=["x"])
    record_run(RecordConfig(**options, processes=2), tmp_path / "two.jsonl", command_line=["x"])
    assert b"create_task_1" not in (tmp_path / "two.jsonl").read_bytes()
    one, two = (rows_of(tmp_path / name)[-1]["totals"]["redacted"] for name in ("one.jsonl", "two.jsonl"))
    assert one["known secret"] > 0 and two == one


def test_what_workers_print_comes_out_of_the_process_that_writes_the_log(
    tau2: Tau2, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    agent: Any = oracle_class(tau2)
    act = agent.generate_next_message

    def printing(self: Any, *arguments: Any, **options: Any) -> Any:
        print("said on standard output")
        print("said on standard error", file=sys.stderr)
        return act(self, *arguments, **options)

    monkeypatch.setattr(agent, "generate_next_message", printing)
    shown = io.StringIO()
    with contextlib.redirect_stderr(shown), contextlib.redirect_stdout(shown):
        record_run(dataclasses.replace(TELECOM, num_tasks=2, num_trials=1), tmp_path / "run.jsonl")
    assert Counter(shown.getvalue().splitlines()).keys() == {"said on standard output", "said on standard error"}
    assert "said" not in "".join(capfd.readouterr())

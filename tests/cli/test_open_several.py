"""``tau2-tui open`` with several logs, where there is no terminal to look at them."""

from __future__ import annotations

from pathlib import Path

from tests.cli.command import one_error, run


def test_each_log_is_summarised(small_log: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    other.write_bytes(small_log.read_bytes())
    alone, both = run("open", small_log), run("open", small_log, other)
    assert both.code == 0 and both.out.startswith(alone.out)
    rest = both.out[len(alone.out) :]
    assert rest.startswith(f"\n{other}\n") and rest.splitlines()[2:] == alone.lines[1:]


def test_a_log_that_is_missing_is_named(small_log: Path, tmp_path: Path) -> None:
    assert "absent.jsonl" in one_error(run("open", small_log, tmp_path / "absent.jsonl"))


def test_standard_input_is_read_only_once() -> None:
    done = run("open", "-", "-")
    assert done.code == 2 and "standard input can be read only once" in done.err

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tau2_tui.cli.verify import command
from tests.support.small_log import write_small_log


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(command, [str(arg) for arg in args])


def test_an_intact_log(small_log: Path) -> None:
    result = run(small_log)
    lines = result.stdout.splitlines()
    assert result.exit_code == 0 and result.stderr == ""
    assert lines[0] == f"{small_log}: intact and complete"
    assert lines[1].endswith(", complete")
    assert "  2 simulations ended, 2 of them whole" in lines
    assert lines[-1] == f"  chain {small_log.read_bytes()[-35:-3].decode()}"


def test_a_torn_log_is_intact_and_says_what_is_missing(tmp_path: Path) -> None:
    path = write_small_log(tmp_path / "run.jsonl")
    content = path.read_bytes()
    cut = content.rindex(b"SimulationEndEvent")
    path.write_bytes(content[:cut])
    torn = cut - content.rindex(b"\n", 0, cut) - 1
    result = run(path)
    assert result.exit_code == 0
    assert "intact up to its last whole line, incomplete: running or cut off" in result.stdout
    assert f"  {torn} bytes of a torn last line after the last whole one" in result.stdout
    assert "  1 simulation ended, 1 of them whole" in result.stdout
    assert "    not ended: task update_task_1 trial 0, sim-1" in result.stdout


def test_a_changed_log_names_the_line(small_log: Path) -> None:
    content = small_log.read_bytes()
    at = content.index(b'"reward":1.0')
    small_log.write_bytes(content.replace(b'"reward":1.0', b'"reward":0.0', 1))
    line = content.count(b"\n", 0, at) + 1
    offset = content.rindex(b"\n", 0, at) + 1
    result = run(small_log)
    assert result.exit_code == 1
    assert f"CHANGED at line {line} (byte {offset}): chain broken: the line was changed" in result.stdout
    assert "not whole: task create_task_1 trial 0, sim-0" in result.stdout


def test_unreadable_files_are_named_on_standard_error(tmp_path: Path, small_log: Path) -> None:
    (tmp_path / "empty").touch()
    result = run(tmp_path / "nothing", tmp_path, tmp_path / "empty", small_log)
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        f"tau2-tui: {tmp_path / 'nothing'}: no such file",
        f"tau2-tui: {tmp_path}: is a directory",
        f"tau2-tui: {tmp_path / 'empty'}: is empty",
    ]
    assert "intact and complete" in result.stdout


def test_a_changed_log_among_unreadable_ones_decides_the_exit_code(tmp_path: Path, small_log: Path) -> None:
    small_log.write_bytes(small_log.read_bytes().replace(b"milk", b"silk", 1))
    assert run(tmp_path / "nothing", small_log).exit_code == 1


def test_json_is_one_document_for_all(tmp_path: Path, small_log: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_bytes(small_log.read_bytes().replace(b"milk", b"silk", 1))
    result = run("--json", small_log, bad, tmp_path / "nothing")
    good, changed, missing = json.loads(result.stdout)["logs"]
    assert result.exit_code == 1
    assert good["ok"] and good["status"] == "complete" and good["simulations_ended"] == 2
    assert [one["whole"] for one in good["simulations"]] == [True, True]
    assert not changed["ok"] and changed["first_bad_line"] and changed["reason"]
    assert missing == {"path": str(tmp_path / "nothing"), "error": f"{tmp_path / 'nothing'}: no such file"}


def test_without_a_log_it_is_wrong_usage() -> None:
    assert run().exit_code == 2


@pytest.mark.parametrize("name", ["\x1b[31mred.jsonl", "bidi\u202e.jsonl"])
def test_hostile_names_stay_harmless(tmp_path: Path, name: str) -> None:
    path = write_small_log(tmp_path / name)
    for result in (run(path), run(path.with_suffix(".missing"))):
        assert "\x1b" not in result.output and "\u202e" not in result.output

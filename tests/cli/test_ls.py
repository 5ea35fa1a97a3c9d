from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest

from tests.cli.command import one_error, run
from tests.runlog.formats.results_documents import answer, asks, call, results, simulation
from tests.support.small_log import write_small_log

ROW_KEYS = [
    *("simulation_id", "task_id", "trial", "reward", "termination_reason", "messages", "tool_calls"),
    *("tool_errors", "writes", "duration", "agent_cost", "user_cost"),
]


def test_one_log_is_a_row_a_simulation(small_log: Path) -> None:
    rows = run("ls", small_log, "--json").json()
    assert [row["task_id"] for row in rows] == ["create_task_1", "update_task_1"]
    assert list(rows[0])[: len(ROW_KEYS)] == ROW_KEYS
    assert rows[1] | {"simulation_id": ""} == {
        "simulation_id": "",
        "task_id": "update_task_1",
        "trial": 0,
        "reward": 0.0,
        "termination_reason": "user_stop",
        "messages": 5,
        "tool_calls": 1,
        "tool_errors": 1,
        "writes": 0,
        "duration": 1.5,
        "agent_cost": 0.0125,
        "user_cost": None,
        "passed": False,
        "ended": True,
        "repeated": False,
        "judge_skipped": False,
    }
    text = run("ls", small_log)
    assert [line.split()[0] for line in text.lines] == ["result", "passed", "failed"]
    assert text.lines[1].endswith("create_task_1") and "\x1b" not in text.out and text.err == ""


@pytest.mark.parametrize(
    ("options", "tasks"),
    [
        (["--sort", "reward"], ["update_task_1", "create_task_1"]),
        (["--sort", "-reward"], ["create_task_1", "update_task_1"]),
        (["--sort", "-task"], ["update_task_1", "create_task_1"]),
        (["--filter", "not passed"], ["update_task_1"]),
        (["--filter", "error"], ["update_task_1"]),
        (["--filter", "task:create* reward=1 time>1"], ["create_task_1"]),
        (["--filter", "trial:1"], []),
    ],
)
def test_rows_are_sorted_and_filtered_by_their_keys(small_log: Path, options: list[str], tasks: list[str]) -> None:
    assert [row["task_id"] for row in run("ls", small_log, "--json", *options).json()] == tasks


def test_folders_are_searched_for_runs(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    write_small_log(tmp_path / "b.jsonl")
    write_small_log(tmp_path / "deep" / "er" / "a.jsonl", finished=False)
    (tmp_path / "notes.txt").write_text("no log")
    (tmp_path / "other.json").write_text('{"a": 1}')
    (tmp_path / "other.jsonl").write_text("hello\n")
    done = run("ls", tmp_path, "--json", "--sort", "path")
    rows = done.json()
    assert [Path(row["path"]).name for row in rows] == ["b.jsonl", "a.jsonl"]
    assert [row["status"] for row in rows] == ["complete", "running or cut off"]
    assert rows[0]["passed"] == 1 and rows[0]["evaluated"] == 2 and rows[0]["domain"] == "mock"
    assert done.code == 0 and done.err == ""
    assert "no end" in run("ls", tmp_path).lines[2]


def test_an_unreadable_file_among_others_is_named_and_the_others_listed(small_log: Path, tmp_path: Path) -> None:
    (tmp_path / "text.jsonl").write_text("hello\n")
    done = run("ls", small_log, tmp_path / "text.jsonl", tmp_path / "missing.jsonl", "--json")
    assert done.code == 2 and len(done.json()) == 1
    assert [line.split(":")[0] for line in done.err.splitlines()] == ["tau2-tui", "tau2-tui"]


def test_a_file_in_a_folder_that_cannot_be_read_is_named(small_log: Path, tmp_path: Path) -> None:
    (tmp_path / "torn.jsonl.gz").write_bytes(gzip.compress(small_log.read_bytes())[:20])
    done = run("ls", tmp_path, "--json")
    assert done.code == 2 and [Path(row["path"]).name for row in done.json()] == [small_log.name]
    assert done.err == f"tau2-tui: {tmp_path}/torn.jsonl.gz: breaks off: its compressed data have no end\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_looked_into_is_named(small_log: Path, tmp_path: Path) -> None:
    closed, file = tmp_path / "closed", tmp_path / "file.jsonl"
    closed.mkdir()
    file.write_bytes(small_log.read_bytes())
    for path in (closed, file):
        path.chmod(0)
    done = run("ls", tmp_path, "--json")
    closed.chmod(0o700)
    assert done.code == 2 and [Path(row["path"]).name for row in done.json()] == [small_log.name]
    assert done.err.splitlines() == [
        f"tau2-tui: {closed}: cannot be searched: Permission denied",
        f"tau2-tui: {file}: cannot be opened: Permission denied",
    ]


def test_a_folder_whose_names_alone_may_be_read_is_named(
    small_log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = tmp_path / "listed"
    listed.mkdir()
    (listed / "a.jsonl").touch()
    really = Path.is_dir

    def is_dir(path: Path, **options: bool) -> bool:
        if path.parent == listed:
            raise PermissionError(13, "Permission denied", str(path))
        return really(path, **options)

    monkeypatch.setattr(Path, "is_dir", is_dir)
    done = run("ls", tmp_path, "--json")
    assert done.code == 2 and [Path(row["path"]).name for row in done.json()] == [small_log.name]
    assert done.err.splitlines()[0] == f"tau2-tui: {listed}/a.jsonl: cannot be opened: Permission denied"


def test_what_a_log_does_not_tell_of_is_unknown(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(json.dumps(results(simulation(asks(call("create_task")), answer("{}")))))
    (row,) = run("ls", path, "--json").json()
    assert (row["tool_calls"], row["writes"]) == (1, None)
    assert run("ls", path).lines[1].split()[3:7] == ["2", "1", "0", "-"]
    (run_row,) = run("ls", path, path, "--json", "--filter", f"path:{path}").json()[:1]
    assert (run_row["tool_calls"], run_row["state_changes"]) == (1, None)


def test_what_holds_for_many_files_is_said_once(small_log: Path, tmp_path: Path) -> None:
    document = results(simulation(asks(call("create_task")), answer("{}")))
    paths = [tmp_path / f"{name}.json" for name in "abc"]
    for path in paths:
        path.write_text(json.dumps(document))
    (lacks,) = [line for line in run("ls", paths[0]).err.splitlines() if "not in tau2's results" in line]
    note = lacks.removeprefix("tau2-tui: ")
    of_three = run("ls", *paths, small_log).err.splitlines()
    assert [line for line in of_three if note in line] == [f"tau2-tui: 3 files: {note}"]
    assert [line.split(": ")[1] for line in of_three if line.endswith("converted")] == [str(path) for path in paths]
    assert f"tau2-tui: {paths[0]}, {paths[1]}: {note}" in run("ls", *paths[:2], small_log).err.splitlines()
    assert f"tau2-tui: {paths[2]}: {note}" in run("ls", paths[2], small_log).err.splitlines()


def test_mistakes_are_one_line(small_log: Path, tmp_path: Path) -> None:
    assert "column 1: unknown name role" in one_error(run("ls", small_log, "--filter", "role:user"))
    assert "no such file" in one_error(run("ls", tmp_path / "missing.jsonl"))
    assert "--sort takes one of simulation_id" in run("ls", small_log, "--sort", "size").err


def test_why_there_is_no_row_is_said_once(small_log: Path, tmp_path: Path) -> None:
    empty, nothing = tmp_path / "empty", tmp_path / "nothing.jsonl"
    empty.mkdir()
    nothing.write_bytes(small_log.read_bytes().splitlines(keepends=True)[0])
    said = "tau2-tui: no row passes the filter\n"
    assert (run("ls", small_log, "--filter", "trial:7").err, run("ls", small_log, "--json").err) == (said, "")
    assert run("ls", nothing).err == f"tau2-tui: {nothing}: no simulation in this log\n"
    assert run("ls", empty).err == f"tau2-tui: {empty}: no run in this folder\n"


def test_a_narrow_terminal_gets_whole_lines(small_log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "40")
    assert max(map(len, run("ls", small_log, small_log, terminal=True).lines)) <= 40
    monkeypatch.setenv("COLUMNS", "60")
    lines = run("ls", small_log, terminal=True).lines
    assert all(len(line) <= 60 for line in lines) and lines[1].split()[-1].endswith("task_1")
    monkeypatch.delenv("NO_COLOR")
    assert "\x1b[32mpassed" in run("ls", small_log, terminal=True).out

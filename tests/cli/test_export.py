from __future__ import annotations

import csv
import json
import stat
from pathlib import Path

import pytest

from tau2_tui.cli.export import TABLES
from tests.cli.command import one_error, run

ROWS = {"events": 21, "simulations": 2, "tool_calls": 2}


@pytest.mark.parametrize("form", ["csv", "parquet", "jsonl"])
def test_a_file_a_table_in_a_folder(small_log: Path, tmp_path: Path, form: str) -> None:
    done = run("export", small_log, "--to", form, "-o", tmp_path / "new" / "tables")
    assert done.code == 0 and done.raw == b"" and len(done.err.splitlines()) == 3
    for name in TABLES:
        path = tmp_path / "new" / "tables" / f"{name}.{form}"
        rows = read(path)
        assert len(rows) == ROWS[name] and stat.S_IMODE(path.stat().st_mode) == 0o600
        assert next(iter(rows[0])) in ("seq", "simulation_id")
    call = read(tmp_path / "new" / "tables" / f"tool_calls.{form}")[1]
    assert call["tool_name"] == "create_task" and call["error_message"] == "User not found"
    arguments = call["tool_args"] if form == "jsonl" else json.loads(call["tool_args"])
    assert arguments == {"user_id": "user_1", "title": "Buy milk"}
    assert call["success"] in (False, "false")
    if form == "parquet":
        assert isinstance(call["timestamp"], float) and isinstance(call["turn_idx"], int)


def read(path: Path) -> list[dict[str, object]]:
    if path.suffix == ".parquet":
        parquet = pytest.importorskip("pyarrow.parquet")
        rows: list[dict[str, object]] = parquet.read_table(path).to_pylist()
        return rows
    if path.suffix == ".csv":
        with path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_path_with_a_suffix_and_one_table(small_log: Path, tmp_path: Path) -> None:
    run("export", small_log, "--to", "csv", "-o", tmp_path / "run.csv")
    assert sorted(path.name for path in tmp_path.glob("run*csv")) == [
        "run.csv",
        "run.simulations.csv",
        "run.tool_calls.csv",
    ]
    assert len(read(tmp_path / "run.csv")) == 21
    run("export", small_log, "--to", "csv", "--table", "simulations", "-o", tmp_path / "one.csv")
    assert len(read(tmp_path / "one.csv")) == 2 and len(list(tmp_path.glob("one*"))) == 1
    printed = run("export", small_log, "--to", "csv", "--table", "simulations", "-o", "-")
    assert printed.raw == (tmp_path / "one.csv").read_bytes() and printed.err == ""


def test_one_document_of_all(small_log: Path, tmp_path: Path) -> None:
    run("export", small_log, "--to", "json", "-o", tmp_path / "run.json")
    document = json.loads((tmp_path / "run.json").read_bytes())
    assert {name: len(document[name]) for name in TABLES} == ROWS
    assert document["run"]["domain"] == "mock" and document["run"]["totals"]["passed"] == 1


def test_files_are_not_replaced_unasked(small_log: Path, tmp_path: Path) -> None:
    target = tmp_path / "calls.csv"
    target.write_text("mine")
    command = ["export", small_log, "--to", "csv", "--table", "tool_calls", "-o", target]
    assert "--force" in one_error(run(*command)) and target.read_text() == "mine"
    assert run(*command, "--force").code == 0 and len(read(target)) == 2
    assert "takes one table" in run("export", small_log, "--to", "csv", "-o", "-").err
    assert run("export", small_log, "--to", "xml", "-o", target).code == 2


@pytest.mark.parametrize("form", ["csv", "parquet", "jsonl", "json", "tau2"])
@pytest.mark.parametrize("force", [[], ["--force"]])
def test_what_is_no_file_and_no_folder_is_named_so(small_log: Path, form: str, force: list[str]) -> None:
    said = one_error(run("export", small_log, "--to", form, "-o", "/dev/full", *force))
    if form in ("json", "tau2"):
        assert said == "tau2-tui: /dev/full: cannot be written: is not a regular file"
    else:
        assert said == "tau2-tui: /dev/full: is no folder, which a name without a suffix stands for"


def test_a_file_in_a_folders_place_is_named(small_log: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for output in (tmp_path / "file" / "all.json", tmp_path / "file" / "deep" / "all.json"):
        said = one_error(run("export", small_log, "--to", "json", "-o", output))
        assert said == f"tau2-tui: {output.parent}: is no folder"
    assert (tmp_path / "file").read_text() == "x"


def test_odd_values_and_broken_lines_are_exported(small_log: Path, tmp_path: Path) -> None:
    with small_log.open("ab") as file:
        file.write(b'{"seq":1180591620717411303424,"timestamp":1.0,"event_type":"OddEvent","odd":"\\ud800","n":[1]}\n')
        file.write(b'{"seq":22,"timestamp":2.0,"event_type":"OddEvent","odd":7}\nnot json\n')
    for form in ("csv", "parquet", "jsonl"):
        run("export", small_log, "--to", form, "--table", "events", "-o", tmp_path / f"odd.{form}")
        rows = read(tmp_path / f"odd.{form}")
        assert len(rows) == 24 and rows[-1]["event_type"] == "unreadable", form
        assert str(rows[-2]["odd"]) == "7"


def test_tau2_gets_its_results_back(small_log: Path, tmp_path: Path) -> None:
    done = run("export", small_log, "--to", "tau2", "-o", tmp_path / "results.json")
    assert done.code == 0, done.err
    document = json.loads((tmp_path / "results.json").read_bytes())
    assert [simulation["task_id"] for simulation in document["simulations"]] == ["create_task_1", "update_task_1"]


def test_results_of_tau2_need_a_file(tmp_path: Path) -> None:
    said = one_error(run("export", tmp_path / "missing.jsonl", "--to", "tau2", "-o", "-"))
    assert "--to tau2 needs a file" in said, "told before anything is read"


def test_it_says_how_many_simulations_tau2_gets(small_log: Path, tmp_path: Path) -> None:
    lines, out = small_log.read_bytes().splitlines(keepends=True), tmp_path / "results.json"
    last = max(place for place, line in enumerate(lines) if b'"SimulationEndEvent"' in line)
    small_log.write_bytes(b"".join(lines[:last]))
    done = run("export", small_log, "--to", "tau2", "-o", out)
    assert len(json.loads(out.read_text())["simulations"]) == 1
    assert done.err.splitlines() == [
        "tau2-tui: simulations left out, as they have not ended: 1",
        f"tau2-tui: {out}: 1 simulation",
    ]

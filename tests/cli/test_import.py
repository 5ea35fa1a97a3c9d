from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tau2_tui.cli.import_ import command
from tau2_tui.cli.main import cli
from tau2_tui.errors import LogFormatError, RecordingError
from tau2_tui.runlog.verify import verify
from tests.runlog.formats import enhanced_samples as samples
from tests.support.real_data import real_data

DATA = [
    *("tau2-0.x/edge_v01_telecom_zero-simulations.json", "tau2-0.x/v01_airline_gpt41_20x1.json"),
    *("tau2-0.x/v01_telecom_gpt4o_20x1.json", "tau2-0.x/v01_telecom_solo_gpt41_5x4.json"),
    *("tau2-0.x/v02_airline_gpt-oss-120b_langchain_50x1.json", "tau2-0.x/v02_mock_gpt41mini_1x1.json"),
    *("tau2-0.x/v02_retail_toolorchestra_114x1.json", "tau2-0.x/v02_telecom_gpt41mini_1x1.json"),
    *("tau2-1.x/v101_mock_infrastructure-error.json", "tau2-1.x/v1_airline_gpt41mini_5x1.json"),
    *("tau2-1.x/v1_mock_dirformat_10x1", "tau2-1.x/v1_mock_gpt41mini_10x1.json"),
    *("tau2-1.x/v1_retail_gpt-5.5_4x1_smoke.json", "nvidia/nv263_mock_skipped-samples.json"),
    *("nvidia/nv263_telecom_oracle_10x2.json", "tau2-enhanced/airline_gemini2_5_flash_10tasks_2t.json"),
    "tau2-enhanced/airline_gemini2_5_flash_10tasks_2t_enhanced_logs.json",
    "tau2-1.x/v1_voice_dirformat/tests/test_voice/test_interaction_metrics/testdata/experiment",
]


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(command, [str(arg) for arg in args])


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def results(tmp_path: Path) -> Path:
    path = tmp_path / "results.json"
    path.write_text(json.dumps(samples.results()))
    return path


@pytest.mark.parametrize("name", DATA)
def test_every_real_file_becomes_a_log_that_verifies(name: str, tmp_path: Path) -> None:
    result = run(real_data(*name.split("/")), "-o", tmp_path / "out.jsonl", "--no-replay")
    assert result.exit_code == 0, result.stderr
    report = verify(tmp_path / "out.jsonl")
    assert report.ok and all(one.whole for one in report.simulations)


def test_it_says_what_it_read_and_what_is_missing(results: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    result = run(results, "-o", out, "--no-replay")
    assert result.exit_code == 0
    assert result.stdout == f"{out}\n"
    first, *notes = result.stderr.splitlines()
    assert first == f"{results}: tau2 0.x results: 4 simulations, 26 messages, 9 tool calls written to {out}"
    assert notes[-1] == "  not replayed: --no-replay"
    assert any(line.startswith("  note: ") and "no time zone" in line for line in notes)
    assert out.stat().st_mode & 0o777 == 0o600


def test_removed_replays_are_reported(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps(samples.results()))
    log = tmp_path / "run_enhanced_logs.json"
    log.write_text(json.dumps(samples.document()))
    result = run(log, "-o", tmp_path / "out.jsonl", "--no-replay")
    assert "9 were made in the conversations; 15 were the evaluator's and were removed" in result.stderr


def test_what_is_there_is_not_replaced_unless_told(results: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("precious")
    result = run(results, "-o", out, "--no-replay")
    assert result.exit_code == 2 and "exists already" in result.stderr and out.read_text() == "precious"
    assert run(results, "-o", out, "--no-replay", "--force").exit_code == 0
    assert verify(out).ok


def test_the_source_is_never_the_target(results: Path) -> None:
    before = results.read_bytes()
    result = run(results, "-o", results, "--force", "--no-replay")
    assert result.exit_code == 2 and "is the file to be imported" in result.stderr
    assert results.read_bytes() == before


def test_a_log_is_not_made_under_the_name_of_standard_output(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(results, "-o", "-", "--no-replay")
    assert result.exit_code == 2 and "give it a name with -o" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == [results.name]


def test_a_device_or_a_pipe_is_never_replaced(results: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    result = run(results, "-o", pipe, "--force", "--no-replay")
    assert result.exit_code == 2 and "is not a regular file" in result.stderr
    assert pipe.is_fifo()


def test_several_sources_go_into_a_folder_and_one_that_fails_stops_no_other(results: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    folder = tmp_path / "logs"
    result = run(broken, results, "-o", folder, "--no-replay")
    assert result.exit_code == 2
    assert "broken.json" in result.stderr.splitlines()[0]
    assert [path.name for path in folder.iterdir()] == [f"{tmp_path.name}.jsonl"], (
        "a results.json is named by its folder"
    )
    result = run(results, broken, "-o", tmp_path / "one.jsonl", "--no-replay")
    assert result.exit_code == 2 and "give a folder for 2" in result.stderr


@pytest.mark.parametrize("content", ["", "{", "[]", "hello\n", '{"a": 1}', "\0\0", "[" * 100_000])
def test_what_cannot_be_read_is_told_in_one_line(content: str, tmp_path: Path) -> None:
    source = tmp_path / "odd.json"
    source.write_text(content)
    result = CliRunner().invoke(command, [str(source), "-o", str(tmp_path / "out.jsonl"), "--no-replay"])
    assert isinstance(result.exception, LogFormatError) and "\n" not in str(result.exception)
    assert not (tmp_path / "out.jsonl").exists()


def test_a_run_log_is_imported_only_to_be_replayed(small_log: Path, tmp_path: Path) -> None:
    result = run(small_log, "-o", tmp_path / "out.jsonl")
    assert isinstance(result.exception, LogFormatError) and "is a run log already" in str(result.exception)


def test_escape_sequences_of_a_file_do_not_reach_the_terminal(tmp_path: Path) -> None:
    source = tmp_path / "a\x1b]0;owned\x07b.json"
    source.write_text(json.dumps(samples.results()))
    result = run(source, "-o", tmp_path / "out.jsonl", "--no-replay")
    assert result.exit_code == 0 and "\x1b" not in result.stderr


def test_compressed_files_are_read(results: Path, tmp_path: Path) -> None:
    packed = tmp_path / "packed.json.gz"
    packed.write_bytes(gzip.compress(results.read_bytes()))
    result = run(packed, "-o", tmp_path / "out.jsonl", "--no-replay")
    assert result.exit_code == 0 and f"{packed}: tau2 0.x results: 4 simulations" in result.stderr


def test_what_comes_from_standard_input_has_a_name_in_a_folder(results: Path, tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    command = [sys.executable, "-m", "tau2_tui", "import", "-", "-o", str(folder), "--no-replay"]
    subprocess.run(command, input=results.read_bytes(), check=True, capture_output=True)
    assert [path.name for path in folder.iterdir()] == ["imported.jsonl"]


def test_nothing_that_no_reader_shows_is_left_out(tmp_path: Path) -> None:
    document, path, out = samples.results(), tmp_path / "results.json", tmp_path / "out.jsonl"
    document["simulations"][0]["messages"][0]["content"] = "long " * (33 << 18)
    path.write_text(json.dumps(document))
    result = run(path, "-o", out, "--no-replay", "--json")
    (done,) = json.loads(result.stdout)["imports"]
    messages = sum(len(one["messages"]) for one in document["simulations"])
    assert done["event_counts"]["MessageEvent"] == messages - 1
    assert done["notes"][-1] == "events too long or nested too deep to be shown, kept as they are: 1"
    assert out.stat().st_size > 33 << 20 and verify(out).ok


def test_nothing_is_left_undone_because_nobody_hears_of_it(results: Path, tmp_path: Path) -> None:
    for name in ("first.json", "second.json"):
        (tmp_path / name).write_bytes(results.read_bytes())
    arguments = f"{tmp_path}/first.json {tmp_path}/missing.json {tmp_path}/second.json -o {tmp_path}/logs --no-replay"
    command = f"{sys.executable} -m tau2_tui import {arguments} 2>&1 >/dev/null | true; exit ${{PIPESTATUS[0]}}"
    assert subprocess.run(["bash", "-c", command], capture_output=True).returncode == 2
    assert sorted(path.name for path in (tmp_path / "logs").iterdir()) == ["first.jsonl", "second.jsonl"]


def test_json_is_one_document(results: Path, tmp_path: Path) -> None:
    result = run(results, "-o", tmp_path / "out.jsonl", "--no-replay", "--json")
    document = json.loads(result.stdout)
    assert result.stderr == ""
    assert document["imports"][0]["format"] == "tau2 0.x results"
    assert document["imports"][0]["event_counts"]["ToolExecutionEvent"] == 9
    assert document["imports"][0]["not_replayed"] == "--no-replay"


def test_the_command_line_finds_it() -> None:
    result = CliRunner().invoke(cli, ["import", "--help"])
    assert result.exit_code == 0 and "--replay / --no-replay" in result.stdout


# Replay


def _replaying_with(monkeypatch: pytest.MonkeyPatch, replay: Any, package: Any = lambda: None) -> None:
    module = ModuleType("tau2_tui.recording.replay")
    module.replay = replay  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tau2_tui.recording.replay", module)
    monkeypatch.setattr("tau2_tui.recording.tau2_package.find_package", package)


def _refusing(events: Iterable[Any], **_: Any) -> Iterator[Any]:
    yield next(iter(events))
    raise RecordingError("domain hotel is not known to the installed tau2")


def test_a_domain_that_tau2_does_not_know_is_imported_without_replay(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _replaying_with(monkeypatch, _refusing)
    result = run(results, "-o", tmp_path / "out.jsonl")
    assert result.exit_code == 0
    assert "not replayed: domain hotel is not known" in result.stderr
    assert sum(row["event_type"] == "ToolExecutionEvent" for row in rows(tmp_path / "out.jsonl")) == 9
    assert "--replay recovers them" in (tmp_path / "out.jsonl").read_text()


def test_a_replay_that_was_asked_for_and_cannot_be_is_an_error(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _replaying_with(monkeypatch, _refusing)
    result = run(results, "-o", tmp_path / "out.jsonl", "--replay")
    assert isinstance(result.exception, RecordingError)
    assert not (tmp_path / "out.jsonl").exists()


def test_without_tau2_nothing_is_replayed_and_it_says_how_to_get_it(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise RecordingError("this needs tau2-bench, which is not installed")

    _replaying_with(monkeypatch, _refusing, missing)
    result = run(results, "-o", tmp_path / "out.jsonl")
    assert result.exit_code == 0 and "not replayed: this needs tau2-bench" in result.stderr


def test_a_replay_of_real_calls_says_per_simulation_what_differs(tmp_path: Path) -> None:
    pytest.importorskip("tau2.data_model.simulation", reason="tau2-bench is not installed")
    source = real_data("nvidia", "nv263_telecom_oracle_10x2.json")
    result = run(source, "-o", tmp_path / "out.jsonl", "--replay")
    assert result.exit_code == 0, result.stderr
    assert "replayed: 44 of 44 results the same (100.00%); in 20 of 20 simulations all of them" in result.stderr
    assert "--replay recovers" not in result.stderr, "it did"
    log = (tmp_path / "out.jsonl").read_text()
    assert "--replay recovers" not in log and log.count("tool schemas; a replay recovered them") == 2
    events = rows(tmp_path / "out.jsonl")
    assert verify(tmp_path / "out.jsonl").ok
    assert sum(row["event_type"] == "StateChangeEvent" for row in events) >= 20
    ends = [row for row in events if row["event_type"] == "SimulationEndEvent"]
    assert len(ends) == 20 and all(end["gold_diff"]["database"] == [] for end in ends)


def test_an_interrupt_leaves_no_half_of_a_log(tmp_path: Path) -> None:
    simulations = tuple(samples.Sim("brew", trial, (samples.GET,) * 200) for trial in range(60))
    source = tmp_path / "large.json"
    source.write_text(json.dumps(samples.results(simulations)))
    folder = tmp_path / "logs"
    folder.mkdir()
    arguments = ["import", str(source), "-o", str(folder / "out.jsonl"), "--no-replay"]
    code = "import sys; from tau2_tui.cli.main import main; print('ready', flush=True); main(sys.argv[1:])"
    with subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        while not list(folder.iterdir()) and process.poll() is None:
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        process.wait(60)
    finished = process.returncode == 0
    assert process.returncode in (0, 130)
    assert [path.name for path in folder.iterdir()] == (["out.jsonl"] if finished else [])

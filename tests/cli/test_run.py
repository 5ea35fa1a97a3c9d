"""The predecessor's command, and tau2's own command line with enhanced domains."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tau2_tui import run_enhanced_simulation
from tau2_tui.cli.main import cli
from tests.recording.logs import of_type, rows_of
from tests.support.model_replies import ToolCall
from tests.support.model_scripts import agent, by_role, user
from tests.support.model_server import ModelServer

pytest.importorskip("tau2", reason="tau2-bench is not installed")


def invoke(*words: str) -> Any:
    return CliRunner().invoke(cli, ["run", *words])


def test_it_writes_both_files_and_the_document_and_says_where(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "for it"
    done = invoke(
        *("--domain", "mock_enhanced", "--num-tasks", "2", "--save-dir", str(folder), "--logs-format", "json"),
        *("--save-to", "mine"),
    )
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in folder.iterdir()) == [
        "mine.json",
        "mine_enhanced_logs.json",
        "mine_enhanced_logs.jsonl",
    ]
    assert f"Results saved to: {folder / 'mine.json'}\n" in done.stdout
    assert f"Enhanced logs saved to: {folder / 'mine_enhanced_logs.json'}\n" in done.stdout
    rows = rows_of(folder / "mine_enhanced_logs.jsonl")
    document = json.loads((folder / "mine_enhanced_logs.json").read_bytes())
    logged = of_type(rows, "ToolExecutionEvent", "StateChangeEvent")
    assert [row["event_type"] for row in document["execution_events"]] == [row["event_type"] for row in logged]
    assert rows[0]["domain"] == "mock" and rows[0]["config"]["snapshots"] == "all"
    assert len(json.loads((folder / "mine.json").read_bytes())["simulations"]) == 2


def test_what_is_there_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text("{}")
    done = invoke("--domain", "mock_enhanced", "--save-dir", str(tmp_path), "--save-to", "mine")
    assert done.exit_code != 0 and "exists already" in str(done.exception)
    assert (tmp_path / "mine.json").read_text() == "{}" and len(list(tmp_path.iterdir())) == 1


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = invoke("--domain", "mock_enhanced", "--save-dir", str(tmp_path / "file" / "folder"))
    assert "cannot make the folder" in str(done.exception)


def test_a_run_that_cannot_begin_leaves_no_folder(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    for folder in (tmp_path / "mine", tmp_path / "mine" / "made" / "for it"):
        done = invoke("--domain", "no_such_domain", "--save-dir", str(folder))
        assert "no_such_domain" in str(done.exception)
    with pytest.raises(TypeError, match="no_such_option"):
        run_enhanced_simulation("mock", llm_agent="m", save_dir=tmp_path / "other", no_such_option=1)
    assert [path.name for path in tmp_path.rglob("*")] == ["mine"]


def test_two_runs_in_the_same_second_have_files_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.strftime", lambda *_: "20260101_120000")
    for _ in range(3):
        done = invoke("--domain", "mock", "--task-ids", "create_task_1", "--save-dir", str(tmp_path))
        assert done.exit_code == 0, done.output
    stem = "enhanced_results_20260101_120000"
    names = sorted(path.name for path in tmp_path.glob("*.jsonl"))
    assert names == [f"{stem}{number}_enhanced_logs.jsonl" for number in ("_2", "_3", "")]


@pytest.mark.parametrize("logged", [True, False])
def test_tau2s_own_command_line_knows_the_enhanced_domains(tmp_path: Path, logged: bool) -> None:
    from tau2_tui.recording import tau2_api

    tau2 = tau2_api.load()
    environment, place = dict(os.environ), ["--results-dir", str(tmp_path)]
    if tau2.generation:
        place = []
        for part in Path(os.environ["TAU2_DATA_DIR"]).iterdir():
            (tmp_path / part.name).symlink_to(part)
        environment["TAU2_DATA_DIR"] = str(tmp_path)
        (tmp_path / "simulations").unlink(missing_ok=True)
    created = ToolCall("create_task", {"user_id": "user_1", "title": "Important Meeting"})
    with ModelServer(by_role(agent=agent(created), user=user("Please create the task."))) as server:
        models = json.dumps(server.llm_args())
        words = ["run", "--domain", "mock_enhanced" if logged else "mock", "--task-ids", "create_task_1"]
        words += ["--agent-llm", "openai/gpt-4.1", "--user-llm", "openai/gpt-4.1", "--save-to", "mine", *place]
        words += ["--agent-llm-args", models, "--user-llm-args", models]
        done = subprocess.run(
            [sys.executable, "-m", "tau2_tui", "tau2", *words],
            capture_output=True,
            text=True,
            timeout=240,
            env=environment,
            cwd=tmp_path,
        )
    assert done.returncode == 0, done.stderr
    logs = list(tmp_path.rglob("*_enhanced_logs.jsonl"))
    assert len(logs) == logged
    for log in logs:
        saved = log.with_name(log.name.replace("_enhanced_logs.jsonl", ".json"))
        (simulation,) = json.loads(saved.read_bytes())["simulations"]
        rows = rows_of(log)
        (end,) = of_type(rows, "SimulationEndEvent")
        assert (end["simulation_id"], end["reward"]) == (simulation["id"], 1.0)
        assert [row["purpose"] for row in of_type(rows, "LLMCallEvent")] == ["user", "agent", "agent", "user"]
        assert "unchecked-key" not in log.read_text()
        assert f"recording mock_enhanced to {log}" in done.stderr


def test_a_refusal_of_tau2s_own_keeps_its_exit_code() -> None:
    done = CliRunner().invoke(cli, ["tau2", "run", "--domain", "nowhere_enhanced"])
    assert done.exit_code == 2

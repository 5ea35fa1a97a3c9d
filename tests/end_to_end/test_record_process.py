"""``tau2-tui record`` as a process: what a person gets on a machine without network or model key."""

from __future__ import annotations

import importlib.util
import json
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.logging.naive_check import check
from tests.support.program import COMMAND, PATIENCE, without_keys
from tests.support.recorder_process import wait_for

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("tau2") is None, reason="tau2-bench is not installed"),
    pytest.mark.timeout(1200),  # tau2-bench is loaded, for a minute or two on a machine that is busy
]


def run(*args: object, **kwargs: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *map(str, args)], capture_output=True, text=True, env=without_keys(), **kwargs)


def by_simulation(rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    simulations: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["simulation_id"] is not None:
            simulations[row["simulation_id"]].append(row)
    return simulations


@pytest.fixture(scope="module")
def mock_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("mock") / "run.jsonl"
    done = run("record", "--domain", "mock", "-o", path)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return path


def test_the_mock_domain_is_recorded_without_network_or_key(mock_log: Path) -> None:
    rows = check(mock_log)
    assert (rows[0]["event_type"], rows[-1]["event_type"]) == ("RunStartEvent", "RunEndEvent")
    ends = [row for row in rows if row["event_type"] == "SimulationEndEvent"]
    assert len(ends) in (9, 10)
    assert sum(row["reward"] == 1.0 for row in ends) >= 8
    counts = Counter(row["event_type"] for row in rows[:-1])
    assert rows[-1]["event_counts"] == counts
    assert rows[-1]["totals"]["simulations"] == len(ends)


def test_every_simulation_has_as_many_tool_events_as_its_messages_have_tool_calls(mock_log: Path) -> None:
    for events in by_simulation(check(mock_log)).values():
        made = [row for row in events if row["event_type"] == "ToolExecutionEvent"]
        messages = [row for row in events if row["event_type"] == "MessageEvent" and not row["history"]]
        asked = [call for row in messages for call in row["tool_calls"] or []]
        assert [row["tool_call_id"] for row in made] == [call["id"] for call in asked]
        assert [row["tool_args"] for row in made] == [call["arguments"] for call in asked]


def test_verify_and_open_read_it(mock_log: Path) -> None:
    verified = run("verify", mock_log)
    assert verified.returncode == 0 and "intact and complete" in verified.stdout
    shown = run("open", mock_log)
    rewards = [row["reward"] for row in check(mock_log) if row["event_type"] == "SimulationEndEvent"]
    counts = f"{len(rewards)} begun, {len(rewards)} ended, {rewards.count(1.0)} of"
    assert shown.returncode == 0 and counts in shown.stdout and len(rewards) >= 9
    assert "\x1b" not in shown.stdout


def test_a_changed_byte_is_named(mock_log: Path, tmp_path: Path) -> None:
    data = bytearray(mock_log.read_bytes())
    line = 12
    start = sum(len(text) + 1 for text in bytes(data).split(b"\n")[: line - 1])
    data[start + 200] ^= 1
    changed = tmp_path / "changed.jsonl"
    changed.write_bytes(data)
    done = run("verify", changed)
    assert done.returncode == 1
    assert f"line {line}" in done.stdout + done.stderr


def test_a_kill_leaves_an_intact_incomplete_log_in_which_ended_simulations_are_whole(tmp_path: Path) -> None:
    args = ("record", "--domain", "telecom", "--num-tasks", 24, "--max-concurrency", 4)
    whole = tmp_path / "whole.jsonl"
    assert run(*args, "-o", whole).returncode == 0
    log = tmp_path / "killed.jsonl"
    process = subprocess.Popen(
        [*COMMAND, *map(str, args), "-o", str(log)], stderr=subprocess.DEVNULL, env=without_keys()
    )
    wait_for(lambda: log.exists() and log.read_bytes().count(b'"SimulationEndEvent"') >= 3, process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    verified = run("verify", "--json", log)
    assert verified.returncode == 0
    (report,) = json.loads(verified.stdout)["logs"]
    assert report["ok"] is True and report["status"] != "complete"
    data = log.read_bytes()
    kept = tmp_path / "kept.jsonl"
    kept.write_bytes(data[: data.rindex(b"\n") + 1])

    def shape(events: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
        return [(row["event_type"], row["turn_idx"], row.get("tool_name"), row.get("content")) for row in events]

    expected = {events[0]["task_id"]: shape(events) for events in by_simulation(check(whole)).values()}
    ended = [e for e in by_simulation(check(kept)).values() if e[-1]["event_type"] == "SimulationEndEvent"]
    assert len(ended) >= 3
    for events in ended:
        assert shape(events) == expected[events[0]["task_id"]]


def test_an_interrupt_closes_the_log_and_exits_with_130(tmp_path: Path) -> None:
    log = tmp_path / "run.jsonl"
    args = [*COMMAND, "record", "--domain", "telecom", "-o", str(log)]
    process = subprocess.Popen(args, stderr=subprocess.PIPE, text=True, env=without_keys())
    wait_for(lambda: log.exists() and b'"SimulationEndEvent"' in log.read_bytes(), process)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "Traceback" not in errors
    check(log)
    assert run("verify", log).returncode == 0


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--domain", "spaceline"], "spaceline"),
        (["--domain", "mock", "--task-ids", "no_such_task"], "no_such_task"),
        (["--domain", "mock", "--task-split-name", "no_such_split"], "no_such_split"),
        (["--domain", "mock", "--agent", "no_such_agent"], "no_such_agent"),
        (["--domain", "mock", "--num-trials", "0"], "num-trials"),
    ],
)
def test_wrong_input_is_one_clear_line(tmp_path: Path, args: list[str], said: str) -> None:
    done = run("record", *args, "-o", tmp_path / "run.jsonl")
    assert done.returncode == 2
    assert said in done.stderr.splitlines()[-1] and "Traceback" not in done.stderr
    assert not (tmp_path / "run.jsonl").exists()


def test_places_that_cannot_be_written_are_one_clear_line(tmp_path: Path, mock_log: Path) -> None:
    before = mock_log.read_bytes()
    for target in (tmp_path, tmp_path / "missing" / "run.jsonl", mock_log):
        done = run("record", "--domain", "mock", "-o", target)
        assert done.returncode == 2, target
        assert str(target) in done.stderr and "Traceback" not in done.stderr
        assert len([line for line in done.stderr.splitlines() if line.startswith("tau2-tui")]) == 1
    assert mock_log.read_bytes() == before


@pytest.mark.parametrize("stand_in", ["missing", "physics", "too old"])
def test_without_tau2_bench_it_says_what_to_install(tmp_path: Path, stand_in: str) -> None:
    if stand_in == "missing":
        hide = "import sys; sys.modules['tau2'] = None; "
    else:
        (tmp_path / "tau2").mkdir()
        (tmp_path / "tau2" / "__init__.py").write_text("'''magnetic relaxation'''\n__version__ = '2.4.0'\n")
        if stand_in == "too old":
            (tmp_path / "tau2" / "registry.py").touch()
            (tmp_path / "tau2" / "orchestrator").mkdir()
        hide = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); "
    code = f"{hide}from tau2_tui.cli.main import main; main(['record', '--domain', 'mock', '-o', 'x.jsonl'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 2
    assert 'pip install "tau2-tui[record]"' in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "x.jsonl").exists()

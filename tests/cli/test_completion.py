from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import run


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script(shell: str) -> None:
    done = run("completion", shell)
    assert done.code == 0 and "_TAU2_TUI_COMPLETE" in done.out and "tau2-tui" in done.out
    if shutil.which(shell) and shell != "fish":
        assert subprocess.run([shell, "-n"], input=done.raw, capture_output=True).returncode == 0


def test_an_unknown_shell_is_refused() -> None:
    assert run("completion", "csh").code == 2


def completed(*words: str) -> list[str]:
    """Return what bash is offered for the last of these words."""
    code = "from tau2_tui.cli.main import main; main()"
    environment = {
        **os.environ,
        "_TAU2_TUI_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(("tau2-tui", *words)),
        "COMP_CWORD": str(len(words)),
    }
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    return [line.partition(",")[2] for line in done.stdout.splitlines() if line]


def test_commands_options_and_tasks_are_offered(small_log: Path) -> None:
    assert completed("ev") == ["events"]
    assert {"show", "search"} <= set(completed("s"))
    assert "--follow" in completed("events", "x", "--fo")
    assert completed("show", str(small_log), "--task", "up") == ["update_task_1"]
    assert completed("show", "missing.jsonl", "--task", "up") == []

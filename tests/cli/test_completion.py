from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tau2_tui.events import SimulationStartEvent
from tau2_tui.logging import ExecutionLogger
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


HOSTILE = ["$(touch PWNED); echo|a:b*", 'it\'s a "quo`te"', "[mobile]on|off[PERSONA:Hard]", "~ é !x"]


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [("", HOSTILE), ("'", [HOSTILE[0], *HOSTILE[2:]]), ('"', [HOSTILE[2]]), ("\\[mob", [HOSTILE[2]])],
)
def test_in_bash_a_task_is_one_word_whatever_it_is_called(typed: str, offered: list[str], tmp_path: Path) -> None:
    with ExecutionLogger(tmp_path / "run.jsonl") as logger:
        for task in HOSTILE:
            logger.log_event(SimulationStartEvent(simulation_id=task, task_id=task, trial=0))
    program = tmp_path / "tau2-tui"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tau2_tui "$@"\n')
    program.chmod(0o700)
    script = f"""
        complete() {{ :; }}; compopt() {{ :; }}
        {run("completion", "bash").out}
        quote={shlex.quote(typed if typed in ("'", '"') else "")}
        COMP_WORDS=({program} show run.jsonl --task {shlex.quote(typed)}) COMP_CWORD=4
        _tau2_tui_completion {program}
        for word in "${{COMPREPLY[@]}}"; do
            eval "words=($quote$word$quote)"
            printf '%s\\0' "${{#words[@]}}" "${{words[0]}}"
        done"""
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=tmp_path)
    assert done.stderr == "" and not (tmp_path / "PWNED").exists()
    pairs = done.stdout.split("\0")
    assert pairs[:-1:2] == ["1"] * len(offered) and sorted(pairs[1::2]) == sorted(offered)

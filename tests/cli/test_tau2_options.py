"""tau2's own options on the command line of ``record``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from tau2_tui.cli import main, record
from tau2_tui.cli.tau2_options import _REFUSED_FLAGS, _REFUSED_VALUES


def run(*args: str) -> Any:
    """Run the program in this process and return its exit code and what it prints."""
    return CliRunner().invoke(_program, args)


@click.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []})
@click.pass_context
def _program(ctx: click.Context) -> None:
    main.main(ctx.args)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    monkeypatch.setattr(record, "record_with_progress", lambda order: seen.update(order.options))
    return seen


def test_every_option_of_the_installed_tau2_is_known_by_its_name() -> None:
    pytest.importorskip("tau2", reason="tau2-bench is not installed")
    from tau2.cli import add_run_args

    parser = argparse.ArgumentParser()
    add_run_args(parser)
    theirs = {name for action in parser._actions for name in action.option_strings} - {"-h", "--help"}
    ours = {name for option in record.command.params for name in option.opts}
    assert theirs - ours == set()


@pytest.mark.parametrize("name", [*_REFUSED_FLAGS, *_REFUSED_VALUES])
def test_an_option_that_no_recording_can_follow_is_one_line_and_exit_2(asked: dict[str, Any], name: str) -> None:
    done = run("record", "--domain", "mock", name, *([] if name in _REFUSED_FLAGS else ["1"]))
    assert done.exit_code == 2 and not asked
    assert len(done.stderr.splitlines()) == 1 and done.stderr.startswith(f"tau2-tui: {name}: ")


def test_refused_options_are_not_in_the_help() -> None:
    text = run("record", "--help").output
    assert "--audio-native" not in text and "--judge-llm" in text and "--import" in text


def test_an_option_that_the_installed_tau2_lacks_is_one_line_and_exit_2(tmp_path: Path) -> None:
    pytest.importorskip("tau2", reason="tau2-bench is not installed")
    from tau2_tui.recording import tau2_api

    words = ["--judge-api-key", "A_KEY"] if tau2_api.load().generation else ["--timeout", "5"]
    done = run("record", "--domain", "mock", *words, "-o", str(tmp_path / "run.jsonl"))
    assert done.exit_code == 2 and not (tmp_path / "run.jsonl").exists()
    assert len(done.stderr.splitlines()) == 1 and f"has no {words[0]}" in done.stderr


def test_values_reach_the_recorder_under_tau2s_names(asked: dict[str, Any]) -> None:
    words = (
        "--judge-llm m --judge-window-size 4 --timeout 2.5 --retrieval-config bm25 --save-to x --import a --import b.py"
    )
    json_words = ["--judge-llm-args", '{"top_p": 1}', "--user-persona", '{"verbosity": "minimal"}']
    assert run("record", "-d", "mock", *words.split(), *json_words).exit_code == 0
    wanted = {
        "judge_llm": "m",
        "judge_window_size": 4,
        "timeout": 2.5,
        "retrieval_config": "bm25",
        "save_to": "x",
        "imports": ("a", "b.py"),
        "judge_llm_args": {"top_p": 1},
        "user_persona": {"verbosity": "minimal"},
    }
    assert {name: asked[name] for name in wanted} == wanted


@pytest.mark.parametrize(
    ("words", "agent", "user"),
    [
        ([], "oracle", "scripted"),
        (["--solo-mode"], "oracle", None),
        (["--solo-mode", "--agent-llm", "m"], "llm_agent_solo", None),
        (["--agent-llm", "m"], "llm_agent", "user_simulator"),
        (["--agent", "llm_agent_solo", "--agent-llm", "m"], "llm_agent_solo", None),
        (["--user", "dummy_user"], "oracle", "dummy_user"),
    ],
)
def test_who_takes_part_follows_from_what_is_given(
    asked: dict[str, Any], words: list[str], agent: str, user: str | None
) -> None:
    assert run("record", "-d", "mock", *words).exit_code == 0
    assert (asked["agent"], asked["user"]) == (agent, user)

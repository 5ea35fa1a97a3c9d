"""``stats``: sections as text and JSON, filters, several logs, and nothing from a log that a terminal obeys."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tau2_tui.cli.main import COMMANDS
from tau2_tui.cli.stats import SHOWN
from tests.analysis.blame.conversation import Talk, action, agent, call, cancelling, user, write
from tests.cli.command import one_error, run
from tests.support.real_data import real_data

CODES = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Two tasks, three trials: one always passes, one passes once."""
    outcomes = {"t1": [True, True, True], "t2": [True, False, False]}
    talks = [cancelling(n, passed=ok, task_id=task) for task, found in outcomes.items() for n, ok in enumerate(found)]
    return write(tmp_path / "run.jsonl", *talks)


def test_the_command_is_known() -> None:
    assert {"stats", "compare"} <= set(COMMANDS)


def test_the_overview_as_json_has_the_promised_keys(log: Path) -> None:
    found = run("stats", log, "--section", "overview", "--json").json()
    for name in ("success_new_tasks", "success_same_tasks"):
        assert {"value", "low", "high", "n", "n_tasks", "n_eff", "status", "note"} <= set(found[name])
    assert found["success_new_tasks"]["value"] == pytest.approx(2 / 3)
    assert [one["k"] for one in found["pass_hat"]] == [1, 2, 3]
    assert found["pass_hat"][2]["value"] == pytest.approx(0.5)
    assert [one["task_id"] for one in found["flaky_tasks"]] == ["t2"]
    assert {"value", "low", "high"} <= set(found["icc"])


def test_the_tools_as_json_have_a_row_a_tool(log: Path) -> None:
    rows = {row["tool_name"]: row for row in run("stats", log, "-s", "tools", "--json").json()["tools"]}
    assert (rows["cancel_order"]["calls"], rows["cancel_order"]["errors"]) == (6, 2)
    assert rows["cancel_order"]["error_rate"] == pytest.approx(1 / 3)
    assert rows["get_order"]["error_rate"] == 0


def test_json_without_a_section_has_every_section(log: Path) -> None:
    found = run("stats", log, "--json").json()
    assert set(SHOWN) <= set(found)
    assert found["overview"]["basic"]["simulations"] == 6
    assert found["causes"]["first_causes"] == {"tool_error_not_recovered": 2}


def test_several_logs_as_json_are_a_list_with_labels_that_tell_them_apart(log: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    second = write(tmp_path / "other" / "run.jsonl", cancelling(0, passed=True))
    found = run("stats", log, second, "-s", "overview", "--json").json()
    assert [one["run"] for one in found] == [f"{tmp_path.name}/run", "other/run"]


@pytest.mark.parametrize("section", [*SHOWN, "all"])
@pytest.mark.parametrize("columns", [80, 160])
def test_every_section_fits_the_terminal(
    log: Path, section: str, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    done = run("stats", log, "--section", section, terminal=True)
    assert done.code == 0 and done.err == ""
    assert len(done.lines) > 2
    assert max(len(CODES.sub("", line)) for line in done.lines) <= columns


@pytest.mark.parametrize("section", list(SHOWN))
def test_a_section_in_a_pipe_has_no_codes(log: Path, section: str) -> None:
    done = run("stats", log, "--section", section)
    assert done.code == 0 and "\x1b" not in done.out


@pytest.mark.parametrize("section", list(SHOWN))
def test_a_run_in_which_nothing_happened_has_every_section(tmp_path: Path, section: str) -> None:
    done = run("stats", write(tmp_path / "empty.jsonl"), "--section", section)
    assert done.code == 0 and done.err == "" and done.lines


def test_rates_of_few_simulations_are_whole_percents(log: Path) -> None:
    text = run("stats", log).out
    assert "67 %" in text and not re.search(r"\d\.\d+ %", text)


def test_the_first_screen_says_how_good_and_why_it_failed(log: Path) -> None:
    text = run("stats", log).out
    assert "on new tasks" in text and "the same again" in text and "pass^k" in text
    assert "t2:1  DB failed" in text and "Order Z9 not found" in text and "--section" in text


def test_the_level_changes_the_intervals(log: Path) -> None:
    narrow, wide = (
        run("stats", log, "-s", "overview", "--json", "--level", level).json()["success_same_tasks"]
        for level in (0.5, 0.99)
    )
    assert narrow["level"] == 0.5 and wide["low"] < narrow["low"] < narrow["high"] < wide["high"]


def test_a_filter_keeps_simulations_and_the_calls_that_match(log: Path) -> None:
    task = run("stats", log, "--filter", "task:t2", "--json").json()
    assert task["overview"]["basic"]["simulations"] == 3 and task["overview"]["basic"]["passed"] == 1
    tool = run("stats", log, "--filter", "tool:cancel_order error", "--json").json()
    assert [row["tool_name"] for row in tool["tools"]["tools"]] == ["cancel_order"]
    assert tool["tools"]["tools"][0]["calls"] == 2
    assert tool["causes"]["first_causes"] == {"tool_error_not_recovered": 2}, "causes are of whole simulations"
    assert any("tool:cancel_order error" in note for note in tool["notes"])


def test_a_filter_that_nothing_passes(log: Path) -> None:
    done = run("stats", log, "--filter", "tool:no_such_tool", "-s", "all")
    assert done.code == 0 and "no tool calls" in done.out


@pytest.mark.parametrize("args", [["--filter", "tool:(("], ["--level", "2"], ["--section", "nothing"]])
def test_wrong_usage_ends_with_two(log: Path, args: list[str]) -> None:
    done = run("stats", log, *args)
    assert done.code == 2 and done.raw == b"" and "Traceback" not in done.err


def test_what_is_no_log_is_one_line(tmp_path: Path) -> None:
    assert "no such file" in one_error(run("stats", tmp_path / "nothing.jsonl"))


def test_nothing_from_a_log_reaches_the_terminal_as_a_code(tmp_path: Path) -> None:
    bad = "\x1b]52;c;aGk=\x07[red]\u202etxt"
    steps = [agent(bad), user(bad), call(bad, error=bad, **{bad: bad}), user(f"{bad} ###STOP###")]
    talk = Talk(
        steps, [action(bad, order_id=bad)], task_id=bad, termination=bad, info={"communicate_checks": [{"info": bad}]}
    )
    for terminal in (True, False):
        done = run("stats", write(tmp_path / "bad.jsonl", talk), "-s", "all", "--all", terminal=terminal)
        assert done.code == 0
        left = CODES.sub("", done.out)
        assert not {"\x1b", "\x07", "\u202e"} & set(left)


def test_long_tables_are_cut_and_all_shows_them(tmp_path: Path) -> None:
    talks = [cancelling(0, passed=False, task_id=f"task-{n}") for n in range(30)]
    path = write(tmp_path / "many.jsonl", *talks)
    cut, whole = run("stats", path, "-s", "tasks"), run("stats", path, "-s", "tasks", "--all")
    assert "task-29" not in cut.out and "more (--all shows them)" in cut.out
    assert "task-29" in whole.out and "--all" not in whole.out


def test_real_results_of_every_kind_have_statistics() -> None:
    path = real_data("tau2-enhanced", "airline_gemini2_5_flash_10tasks_2t_enhanced_logs.json")
    found = run("stats", path, "--json").json()
    assert found["overview"]["success_new_tasks"]["value"] == pytest.approx(0.6)
    assert (
        round(found["overview"]["success_new_tasks"]["low"], 2),
        round(found["overview"]["success_new_tasks"]["high"], 2),
    ) == (
        0.28,
        0.85,
    )
    assert sum(row["calls"] for row in found["tools"]["tools"]) == 79
    assert sum(row["errors"] for row in found["tools"]["tools"]) == 8

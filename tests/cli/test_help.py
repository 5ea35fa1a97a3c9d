"""``tau2-tui help``: texts of docs/ as plain text, offline, and a manual page."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import click.shell_completion
import pytest

from tau2_tui.cli.help_text import for_reading
from tau2_tui.cli.help_topics import TOPICS, text_of
from tau2_tui.cli.main import COMMANDS, cli
from tests.cli.command import one_error, run
from tests.support.loaded_modules import loaded_by_command

ROOT = Path(__file__).parents[2]
ESCAPE = "\x1b"


def test_without_a_topic_it_lists_them_and_imports_nothing_heavy() -> None:
    done = run("help")
    assert done.code == 0
    for name, topic in TOPICS.items():
        assert re.search(rf"^  {name} +{re.escape(topic.about)}$", done.out, re.MULTILINE)
    assert loaded_by_command("help") == set()


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_is_plain_text_in_a_pipe(topic: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    done = run("help", topic)
    assert done.code == 0 and done.err == ""
    title = text_of(topic).splitlines()[0].removeprefix("# ")
    assert done.lines[0] == title
    for noise in (ESCAPE, "](", "<!--", "\n\n\n", "This file is made", ":::"):
        assert noise not in done.out
    assert max(map(len, done.lines)) <= 80


def test_a_terminal_gets_colours_unless_it_asked_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    assert ESCAPE in run("help", "filters", terminal=True).out
    monkeypatch.setenv("NO_COLOR", "1")
    assert ESCAPE not in run("help", "filters", terminal=True).out


def test_names_are_marked_where_no_colour_tells_them() -> None:
    fenced = "```\n`as it is`\n```\n"
    assert for_reading(f"`or` joins\n\n{fenced}", marked=True) == f"`` `or` `` joins\n\n{fenced}"


def test_a_name_that_goes_on_in_the_next_line_is_marked_as_a_whole() -> None:
    page = "those of `tau2-tui open\nrun.jsonl`, in a terminal; `python x` writes\n"
    assert (
        for_reading(page, marked=True)
        == "those of `` `tau2-tui open\nrun.jsonl` ``, in a terminal; `` `python x` `` writes\n"
    )


def test_links_name_topics_and_wide_tables_become_lists() -> None:
    wide = f"| Statistic | Question |\n|---|---|\n| `ecdf` | {'how long ' * 40}|\n"
    text = for_reading(f"See [filters](filters.md), [the house](architecture.md).\n\n{wide}", marked=False)
    assert text.startswith("See filters (`tau2-tui help filters`), the house.")
    assert "\n`ecdf`\n" in text and "- Question: how long" in text and "|" not in text


@pytest.mark.parametrize(
    ("page", "topic"),
    [
        ("SECURITY.md", "security"),
        ("../SECURITY.md", "security"),
        ("docs/coverage.md", "intervals"),
        ("api.md", "python"),
    ],
)
def test_pages_of_the_root_are_topics_too(page: str, topic: str) -> None:
    assert for_reading(f"See [it]({page}).", marked=False) == f"See it (`tau2-tui help {topic}`)."


def test_docstrings_that_only_the_site_shows_are_named() -> None:
    page = run("help", "python").out
    assert "python -m pydoc tau2_tui.runlog.log.RunLog" in page


def test_a_command_has_its_own_help() -> None:
    assert run("help", "ls").out == run("ls", "--help").out
    assert "[required]" in run("help", "record").out


def test_an_unknown_topic_is_one_line_that_names_them() -> None:
    line = one_error(run("help", "nonsense"))
    assert all(name in line for name in TOPICS)


def test_the_wheel_takes_along_what_there_are_topics_for() -> None:
    project = (ROOT / "pyproject.toml").read_text()
    taken = set(re.findall(r'^"(?:docs/)?(\S+)" = "tau2_tui/docs/\1"$', project, re.MULTILINE))
    assert taken == {topic.file for topic in TOPICS.values()}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shows_examples_that_it_takes_in_eighty_columns(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = run(command, "--help").out
    assert max(map(len, text.splitlines())) <= 80
    examples = text.partition("Examples:\n")[2].replace("\\\n", " ")
    lines = [line.strip() for line in examples.splitlines() if line.startswith("    tau2-tui ")]
    assert lines
    for line in lines:
        _takes(command, line)


def _takes(command: str, line: str) -> None:
    """Check that the command knows the options of an example, without running it."""
    words = shlex.split(re.split(r" [|>&]|  ", line)[0])
    assert words[:2] == ["tau2-tui", command], line
    parent = click.Context(cli, info_name="tau2-tui")
    found = cli.get_command(parent, command)
    assert found is not None
    context = click.Context(found, info_name=command, parent=parent, **found.context_settings)
    found.make_parser(context).parse_args(words[2:])


def test_topics_and_commands_complete() -> None:
    found = click.shell_completion.ShellComplete(cli, {}, "tau2-tui", "_X").get_completions(["help"], "st")
    assert [item.value for item in found] == ["start", "statistics", "stats"]


class TestManualPage:
    @pytest.fixture(scope="class")
    def page(self) -> str:
        return run("help", "--man").out

    def test_it_holds_every_command_with_its_options(self, page: str) -> None:
        for name in COMMANDS:
            assert f'.SS "tau2\\-tui {name}"' in page
        assert "\\-\\-error\\-rate" in page and "TAU2_TUI_THEME" in page and page.isascii()

    @pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
    def test_groff_sets_it_without_a_warning(self, page: str) -> None:
        done = subprocess.run(["groff", "-man", "-Tutf8", "-ww"], input=page, capture_output=True, text=True)
        assert done.returncode == 0 and done.stderr == ""
        plain = re.sub(r"\x1b\[[0-9;]*m|.\x08", "", done.stdout)
        assert "tau2-tui record --domain airline -o airline.jsonl" in plain

    def test_it_goes_without_a_topic(self) -> None:
        done = run("help", "filters", "--man")
        assert done.code == 2 and "--man" in done.err


def test_it_works_from_the_module_as_well() -> None:
    done = subprocess.run([sys.executable, "-m", "tau2_tui", "help", "keys"], capture_output=True, text=True)
    assert done.returncode == 0 and "ctrl+p" in done.stdout

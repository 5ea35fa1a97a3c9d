"""Commands and options that the pages name in passing, or show without running them: they exist."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest

from tau2_tui.cli.main import COMMANDS, cli
from tests.docs.console import PAGES, ROOT

OTHERS = ("CHANGELOG.md", "SECURITY.md", "benchmarks/README.md", "sample_logs/README.md")
TEXTS = (*PAGES, *(ROOT / name for name in OTHERS))

_SPAN = re.compile(r"`([^`]+)`")
_LINE = re.compile(r"^(?: {4,}|\$ |)((?:tau2-tui|python) (?!TOPIC|COMMAND).*)$", re.MULTILINE)
_OPTION = re.compile(r"--[a-z][a-z-]+\b(?!-)")
_AFTER = re.compile(r" [|>&;#]|  |\)$")
_PROGRAM = re.compile(r"python ((?:benchmarks|docs)/\w+\.py)(.*)")

OF_OTHERS = {
    "--strict": "mkdocs build",
    "--slow": "pytest",
    "--agent-api-key": "tau2 0.2, whose options record has",
}
"""Options that are no commands' of ours, and whose they are."""


def shown(text: str) -> Iterator[str]:
    """Yield the commands of a page, in code spans and blocks, each on one line."""
    whole = text.replace("\\\n", " ")
    blocks = re.findall(r"^```\w*\n(.*?)^```$", whole, re.DOTALL | re.MULTILINE)
    prose = re.sub(r"^```.*?^```$", "", whole, flags=re.DOTALL | re.MULTILINE)
    indented = [line for line in prose.splitlines() if line.startswith("    ")]
    for found in _LINE.finditer("\n".join((*blocks, *indented))):
        yield found[1]
    for span in _SPAN.findall(prose):
        if span.startswith(("tau2-tui ", "python ")):
            yield " ".join(span.split())


@cache
def options_of(name: str) -> frozenset[str]:
    parent = click.Context(cli, info_name="tau2-tui")
    found = cli.get_command(parent, name)
    assert found is not None, name
    context = click.Context(found, info_name=name, parent=parent)
    return frozenset(
        option
        for parameter in found.get_params(context)
        for option in (*parameter.opts, *parameter.secondary_opts)
        if option.startswith("-")
    )


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: f"{page.parent.name}-{page.stem}")
def test_each_command_that_a_page_names_exists_with_its_options(page: Path) -> None:
    for line in shown(page.read_text(encoding="utf-8")):
        program = _PROGRAM.match(line)
        if program:
            source = (ROOT / program[1]).read_text(encoding="utf-8")
            assert all(f'"{option}"' in source for option in _OPTION.findall(program[2])), line
        if not line.startswith("tau2-tui "):
            continue
        _, *words = shlex.split(_AFTER.split(line)[0])
        if not words or words[0].isupper() or words[0] in ("--help", "--version"):
            continue
        assert words[0] in COMMANDS, line
        if words[0] != "tau2":  # its words are those of tau2's own command line
            assert {word.partition("=")[0] for word in words[1:] if word.startswith("--")} <= (
                options_of(words[0]) | {"--help"}
            ), line


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: f"{page.parent.name}-{page.stem}")
def test_each_option_that_a_page_names_is_one_of_some_command(page: Path) -> None:
    known = frozenset().union(*(options_of(name) for name in COMMANDS)) | {"--help", "--version"} | OF_OTHERS.keys()
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "benchmarks").glob("*.py"))
    prose = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    for span in _SPAN.findall(prose):
        for option in _OPTION.findall(span):
            assert option in known or f'"{option}"' in sources, span


def test_the_commands_are_found() -> None:
    found = [line for page in TEXTS for line in shown(page.read_text(encoding="utf-8"))]
    assert len(found) > 100 and sum(line.startswith("python benchmarks/") for line in found) > 6

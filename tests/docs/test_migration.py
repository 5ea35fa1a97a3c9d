"""Every name in the migration table exists."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tau2_tui.cli.main import cli

TEXT = (Path(__file__).parents[2] / "docs" / "migration.md").read_text()
ROWS = [line.strip("|").split("|") for line in TEXT.splitlines() if line.startswith("| ")]
NEW = [name for row in ROWS for name in re.findall(r"`([^`]+)`", row[1])]
NAMES = sorted({name for name in NEW if name.startswith("tau2_tui.")})
COMMANDS = sorted({name for name in NEW if name.startswith("tau2-tui ")})


def found(name: str) -> Any:
    """Return what a dotted name means: the longest module of it, and attributes from there on."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            thing: Any = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError as error:
            if error.name is None or not name.startswith(error.name):
                pytest.skip(f"{error.name} is not installed")
            continue
        for attribute in parts[length:]:
            thing = getattr(thing, attribute)
        return thing
    raise AttributeError(name)


def test_the_table_is_read() -> None:
    assert len(NAMES) > 40 and len(COMMANDS) == 3 and all(len(row) == 3 for row in ROWS)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_exists(name: str) -> None:
    if any(part in name for part in ("domain_registration", "environments", "register", "Registry", "run_enhanced")):
        pytest.importorskip("tau2", reason="tau2-bench is not installed")
    assert found(name) is not None


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_exists_with_its_options(line: str) -> None:
    _, command, *options = line.split()
    done = CliRunner().invoke(cli, [command, "--help"])
    assert done.exit_code == 0 and all(word in done.output for word in [command, *options])


def test_the_options_that_the_text_names_exist() -> None:
    output = CliRunner().invoke(cli, ["run", "--help"]).output
    for option in ("--save-dir", "--logs-format", "--stream", "--console", "--import"):
        assert option in TEXT and option in output

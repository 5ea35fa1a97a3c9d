from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tau2_tui import __version__
from tests.support.loaded_modules import loaded_by_command
from tests.support.program import run_unheard


def run(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "tau2_tui", *args], capture_output=True, text=True)


@pytest.mark.parametrize(
    "args", [["--help"], ["--version"], ["record", "--help"], ["open", "--help"], ["verify", "--help"]]
)
def test_help_imports_nothing_heavy(args: list[str]) -> None:
    assert loaded_by_command(*args) == set()


def test_verify_and_the_summary_need_neither_tau2_nor_statistics_nor_the_inspector(small_log: Path) -> None:
    assert loaded_by_command("verify", str(small_log)) == set()
    assert not loaded_by_command("open", str(small_log)) & {
        "tau2",
        "litellm",
        "statsmodels",
        "pandas",
        "scipy",
        "textual",
    }


def test_version_and_module_entry() -> None:
    assert run("--version").stdout == f"tau2-tui, version {__version__}\n"


def test_an_unknown_command_is_one_clear_error(small_log: Path) -> None:
    done = run("frobnicate")
    assert done.returncode == 2
    assert "No such command 'frobnicate'" in done.stderr and "Traceback" not in done.stderr
    done = run(str(small_log))
    assert done.returncode == 2
    assert f"tau2-tui open {small_log}" in done.stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["ls"], "tau2-tui: Missing argument 'PATH...'; see tau2-tui ls --help"),
        (["export", "run.jsonl"], "; see tau2-tui export --help"),
        (["export", "run.jsonl", "--to", "xml"], "'xml' is not one of"),
        (["show", "run.jsonl", "--task"], "tau2-tui: Option '--task' requires an argument."),
        (["ls", "a\x1b[31m\nb", "--nonsense\x1b]0;x\x07"], "No such option"),
    ],
)
def test_wrong_usage_is_one_line(args: list[str], said: str) -> None:
    done = run(*args)
    assert done.returncode == 2 and done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("tau2-tui: ") and said in line and "\x1b" not in line


def test_without_a_command_the_help_is_shown() -> None:
    done = run()
    assert "Commands:" in done.stdout + done.stderr and "doctor" in done.stdout + done.stderr


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
@pytest.mark.parametrize("command", ["ls", "events --json", "stats", "--help"])
def test_streams_that_are_closed_are_no_failure(small_log: Path, command: str, closed: str) -> None:
    log = "" if command == "--help" else small_log
    before = small_log.read_bytes()
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m tau2_tui {command} {log} {closed}"], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert small_log.read_bytes() == before


@pytest.mark.parametrize("command", [["--help"], ["help", "record"], ["events", "LOG"], ["open", "LOG"]])
def test_what_the_encoding_lacks_is_printed_as_escapes(small_log: Path, command: list[str]) -> None:
    args = [str(small_log) if arg == "LOG" else arg for arg in command]
    done = subprocess.run(
        [sys.executable, "-m", "tau2_tui", *args],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout and all(byte in (9, 10) or 32 <= byte < 127 or byte >= 160 for byte in done.stdout)


@pytest.mark.parametrize(
    "command",
    [
        ["ls", "NAME"],
        ["open", "NAME"],
        ["import", "LOG", "--replay", "-o", "NAME"],
        ["export", "LOG", "--to", "csv", "-o", "NAME.csv"],
        ["export", "LOG", "--to", "tau2", "-o", "NAME.json"],
        ["report", "LOG", "-o", "NAME.md"],
    ],
)
def test_a_name_that_the_file_system_refuses_is_one_line(small_log: Path, command: list[str]) -> None:
    name = "n" * 300
    done = run(*(arg.replace("NAME", name).replace("LOG", str(small_log)) for arg in command))
    assert done.returncode == 2 and done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"tau2-tui: {name}") and line.endswith("File name too long")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize(
    "command", ["ls LOG", "events LOG --json", "export LOG --to csv --table events -o -", "--help"]
)
def test_a_full_disk_under_standard_output_is_one_line(small_log: Path, command: str) -> None:
    command = f"{sys.executable} -m tau2_tui {command.replace('LOG', str(small_log))} > /dev/full"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (2, "tau2-tui: standard output: No space left on device\n")


@pytest.mark.parametrize("command", [["open"], ["verify"], ["stats"], ["events", "--json"]])
def test_a_closed_pipe_is_quiet(small_log: Path, command: list[str]) -> None:
    assert run_unheard(*command, str(small_log)) == (0, b"")


@pytest.mark.parametrize("command", ["open", "verify"])
def test_bad_input_is_one_clear_line(tmp_path: Path, command: str) -> None:
    (tmp_path / "empty.jsonl").write_bytes(b"")
    (tmp_path / "binary.jsonl").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "text.jsonl").write_text("hello\nworld\n")
    for name in ("missing.jsonl", ".", "empty.jsonl", "binary.jsonl", "text.jsonl"):
        done = run(command, str(tmp_path / name))
        assert done.returncode == 2, name
        assert done.stdout == "" and len(done.stderr.splitlines()) == 1, (name, done.stderr)
        assert done.stderr.startswith("tau2-tui: ")

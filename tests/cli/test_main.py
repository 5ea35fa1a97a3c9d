from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tau2_tui import __version__

HEAVY = ("tau2", "litellm", "statsmodels", "pandas", "scipy", "textual", "numpy", "rich")


def run(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "tau2_tui", *args], capture_output=True, text=True)


def modules_loaded_by(*args: str) -> set[str]:
    code = (
        "import sys\nfrom tau2_tui.cli.main import main\n"
        f"try: main({list(args)!r})\nexcept SystemExit: pass\n"
        f"print('LOADED', *[name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split()[1:])


@pytest.mark.parametrize(
    "args", [["--help"], ["--version"], ["record", "--help"], ["open", "--help"], ["verify", "--help"]]
)
def test_help_imports_nothing_heavy(args: list[str]) -> None:
    assert modules_loaded_by(*args) == set()


def test_verify_and_the_summary_need_neither_tau2_nor_statistics_nor_the_inspector(small_log: Path) -> None:
    assert modules_loaded_by("verify", str(small_log)) == set()
    assert not modules_loaded_by("open", str(small_log)) & {
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


def test_a_closed_pipe_is_quiet(small_log: Path) -> None:
    command = f"{sys.executable} -m tau2_tui open {small_log} | head -c 1 >/dev/null; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout.strip() in ("0", "141")


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

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tau2_tui.cli import doctor
from tau2_tui.errors import RecordingError
from tau2_tui.recording import tau2_package
from tests.support.loaded_modules import loaded_after


def findings(expected_code: int = 0) -> dict[str, dict[str, Any]]:
    done = CliRunner().invoke(doctor.command, ["--json"])
    assert done.exit_code == expected_code, done.output
    return {finding["name"]: finding for finding in json.loads(done.output)["findings"]}


def test_it_names_the_installed_tau2_and_its_data() -> None:
    pytest.importorskip("tau2", reason="tau2-bench is not installed")
    found = findings()
    package = tau2_package.find_package()
    assert found["tau2-bench"]["state"] == "ok" and package.name in found["tau2-bench"]["text"]
    assert found["data"]["state"] == "ok" and Path(found["data"]["text"], "tau2", "domains", "retail").is_dir()


def test_without_tau2_it_says_what_to_install_and_answers_no(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> Any:
        raise RecordingError("this needs tau2-bench, which is not installed: pip install x")

    monkeypatch.setattr(tau2_package, "find_package", none)
    found = findings(expected_code=1)
    assert found["tau2-bench"]["state"] == "missing" and "pip install" in found["tau2-bench"]["text"]


def test_missing_data_is_named_with_where_it_was_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAU2_DATA_DIR", str(tmp_path))
    (tmp_path / "tau2" / "domains" / "mock").mkdir(parents=True)
    found = doctor._data(tmp_path / "lib" / "tau2", 1)
    assert found.state == "missing" and str(tmp_path) in found.text and "TAU2_DATA_DIR" in found.advice
    assert "airline" in found.text and "mock" not in found.text


def test_a_package_that_is_needed_and_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "surely-not-there" not in findings()
    needed = ["textual<9,>=8.2", "surely-not-there>=1", 'pyarrow>=14; extra == "parquet"', "aiohttp<4,>=3.9"]
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: needed)
    found = findings(expected_code=1)
    assert found["surely-not-there"]["state"] == "missing" and "install" in found["surely-not-there"]["advice"]
    assert "aiohttp" not in found


def test_keys_are_named_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-0123456789")
    done = CliRunner().invoke(doctor.command, [])
    assert "OPENAI_API_KEY" in done.output and "sk-secret" not in done.output
    assert done.output.startswith("program\n") and "\x1b" not in done.output


def test_control_characters_of_the_surroundings_do_not_reach_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "evil\x1b[2J")
    assert "\x1b" not in CliRunner().invoke(doctor.command, []).output


def test_it_imports_neither_tau2_nor_litellm() -> None:
    code = "from tau2_tui.cli.doctor import command\ncommand(['--json'], standalone_mode=False)"
    assert loaded_after(code, ("tau2", "litellm", "textual", "statsmodels", "pandas")) == set()

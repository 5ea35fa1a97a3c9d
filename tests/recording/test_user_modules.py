"""Agents, users, domains and tasks that a module of the user's own registers with tau2."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tau2_tui.errors import RecordingError
from tau2_tui.recording import RecordConfig, record_run
from tau2_tui.recording.tau2_api import Tau2
from tau2_tui.recording.user_modules import import_user_modules
from tests.recording.logs import of_type, rows_of

DOMAIN = """
from tau2.domains.mock.environment import get_environment, get_tasks
from tau2.registry import registry

def environment(solo_mode=False):
    made = get_environment(solo_mode=solo_mode)
    made.policy = "my own policy"
    made.domain_name = "{name}"
    return made

def tasks(task_split_name="base"):
    return [task for task in get_tasks() if task.id == "create_task_1"]

def splits():
    return {{"base": ["create_task_1"]}}

registry.register_domain(environment, "{name}")
registry.register_tasks(tasks, "{name}", splits)
"""


def test_a_domain_with_its_tasks(tau2: Tau2, tmp_path: Path) -> None:
    (tmp_path / "own_domain.py").write_text(DOMAIN.format(name="own"))
    config = RecordConfig(domain="own", imports=(str(tmp_path / "own_domain.py"),))
    record_run(config, tmp_path / "run.jsonl")
    rows = rows_of(tmp_path / "run.jsonl")
    assert (rows[0]["domain"], rows[0]["policy"]) == ("own", "my own policy")
    (end,) = of_type(rows, "SimulationEndEvent")
    assert end["reward"] == 1.0 and end["gold_diff"] == {"database": [], "user_database": []}
    assert record_run(config, tmp_path / "again.jsonl").totals()["passed"] == 1


def test_a_module_of_the_working_directory(tau2: Tau2, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "domain_by_name.py").write_text(DOMAIN.format(name="by-name"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    outcome = record_run(RecordConfig(domain="by-name", imports=("domain_by_name",)), tmp_path / "run.jsonl")
    assert outcome.totals()["passed"] == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("raise OSError('no licence')", "OSError: no licence"),
        ("import surely_not_there", "No module named 'surely_not_there'"),
        ("this is no Python", "SyntaxError"),
        ("import sys; sys.exit('bye')", "SystemExit: bye"),
        ("import sys; sys.exit(0)", "SystemExit: 0"),
    ],
)
def test_one_that_cannot_be_imported_is_one_clear_line_and_can_be_tried_again(
    tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "broken.py"
    path.write_text(text)
    for _ in range(2):
        with pytest.raises(RecordingError) as caught:
            import_user_modules([str(path)])
        assert said in str(caught.value) and "\n" not in str(caught.value) and str(path) in str(caught.value)


def test_one_that_is_not_there(tmp_path: Path) -> None:
    for name in ("surely_not_there", str(tmp_path / "none.py")):
        with pytest.raises(RecordingError, match="--import"):
            import_user_modules([name])


def test_two_files_of_one_name_are_two_modules(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mine.py").write_text(f"import sys\nsys._seen_{folder} = True\n")
    import_user_modules(str(tmp_path / folder / "mine.py") for folder in ("a", "b"))
    assert sys._seen_a and sys._seen_b  # type: ignore[attr-defined]

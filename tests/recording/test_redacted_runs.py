"""Runs with ``redact``: personal data stays out of the log and the results, and everything else stays as it was."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.recording import RecordConfig, record_run
from tau2_tui.recording.tau2_api import Tau2
from tests.recording.logs import Row, of_type, rows_of

CHANGES_ADDRESS = "modify_pending_order_address"


@pytest.fixture(scope="module")
def task(tau2: Tau2) -> Any:
    """A retail task whose reference solution writes an address, and whose user is found by name."""
    for task in tau2.tasks("retail", "base"):
        names = [action.name for action in task.evaluation_criteria.actions or []]
        if CHANGES_ADDRESS in names and "find_user_id_by_name_zip" in names:
            return task
    raise AssertionError("no such task")


def personal_data(task: Any) -> set[str]:
    values = {
        str(action.arguments[name])
        for action in task.evaluation_criteria.actions
        for name in ("first_name", "last_name", "address1", "address2", "zip")
        if name in action.arguments
    }
    return {value for value in values if len(value) > 4}


def config_of(task: Any, **options: Any) -> RecordConfig:
    return RecordConfig(domain="retail", task_ids=(task.id,), max_retries=0, **options)


def shape(rows: list[Row]) -> list[tuple[Any, ...]]:
    return [(row["event_type"], row["turn_idx"], row.get("tool_name"), row.get("success")) for row in rows]


@pytest.mark.parametrize("mode", ["mask", "hash"])
def test_personal_data_is_in_no_line_and_the_run_is_the_same(tau2: Tau2, tmp_path: Path, task: Any, mode: Any) -> None:
    record_run(config_of(task), tmp_path / "plain.jsonl")
    record_run(config_of(task, redact=mode), tmp_path / "redacted.jsonl")
    plain, redacted = rows_of(tmp_path / "plain.jsonl"), rows_of(tmp_path / "redacted.jsonl")
    assert shape(plain) == shape(redacted)
    (before,), (after,) = of_type(plain, "SimulationEndEvent"), of_type(redacted, "SimulationEndEvent")
    assert before["reward"] == after["reward"] and before["state_hash"] == after["state_hash"]
    wanted = personal_data(task)
    assert wanted and all(value in (tmp_path / "plain.jsonl").read_text() for value in wanted)
    written = json.dumps(redacted[1:])  # the first line holds the domain's policy and tools
    assert not [value for value in wanted if value in written]
    counts = redacted[-1]["totals"]["redacted"]
    assert counts["name"] >= 2 and counts["address"] >= 2
    assert plain[-1]["totals"]["redacted"] == {}
    assert redacted[0]["config"]["redact"] == mode


def test_equal_values_have_equal_hashes_and_their_key_is_nowhere(tau2: Tau2, tmp_path: Path, task: Any) -> None:
    hashes = []
    for name in ("a", "b"):
        record_run(config_of(task, redact="hash", num_trials=2), tmp_path / f"{name}.jsonl")
        found = [
            row["tool_args"]["first_name"]
            for row in of_type(rows_of(tmp_path / f"{name}.jsonl"), "ToolExecutionEvent")
            if "first_name" in row["tool_args"]
        ]
        assert len(found) == 2 and len(set(found)) == 1 and found[0].startswith("[name #")
        hashes.append(found[0])
    assert hashes[0] != hashes[1]


def test_worker_processes_redact_too_and_their_counts_are_summed(tau2: Tau2, tmp_path: Path, task: Any) -> None:
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    record_run(config_of(task, redact="mask", num_trials=4), one)
    record_run(dataclasses.replace(config_of(task, redact="mask", num_trials=4), processes=2), two)
    counts = [rows_of(path)[-1]["totals"]["redacted"] for path in (one, two)]
    assert counts[0] == counts[1]
    calls = [row["tool_args"] for row in rows_of(two) if row["event_type"] == "ToolExecutionEvent"]
    assert not [value for value in personal_data(task) if value in json.dumps(calls)]


def test_redacted_results_load_with_tau2s_own_reader(tau2: Tau2, tmp_path: Path, task: Any) -> None:
    from tau2.data_model.simulation import Results

    saved = tmp_path / "results.json"
    record_run(config_of(task, redact="mask", save_to=str(saved)), tmp_path / "run.jsonl")
    loaded = Results.load(saved)
    (simulation,) = loaded.simulations
    calls = [call.arguments for message in simulation.messages for call in getattr(message, "tool_calls", None) or []]
    assert calls and not [value for value in personal_data(task) if value in json.dumps(calls)]
    assert simulation.reward_info is not None

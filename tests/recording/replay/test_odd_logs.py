"""Replays of logs that somebody damaged or made up: whatever happens is said, and nothing else."""

from __future__ import annotations

import contextlib
import json
import random
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.errors import RecordingError
from tau2_tui.events import decode, encode
from tau2_tui.recording import RecordConfig
from tau2_tui.recording.replay import replay
from tau2_tui.recording.tau2_api import Tau2
from tests.recording.replay.replays import recorded
from tests.recording.runs import config_for

Row = dict[str, Any]


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


ODD: list[Any] = [
    *(None, True, 0, -1, 2**80, 1e308, "", "x" * 5000, "\ud800", "Error: ", "user", "\x1b[2J", "nowhere"),
    *([], [1, [2]], {}, {"a": {"b": [None]}}, {"requestor": "a", "tool_name": "b"}, {"self": 1}, deep(150)),
]
KEYS = ["actions", "initial_state", "evaluation_criteria", "id", "arguments", "turn_idx"]


def damaged(value: Any, choice: random.Random) -> Any:
    """Return a JSON value with one thing in it changed, left out or added."""
    if isinstance(value, dict) and value and choice.random() < 0.9:
        key, what = choice.choice(list(value)), choice.random()
        if what < 0.1:
            return {name: item for name, item in value.items() if name != key}
        if what < 0.2:
            return {**value, choice.choice(KEYS): choice.choice(ODD)}
        return {**value, key: damaged(value[key], choice)}
    if isinstance(value, list) and value and choice.random() < 0.8:
        place = choice.randrange(len(value))
        item = [] if choice.random() < 0.2 else [damaged(value[place], choice)]
        return [*value[:place], *item, *value[place + 1 :]]
    return choice.choice(ODD)


def shuffled(rows: list[Row], choice: random.Random) -> list[Row]:
    """Return the lines of a log with a few of them damaged, left out, doubled or at another place."""
    rows = list(rows)
    for _ in range(choice.randint(1, 6)):
        place, what = choice.randrange(len(rows)), choice.random()
        if what < 0.15:
            del rows[place]
        elif what < 0.25:
            rows.insert(choice.randrange(len(rows)), rows[place])
        elif what < 0.35:
            rows.insert(choice.randrange(len(rows)), rows.pop(place))
        else:
            row = damaged(rows[place], choice)
            rows[place] = row if isinstance(row, dict) else rows[place]
    return rows


@pytest.mark.parametrize("domain", ["mock", "telecom"])
def test_a_damaged_log_is_replayed_or_refused(tau2: Tau2, tmp_path: Path, domain: str) -> None:
    events = recorded(tmp_path / "run.jsonl", config_for(domain, agent="noisy-oracle", error_rate=0.3))
    rows: list[Row] = [json.loads(encode(event)) for event in events]
    for seed in range(40):
        with contextlib.suppress(RecordingError):
            for event in replay([decode(row) for row in shuffled(rows, random.Random(seed))]):
                encode(event)


def test_arguments_nested_too_deep_to_be_copied(tau2: Tau2, tmp_path: Path) -> None:
    events = recorded(tmp_path / "run.jsonl", config_for("mock"))
    rows: list[Row] = [json.loads(encode(event)) for event in events]
    for row in rows:
        if row["event_type"] == "ToolExecutionEvent":
            row["tool_args"]["title"] = deep(900)
    assert [event.event_type for event in replay([decode(row) for row in rows])][-1] == "RunEndEvent"


def test_an_odd_name_of_what_a_simulation_repeats(tau2: Tau2, tmp_path: Path) -> None:
    events = recorded(tmp_path / "run.jsonl", config_for("mock"))
    rows: list[Row] = [json.loads(encode(event)) for event in events]
    for row in rows:
        if row["event_type"] == "SimulationStartEvent":
            row["metadata"]["repeats"] = ["a", {}]
    assert len(list(replay([decode(row) for row in rows]))) >= len(rows) / 2


class Mute(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


@pytest.mark.parametrize("method", ["set_state", "get_response", "sync_tools"])
def test_what_a_domain_raises_is_said_also_when_it_has_no_text(
    tau2: Tau2, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    events = recorded(tmp_path / "run.jsonl", RecordConfig(domain="mock", task_ids=("create_task_1",)))

    def raising(self: Any, *args: Any, **kwargs: Any) -> Any:
        raise Mute

    monkeypatch.setattr("tau2.environment.environment.Environment." + method, raising)
    if method == "sync_tools":  # runs when an environment is made, too
        with pytest.raises(RecordingError, match="its text cannot be had"):
            list(replay(events))
        return
    told = [event.metadata.get("replay") for event in replay(events)]
    assert any("its text cannot be had" in str(found) for found in told)

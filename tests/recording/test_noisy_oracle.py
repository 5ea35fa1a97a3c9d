"""The oracle that makes mistakes: seeded, marked, and bad for the reward."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.errors import RecordingError
from tau2_tui.recording import RecordConfig, record_run
from tau2_tui.recording.agents import mistakes
from tau2_tui.recording.agents.mistakes import KINDS, MistakePlanner, NoisyAction, Tool
from tau2_tui.recording.agents.script import ScriptedAction
from tau2_tui.recording.agents.wrong_values import unknown_id, wrong_value
from tau2_tui.recording.tau2_api import Tau2
from tests.recording.logs import Row, by_simulation, of_type, rows_of
from tests.recording.runs import config_for

DOMAINS = ["mock", "airline", "retail", "telecom"]
LIGHT_DOMAINS = [pytest.param(name, marks=pytest.mark.slow) if name == "airline" else name for name in DOMAINS]
"""The same; the one whose state takes long to look at only with ``--slow``."""
SCHEMA = {
    "name": "change_seat",
    "parameters": {
        "properties": {
            "cabin": {"enum": ["economy", "business"]},
            "user_id": {"type": "string"},
            "bags": {"type": "integer"},
        },
        "required": ["user_id", "cabin"],
    },
}
OTHER = {"name": "get_user", "parameters": {"properties": {"user_id": {}}, "required": ["user_id"]}}
TOOLS = [Tool.of(SCHEMA), Tool.of(OTHER)]
ACTION = ScriptedAction("assistant", "change_seat", {"user_id": "mia_li_3668", "cabin": "economy", "bags": 1})


def recorded(path: Path, domain: str, rate: float | None, agent: str = "noisy-oracle", **options: Any) -> list[Row]:
    config = config_for(domain, agent=agent, user="scripted", error_rate=rate, **options)
    record_run(config, path)
    return rows_of(path)


def shape(events: list[Row]) -> list[tuple[Any, ...]]:
    """What a simulation was, without ids and times."""
    kept = of_type(events, "MessageEvent", "ToolExecutionEvent", "StateChangeEvent", "SimulationEndEvent")
    names = ("event_type", "turn_idx", "content", "tool_name", "tool_args", "changes", "reward", "termination_reason")
    return [tuple(row.get(name) for name in names) for row in kept]


def shapes(rows: list[Row]) -> dict[str, list[tuple[Any, ...]]]:
    return {events[0]["task_id"]: shape(events) for events in by_simulation(rows).values()}


@pytest.mark.parametrize("domain", LIGHT_DOMAINS)
def test_with_no_errors_it_is_the_oracle(tau2: Tau2, tmp_path: Path, domain: str) -> None:
    noisy = recorded(tmp_path / "noisy.jsonl", domain, 0.0)
    assert shapes(noisy) == shapes(recorded(tmp_path / "oracle.jsonl", domain, None, agent="oracle"))
    assert {str(row["metadata"]["mistakes"]) for row in of_type(noisy, "SimulationEndEvent")} == {"[]"}


@pytest.mark.parametrize("domain", DOMAINS)
def test_mistakes_are_marked_where_they_are_made_and_summed_up_at_the_end(
    tau2: Tau2, tmp_path: Path, domain: str
) -> None:
    rows = recorded(tmp_path / "run.jsonl", domain, 1.0)
    wanted = {row["task_id"]: row["task"]["evaluation_criteria"]["actions"] or [] for row in of_type(rows, "TaskEvent")}
    made: Counter[str] = Counter()
    for events in by_simulation(rows).values():
        actions = wanted[events[0]["task_id"]]
        (end,) = of_type(events, "SimulationEndEvent")
        found = end["metadata"]["mistakes"]
        made.update(item["kind"] for item in found)
        on_messages = [row for row in of_type(events, "MessageEvent") if "mistake" in row["metadata"]]
        on_calls = [row for row in of_type(events, "ToolExecutionEvent") if "mistake" in row["metadata"]]
        assert [row["turn_idx"] for row in on_messages] == [item["turn_idx"] for item in found]
        assert [row["tool_call_id"] for row in on_calls] == [i["tool_call_id"] for i in found if i["tool_call_id"]]
        for row, item in zip(on_messages, found, strict=True):
            mistake = row["metadata"]["mistake"]
            assert mistake.items() <= item.items() and mistake["kind"] in KINDS and row["role"] == "assistant"
            reference = actions[mistake["action_index"]]
            assert mistake["reference"] == {name: reference[name] for name in ("requestor", "name", "arguments")}
        for row in on_calls:
            mistake = row["metadata"]["mistake"]
            assert mistake["made"]["name"] == row["tool_name"] and mistake["made"]["arguments"] == row["tool_args"]
            if mistake["kind"] != mistakes.REPEATED_CALL:
                assert mistake["made"] != mistake["reference"]
    assert len(made) >= 2


@pytest.mark.parametrize("domain", LIGHT_DOMAINS)
def test_one_seed_makes_the_same_mistakes_and_another_others(tau2: Tau2, tmp_path: Path, domain: str) -> None:
    first, again, other = (
        recorded(tmp_path / f"{name}.jsonl", domain, 0.6, seed=seed, max_concurrency=threads)
        for name, seed, threads in (("a", 1, 1), ("b", 1, 4), ("c", 2, 1))
    )
    assert shapes(first) == shapes(again)
    assert shapes(first) != shapes(other)


@pytest.mark.parametrize("domain", ["mock", "retail", "telecom"])
def test_the_reward_drops(tau2: Tau2, tmp_path: Path, domain: str) -> None:
    passed = []
    for rate in (0.0, 1.0):
        rows = recorded(tmp_path / f"{rate}.jsonl", domain, rate, max_retries=0)
        passed.append(sum(row["reward"] == 1.0 for row in of_type(rows, "SimulationEndEvent")))
    assert passed[1] < passed[0] / 2


def test_it_needs_its_partner_and_a_rate_needs_it(tau2: Tau2, tmp_path: Path) -> None:
    for config in (
        RecordConfig(domain="mock", agent="noisy-oracle", user="user_simulator"),
        RecordConfig(domain="mock", agent="oracle", error_rate=0.5),
        RecordConfig(domain="mock", agent="noisy-oracle", user="dummy_user"),
    ):
        with pytest.raises(RecordingError, match="noisy-oracle"):
            record_run(config, tmp_path / "run.jsonl")
    with pytest.raises(RecordingError, match="error_rate"):
        RecordConfig(domain="mock", agent="noisy-oracle", error_rate=1.5)


def planned(rate: float, seed: int = 1, actions: list[ScriptedAction] | None = None) -> list[ScriptedAction]:
    return MistakePlanner(rate, seed, "task", TOOLS).plan([ACTION] * 6 if actions is None else actions)


@given(seed=st.integers(0, 10_000), low=st.floats(0, 1), high=st.floats(0, 1))
def test_the_mistakes_of_a_low_rate_are_among_those_of_a_higher_one(seed: int, low: float, high: float) -> None:
    low, high = sorted((low, high))
    few, many = ([step for step in planned(rate, seed) if isinstance(step, NoisyAction)] for rate in (low, high))
    ended = [step.mistake.position for step in many if step.ends and step.mistake]
    assert all(step in many for step in few if step.mistake and not (ended and step.mistake.position > ended[0]))


def test_every_kind_of_mistake_is_made_in_its_share() -> None:
    steps = [step for seed in range(400) for step in planned(1.0, seed, [ACTION])]
    kinds = Counter(step.mistake.kind for step in steps if isinstance(step, NoisyAction) and step.mistake)
    assert set(kinds) == set(KINDS) and sum(kinds.values()) == 400
    assert kinds["wrong_argument"] > kinds["ended_early"]


def test_each_kind_is_what_its_name_says() -> None:
    seen: set[str] = set()
    for seed in range(200):
        steps = planned(1.0, seed, [ACTION, ACTION])
        step = next(step for step in steps if isinstance(step, NoisyAction))
        mistake = step.mistake
        assert mistake is not None
        seen.add(mistake.kind)
        if mistake.kind == "wrong_argument":
            assert step.name == ACTION.name and step.arguments["user_id"] == "mia_li_3668"
            assert sum(step.arguments[name] != value for name, value in ACTION.arguments.items()) == 1
        elif mistake.kind == "unknown_id":
            assert step.arguments["user_id"].startswith("mia_li_9") and step.arguments["cabin"] == "economy"
        elif mistake.kind == "repeated_call":
            assert steps[:2] == [ACTION, step] and step.arguments == ACTION.arguments
        elif mistake.kind == "wrong_tool":
            assert (step.name, step.arguments) == ("get_user", {"user_id": "mia_li_3668"})
        else:
            assert step.text is not None and step.requestor == "assistant"
            assert step.ends == (mistake.kind == "ended_early") and mistake.dropped == step.ends
    assert seen == set(KINDS)


def test_of_the_users_actions_only_the_asking_can_be_forgotten() -> None:
    action = ScriptedAction("user", "toggle_roaming", {})
    kinds = {
        step.mistake.kind
        for seed in range(60)
        for step in planned(1.0, seed, [action])
        if isinstance(step, NoisyAction) and step.mistake
    }
    assert kinds == {"skipped_action", "ended_early"}


json_values = st.recursive(
    st.booleans() | st.integers(-5, 10**6) | st.floats(-1e6, 1e6) | st.text(min_size=1, max_size=12),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3) | st.dictionaries(st.text(max_size=5), inner, min_size=1, max_size=3)
    ),
    max_leaves=6,
)


@given(value=json_values, seed=st.integers(0, 1000))
def test_a_wrong_value_is_another_of_the_same_type(value: Any, seed: int) -> None:
    wrong = wrong_value(value, {}, Random(seed))
    assert wrong != value and type(wrong) is type(value)


IDS = ["3RK2T9", "#W5442520", "user_1", "credit_card_4196779", "L1002", "nobody", ["123", "45"]]


@pytest.mark.parametrize("value", IDS)
def test_an_unknown_id_has_the_form_of_the_right_one(value: Any) -> None:
    for seed in range(50):
        wrong = unknown_id(value, Random(seed))
        assert wrong != value and type(wrong) is type(value)
        if isinstance(value, str):
            assert wrong[:1] == value[:1] and abs(len(wrong) - len(value)) <= 4


def test_dates_stay_dates_and_listed_values_stay_listed() -> None:
    assert {wrong_value("2024-02-29", {}, Random(seed)) for seed in range(30)} == {
        "2024-02-28",
        "2024-03-01",
        "2024-03-07",
    }
    nested = {"anyOf": [{"enum": ["a", "b"]}, {"type": "null"}]}
    assert wrong_value("a", nested, Random(1)) == "b"

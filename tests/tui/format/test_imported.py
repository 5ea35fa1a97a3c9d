"""What the inspector says of logs that were made from files of other formats."""

from __future__ import annotations

from tau2_tui.events import MessageEvent, RunStartEvent, SimulationEndEvent
from tau2_tui.tui.format.summary import Badge, summarise
from tests.tui.format.test_detail import text


def test_the_header_says_where_it_comes_from_and_what_to_know() -> None:
    imported = {"format": "tau2 0.x results", "file": "a\x1b.json", "notes": ["times are UTC", "2 lost\n3 found", 5]}
    shown = text(RunStartEvent(domain="mock", metadata={"imported": imported}))
    assert "imported by  tau2-tui" in shown and "from         a␛.json" in shown
    assert "Notes on the import\n· times are UTC\n· 2 lost" in shown.replace("\n  ·", "\n·")
    assert "recorded by" not in shown


def test_odd_notes_are_no_trouble() -> None:
    for imported in ({"notes": 5}, {"notes": [None]}, [], 7):
        assert "mock" in text(RunStartEvent(domain="mock", metadata={"imported": imported}))


def test_tools_that_are_not_in_the_log_are_not_counted() -> None:
    assert summarise(RunStartEvent(domain="mock")).text == "mock"
    assert summarise(RunStartEvent(domain="mock", tools=[{"name": "a"}])).text == "mock · 1 tool"


def test_a_message_without_words_says_what_is_known() -> None:
    assert summarise(MessageEvent(role="user", message="speaks, ticks 1 to 2")).text == "speaks, ticks 1 to 2"
    assert summarise(MessageEvent(role="user")).text == "(empty)"


def test_a_skipped_simulation_and_one_without_reward_are_no_ordinary_failures() -> None:
    skipped = summarise(SimulationEndEvent(reward=0.0, termination_reason="agent_error", metadata={"skipped": True}))
    assert skipped.text == "reward 0 · skipped · agent_error" and skipped.badges == (Badge.FAILED,)
    unknown = summarise(SimulationEndEvent(termination_reason="user_stop"))
    assert unknown.text == "no reward · user_stop" and unknown.badges == (Badge.UNKNOWN,)

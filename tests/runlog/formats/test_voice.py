from __future__ import annotations

from pathlib import Path
from typing import Any

from tau2_tui.events import MessageEvent, SimulationEndEvent, ToolExecutionEvent
from tests.runlog.formats.results_documents import answer, call, drawn, note_of, results, says, simulation, written


def chunk(speaks: bool = False, **more: Any) -> dict[str, Any]:
    return {"role": "?", "content": None, "contains_speech": speaks, "turn_taking_action": None, **more}


def tick(number: int, agent: dict[str, Any] | None = None, user: dict[str, Any] | None = None, **more: Any) -> Any:
    time = f"2026-01-01T10:00:{number:02d}"
    empty: dict[str, Any] = {"agent_tool_calls": [], "user_tool_calls": [], "agent_tool_results": []}
    return {"tick_id": number, "timestamp": time, "agent_chunk": agent, "user_chunk": user, **empty, **more}


def voice(ticks: list[Any], messages: Any = None, mode: str = "full_duplex") -> dict[str, Any]:
    return results(simulation(ticks=ticks, mode=mode) | {"messages": messages})


def test_stretches_of_speech_become_messages(tmp_path: Path) -> None:
    ticks = [
        tick(0, chunk(True, content="Hel"), chunk()),
        tick(1, chunk(True, content="lo"), chunk(True, content="Hi", utterance_ids=["a"])),
        tick(2, chunk(), chunk(True, content=" there", utterance_ids=["a"], cost=0.5), user_transcript="high there"),
        tick(3, chunk(), chunk(True, content="Bye", utterance_ids=["b"])),
        tick(4, None, None),
    ]
    made, events = drawn(written(tmp_path, voice(ticks)))
    messages = [event for event in events if isinstance(event, MessageEvent)]
    assert [(event.role, event.content, event.metadata["ticks"]) for event in messages] == [
        ("assistant", "Hello", [0, 1]),
        ("user", "Hi there", [1, 2]),
        ("user", "Bye", [3, 3]),
    ]
    assert [event.turn_idx for event in messages] == [0, 1, 2] and messages[1].cost == 0.5
    assert messages[1].metadata["heard_as"] == "high there"
    assert messages[2].message_timestamp == "2026-01-01T10:00:03"
    assert "1" in note_of(made, "voice conversations: ")


def test_speech_without_words_is_shown_as_such(tmp_path: Path) -> None:
    made, events = drawn(written(tmp_path, voice([tick(0, chunk(True), chunk()), tick(1, chunk(True), chunk())])))
    [message] = [event for event in events if isinstance(event, MessageEvent)]
    assert message.content is None and message.message == "speaks, ticks 0 to 1, no words in the file"
    assert "1" in note_of(made, "voice conversations without words")


def test_calls_find_results_that_come_ticks_later(tmp_path: Path) -> None:
    ticks = [
        tick(0, agent_tool_calls=[call("a", "x"), call("b", "y")]),
        tick(1, chunk(True, content="one moment"), agent_tool_results=[answer("for b", "y")]),
        tick(2, agent_tool_results=[answer("Error: no", "x", error=True)], user_tool_calls=[call("c", "z", "user")]),
        tick(3, user_tool_results=[answer("done", "z", requestor="user")]),
    ]
    _, events = drawn(written(tmp_path, voice(ticks)))
    calls = [event for event in events if isinstance(event, ToolExecutionEvent)]
    assert [(event.tool_name, event.success, event.result, event.requestor) for event in calls] == [
        ("b", True, "for b", "assistant"),
        ("a", False, None, "assistant"),
        ("c", True, "done", "user"),
    ]


def test_what_else_ticks_hold_is_kept_as_runs_of_equal_values(tmp_path: Path) -> None:
    wait, talk = {"action": "wait"}, {"action": "keep_talking"}
    ticks = [tick(number, chunk(), chunk(turn_taking_action=wait if number < 3 else talk)) for number in range(5)]
    _, events = drawn(written(tmp_path, voice(ticks)))
    [end] = [event for event in events if isinstance(event, SimulationEndEvent)]
    assert end.metadata["ticks"]["count"] == 5
    assert end.metadata["ticks"]["values"]["user_chunk.turn_taking_action"] == [[wait, 0, 2], [talk, 3, 4]]


def test_a_conversation_held_twice_is_read_once(tmp_path: Path) -> None:
    ticks = [tick(0, chunk(True, content="Hello"), chunk())]
    made, events = drawn(written(tmp_path, voice(ticks, [says("Hel"), says("lo")])))
    assert [event.content for event in events if isinstance(event, MessageEvent)] == ["Hello"]
    assert "1" in note_of(made, "voice conversations held twice")
    _, events = drawn(written(tmp_path, voice(ticks, [says("Hel"), says("lo")], mode="half_duplex")))
    assert [event.content for event in events if isinstance(event, MessageEvent)] == ["Hel", "lo"]


def test_sound_is_not_taken_for_words(tmp_path: Path) -> None:
    sound = chunk(True, content="UklGR" * 1000, is_audio=True)
    made, events = drawn(written(tmp_path, voice([tick(0, sound, chunk())])))
    assert [event.content for event in events if isinstance(event, MessageEvent)] == [None]
    assert "1" in note_of(made, "pieces of audio")

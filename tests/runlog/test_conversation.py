from __future__ import annotations

from tau2_tui.events import (
    ExecutionEvent,
    LLMCallEvent,
    MessageEvent,
    SimulationEndEvent,
    SimulationStartEvent,
    StateChangeEvent,
    StateSnapshotEvent,
    ToolExecutionEvent,
)
from tau2_tui.runlog.conversation import conversation
from tau2_tui.runlog.refs import UnreadableLine


def request(name: str, call_id: str | None, requestor: str = "assistant") -> dict[str, object]:
    return {"id": call_id, "name": name, "arguments": {"n": name}, "requestor": requestor}


def result(content: str, call_id: str | None) -> MessageEvent:
    return MessageEvent(role="tool", content=content, tool_call_id=call_id)


def test_results_go_to_their_calls_by_id_and_by_order_where_ids_repeat() -> None:
    calls = [request("a", "x"), request("b", "y"), request("a", "x")]
    first, second, third = (
        ToolExecutionEvent(tool_name=n, tool_call_id=i) for n, i in (("b", "y"), ("a", "x"), ("a", "x"))
    )
    answers = [result("b1", "y"), result("a1", "x"), result("a2", "x")]
    (turn,) = conversation([MessageEvent(role="assistant", tool_calls=calls), first, second, third, *answers])
    assert [call.execution for call in turn.calls] == [second, first, third]
    assert [call.answer for call in turn.calls] == [answers[1], answers[0], answers[2]]


def test_an_id_that_an_earlier_turn_had_means_the_latest_call() -> None:
    events: list[ExecutionEvent] = []
    for number in range(3):
        events += [
            MessageEvent(role="assistant", tool_calls=[request("a", "call_1")]),
            ToolExecutionEvent(tool_name="a", tool_call_id="call_1", result=number),
            StateChangeEvent(tool_call_id="call_1", change_summary=str(number)),
            result(str(number), "call_1"),
        ]
    turns = conversation(events)
    assert [turn.calls[0].execution.result for turn in turns if turn.calls[0].execution] == [0, 1, 2]
    assert [turn.calls[0].changes[0].change_summary for turn in turns] == ["0", "1", "2"]
    assert [turn.calls[0].answer.content for turn in turns if turn.calls[0].answer] == ["0", "1", "2"]


def test_what_belongs_to_no_message_is_kept() -> None:
    lost = UnreadableLine(4, 100, 7, "not JSON")
    events = [
        SimulationStartEvent(),
        StateSnapshotEvent(),
        StateChangeEvent(action_trigger="sync_tools"),
        ToolExecutionEvent(tool_name="a"),
        result("orphan", "zz"),
        result("lonely", "zz"),
        lost,
        ExecutionEvent(message="note"),
        LLMCallEvent(error="timeout"),
        MessageEvent(role="assistant", content="hello"),
        LLMCallEvent(),
        SimulationEndEvent(),
    ]
    turns = conversation(events)
    assert turns[0].others == (events[2],)
    assert turns[1].calls[0].execution is events[3] and turns[1].calls[0].answer is events[4]
    assert turns[2].message is events[5]
    assert turns[3].others == (lost,) and turns[4].others == (events[7],)
    assert turns[5].model_calls == (events[8],) and turns[5].message is events[9]
    assert turns[6].model_calls == (events[10],) and len(turns) == 7


def test_a_simulation_of_very_many_calls_takes_no_longer_for_each() -> None:
    looked: list[int] = []

    class Name(str):
        """A tool's name that knows how often it was compared."""

        def __eq__(self, other: object) -> bool:
            looked.append(1)
            return super().__eq__(other)

        __hash__ = str.__hash__

    events: list[ExecutionEvent] = []
    for number in range(500):
        events += [ToolExecutionEvent(tool_name=Name("t"), tool_call_id=f"c{number}"), StateChangeEvent(turn_idx=1)]
    events.append(MessageEvent(tool_calls=[request("t", f"c{number}") for number in range(500)]))
    events += [ToolExecutionEvent(tool_name=Name("t"), tool_call_id=f"c{number}") for number in range(500)]
    alone, asked = conversation(events)
    assert len(alone.calls) == 500 and all(len(call.changes) == 1 for call in alone.calls)
    assert all(call.execution is not None and call.execution.tool_call_id == call.call_id for call in asked.calls)
    assert len(looked) <= 500


def test_a_call_failed_when_its_execution_or_its_answer_says_so() -> None:
    calls = [request("a", "x"), request("b", "y"), request("c", "z")]
    failed = MessageEvent(role="tool", content="Error", tool_call_id="y", error=True)
    events = [
        MessageEvent(role="assistant", tool_calls=calls),
        ToolExecutionEvent(tool_name="a", success=False),
        failed,
    ]
    (turn,) = conversation(events)
    assert [call.failed for call in turn.calls] == [True, True, False]

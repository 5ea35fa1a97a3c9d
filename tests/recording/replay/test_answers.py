"""Which answer belongs to which call, and when two answers are the same."""

from __future__ import annotations

import pytest

from tau2_tui.events import ExecutionEvent, MessageEvent, ToolExecutionEvent
from tau2_tui.recording.replay.answers import Answer, difference, recorded_answers


def calls(turn: int | None, *ids: str | None, **options: object) -> list[ExecutionEvent]:
    return [
        ToolExecutionEvent(turn_idx=turn, tool_name="t", tool_call_id=call_id, **options)  # type: ignore[arg-type]
        for call_id in ids
    ]


def asking(turn: int) -> MessageEvent:
    return MessageEvent(turn_idx=turn, role="assistant", tool_calls=[{"name": "t"}])


def answers(*given: tuple[str | None, str]) -> list[ExecutionEvent]:
    return [MessageEvent(role="tool", tool_call_id=call_id, content=text, error=False) for call_id, text in given]


def texts(events: list[ExecutionEvent]) -> list[str | None]:
    found = recorded_answers(events)
    places = [place for place, event in enumerate(events) if isinstance(event, ToolExecutionEvent)]
    return [found[place].text if place in found else "unanswered" for place in places]


def test_parallel_calls_are_answered_in_their_order() -> None:
    assert texts([asking(3), *calls(3, "a", "b"), *answers(("a", "1"), ("b", "2"))]) == ["1", "2"]


def test_ids_that_repeat_do_not_mix_up_answers() -> None:
    first = [asking(1), *calls(1, "x"), *answers(("x", "1"))]
    second = [asking(3), *calls(3, "x"), *answers(("x", "2"))]
    assert texts([*first, *second]) == ["1", "2"]


def test_ids_tell_which_call_is_unanswered() -> None:
    assert texts([asking(0), *calls(0, "a", "b"), *answers(("b", "2"))]) == ["unanswered", "2"]


def test_without_ids_the_last_call_is_unanswered() -> None:
    assert texts([asking(0), *calls(0, "a", "b"), *answers((None, "1"))]) == ["1", "unanswered"]


def test_each_call_before_its_own_answer() -> None:
    first, second = calls(0, "a", "b")
    one, two = answers(("a", "1"), ("b", "2"))
    assert texts([asking(0), first, one, second, two]) == ["1", "2"]


def test_a_log_without_messages_says_it_in_the_call() -> None:
    assert texts(calls(None, "a", result={"b": 1})) == ['{"b":1}']
    assert texts(calls(None, "a", success=False, error_message="no")) == ["Error: no"]


def test_a_call_that_took_time_was_made_though_its_message_is_missing() -> None:
    assert texts([asking(0), *calls(0, "a", result="r", execution_time=0.1)]) == ["r"]


def test_of_a_shortened_result_only_the_success_is_known() -> None:
    (answer,) = recorded_answers(calls(None, "a", result=None, result_preview="{'a'…")).values()
    assert answer == Answer(None, False, whole=False)


@pytest.mark.parametrize(
    ("recorded", "replayed"),
    [
        (Answer('{"a": 1, "b": 25}', False), Answer('{"b": 25.0, "a": 1}', False)),
        (Answer("Error: User not found", False), Answer("Error: User not found", True)),
        (Answer("Error: User not found", None), Answer("Error: User not found", True)),
        (Answer(None, False), Answer("anything", False)),
        (Answer("ab[... 1,204 characters trimmed for size ...]yz", False), Answer("ab" + "-" * 1204 + "yz", False)),
        (Answer("\ud800", False), Answer("\ud800", False)),
    ],
)
def test_the_same_result(recorded: Answer, replayed: Answer) -> None:
    assert difference(recorded, replayed, tool="t", known=True, tau2="tau2") is None


@pytest.mark.parametrize(
    ("recorded", "replayed", "known", "kind", "why"),
    [
        (
            Answer("Error: see https://errors.pydantic.dev/2.11/v/missing", True),
            Answer("Error: see https://errors.pydantic.dev/2.14/v/missing", True),
            True,
            "library_text",
            "https://errors.pydantic.dev/2.11/v/missing became https://errors.pydantic.dev/2.14/v/missing",
        ),
        (Answer("Error: a", True), Answer("Error: b", True), True, "error_text", "Error: a became Error: b"),
        (Answer("done", False), Answer("Error: Tool 't' not found.", True), False, "no_such_tool", "has no tool t"),
        (Answer("done", False), Answer("Error: gone", True), True, "fails_now", "now: Error: gone"),
        (Answer("Error: gone", True), Answer("done", False), True, "succeeds_now", "recorded: Error: gone"),
        (Answer("a", False), Answer("b", False), True, "text", "a became b"),
        (
            Answer('[{"seats": 3}, 1]', False),
            Answer('[{"seats": 4}, 1, 2]', False),
            True,
            "values",
            "/0/seats 3 became 4; /2 is new: 2",
        ),
        (Answer('{"a": 1}', False), Answer("{}", False), True, "values", "/a is no more: 1"),
        (Answer("x[... 9 characters trimmed for size ...]", False), Answer("y" * 20, False), True, "text", "became"),
    ],
)
def test_another_result(recorded: Answer, replayed: Answer, known: bool, kind: str, why: str) -> None:
    found = difference(recorded, replayed, tool="t", known=known, tau2="tau2")
    assert found is not None and found.kind == kind
    assert why in found.why


def test_a_long_difference_is_told_in_one_short_line() -> None:
    before = "\n".join(f'"{place}": "{"x" * 500}"' for place in range(50))
    found = difference(Answer(before, False), Answer(before + "!", False), tool="t", known=True, tau2="tau2")
    assert found is not None and "\n" not in found.why and len(found.why) < 300

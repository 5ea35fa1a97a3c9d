"""The first write that led away from the reference, told by what the writes did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tau2_tui.events import StateChangeEvent, ToolExecutionEvent
from tau2_tui.events.changes import Change
from tau2_tui.recording.replay.divergence import ReferenceAction, Write, first_divergence


@dataclass
class Action:
    name: str
    arguments: dict[str, Any]
    action_id: str = "a"
    requestor: str = "assistant"
    compare_args: list[str] | None = None


def put(path: str, value: Any) -> Change:
    return {"op": "replace", "path": path, "old": None, "value": value}


def write(place: int, name: str, *changes: Change, **arguments: Any) -> Write:
    event = ToolExecutionEvent(tool_name=name, tool_args=arguments, turn_idx=place)
    return Write(place, event, [StateChangeEvent(state_type="database", changes=list(changes))])


def action(place: int, name: str, *changes: Change, compare: list[str] | None = None, **arguments: Any) -> Any:
    return ReferenceAction(place, Action(name, arguments, compare_args=compare), {"database": list(changes)})


def diverged(diff: list[Change], writes: list[Write], reference: list[ReferenceAction]) -> tuple[Any, Any]:
    found = first_divergence({"database": diff, "user_database": []}, writes, reference)
    unexpected, missing = found["unexpected_write"], found["missing_write"]
    return unexpected and unexpected["call"], missing and missing["action"]


def test_an_equal_call_is_expected_and_the_one_after_it_is_not() -> None:
    writes = [write(0, "w", put("/a/x", 1), to=1), write(3, "w", put("/a/x", 2), to=2)]
    assert diverged([put("/a/x", 2)], writes, [action(0, "w", put("/a/x", 1), to=1)]) == (3, None)


def test_only_the_arguments_that_count_are_compared() -> None:
    writes = [write(0, "w", put("/a/x", 1), to=1, note="hello")]
    reference = [action(0, "w", put("/a/x", 1), compare=["to"], to=1, note="bye"), action(1, "v", put("/a/y", 1))]
    assert diverged([put("/a/y", 0)], writes, reference) == (None, 1)


def test_the_same_effect_by_another_tool_is_expected() -> None:
    writes = [write(0, "other", put("/a/x", 1))]
    assert diverged([put("/b", 0)], writes, [action(0, "w", put("/a/x", 1)), action(1, "v", put("/b", 1))]) == (None, 1)


def test_a_write_that_was_undone_led_nowhere() -> None:
    writes = [write(0, "w", put("/a/x", 1)), write(1, "w", put("/a/x", 0)), write(2, "w", put("/c", 1))]
    assert diverged([put("/c", 1)], writes, []) == (2, None)


def test_a_missing_write_is_named_only_when_its_effect_is_missed() -> None:
    reference = [action(0, "read"), action(1, "w", put("/a", 1)), action(2, "v", put("/b", 1))]
    assert diverged([put("/b/deep", 0)], [], reference) == (None, 2)


def test_paths_that_only_begin_alike_are_not_the_same_place() -> None:
    assert diverged([put("/tasks/task_10", 0)], [write(0, "w", put("/tasks/task_1", 0))], []) == (None, None)


def test_a_record_that_was_added_holds_the_differences_within_it() -> None:
    added: Change = {"op": "add", "path": "/tasks/t", "value": {"title": "x"}}
    found = first_divergence({"database": [put("/tasks/t/title", "x")]}, [write(0, "w", added)], [])
    assert found["unexpected_write"]["paths"] == ["/tasks/t/title"]


def test_the_databases_are_two_places() -> None:
    assert diverged([put("/a", 0)], [], []) == (None, None)
    event = write(0, "w", put("/a", 0))
    event.changes[0].state_type = "user_database"
    assert diverged([put("/a", 0)], [event], []) == (None, None)

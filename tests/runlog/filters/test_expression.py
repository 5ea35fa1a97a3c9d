from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.events import ExecutionEvent
from tau2_tui.runlog.filters import FilterError, Vocabulary, parse

CALL: dict[str, Any] = {
    "seq": 7,
    "timestamp": 1_760_000_000.5,
    "event_type": "ToolExecutionEvent",
    "simulation_id": "s1",
    "task_id": "12",
    "trial": 0,
    "turn_idx": 4,
    "level": "error",
    "message": "book failed",
    "tool_name": "get_user_details",
    "tool_args": {"user_id": "mia_li_3668", "ids": ["A", "B"], "deep": {"n": 5}},
    "execution_time": 0.75,
    "success": False,
    "state_changed": True,
    "result": None,
    "error_message": "User not found",
    "missing_args": [],
    "result_size": 10,
}


def says(text: str, fields: dict[str, Any] = CALL) -> bool:
    return parse(text).matches(fields)


def test_the_documented_terms_find_the_call_that_they_describe() -> None:
    text = (
        "type:tool tool:get_* error task:12 trial:0 level>=warning time>0.5 state_changed "
        'args.user_id:mia* result~"not found"'
    )
    assert says(text)
    for term in ("type:message", "tool:set_*", "task:13", "trial:1", "time>0.9", "args.user_id:raj*", "role:user"):
        assert not says(f"{text} {term}"), term


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True),
        ("type:ToolExecution type:toolexecutionevent type:*exec*", True),
        ("type:tool or role:user", True),
        ("role:user or role:agent", False),
        ("not role:user", True),
        ("not (type:tool error)", False),
        ("role:user or type:tool error", True),
        ("(role:user or type:tool) trial:1", False),
        ("NOT role:user AND Type:tool".replace("Type", "type"), True),
        ("trial=0 trial>=0 trial<1 trial!=1", True),
        ("trial:00", True),
        ("success", False),
        ("success:false success=false success!=true", True),
        ("args.ids:B", True),
        ("args.ids.0:B", False),
        ("args.ids.1:B", True),
        ("args.ids!=B", False),
        ("args.deep.n>4.5", True),
        ("args.deep.n:5.0", True),
        ('args.deep~"\\"n\\":5"', True),
        ("result:null", False),
        ("role:null role=null", True),
        ("role!=x", False),
        ("tool!=null", True),
        ("missing_args", False),
        ("tool:get_user_*s", True),
        ("tool=get_user_*", False),
        ("tool:GET_*", False),
        ("tool~^get", True),
        ("tool~^user", False),
        ('"not found"', True),
        ('"not lost"', False),
        ("'mia_li'", True),
        ("timestamp>=2025-10-09", True),
        ("timestamp<2025-10-09T08:53:20Z", False),
        ("timestamp:1760000000.5", True),
        ("level:error level!=info level<critical", True),
        ("level>error", False),
        ("seq:*7", True),
        ("time > 0.5", True),
        ("type:tool,", None),
    ],
)
def test_terms(text: str, expected: bool | None) -> None:
    if expected is None:
        with pytest.raises(FilterError):
            parse(text)
    else:
        assert says(text) is expected


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        ("tsk:12", 1, "did you mean task?"),
        ("error tol:x", 7, "did you mean tool?"),
        ("refund", 1, 'write "refund"'),
        ("type:tol", 6, "did you mean tool?"),
        ("level>=warn", 8, "debug, info, warning, error, critical"),
        ("time>soon", 6, "a number"),
        ("timestamp>soon", 11, "a number or a time"),
        ("(error", 7, "not closed"),
        ("error)", 6, "no parenthesis is open"),
        ("()", 2, "missing"),
        ("type:", 6, "a value should stand here"),
        ("error or", 9, "missing at the end"),
        ("error or or error", 10, "'or'"),
        ("and error", 1, "'and'"),
        ('result~"not found', 8, "no partner"),
        ("result~[a", 8, "regular expression"),
        ("task:1 =2", 8, "'='"),
        ('""', 1, "nothing between"),
    ],
)
def test_a_mistake_points_at_its_column(text: str, column: int, says: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse(text)
    assert (caught.value.column, says in caught.value.reason) == (column, True), caught.value
    assert "\n" not in str(caught.value) and f"column {column}" in str(caught.value)


@pytest.mark.parametrize(
    "text", ["(" * 5000, "not " * 2000 + "error", "error " * 5000, "\x00", "\x1b[31m", "\ud800", "a" * 20_000]
)
def test_hostile_expressions_are_refused_in_one_line(text: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse(text)
    assert "\n" not in str(caught.value)


def test_many_parentheses_are_no_depth() -> None:
    assert says("(" * 3000 + "error" + ")" * 3000)


def test_a_telecom_task_is_named_as_it_is() -> None:
    task = "[mobile_data_issue]airplane_mode_on|data_mode_off[PERSONA:None]"
    assert says(f"task:{task}", {**CALL, "task_id": task})
    assert not says(f"task:{task}")


def test_rows_have_names_of_their_own() -> None:
    vocabulary = Vocabulary(frozenset({"task_id", "reward", "passed", "tool_errors", "duration"}))
    row = {"task_id": "3", "reward": 0.5, "passed": False, "tool_errors": 2, "duration": 8.0}
    assert parse("not passed reward<1 error task:3 time>5", vocabulary).matches(row)
    assert not parse("error", vocabulary).matches({**row, "tool_errors": 0})
    with pytest.raises(FilterError, match="unknown name role"):
        parse("role:user", vocabulary)


@dataclass
class OvenEvent(ExecutionEvent):
    heat: float = 0.0


def test_fields_of_a_users_own_event_are_known() -> None:
    from tau2_tui.runlog.filters.names import event_keys

    vocabulary = Vocabulary(event_keys())
    assert parse("heat>200", vocabulary).matches({"event_type": "OvenEvent", "heat": 220.0})


def test_every_expression_in_the_documentation_means_something() -> None:
    text = (Path(__file__).parents[3] / "docs" / "filters.md").read_text(encoding="utf-8")
    examples = text.split("```")[1].strip().splitlines()
    assert len(examples) > 5
    for example in examples:
        parse(example)
    table = [line.split("|")[1].strip(" `") for line in text.splitlines() if line.startswith("| `")]
    assert {"type", "error", "time"} <= set(table)
    for kind in re.findall(r"`type` \| .*short too: `([a-z ]+)`", text)[0].split():
        parse(f"type:{kind}")
    message = text.rsplit("tau2-tui: ", 1)[1].splitlines()[0]
    with pytest.raises(FilterError, match=re.escape(message)):
        parse("error tol:book_*")

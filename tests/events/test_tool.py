from __future__ import annotations

import pytest

from tau2_tui.events import LogLevel, ToolExecutionEvent, decode, encode
from tau2_tui.events.payload import contains_errors, has_file_args


def test_arguments_and_result_are_described() -> None:
    event = ToolExecutionEvent(
        tool_name="book", tool_args={"user": "zoë", "legs": [1, 2], "email": "z@example.com"}, result={"id": "R1"}
    )
    assert event.args_count == 3
    assert event.args_size_bytes == len('{"user":"zoë","legs":[1,2],"email":"z@example.com"}'.encode())
    assert event.args_types == {"user": "str", "legs": "list", "email": "str"}
    assert event.args_complexity_score == pytest.approx(0.3 + 0.2 + 0.1 * event.args_size_bytes / 1024, abs=1e-6)
    assert event.sensitive_args_detected is True
    assert [hit["path"] for hit in event.sensitive_args or []] == ["/email"]
    assert (event.result_size, event.result_type, event.result_preview) == (11, "dict", '{"id":"R1"}')
    assert event.result_contains_errors is False


def test_a_failed_call_is_an_error_and_has_no_result() -> None:
    event = ToolExecutionEvent(tool_name="book", success=False, error_message="no seat")
    assert event.level is LogLevel.ERROR
    assert event.result_size is None and event.result_type is None


def test_given_descriptions_are_not_computed_again() -> None:
    line = encode(ToolExecutionEvent(tool_name="x", result="cut…", result_size=5_000_000, result_truncated=True))
    read = decode(line)
    assert isinstance(read, ToolExecutionEvent)
    assert read.result_size == 5_000_000


@pytest.mark.parametrize(
    ("result", "reports"),
    [
        ("Error: user not found", True),
        ("ValueError: bad date", True),
        ({"error": "no such user"}, True),
        ({"error": None, "id": 4}, False),
        ("No error was found", False),
        ("The flight was not invalid", False),
        ([1, 2], False),
    ],
)
def test_results_that_report_errors(result: object, reports: bool) -> None:
    assert contains_errors(result) is reports


@pytest.mark.parametrize(
    ("args", "file"),
    [
        ({"file_path": "x"}, True),
        ({"name": "/etc/hosts"}, True),
        ({"doc": "report.pdf"}, True),
        ({"request": "update my profile"}, False),
        ({"address1": "12 Pathway Rd"}, False),
        ({"profile": "documented"}, False),
    ],
)
def test_file_arguments(args: dict[str, str], file: bool) -> None:
    assert has_file_args(args) is file


def test_a_size_that_no_float_holds_is_no_error() -> None:
    huge = decode({"event_type": "ToolExecutionEvent", "args_size_bytes": 10**400, "result_size": -(10**400)})
    assert isinstance(huge, ToolExecutionEvent)
    assert (huge.args_complexity_score, huge.result_complexity_score) == (1.0, 0.0)

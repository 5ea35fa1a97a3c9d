from __future__ import annotations

import email.utils
import time
from types import SimpleNamespace
from typing import Any

import pytest

from tau2_tui.recording.agents.model_faults import fault_of_answer, fault_of_error, note_on_failed_calls
from tau2_tui.recording.tau2_api import Tau2
from tests.recording.agents.model_runs import check_messages


class Failure(Exception):
    def __init__(self, status: object, headers: dict[str, str] | None = None, text: str = "failed") -> None:
        super().__init__(text)
        self.status_code = status
        self.litellm_response_headers = headers


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 529, "503"])
def test_statuses_that_may_pass(tau2: Tau2, status: object) -> None:
    fault = fault_of_error(tau2, Failure(status), answered=False)
    assert fault is not None and fault.waits and not fault.correction


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422, None, "what"])
def test_statuses_that_will_not(tau2: Tau2, status: object) -> None:
    assert fault_of_error(tau2, Failure(status), answered=False) is None


def test_an_error_of_the_program_is_no_failed_call(tau2: Tau2) -> None:
    assert fault_of_error(tau2, ValueError("LLM is not set"), answered=False) is None


@pytest.mark.parametrize(
    ("said", "seconds"), [("7", 7.0), ("0.5", 0.5), ("soon", None), ("", None), ("inf", None), ("nan", None)]
)
def test_the_header_that_asks_to_wait(tau2: Tau2, said: str, seconds: float | None) -> None:
    fault = fault_of_error(tau2, Failure(429, {"retry-after": said}), answered=False)
    assert fault is not None and fault.retry_after == seconds


def test_the_header_may_hold_a_date(tau2: Tau2) -> None:
    later = email.utils.formatdate(time.time() + 100, usegmt=True)
    fault = fault_of_error(tau2, Failure(503, {"retry-after": later}), answered=False)
    assert fault is not None and fault.retry_after is not None and 0 < fault.retry_after <= 100


def test_a_calls_correction_is_a_whole_group(tau2: Tau2) -> None:
    tools = [_tool("book", ["flight", "seat"]), _tool("look", [])]
    made = [
        tau2.tool_call(f"c{index}", name, {"seat": 1}, "assistant") for index, name in enumerate(("look", "book", "x"))
    ]
    fault = fault_of_answer(tau2, tau2.assistant_message(content="So:", tool_calls=made), tools)
    assert fault is not None and fault.kind == "missing_argument" and fault.detail == "book needs the argument flight"
    check_messages(tau2.llm_utils.to_litellm_messages(list(fault.correction)))
    assert [message.content.split(".")[0] for message in fault.correction[1:]] == [
        "Not made, because another call of the same message is wrong",
        "Error: book needs the argument flight",
        "Error: there is no tool 'x'; the tools are: book, look",
    ]


def test_a_good_answer_is_none(tau2: Tau2) -> None:
    call = tau2.tool_call("c", "look", {}, "assistant")
    assert fault_of_answer(tau2, tau2.assistant_message(tool_calls=[call]), [_tool("look", [])]) is None
    assert fault_of_answer(tau2, tau2.assistant_message(content="Hello."), []) is None


def test_notes_are_on_copies_of_errors_only(tau2: Tau2) -> None:
    good, bad = tau2.tool_message("a", "fine", error=False), tau2.tool_message("b", "Error: no", error=True)
    noted = note_on_failed_calls([good, bad])
    assert noted[0] is good and bad.content == "Error: no"
    assert noted[1].content.startswith("Error: no\n\n[Automatic note") and noted[1].id == "b"


def _tool(name: str, required: list[str]) -> Any:
    return SimpleNamespace(name=name, openai_schema={"function": {"name": name, "parameters": {"required": required}}})

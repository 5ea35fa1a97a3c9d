from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.events import (
    ExecutionEvent,
    MessageEvent,
    SimulationEndEvent,
    StateChangeEvent,
    TaskEvent,
    ToolExecutionEvent,
)
from tau2_tui.events.codec import dumps
from tau2_tui.logging import ExecutionLogger, Redactor
from tau2_tui.logging.redaction import SECRET_MARK
from tests.events.strategies import any_event
from tests.logging.naive_check import check

ARGS = {
    "passengers": [{"first_name": "Amelia", "last_name": "Davis", "dob": "1990-04-05"}],
    "payment_id": "credit_card_4421486",
    "cabin": "economy",
}
PERSONAL = ("Amelia", "Davis", "1990-04-05", "credit_card_4421486", "amelia.d@example.com", "4111 1111 1111 1111")


def write(path: Path, redactor: Redactor) -> str:
    calls = [{"id": "c1", "name": "book", "arguments": ARGS, "requestor": "assistant"}]
    where: dict[str, Any] = {"simulation_id": "s1"}
    change = {"op": "replace", "path": "/users/u1/email", "old": "old@example.org", "value": "amelia.d@example.com"}
    with ExecutionLogger(path, redactor=redactor) as logger:
        logger.log_event(TaskEvent(task={"actions": [{"name": "book", "arguments": ARGS}]}))
        logger.log_event(MessageEvent(**where, role="assistant", tool_calls=calls))
        logger.log_event(ToolExecutionEvent(**where, tool_name="book", tool_args=ARGS, result={"user": dict(ARGS)}))
        logger.log_event(MessageEvent(**where, role="tool", content=json.dumps({"reservation": ARGS})))
        logger.log_event(StateChangeEvent(**where, action_trigger="book", changes=[change]))
        logger.log_event(MessageEvent(**where, role="user", content="I am Amelia Davis, card 4111 1111 1111 1111."))
        logger.log_event(SimulationEndEvent(**where, gold_diff={"database": [change]}))
    check(path)
    return path.read_text("utf-8")


@pytest.mark.parametrize("mode", ["mask", "hash"])
def test_personal_data_leaves_every_field_and_the_rest_stays(tmp_path: Path, mode: Any) -> None:
    redactor = Redactor(mode)
    text = write(tmp_path / "run.jsonl", redactor)
    for value in PERSONAL:
        assert value not in text, value
    assert '"cabin":"economy"' in text and '"args_types":{"passengers":"list"' in text
    counts = redactor.counts
    assert counts["name"] >= 4 and counts["email"] >= 2 and counts["payment"] >= 4 and counts["birth date"] >= 3


@pytest.mark.parametrize("mode", ["mask", "hash"])
def test_keys_and_the_paths_made_of_them_stay_as_the_documentation_says(tmp_path: Path, mode: Any) -> None:
    path = "/users/amelia_davis_1024/payment_methods/credit_card_4421486/last_four"
    methods = {"payment_methods": {"credit_card_4421486": {"last_four": "7912"}}}
    with ExecutionLogger(tmp_path / "run.jsonl", redactor=Redactor(mode)) as logger:
        logger.log_event(ToolExecutionEvent(tool_name="get_user_details", result=methods))
        logger.log_event(StateChangeEvent(changes=[{"op": "replace", "path": path, "old": "7912", "value": "7913"}]))
    call, change = check(tmp_path / "run.jsonl")
    assert list(call["result"]["payment_methods"]) == ["credit_card_4421486"]
    assert change["changes"][0]["path"] == path and path.lstrip("/") in change["state_diff"]
    assert "7912" not in json.dumps([call, change]) and "7913" not in json.dumps([call, change])


def test_off_writes_the_data(tmp_path: Path) -> None:
    redactor = Redactor("off")
    text = write(tmp_path / "run.jsonl", redactor)
    assert all(value in text for value in PERSONAL)
    assert redactor.counts == {}


def test_hashes_link_equal_values_within_a_run_only(tmp_path: Path) -> None:
    def hashes(name: str) -> list[str]:
        write(tmp_path / name, Redactor("hash"))
        rows = check(tmp_path / name)
        return [rows[number]["tool_args"]["payment_id"] for number in (2,)] + [
            rows[1]["tool_calls"][0]["arguments"]["payment_id"]
        ]

    first, second = hashes("a.jsonl"), hashes("b.jsonl")
    assert first[0] == first[1] and second[0] == second[1]
    assert first[0] != second[0]
    assert first[0].startswith("[payment #")


def test_the_event_in_memory_keeps_its_values(tmp_path: Path) -> None:
    event = ToolExecutionEvent(tool_name="book", tool_args={"email": "a@example.com"})
    with ExecutionLogger(tmp_path / "run.jsonl", redactor=Redactor("mask")) as logger:
        assert logger.log_event(event).tool_args == {"email": "a@example.com"}


def test_known_secrets_are_replaced_wherever_they_stand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = 'key-"quoted\\é-12345'
    redactor = Redactor("off", [key, "short"])
    with ExecutionLogger(tmp_path / "run.jsonl", redactor=redactor, console_output=True) as logger:
        logger.log_event(ExecutionEvent(message=f"auth failed for {key}", metadata={key: [key], "short": "short"}))
    text = (tmp_path / "run.jsonl").read_text("utf-8")
    row = json.loads(text)
    assert row["message"] == "auth failed for [secret removed]"
    assert row["metadata"] == {"[secret removed]": ["[secret removed]"], "short": "short"}
    assert "12345" not in text and "12345" not in capsys.readouterr().err
    assert redactor.counts == {"known secret": 3}
    check(tmp_path / "run.jsonl")


CUT_KEY = 'sk-proj-Zq8w"0123\\456789'


@pytest.mark.parametrize("rest", ["", "…", "…: asked again", '"}', "\n"])
def test_a_secret_that_a_text_was_cut_off_in_is_one_too(rest: str) -> None:
    redactor = Redactor(secrets=[CUT_KEY, "another-secret-0123"])
    for kept in (CUT_KEY[:8], CUT_KEY[:11]):
        text = f"wrong key {kept}{rest}"
        (row,) = (json.loads(redactor.scrub(json.dumps({"text": text}, ensure_ascii=False).encode())),)
        assert row["text"] == redactor.scrub_text(text) == f"wrong key {SECRET_MARK}{rest}"


@given(st.integers(0, len(CUT_KEY)), st.text(max_size=3))
def test_what_is_left_of_a_line_is_json_wherever_a_secret_was_cut_off(kept: int, rest: str) -> None:
    redactor = Redactor(secrets=[CUT_KEY])
    line = redactor.scrub(dumps({"text": CUT_KEY[:kept] + rest, "after": 1}))
    assert json.loads(line)["after"] == 1


def test_a_beginning_may_stand_in_a_text_as_often_as_one_likes() -> None:
    """A model can say what all keys of a provider begin with; that must not take long."""
    redactor = Redactor(secrets=[CUT_KEY])
    text = f"{CUT_KEY[:8]}\n" * 200_000
    assert redactor.scrub_text(text) == f"{SECRET_MARK}\n" * 200_000


def test_a_text_that_only_begins_as_a_secret_stays() -> None:
    assert Redactor(secrets=["confirmed-by-mail"]).scrub_text("confirmed, thank you") == "confirmed, thank you"


@given(any_event())
def test_any_event_can_be_redacted(event: ExecutionEvent) -> None:
    values = event.to_dict()
    before = json.dumps(values, default=str)
    redacted = Redactor("mask").redact(values)
    assert set(redacted) == set(values)
    assert json.dumps(values, default=str) == before

"""A log whose every text attacks the terminal, looked at on every screen of the inspector in a real terminal."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.events import (
    ExecutionEvent,
    LLMCallEvent,
    MessageEvent,
    RunEndEvent,
    RunStartEvent,
    SimulationEndEvent,
    SimulationStartEvent,
    StateChangeEvent,
    StateSnapshotEvent,
    TaskEvent,
    ToolExecutionEvent,
)
from tau2_tui.tui.screens.statistics.sections import PANES
from tests.support.hostile_text import DANGEROUS, TEXT
from tests.support.terminal import Session, environment, opened
from tests.tui.logs import belonging, write

OURS = re.compile(
    r"\x1b\[[0-9;]*[mHJKGBCLMr]|\x1b\[\?(?:7|25|1000|1002|1003|1004|1006|1015|1016|1049|2004|2026|2048)[hl]"
    r"|\x1b\[\?20(?:26|48)\$p|\x1b\[[<>=][0-9;]*u|\x1b\]22;[a-z-]*\x07"
)
"""What the inspector itself writes to place, colour and erase text, and to set the terminal up."""
CLIPBOARD = re.compile(r"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07")
FORBIDDEN = ("\x1b[31;5m", "\x1b[6n", "\x1b[21t", "\x1bc", "\x1bP", "\x1b]0", "\x1b]8")


def hostile_run(path: Path) -> Path:
    """Write a run that has something on every screen: calls, changes, a reference, rewards, several simulations."""
    reference = {"action": {"action_id": TEXT, "name": TEXT, "arguments": {TEXT: TEXT}, "requestor": "assistant"}}
    checks = {"reward": 0.0, "db_check": {"db_match": False, "db_reward": 0.0}, "reward_basis": ["DB", "ACTION", TEXT]}
    checks["action_checks"] = [{**reference, "action_match": False, "action_reward": 0.0}]
    checks["communicate_checks"] = [{"info": TEXT, "met": False, "justification": TEXT}]
    checks["nl_assertions"] = [{"nl_assertion": TEXT, "met": False, "justification": TEXT}]
    change = {"op": "replace", "path": f"/{TEXT.replace('/', '')}/x", "old": TEXT, "value": {TEXT: TEXT}}
    tool = {"name": TEXT, "description": TEXT, "tool_type": "write", "requestor": "assistant"}
    criteria: Any = {"actions": [reference["action"]], "nl_assertions": [TEXT], "communicate_info": [TEXT]}
    task = {"id": TEXT, "description": {"purpose": TEXT}, "evaluation_criteria": criteria}
    config = {"agent": TEXT, "llm_agent": TEXT, "llm_user": TEXT, TEXT: TEXT}
    events: list[ExecutionEvent] = [
        RunStartEvent(run_id=TEXT, domain=TEXT, config=config, policy=TEXT, tools=[tool], host=TEXT, tau2_version=TEXT),
        TaskEvent(task_id=TEXT, task=task),
    ]
    for number in range(4):
        call = {"id": f"{TEXT}{number}", "name": TEXT, "arguments": {TEXT: TEXT}, "requestor": "assistant"}
        simulation: list[ExecutionEvent] = [
            SimulationStartEvent(domain=TEXT, agent=TEXT, agent_llm=TEXT, user=TEXT, user_llm=TEXT),
            StateSnapshotEvent(action_trigger=TEXT, state_hash="a" * 64, state={TEXT: {TEXT: TEXT}}),
            MessageEvent(role="user", content=TEXT, turn_idx=0),
            LLMCallEvent(model=TEXT, purpose="agent", latency=1.0, error=TEXT, error_type=TEXT, turn_idx=1),
            MessageEvent(role="assistant", content=TEXT, tool_calls=[call], turn_idx=1),
            ToolExecutionEvent(
                tool_name=TEXT,
                tool_args={TEXT: TEXT, "n": number},
                tool_call_id=call["id"],
                success=bool(number % 2),
                error_message=TEXT,
                error_type=TEXT,
                validation_errors=[TEXT],
                missing_args=[TEXT],
                sensitive_args=[TEXT],
                sensitive_args_detected=True,
                state_changed=True,
                pre_state_hash="a" * 64,
                post_state_hash="b" * 64,
                result={TEXT: TEXT},
                turn_idx=1,
            ),
            StateChangeEvent(action_trigger=TEXT, changes=[change], tool_call_id=call["id"], turn_idx=1),
            MessageEvent(role="tool", content=TEXT, tool_call_id=call["id"], error=True, turn_idx=2),
            SimulationEndEvent(
                termination_reason=TEXT,
                duration=1.0,
                reward=float(number == 3),
                reward_info=checks,
                gold_diff={"database": [change], "user_database": [change]},
                error=TEXT if number == 2 else None,
                error_type=TEXT if number == 2 else None,
            ),
        ]
        events += belonging(simulation, f"{TEXT}{number}", TEXT if number < 2 else f"{TEXT}2", number % 2)
    events.append(RunEndEvent(totals={TEXT: 1}, event_counts={TEXT: 1}))
    return write(path, events)


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("hostile")
    names = ("\x1b]0;EVIL\x07[red]\u202e.jsonl", "other \x9b31m.jsonl")
    return [hostile_run(folder / name) for name in names]


@pytest.fixture
def session(logs: list[Path], tmp_path: Path) -> Iterator[Session]:
    env = environment(XDG_DATA_HOME=str(tmp_path))
    env.pop("SSH_CONNECTION")  # with the mouse
    with opened(*map(str, logs), env=env, size=(120, 40), ready="of 39") as session:
        yield session
        if session.process.isalive():
            session.press("\x1b")
            session.press("\x11")


def assert_inert(session: Session) -> None:
    """Hold everything that was written so far against what the inspector may write."""
    assert session.process.isalive(), session.screen.text
    written = session.written.decode("utf-8")
    rest = CLIPBOARD.sub("", written)
    for attack in FORBIDDEN:
        assert attack not in rest, repr(rest[rest.index(attack) - 200 :][:400])
    found = DANGEROUS.search(OURS.sub("", rest))
    assert found is None, repr(OURS.sub("", rest)[max(0, found.start() - 100) : found.end() + 50])
    for copied in CLIPBOARD.findall(written):
        text = base64.b64decode(copied).decode("utf-8")
        assert text != "evil"
        assert DANGEROUS.search(text) is None


def type_keys(session: Session, *keys: str) -> None:
    """Press keys one after the other, each after the answer to the one before."""
    for key in keys:
        session.process.send(key)
        session.read(0.2 if key == "\x1b" else 0.08)


def click_everywhere(session: Session) -> None:
    """Click on every third row of the screen, twice each."""
    for y in range(2, 39, 3):
        for x in (3, 30, 90):
            session.process.send(f"\x1b[<0;{x};{y}M\x1b[<0;{x};{y}m" * 2)
    session.read(0.5)


def test_the_timeline_and_what_lies_over_it(session: Session) -> None:
    type_keys(session, "v", *"jjjjjjjjjjjj", "J", "\tjjjjj", " ", "w", "lll", "y", "\t", "y", "t", "t", "J")
    type_keys(
        session, "mEVIL\r", "'", "\r", "c", "G", "g", "\r", "/EVIL\r", "n", "N", "d", "e", "s", "]", "}", "{", "["
    )
    type_keys(session, "ftype:tool\r", "\x1b", "fno such thing\r", "\x1b", ":1\r", "x", "\x1b", "?", "G", "q")
    assert_inert(session)
    assert CLIPBOARD.search(session.written.decode())
    type_keys(session, "\x10", "EVIL", "\x1b")
    assert_inert(session)


@pytest.mark.parametrize("number", "1245")
def test_a_page(session: Session, number: str) -> None:
    type_keys(session, number)
    session.wait_for(lambda text: "reading" not in text and "␛]52;" in text)
    type_keys(session, "j", "jjjj", "v", "a", "a", " ", "r", "s", "e", "d", "}", "]", "G", "g", "?", "q")
    assert_inert(session)
    click_everywhere(session)
    assert_inert(session)


@pytest.mark.parametrize(("number", "panes"), [("6", len(PANES)), ("7", 1)])
def test_every_pane_of_numbers(session: Session, number: str, panes: int) -> None:
    type_keys(session, number)
    session.wait_for(lambda text: "reading" not in text and "EVIL" in text)
    for _ in range(panes + 1):
        type_keys(session, "jjj", "\r", "\x1b", number, "\t")
    assert_inert(session)
    click_everywhere(session)
    assert_inert(session)


def test_a_pasted_attack_is_text_too(session: Session) -> None:
    for key in "/f:m":
        type_keys(session, f"{key}\x1b[200~{TEXT}\x1b[201~", "\x1b[H\x1b[C\x1b[F", "\r")
    type_keys(session, "'", "q")
    assert_inert(session)
    session.press("\x11")
    assert session.end() == 0

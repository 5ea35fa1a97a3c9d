from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import orjson
from hypothesis import example, given
from hypothesis import strategies as st

from tau2_tui.analysis.blame.case import Conversation, Said, Wanted

PIECES = st.sampled_from(
    ["HAT012", "a/b", "\\", '"', "\n", "é", "機", "\u2028", "\ufffd", "#W12", " ", "\x7f", "u0041", "A"]
)
TEXTS = st.lists(PIECES, max_size=6).map("".join)


def said(line: bytes) -> Said:
    lines: Any = SimpleNamespace(raw={7: line})
    return Said(lines, 0, "user", 7)


@given(TEXTS, TEXTS, st.sampled_from(["plain", "escaped", "slashes"]))
@example("caf\u00e9 #W12", "caf\u00e9", "escaped")
@example("a/b", "a/b", "slashes")
def test_a_text_is_found_however_it_is_written(content: str, value: str, how: str) -> None:
    event = {"event_type": "MessageEvent", "content": content}
    line = orjson.dumps(event) if how == "plain" else json.dumps(event).encode()
    if how == "slashes":
        line = line.replace(b"/", b"\\/")
    assert said(line).holds(Wanted(value)) == (value in content)


def test_a_text_elsewhere_in_the_line_was_not_said() -> None:
    assert not said(b'{"content":"hello","note":"HAT012"}').holds(Wanted("HAT012"))
    assert not said(b'{"content":"hello HAT012"').holds(Wanted("HAT012"))


MESSAGES = st.lists(
    st.tuples(st.sampled_from(["system", "user", "tool", "assistant"]), st.integers(0, 5), TEXTS, st.booleans()),
    max_size=8,
)


@given(MESSAGES, TEXTS, st.none() | st.integers(0, 6))
@example([("user", 0, "HAT", False), ("tool", 1, "HAT012", False), ("user", 2, "HAT012", False)], "HAT012", None)
@example([("user", 3, "no", False), ("tool", 1, "HAT012", False)], "HAT012", 2)
def test_all_of_a_conversation_is_searched_as_its_messages_are(
    messages: list[tuple[str, int, str, bool]], value: str, before: int | None
) -> None:
    raw = {
        line: json.dumps({"role": role, "content": content}, ensure_ascii=escaped).encode()
        for line, (role, _, content, escaped) in enumerate(messages)
    }
    lines: Any = SimpleNamespace(raw=raw)
    every = [Said(lines, turn, role, line) for line, (role, turn, _, _) in enumerate(messages)]
    wanted = Wanted(value)
    expected = None
    for one in every:
        if before is not None and one.turn >= before:
            break
        if one.role != "system" and one.holds(wanted):
            expected = one
            break
    assert Conversation(every).first(wanted, before) is expected

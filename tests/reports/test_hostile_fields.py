"""Every field of a log that a report shows is text, whatever stands in it: names, keys, kinds and numbers too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tau2_tui.reports import Options
from tests.reports.made import hostile_log, html_of, markdown_of, rows_of, write_lines
from tests.reports.test_html import check_harmless, check_links
from tests.reports.test_markdown import tokens

PAYLOADS = {
    "attributes": "' onmouseover=alert(1) \" onfocus=alert(2) autofocus ` style=x:expression(1) ",
    "sanitisers": (
        '<noscript><p title="</noscript><img src=x onerror=alert(1)>"><math><mtext><table><mglyph><style><!--</style>'
        '<img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;"><svg></p><style><a id="</style><img src=1 onerror=1>">'
    ),
    "documents": (
        "--!><!--><base href=//evil.test><meta http-equiv=refresh content=0;url=//evil.test>]]>"
        "<?xml-stylesheet href='//evil.test'?><!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;"
    ),
    "styles": "</style><style>@import '//evil.test';</style>;background:url(//evil.test/x)}body{display:none",
    "templates": "{% include '/etc/passwd' %}{{ config.__class__ }}{0.__class__}%(x)s${x}#{x}",
    "characters": "\u2028\u2029\u0085\x00\x0b\ufeff\ufffe\U000e0041\ud800 +ADw-script+AD4- &#60;script&#62; &colon;",
    "markdown": "\n\n# h\n\n[x]: javascript:1\n\n<javascript:alert(1)> ![i](//evil.test) | a | b |\n---\n    code",
    "names": "_nolegend_ $\\frac{1}{2}$ javascript:alert(1) data:text/html,<script>alert(1)</script>",
}


SHOWN = frozenset(
    (
        *("task_id", "domain", "agent", "user", "agent_llm", "user_llm", "tool_name", "model", "purpose", "content"),
        *(
            "error",
            "error_message",
            "error_type",
            "termination_reason",
            "message",
            "source",
            "action_trigger",
            "policy",
        ),
    )
)


def hostile_everywhere(path: Path, small_log: Path, payload: str) -> Path:
    """Write a log whose texts begin with a payload: kinds and keys of objects too, in copies of its events."""
    source = rows_of(hostile_log(path.with_name("source.jsonl"), small_log))
    rows = [one for row in source for one in (row, *_twisted(row, payload))]
    plain = {"seq": 0, "timestamp": 1.0, "event_type": "ExecutionEvent", "message": "what tells that it is a run log"}
    return write_lines(path, [plain, *(_led(row, payload) for row in rows)])


def _twisted(row: dict[str, Any], payload: str) -> list[dict[str, Any]]:
    """Return copies of an event in which what tells its kind is hostile, and what holds objects has hostile keys."""
    keys = {name: _with_keys(held, payload) for name, held in row.items() if isinstance(held, dict)}
    kinds = {name: payload for name in ("role", "requestor", "level", "state_type", "tool_type") if row.get(name)}
    return [{**row, **keys}, {**row, **kinds}, {**row, "event_type": f"{payload}Event"}]


def _with_keys(held: dict[str, Any], payload: str) -> dict[str, Any]:
    return {f"{payload}{key}": value for key, value in held.items()}


def _led(row: dict[str, Any], payload: str) -> dict[str, Any]:
    """Return an event whose names and messages begin with a payload."""
    return {name: _with_words(name, value, payload) for name, value in row.items()}


def _with_words(name: str, value: Any, payload: str) -> Any:
    return f"{payload}{value}" if name in SHOWN and isinstance(value, str) else value


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_no_field_becomes_markup(tmp_path: Path, small_log: Path, payload: str) -> None:
    log = hostile_everywhere(tmp_path / "log.jsonl", small_log, payload)
    html = html_of(log, options=Options(transcripts="all"))
    tree = check_harmless(html)
    check_links(tree)
    assert not [one for one in tree.iter("style") if "evil" in (one.text or "")]
    raw = set(html) & set("\x00\x0b\u2028\u2029\u0085\ufeff\U000e0041")
    assert raw == set()
    seen = {token.type for token in tokens(markdown_of(log, options=Options(transcripts="all")))}
    assert not seen & {"html_inline", "html_block", "link_open", "image", "em_open", "code_block", "hr"}


@pytest.mark.parametrize("number", [1e308, -1e308, 1e-320, 2**70, "1", {}])
def test_odd_numbers_are_shown_or_left_out(tmp_path: Path, small_log: Path, number: Any) -> None:
    rows = rows_of(small_log)
    for row in rows:
        row.pop("chain", None)
        for name in (
            "timestamp",
            "reward",
            "duration",
            "agent_cost",
            "user_cost",
            "execution_time",
            "trial",
            "turn_idx",
        ):
            if name in row and row["event_type"] != "RunStartEvent":
                row[name] = number
        if "usage" in row or row["event_type"] == "MessageEvent":
            row |= {"usage": {"prompt_tokens": number, "completion_tokens": number}, "cost": number}
    html = html_of(write_lines(tmp_path / "log.jsonl", rows), options=Options(transcripts="all"))
    check_links(check_harmless(html))

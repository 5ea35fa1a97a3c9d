"""Any text as a filter: it means something, or an error points at a column; what it means can be written down again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tau2_tui.runlog.filters import EVENTS, Filter, FilterError, Vocabulary, parse
from tau2_tui.runlog.filters.terms import And
from tests.cli.command import run
from tests.runlog.damages import no_hang
from tests.runlog.filters.printing import printed

CORPUS: list[str] = json.loads((Path(__file__).parents[2] / "corpus" / "filters.json").read_text())
"""What once was, or could be, trouble."""

ANYTHING = Vocabulary(EVENTS.names, lambda name: len(name) % 2 == 0, lambda name: len(name) % 2 == 1)

pieces = st.sampled_from(
    [
        *(
            "error",
            "not",
            "or",
            "and",
            "(",
            ")",
            " ",
            "\t",
            '"',
            "'",
            "\\",
            ":",
            "=",
            "!=",
            "<",
            "<=",
            "~",
            "*",
            ".",
            "0",
        ),
        *("1", "-1e5", "null", "true", "task", "type", "tool", "args", "args.a", 'args."a b"', "time>1", "level:error"),
        *("trial", "result~x", "message", "content:*a*", '"some words"', "'x'", "[a", "(?", "(a+)+", "{9", "é", "\x00"),
        *("\x1b[31m", "\u202e", "\ud800", "\n", "2026-01-01", "2026-01-01T10:00:00Z", "level>=warning", "seq<9"),
    ]
)
joined = st.lists(pieces, max_size=14).map("".join) | st.lists(pieces, max_size=9).map(" ".join)
expressions = joined | st.text()

values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=4)
    | st.sampled_from(["x", "error", "1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "a b", "n"]), inner, max_size=3),
    max_leaves=6,
)
rows = st.dictionaries(
    st.sampled_from(
        ["event_type", "level", "task_id", "trial", "seq", "message", "content", "tool_args", "args", "result"]
    )
    | st.sampled_from(["tool_name", "execution_time", "timestamp", "error_message"]),
    values,
    max_size=6,
)


def parsed(text: str) -> Filter | None:
    """Return the filter, None where the text is refused as it should be."""
    try:
        return parse(text, ANYTHING)
    except FilterError as error:
        assert 1 <= error.column <= len(text) + 1, (error.column, text)
        assert "\n" not in str(error) and str(error).startswith(f"filter, column {error.column}: ")
        return None


@settings(max_examples=400)
@given(expressions)
@example("a" * 10_001)
def test_any_text_means_something_or_an_error_points_at_a_column(text: str) -> None:
    with no_hang(60):
        parsed(text)


@settings(max_examples=400)
@given(expressions, rows)
@example("type:*", {"event_type": False})
@example("type:error", {"event_type": 3})
def test_what_was_parsed_prints_back_and_means_the_same(text: str, row: dict[str, Any]) -> None:
    wanted = parsed(text)
    assume(wanted is not None)
    assert wanted is not None
    if not any(part.endswith("\\") for part in texts_of(wanted)):  # no quotation mark can stand behind it
        again = parse(printed(wanted.node), ANYTHING) if wanted.node != And(()) else parse("")
        assert again.node == wanted.node
        assert again.matches(row) == wanted.matches(row)
    assert wanted.matches(row) in (True, False)


def texts_of(wanted: Filter) -> list[str]:
    """Return the texts that stand in a filter."""
    found, pending = [], [wanted.node]
    while pending:
        node: Any = pending.pop()
        pending += [*getattr(node, "parts", ()), *([node.part] if hasattr(node, "part") else [])]
        found += [node.text] if hasattr(node, "text") else []
    return found


@pytest.mark.parametrize("number", range(len(CORPUS)))
def test_the_corpus(number: int) -> None:
    with no_hang(60):
        wanted = parsed(CORPUS[number])
        if wanted is not None:
            wanted.matches(
                {"event_type": "MessageEvent", "message": "a" * 2000, "content": "a" * 2000, "trial": 1, "args": ["x"]}
            )


@pytest.mark.parametrize("number", range(len(CORPUS)))
def test_every_command_refuses_the_corpus_in_one_visible_line(small_log: Path, number: int) -> None:
    if "\0" in CORPUS[number] or "\ud800" in CORPUS[number]:
        pytest.skip("cannot be an argument of a program")
    for command in ("events", "ls"):
        done = (
            run(command, small_log, "--filter", CORPUS[number])
            if command == "ls"
            else run(command, small_log, CORPUS[number])
        )
        assert done.code in (0, 1, 2) and "Traceback" not in done.err
        assert "\x1b" not in done.err and "\u202e" not in done.err

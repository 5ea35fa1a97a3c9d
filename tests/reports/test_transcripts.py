from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.reports.document import Entry, Gap
from tau2_tui.reports.transcripts import Reading, change_text, read_conversation, shortened, value_text
from tau2_tui.runlog.opening import open_log


def entries_of(log_file: Path, evidence: frozenset[int] = frozenset()) -> list[Entry]:
    with open_log(log_file, index="now") as log:
        log.wait()
        turns, lines = read_conversation(log, "sim-1")
        return list(Reading("e", lines, evidence).entries(turns))


def test_a_conversation_is_what_was_said_called_returned_and_changed(small_log: Path) -> None:
    found = [(entry.kind, entry.text) for entry in entries_of(small_log)]
    assert found == [
        ("user", "Please create a task to buy milk"),
        ("call", 'create_task(user_id="user_1", title="Buy milk")'),
        ("error", "ValueError: User not found"),
        ("agent", "Done."),
        ("user", "###STOP###"),
    ]


def test_evidence_has_a_place_and_others_have_none(small_log: Path) -> None:
    line = next(entry.number for entry in entries_of(small_log) if entry.kind == "call")
    assert line is not None
    marked = entries_of(small_log, frozenset({line - 1}))
    assert [(entry.kind, entry.anchor) for entry in marked if entry.anchor] == [("call", f"e-{line - 1}")]


entries = st.lists(
    st.builds(Entry, st.just("agent"), st.just("agent"), st.text("x", max_size=60), evidence=st.booleans())
)


@given(entries, st.integers(1, 400))
def test_what_is_left_out_is_counted_and_evidence_never_is(given: list[Entry], limit: int) -> None:
    kept = shortened(given, limit)
    shown = [one for one in kept if isinstance(one, Entry)]
    gaps = [one for one in kept if isinstance(one, Gap)]
    assert len(shown) + sum(gap.entries for gap in gaps) == len(given)
    assert sum(len(one.text) for one in shown) + sum(gap.characters for gap in gaps) == sum(
        len(one.text) for one in given
    )
    assert sum(one.evidence for one in shown) == sum(one.evidence for one in given)
    assert sum(len(one.text) for one in shown if not one.evidence) <= limit
    if sum(len(one.text) for one in given) <= limit:
        assert list(kept) == given


def test_a_long_text_is_cut_and_says_by_how_much(tmp_path: Path, small_log: Path) -> None:
    text = small_log.read_text().replace("Please create a task to buy milk", "m" * 5000)
    log = tmp_path / "long.jsonl"
    log.write_text(text)
    first = entries_of(log)[0]
    assert len(first.text) + first.cut == 5000 and first.cut > 0


def test_a_value_is_text_however_deeply_it_is_nested() -> None:
    value: object = "é"
    assert value_text([value]) == '["é"]'
    for _ in range(3_000):
        value = [value]
    assert value_text(value).startswith("[[[[")


def test_changes_are_signed() -> None:
    assert change_text({"op": "add", "path": "/a/b", "value": 1}) == "+ a/b: 1"
    assert change_text({"op": "remove", "path": "/a", "old": "x"}) == '- a: "x"'
    assert change_text({"op": "replace", "path": "/a", "old": 1, "value": 2}) == "~ a: 1 → 2"
    assert change_text("odd") == '"odd"'

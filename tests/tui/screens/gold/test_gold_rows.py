"""The rows of the reference page: what they say, and that they fit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.analysis.blame.verdict import Cause, Verdict
from tau2_tui.analysis.data.records import Simulation
from tau2_tui.tui.format.runs import runs_width
from tau2_tui.tui.screens.gold.alignment import Alignment
from tau2_tui.tui.screens.gold.state import Layout, difference_rows, divergence_row, rows_of, same_row
from tests.tui.logs import HOSTILE
from tests.tui.screens.gold.scenes import action, aligned, call


def texts(alignment: Alignment, layout: Layout) -> list[str]:
    return ["".join(run.text for run in row.runs).rstrip() for row in rows_of(alignment, layout)]


NARROW, WIDE = Layout(80, beside=False), Layout(120, beside=True)


def test_a_wrong_argument_shows_both_values_under_or_beside_each_other() -> None:
    found = aligned(
        [action("book", {"id": "A", "cabin": "economy"})],
        [call("book", {"id": "A", "cabin": "business"}, state_changed=True)],
    )
    narrow = texts(found, NARROW)
    assert '  1 ≠ agent turn 1     book(id="A")' in narrow
    at = narrow.index('                       - cabin: "economy"')
    assert narrow[at + 1] == '                       + cabin: "business"'
    wide = next(line for line in texts(found, WIDE) if "economy" in line)
    left, right = wide.split("│")
    assert left.strip() == '- cabin: "economy"' and right.strip() == '+ cabin: "business"'


def test_a_match_is_called_the_same_only_when_it_is() -> None:
    equal = aligned([action("cancel", {"id": "A"})], [call("cancel", {"id": "A"}, state_changed=True)])
    assert any(line.endswith("the same") for line in texts(equal, WIDE))
    compared = action("cancel", {"id": "A", "why": "x"}, compare_args=("id",))
    matched = aligned([compared], [call("cancel", {"id": "A", "why": "y"}, state_changed=True)])
    page = "\n".join(texts(matched, WIDE))
    assert "the same" not in page and 'why="x"' in page and 'why="y"' in page


def test_of_a_list_only_what_differs_in_it_is_shown() -> None:
    gold = action("book", {"flights": [{"number": "HAT1", "day": 1}, {"number": "HAT2", "day": 1}]})
    made = call("book", {"flights": [{"number": "HAT1", "day": 1}, {"number": "HAT9", "day": 1}]}, state_changed=True)
    page = "\n".join(texts(aligned([gold], [made]), NARROW))
    assert '- flights/1/number: "HAT2"' in page and '+ flights/1/number: "HAT9"' in page
    assert "HAT1" not in page and "day" not in page


def test_arguments_that_one_side_lacks_are_said() -> None:
    found = aligned([action("cancel", {"id": "A"})], [call("cancel", {"why": "x"}, state_changed=True)])
    page = texts(found, NARROW)
    pairs = [line.strip() for line in page if line.strip()[:2] in ("- ", "+ ")]
    assert pairs == ["- why: not given", '+ why: "x"', '- id: "A"', "+ id: not given"]


def test_each_fate_has_a_word_and_a_symbol() -> None:
    gold = [
        action("get", {"id": "A"}),
        action("cancel", {"id": "A"}),
        action("book", {"ids": [1, 2]}),
        action("toggle", requestor="user"),
        action("cancel", {"id": "B"}),
    ]
    calls = [
        call("get", {"id": "A"}),
        call("cancel", {"id": "Z"}, state_changed=True),
        call("book", {"ids": [2, 1]}, state_changed=True),
        call("transfer"),
        call("get", {"id": "Q"}),
        call("book", {"ids": [7]}, state_changed=True),
        call("cancel", {"id": "B"}, error=True, error_text="too late"),
    ]
    page = " ".join(" ".join(texts(aligned(gold, calls), NARROW)).split())
    for word in ("= matched", "≈ the same", "≠ wrong argument", "✗ missing", "+ extra write", "○ extra call"):
        assert word in page
    assert "· extra read" in page and "! tried, but it failed" in page and "too late" in page
    assert "2 of 5 actions made · writes 1 of 4 · reads 1 of 1" in page
    assert "✗ user never made toggle()" in page


def test_extra_reads_are_one_row_until_they_are_unfolded() -> None:
    found = aligned([action("get", {"id": "A"})], [call("get", {"id": name}) for name in "XYA"])
    folded = texts(found, NARROW)
    assert "    ▸ 2 extra reads: get x2" in folded and not any('"X"' in line for line in folded)
    assert (
        sum("extra read" not in line and "get(" in line for line in texts(found, replace(NARROW, unfolded=True))) == 3
    )
    rows = rows_of(found, NARROW)
    fold = next(place for place, row in enumerate(rows) if row.runs and "▸" in row.runs[0].text)
    one_by_one = rows_of(found, replace(NARROW, unfolded=True))
    assert same_row(rows, fold, one_by_one) == fold
    assert same_row(one_by_one, fold + 1, rows) == fold and same_row(one_by_one, fold + 2, rows) == fold + 1
    assert same_row(rows, 0, one_by_one) == 0


def test_the_first_divergence_is_marked_and_found() -> None:
    found = aligned(
        [action("get", {"id": "A"}), action("cancel", {"id": "A"})],
        [call("get", {"id": "A"}), call("cancel", {"id": "B"}, state_changed=True)],
    )
    rows = rows_of(found, NARROW)
    place = divergence_row(rows, found)
    assert place is not None
    assert rows[place].runs[0].text == "▶ first divergence: wrong arguments" and rows[place].line == 101
    assert difference_rows(rows) == [place + 1]
    same = aligned([action("get", {"id": "A"})], [call("get", {"id": "A"})])
    assert divergence_row(rows_of(same, NARROW), same) is None


def test_the_verdict_stands_above_with_its_confidence_and_leads_to_its_evidence() -> None:
    causes = (
        Cause("wrong_argument", "agent", 0.9, "cancel with wrong id", (12, 40), 3),
        *(Cause("extra_write", "agent", 0.4, f"extra {number}", (50,)) for number in range(4)),
    )
    verdict = Verdict(0, "sim", "7", 0, failed_checks=("DB",), causes=causes, note="no state in the log")
    page = replace(aligned([], []), verdict=verdict)
    rows = rows_of(page, NARROW)
    lines = texts(page, NARROW)
    assert lines[0] == "✗ failed: DB"
    assert lines[1] == "  1 agent  wrong argument  confidence 0.90  cancel with wrong id" and rows[1].line == 12
    assert "  1 further cause less likely" in lines and "  no state in the log" in lines
    assert "Reference  the task expects no actions" in lines


@pytest.mark.parametrize(
    ("simulation", "said"),
    [
        (Simulation("sim", 0, "7", reward=1.0, termination="user_stop"), "✓ passed  user_stop"),
        (Simulation("sim", 0, "7", ended=False), "… not ended"),
        (Simulation("sim", 0, "7"), "? not evaluated"),
    ],
)
def test_how_it_ended_is_said_in_words(simulation: Simulation, said: str) -> None:
    assert texts(Alignment("sim", simulation), NARROW)[0] == said


def test_what_is_not_in_the_log_is_said() -> None:
    assert "does not count" in texts(Alignment("sim"), NARROW)[0]
    lines = texts(Alignment("sim", Simulation("sim", 0, "7", reward=0.0)), NARROW)
    assert "Reference  the log holds neither this task nor its reference actions" in lines


_TEXTS = st.sampled_from([*HOSTILE, "x" * 3_000, "語" * 400, ""])
_VALUES: Any = st.recursive(st.one_of(_TEXTS, st.integers()), lambda inner: st.lists(inner, max_size=3), max_leaves=5)
_ARGUMENTS = st.dictionaries(_TEXTS, _VALUES, max_size=3)
_NAMES = st.one_of(_TEXTS, st.just("get"), st.just("cancel"))


@given(
    st.lists(st.builds(action, _NAMES, _ARGUMENTS), max_size=3),
    st.lists(st.builds(call, _NAMES, _ARGUMENTS, error=st.booleans(), error_text=_TEXTS), max_size=3),
    st.integers(20, 200),
    st.booleans(),
)
def test_any_content_fits_into_the_width_and_is_safe(gold: Any, calls: Any, width: int, beside: bool) -> None:
    for row in rows_of(aligned(gold, calls), Layout(width, beside, unfolded=True)):
        text = "".join(run.text for run in row.runs)
        assert runs_width(row.runs) <= width and "\n" not in text and "\x1b" not in text and "\u202e" not in text

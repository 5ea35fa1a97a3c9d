"""The rows of the page of state changes: what they say, and that they fit."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.tui.format.runs import runs_width
from tau2_tui.tui.screens.state.reading import History, Reference
from tau2_tui.tui.screens.state.state import Against, Layout, rows_of, step_rows
from tests.tui.logs import HOSTILE
from tests.tui.screens.state.histories import added, history, removed, replaced, step

NARROW, WIDE = Layout(80, beside=False), Layout(120, beside=True)


def texts(found: History, against: Against = Against.STEP, layout: Layout = NARROW) -> list[str]:
    return ["".join(run.text for run in row.runs).rstrip() for row in rows_of(found, against, layout)]


def test_each_change_is_old_and_new_value_under_its_record() -> None:
    found = history(
        step(10, replaced("/orders/W1/status", "pending", "cancelled"), added("/orders/W1/reason", "weather")),
        step(20, removed("/orders/W2", {"id": "W2"}), cause="delete()"),
    )
    assert texts(found) == [
        "  1  turn 1  cancel()",
        "     orders / W1",
        '       status  - "pending"  + "cancelled"',
        '       reason  + "weather"',
        "",
        "  2  turn 2  delete()",
        "     orders / W2",
        "       (removed)",
        "         - {",
        '         -   "id": "W2"',
        "         - }",
    ]
    rows = rows_of(found, Against.STEP, NARROW)
    assert step_rows(rows) == [0, 5] and rows[2].line == 10 and rows[8].line == 20


def test_the_user_s_database_is_named() -> None:
    found = history(step(10, replaced("/phone/data", False, True), database="user_database"))
    assert any("user" in line for line in texts(found)) and "       data" not in texts(found)


def test_against_the_start_changes_are_summed_up_and_what_was_changed_back_is_gone() -> None:
    found = history(
        step(10, replaced("/orders/W1/status", "pending", "shipped"), replaced("/orders/W2/n", 1, 2)),
        step(20, replaced("/orders/W1/status", "shipped", "cancelled"), replaced("/orders/W2/n", 2, 1)),
    )
    assert texts(found, Against.START) == ["     orders / W1", '       status  - "pending"  + "cancelled"']
    rows = rows_of(found, Against.START, NARROW)
    assert rows[0].starts and rows[0].line == 20  # the event after which it is so
    back = history(step(10, replaced("/a/b", 1, 2)), step(20, replaced("/a/b", 2, 1)))
    assert texts(back, Against.START) == [
        "The final state is the state at the start (what was changed was changed back)."
    ]


def test_changes_that_contradict_each_other_are_shown_one_by_one() -> None:
    found = history(step(10, replaced("/a/b", 1, 2)), step(20, replaced("/a", 3, 4)))
    page = texts(found, Against.START)
    assert page[0] == "The recorded changes contradict each other; each is shown."
    assert "       b  - 1  + 2" in page or any("- 1  + 2" in line for line in page)
    assert any("- 3  + 4" in line for line in page)


def test_against_the_reference_says_why_the_database_check_failed() -> None:
    difference = {"database": [replaced("/orders/W1/status", "cancelled", "pending")], "user_database": []}
    found = history(reference=Reference(99, difference))
    page = texts(found, Against.REFERENCE)
    assert page[0] == "- the reference's  + as it was reached"
    assert page[2] == '       status  - "cancelled"  + "pending"'
    assert step_rows(rows_of(found, Against.REFERENCE, NARROW)) == [1]
    assert all(row.line in (None, 99) for row in rows_of(found, Against.REFERENCE, NARROW))


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        (None, "The simulation has not ended."),
        (Reference(9, None), "The log does not hold the reference's final state."),
        (
            Reference(9, None, "an action failed"),
            "The log does not hold the reference's final state: an action failed.",
        ),
        (Reference(9, {"database": []}), "✓ The final state is the reference's."),
    ],
)
def test_what_is_not_known_of_the_reference_is_said(reference: Reference | None, said: str) -> None:
    assert texts(history(reference=reference), Against.REFERENCE)[0] == said


def test_what_synchronising_would_leave_is_counted() -> None:
    found = history(reference=Reference(9, {"database": [added("/a/b", 1)]}, synced={"database": []}))
    assert any("0 differences remain" in line for line in texts(found, Against.REFERENCE, WIDE))


def test_no_states_and_no_changes_are_two_things() -> None:
    for against in (Against.STEP, Against.START):
        assert "imported without" in texts(history(looked=False), against)[0]
    unknown = texts(history(looked=False, reference=Reference(9, None)), Against.REFERENCE)
    assert "does not hold" in unknown[0] and "imported without" in unknown[1]
    assert texts(history()) == ["Nothing was changed."]


def test_long_values_stand_beside_each_other_where_there_is_room() -> None:
    found = history(step(10, replaced("/a/b", {"x": 1, "same": 0}, {"x": 2, "same": 0})))
    beside = next(line for line in texts(found, layout=WIDE) if '"x": 1' in line)
    assert '"x": 2' in beside and beside.index('"x": 2') > 60
    page = texts(found)
    assert page.index('         -   "x": 1,') < page.index('         +   "x": 2,')


def test_the_ways_of_comparing_go_round() -> None:
    assert Against.STEP.next().next() is Against.REFERENCE and Against.STEP.next(-1) is Against.REFERENCE


_TEXTS = st.sampled_from([*HOSTILE, "x" * 3_000, "語" * 400, "", "a/b~c"])
_VALUES: Any = st.recursive(st.one_of(_TEXTS, st.integers(), st.none()), lambda inner: st.lists(inner, max_size=3))
_PATHS = st.lists(_TEXTS, max_size=4).map(lambda names: "".join(f"/{name.replace('/', '~1')}" for name in names))
_CHANGES = st.one_of(
    st.builds(replaced, _PATHS, _VALUES, _VALUES),
    st.builds(added, _PATHS, _VALUES),
    st.builds(removed, _PATHS, _VALUES),
)


@given(st.lists(_CHANGES, max_size=4), st.integers(20, 200), st.booleans(), st.sampled_from(Against))
def test_any_changes_fit_into_the_width_and_are_safe(
    changes: list[dict[str, Any]], width: int, beside: bool, against: Against
) -> None:
    found = history(step(10, *changes), reference=Reference(9, {"database": changes}))
    for row in rows_of(found, against, Layout(width, beside)):
        text = "".join(run.text for run in row.runs)
        assert runs_width(row.runs) <= width and "\n" not in text and "\x1b" not in text and "\u202e" not in text

"""Tables: columns that fit the width, an order that keeps the selected row."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.tui.format.runs import Run, one_line, runs_width
from tau2_tui.tui.table import Column, Table

Row = tuple[str, int | None]

NAME: Column[Row] = Column("name", lambda row: Run(row[0]), 4, 20, order=lambda row: row[0], importance=2)
AGE: Column[Row] = Column(
    "age", lambda row: Run("" if row[1] is None else str(row[1])), 4, right=True, order=lambda row: row[1], importance=1
)
ROWS: list[Row] = [("Cy", 7), ("Ada", 30), ("Bob", None), ("Dora the explorer", 5)]


def table() -> Table[Row]:
    made = Table([NAME, AGE])
    made.window.resize(10)
    made.set_rows(ROWS)
    return made


def text(runs: tuple[Run, ...]) -> str:
    return "".join(run.text for run in runs)


def test_columns_are_as_wide_as_their_texts_and_numbers_stand_at_the_right() -> None:
    made = table()
    assert text(made.header(40)) == "name" + " " * 16 + "age"
    assert text(made.line(ROWS[1], 40)) == "Ada" + " " * 14 + "    30"


def test_columns_of_least_importance_go_first() -> None:
    made = table()
    assert text(made.header(9)).rstrip() == "name"
    assert text(made.line(ROWS[3], 9)) == "Dora the…"


def test_unknown_values_come_last_whichever_way_the_order_goes() -> None:
    made = table()
    made.order_by("age")
    assert [row[0] for row in made.rows] == ["Dora the explorer", "Cy", "Ada", "Bob"]
    made.reverse()
    assert [row[0] for row in made.rows] == ["Ada", "Cy", "Dora the explorer", "Bob"]
    assert "age▼" in text(made.header(40))


def test_the_selected_row_stays_selected() -> None:
    made = table()
    made.window.goto(1)
    made.order_by("name", descending=True)
    assert made.selected == ROWS[1] and made.window.cursor == 3
    made.set_rows([("Eve", 1), *ROWS], lambda a, b: a[0] == b[0])
    assert made.selected == ROWS[1]


def test_the_orders_come_round() -> None:
    made = table()
    made.fit(40)
    assert [made.order_next() for _ in range(3)] == ["name", "age", "the order of the log"]
    assert made.rows == ROWS and made.order_next(-1) == "age"


def test_a_table_without_rows() -> None:
    made = Table([NAME, AGE])
    assert made.selected is None and not made.select(lambda row: True)
    made.order_next()
    made.reverse()
    assert made.rows == []


@given(st.lists(st.tuples(st.text(max_size=12), st.none() | st.integers(-5, 5)), max_size=8), st.integers(1, 60))
def test_a_row_never_takes_more_cells_than_there_are(rows: list[Row], cells: int) -> None:
    made = Table([NAME, AGE])
    made.set_rows([(one_line(name), age) for name, age in rows])
    for row in made.rows:
        assert runs_width(made.line(row, cells)) <= max(cells, NAME.least)
    assert runs_width(made.header(cells)) <= max(cells, NAME.least)


@pytest.mark.parametrize("direction", [1, -1])
def test_ordering_by_what_cannot_order_is_never_offered(direction: int) -> None:
    made: Table[Row] = Table([Column("x", lambda row: Run("x"), 1), NAME])
    made.set_rows(ROWS)
    made.fit(30)
    assert {made.order_next(direction) for _ in range(5)} == {"name", "the order of the log"}

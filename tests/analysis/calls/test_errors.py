from __future__ import annotations

import pytest

from tau2_tui.analysis.calls.errors import ERROR_KINDS, classify_error, error_table
from tests.analysis.call_records import call, calls_of


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Error: Tool 'fly_to_moon' not found.", "unknown tool"),
        ("Error: Unknown tool: fly", "unknown tool"),
        ("Error: 1 validation error for Payment\npayment_id\n  Field required [type=missing]", "validation"),
        ("Error: book() missing 1 required positional argument: 'cabin'", "validation"),
        ("Error: got an unexpected keyword argument 'x'", "validation"),
        ("Error: Number of passengers does not match", "validation"),
        ("Error: Invalid reason", "validation"),
        ("Error: Refuel amount must be positive", "validation"),
        ("Error: The number of items to be exchanged should match.", "validation"),
        ("Error: The new item id should be different from the old item id", "policy"),
        ("Error: A bill is already awaiting payment for this customer", "policy"),
        ("Error: New item 1008 not found or available", "not found"),
        ("Error: Reservation IFOYFZ not found", "not found"),
        ("Error: Flight HAT039 not found on date 2025-11-28", "not found"),
        ("Error: Non-pending order cannot be cancelled", "policy"),
        ("Error: Line must be suspended to resume", "policy"),
        ("PermissionError: forbidden", "policy"),
        ("Error: request timed out", "limit"),
        ("Error: Too many reservations", "limit"),
        ("429 Too Many Requests", "limit"),
        ("Error: Not enough seats on flight HAT268", "availability"),
        ("Error: Payment amount does not add up, total price is 375, but paid 299", "availability"),
        ("Error: Insufficient gift card balance", "availability"),
        ("Error: Flight HAT1 not available on date 2024-05-20", "availability"),
        ("ZeroDivisionError: division by zero", "exception"),
        ("Error: something odd", "other"),
        ("", "other"),
        (None, "other"),
    ],
)
def test_the_first_fitting_kind(text: str | None, kind: str) -> None:
    assert classify_error(text, "book", ["book"]) == kind
    assert kind in ERROR_KINDS


def test_a_tool_the_domain_has_not_is_unknown_whatever_the_text_says() -> None:
    assert classify_error("Error: boom", "fly", {"book"}) == "unknown tool"
    assert classify_error("Error: boom", "fly", None) == "other"
    assert classify_error("Error: boom", "fly", ()) == "other"


def test_a_hostile_text_is_looked_at_only_so_far() -> None:
    assert classify_error("x " * 3_000_000 + "not found") == "other"
    assert classify_error("missing " * 200_000) == "other"


def test_recovery_is_a_later_success_of_the_same_tool_in_the_same_simulation() -> None:
    calls = calls_of("get! book get", "1", 0) + calls_of("get! book", "2", 1) + calls_of("get book!", "2", 2)
    table = error_table(calls)
    assert (table.calls, table.errors, table.simulations) == (7, 3, 3)
    assert table.recovery.value == pytest.approx(1 / 3)
    assert (table.recovery.n, table.recovery.n_tasks) == (3, 2)
    assert [(first.simulation, first.tool_name, first.i, first.recovered) for first in table.first] == [
        (0, "get", 0, True),
        (1, "get", 0, False),
        (2, "book", 1, False),
    ]


def test_kinds_tools_and_tasks_add_up() -> None:
    calls = [
        call("get", "1", 0, 0, error=True, error_text="Error: A not found", line=7),
        call("get", "2", 1, 0, error=True, error_text="Error: B not found"),
        call("book", "2", 1, 1, error=True, error_text="odd"),
    ]
    table = error_table(calls)
    first, second = table.kinds
    assert (first.kind, first.count, first.share, first.example, first.line) == (
        "not found", 2, 2 / 3, "Error: A not found", 7
    )  # fmt: skip
    assert first.tools == (("get", 2),)
    assert first.tasks == (("1", 1), ("2", 1))
    assert (second.kind, second.example) == ("other", "odd")
    assert sum(cell.count for cell in table.cells) == table.errors == 3


def test_no_errors_and_no_calls() -> None:
    clean = error_table(calls_of("a b"))
    assert (clean.errors, clean.note, clean.recovery.value, clean.recovery.note) == (0, "no errors", None, "no errors")
    assert clean.kinds == () and clean.cells == () and clean.first == ()
    empty = error_table([])
    assert (empty.note, empty.error_rate.value) == ("no tool calls", None)

from __future__ import annotations

from tau2_tui.counting import counted, counted_plainly


def test_one_is_singular_and_everything_else_plural() -> None:
    assert [counted(number, "task") for number in (0, 1, 2, 1200)] == ["0 tasks", "1 task", "2 tasks", "1,200 tasks"]
    assert [counted(number, "retry", "retries") for number in (1, 2)] == ["1 retry", "2 retries"]


def test_a_recorded_message_keeps_its_digits_together() -> None:
    assert [counted_plainly(number, "task") for number in (0, 1, 1200)] == ["0 tasks", "1 task", "1200 tasks"]

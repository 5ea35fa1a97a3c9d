from __future__ import annotations

from pathlib import Path

import pytest

from tau2_tui.runlog import RunLog
from tau2_tui.runlog.summary import summarize
from tau2_tui.runlog.verify import verify
from tests.logging.naive_check import check

FOLDER = Path(__file__).parent.parent / "sample_logs"


@pytest.mark.parametrize(
    ("name", "simulations", "passed"), [("mock", 9, 8), ("airline", 5, 5), ("noisy", 24, 19), ("telecom", 6, 6)]
)
def test_the_sample_logs_are_whole_and_hold_what_their_readme_says(name: str, simulations: int, passed: int) -> None:
    path = FOLDER / f"{name}.jsonl"
    check(path)
    report = verify(path)
    assert report.ok and report.complete
    with RunLog.open(path, index="now") as log:
        totals = summarize(log).totals
    assert (totals.ended, totals.passed) == (simulations, passed)
    assert f"`{name}.jsonl`" in (FOLDER / "README.md").read_text()


def test_the_airline_log_holds_a_booking_and_the_telecom_log_changes_of_the_users_database() -> None:
    bookings = [row for row in check(FOLDER / "airline.jsonl") if row.get("action_trigger") == "book_reservation"]
    assert any(row["event_type"] == "StateChangeEvent" for row in bookings)
    users = [row for row in check(FOLDER / "telecom.jsonl") if row.get("state_type") == "user_database"]
    assert users and all("old" in change for row in users for change in row["changes"] if change["op"] == "replace")

"""What screens share: facts are found out once for one state of the log; a place is gone to once."""

from __future__ import annotations

from tau2_tui.tui.inspection import Facts, Inspection, Place


def test_a_fact_is_wanted_once_until_the_log_changes() -> None:
    facts = Facts()
    assert facts.get("sum", 1) is None
    assert facts.is_wanted("sum", 1) and not facts.is_wanted("sum", 1)
    facts.put("sum", 1, 42)
    assert facts.get("sum", 1) == 42 and not facts.is_wanted("sum", 1)
    assert facts.is_wanted("sum", 2) and facts.get("sum", 2) == 42  # the old one until the new one is known
    facts.put("sum", 2, 43)
    assert facts.get("sum", 2) == 43


def test_a_fact_that_was_given_up_is_wanted_again() -> None:
    facts = Facts()
    facts.is_wanted("sum", 1)
    facts.give_up("sum", 1)
    assert facts.is_wanted("sum", 1)


def test_a_place_is_taken_once_and_its_simulation_stays() -> None:
    inspection = Inspection([])
    assert inspection.take() is None
    inspection.point(Place("sim-a", 3))
    assert inspection.take() == Place("sim-a", 3) and inspection.take() is None
    inspection.point(Place(None, 7))
    assert inspection.simulation_id == "sim-a"

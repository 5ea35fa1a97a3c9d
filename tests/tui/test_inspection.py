"""What screens share: facts are found out once for one state of the log; a place is gone to once."""

from __future__ import annotations

from tau2_tui.tui.inspection import Facts, Inspection, Place


def test_a_fact_is_wanted_once_until_the_log_changes() -> None:
    facts = Facts()
    assert facts.get("sum") is None
    assert facts.is_wanted("sum", 1) and not facts.is_wanted("sum", 1)
    assert not facts.is_wanted("sum", 2)  # one at a time, also of a log that grows meanwhile
    facts.put("sum", 1, 42)
    assert facts.get("sum") == 42 and not facts.is_wanted("sum", 1)
    assert facts.is_wanted("sum", 2) and facts.get("sum") == 42  # the old one until the new one is known
    facts.put("sum", 2, 43)
    assert facts.get("sum") == 43


def test_a_fact_of_a_log_that_grows_rests_the_longer_the_longer_it_took() -> None:
    now = [100.0]
    facts = Facts(lambda: now[0])
    assert facts.rest_of("sum", 1) == 0.0
    facts.put("sum", 1, 42, seconds=2.0)
    assert facts.rest_of("sum", 1) == 0.0 and facts.rest_of("sum", 2) == 8.0
    now[0] += 8.0
    assert facts.rest_of("sum", 2) == 0.0
    facts.put("sum", 2, 43, seconds=0.001)
    assert facts.rest_of("sum", 3) == 1.0


def test_only_one_waits_for_the_end_of_a_rest() -> None:
    facts = Facts()
    assert facts.is_awaited("sum") and not facts.is_awaited("sum")
    facts.told("sum")
    assert facts.is_awaited("sum")


def test_a_place_is_taken_once_and_its_simulation_stays() -> None:
    inspection = Inspection([])
    assert inspection.take() is None
    inspection.point(Place("sim-a", 3))
    assert inspection.take() == Place("sim-a", 3) and inspection.take() is None
    inspection.point(Place(None, 7))
    assert inspection.simulation_id == "sim-a"


def test_facts_that_nobody_asks_for_go_when_there_are_many() -> None:
    facts = Facts()
    facts.put("asked for", 1, "kept")
    for number in range(500):
        facts.put(number, 1, number)
        assert facts.get("asked for") == "kept"
    assert facts.get(0) is None and facts.get(499) == 499
    assert facts.is_wanted(0, 1)
    facts.put(0, 1, "found out again")
    assert facts.get(0) == "found out again"


def test_facts_can_be_forgotten() -> None:
    facts = Facts()
    facts.put(("a", 1), 1, "former")
    facts.put(("a", 2), 1, "present")
    facts.forget(lambda name: name == ("a", 1))
    assert facts.get(("a", 1)) is None and facts.get(("a", 2)) == "present"

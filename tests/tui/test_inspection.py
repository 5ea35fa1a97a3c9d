"""What screens share: facts are found out once for one state of the log; a place is gone to once."""

from __future__ import annotations

import gc
import math
import weakref
from pathlib import Path

import pytest

from tau2_tui.runlog import RunLog
from tau2_tui.tui import finding
from tau2_tui.tui.inspection import Facts, Inspection, Place
from tau2_tui.tui.screens.main import MainScreen
from tests.tui.screens.walking import inspector, until


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


def test_what_was_to_be_forgotten_while_it_was_found_out_is_not_kept() -> None:
    facts = Facts()
    assert facts.is_wanted("former", 1)
    facts.forget(lambda name: name == "former")
    facts.put("former", 1, "came late")
    assert facts.get("former") is None
    assert facts.is_wanted("former", 1)  # somebody asks for it after all
    facts.put("former", 1, "found out again")
    assert facts.get("former") == "found out again"


async def test_what_a_worker_was_given_goes_when_it_is_done(tmp_path: Path) -> None:
    class Given:
        """As big as a whole run may be."""

    async with inspector(tmp_path) as (app, pilot):
        given = Given()
        kept = weakref.ref(given)
        screen = app.screen
        assert isinstance(screen, MainScreen)

        def compute(log: RunLog, given: Given = given) -> str:
            return type(given).__name__

        gc.collect()
        gc.disable()  # a whole run must not live until the collector looks among old objects
        try:
            assert screen.fact("name", compute) is None
            del given, compute
            await until(pilot, lambda: app.inspection.facts.get(("name", 0)) == "Given")
            await pilot.pause()
            assert kept() is None
        finally:
            gc.enable()


async def test_memory_that_finding_out_took_is_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given_back: list[bool] = []
    async with inspector(tmp_path) as (app, pilot):
        monkeypatch.setattr(finding, "give_back", lambda: given_back.append(True))
        monkeypatch.setattr(finding, "_LONG_SECONDS", math.inf)
        screen = app.screen
        assert isinstance(screen, MainScreen)
        screen.fact("short", lambda log: "said")
        await until(pilot, lambda: app.inspection.facts.get(("short", 0)) == "said")
        assert not given_back
        monkeypatch.setattr(finding, "_LONG_SECONDS", 0.0)
        screen.fact("long", lambda log: "said")
        await until(pilot, lambda: given_back == [True])

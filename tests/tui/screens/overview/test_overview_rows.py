"""The rows of the overview."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tau2_tui.analysis.blame.verdict import Cause, Verdict
from tau2_tui.analysis.data.records import Message, Run, Simulation
from tau2_tui.tui.screens.overview import state
from tau2_tui.tui.screens.overview.numbers import find_numbers
from tau2_tui.tui.screens.overview.state import AnyRow, page
from tau2_tui.tui.study.answers import Findings


def findings(count: int = 6, **changed: object) -> Findings:
    """Return a run of which every second simulation failed."""
    simulations = tuple(
        Simulation(f"sim-{place}", place, f"{place // 2}", place % 2, reward=float(place % 2), agent_cost=0.5)
        for place in range(count)
    )
    cause = Cause("missing_write", "agent", 0.7, "book_reservation was never made", (3,))
    verdicts = {one.simulation_id: Verdict(one.index, one.simulation_id, one.task_id, one.trial, (), (cause,))
                for one in simulations if not one.success}  # fmt: skip
    return Findings(Run("run", domain="airline", agent="llm_agent", simulations=simulations, **changed), verdicts)  # type: ignore[arg-type]


def texts(rows: list[AnyRow]) -> list[str]:
    return ["".join(run.text for run in row.runs) for row in rows]


def test_what_does_not_fit_into_a_row_goes_on_in_the_next() -> None:
    found = findings()
    wide, narrow = (texts(page(found, find_numbers(found.run), width)) for width in (120, 34))
    assert max(map(len, narrow)) <= 34
    words = " ".join(" ".join(narrow).split())
    assert "3 of 6 simulations passed, 3 tasks" in words and "on new tasks like these" in words
    assert any("missing write" in row and "█" in row and "agent" in row for row in wide)
    assert any("missing write" in row and "█" not in row and "agent" in row for row in narrow)


def test_where_nothing_was_evaluated_it_is_not_said_that_nothing_failed() -> None:
    unknown = (Simulation("sim-0", 0, "0", 0),)
    passed = (Simulation("sim-0", 0, "0", 0, reward=1.0),)
    said = [texts(page(Findings(Run("run", simulations=some), {}), None, 80)) for some in (unknown, passed, ())]
    assert ["No simulation failed." in rows for rows in said] == [False, True, False]
    assert ["No simulation was evaluated." in rows for rows in said] == [True, False, True]


def test_trials_of_a_task_with_a_long_name_can_be_told_apart() -> None:
    task = "[mobile_data_issue]bad_network_preference|data_saver_mode_on[PERSONA:Easy]"
    found = findings()
    verdicts = {name: replace(one, task_id=task) for name, one in found.verdicts.items()}
    rows = page(Findings(found.run, verdicts), None, 80)
    said = texts([row for row in rows if row.verdict is not None])
    assert len(said) == 3 and all(" trial 0 " in row and "…" in row and len(row) <= 80 for row in said)


def test_tasks_with_long_names_can_be_told_apart() -> None:
    names = [f"[issue]airplane_mode_on|{what}[PERSONA:None]" for what in ("bad_vpn", "data_mode_off", "no_signal")]
    found = findings()
    simulations = tuple(replace(one, task_id=names[int(one.task_id)]) for one in found.run.simulations)
    verdicts = {name: replace(one, task_id=names[int(one.task_id)]) for name, one in found.verdicts.items()}
    rows = texts(page(Findings(replace(found.run, simulations=simulations), verdicts), None, 80))
    for what in ("bad_vpn", "data_mode_off", "no_signal"):
        assert sum(what in row for row in rows) == 2  # among the failed ones, and in the grid


def test_tasks_stand_in_their_natural_order_with_what_every_mark_means() -> None:
    run = Run("run", simulations=(
        Simulation("a", 0, "10", 0, reward=1.0), Simulation("b", 1, "9", 0, reward=1.0),
        Simulation("c", 2, "9", 1, reward=0.0, termination="max_steps"),
    ))  # fmt: skip
    heading, more, grid = texts(page(Findings(run, {}), None, 80))[-3:]
    assert grid == "  9    ✓⊘ ⇅ 10   ✓-   "
    assert heading == "Tasks x trials (2 x 2)  ✓ passed  ⊘ failed, ended early  - not in the log"
    assert more == "⇅ flips"  # a mark and what it means stay together


def test_tokens_are_named_where_only_the_users_are_known() -> None:
    known = Message(0, 1, "user", prompt_tokens=12, completion_tokens=3)
    found = findings(messages=(Message(0, 0, "assistant", cost=0.5), known))
    assert any(
        row.startswith("tokens ") and "user 12 in, 3 out" in row
        for row in texts(page(found, find_numbers(found.run), 80))
    )


def test_rows_out_of_sight_are_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[object] = []
    monkeypatch.setattr(state, "cut", lambda text, cells: written.append(text) or text[:cells])
    rows = page(findings(400), None, 120)
    failed = [row for row in rows if row.verdict is not None]
    assert len(failed) == 200 and written == []
    place = failed[7].place
    assert "book_reservation was never made" in texts([failed[7]])[0] and len(written) == 1
    assert place is not None and (place.simulation_id, place.line) == ("sim-14", 3)

from __future__ import annotations

import math
import os
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import scipy.stats

from tau2_tui.analysis.calls.tools import overall_error_rate, tool_table, tool_vs_rest
from tau2_tui.analysis.data.records import Call
from tau2_tui.analysis.shared.exact import sign_flip
from tests.analysis.call_records import calls_of


def test_a_row_a_tool_with_its_share_errors_and_tasks() -> None:
    calls = calls_of("get get! book!", "8", 0) + calls_of("get get", "3", 1) + calls_of("book!", "8", 2)
    get, book = tool_table(calls)
    assert (get.tool_name, get.calls, get.errors, get.tasks, get.simulations) == ("get", 4, 1, 2, 2)
    assert get.error_rate == 0.25
    assert get.share == pytest.approx(4 / 6)
    theirs = scipy.stats.binomtest(1, 4).proportion_ci(method="wilson")
    interval = get.error_rate_interval
    assert (interval.low, interval.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
    assert (book.tool_name, book.errors, book.error_tasks) == ("book", 2, ("8",))
    assert book.note == "2 of 2 calls failed, all in task 8; one task only"
    assert book.error_rate_interval.status == "few"


def test_no_calls() -> None:
    assert tool_table([]) == ()
    assert tool_vs_rest([]) == ()
    assert overall_error_rate([]).note == "no tool calls"


def test_one_call() -> None:
    (row,) = tool_table(calls_of("get"))
    assert (row.calls, row.error_rate, row.share) == (1, 0.0, 1.0)
    (against,) = tool_vs_rest(calls_of("get"))
    assert against.test.p is None
    assert "cannot separate tool from task" in against.test.note


def test_a_tool_used_in_one_hard_task_only_is_not_called_worse() -> None:
    calls = calls_of("book! book! book! book! book get!", "8", 0)
    for task in range(5):
        calls += calls_of("get get get get get", str(task), task + 1)
    book = next(row for row in tool_vs_rest(calls, fisher=True) if row.tool_name == "book")
    assert book.test.p is None
    assert book.test.note == "used in 1 task: cannot separate tool from task"
    assert book.fisher is not None and book.fisher.p is not None and book.fisher.p < 0.001
    chances = {x: math.comb(5, x) * math.comb(26, 5 - x) / math.comb(31, 5) for x in range(6)}
    expected = sum(chance for chance in chances.values() if chance <= chances[4] * (1 + 1e-9))
    assert book.fisher.p == pytest.approx(expected, abs=1e-12)


def test_the_difference_is_taken_inside_each_task_and_tested_by_all_signs() -> None:
    calls = []
    for task in range(7):
        calls += calls_of("book! get get" if task else "book! book get! get", str(task), task)
    rows = {row.tool_name: row for row in tool_vs_rest(calls)}
    book = rows["book"]
    differences = [Fraction(1, 2) - Fraction(1, 2)] + [Fraction(1)] * 6
    assert book.difference.value == pytest.approx(float(sum(differences)) / 7)
    assert (book.test.n, book.test.p, book.test.p_min) == (6, pytest.approx(2 / 64), pytest.approx(2 / 64))
    assert book.test.p_adj == pytest.approx(2 / 64)
    assert rows["get"].difference.value == -book.difference.value


def test_one_call_against_many_is_not_found_worse_by_chance() -> None:
    """One call of a tool against ten others in each task: a rare error makes a difference that is not symmetric."""
    rng = np.random.default_rng(20)
    found = 0
    for _ in range(120):
        calls = []
        for task in range(20):
            names = ("book" if place == 0 else "get" for place in range(11))
            calls += calls_of(" ".join(f"{name}{'!' * (rng.random() < 0.05)}" for name in names), str(task), task)
        book = next(row for row in tool_vs_rest(calls) if row.tool_name == "book")
        flips = sign_flip([Fraction(d).limit_denominator(100) for d in _differences(calls)])
        assert book.test.p is not None and flips.p is not None and book.test.p >= flips.p
        found += book.test.p < 0.05
    assert found <= 120 * 0.08


def _differences(calls: list[Call]) -> list[float]:
    found = []
    for task in {call.task_id for call in calls}:
        own = [call.error for call in calls if call.task_id == task and call.name == "book"]
        others = [call.error for call in calls if call.task_id == task and call.name != "book"]
        found.append(sum(own) / len(own) - sum(others) / len(others))
    return found


def test_adjustment_counts_only_tools_that_could_be_tested() -> None:
    calls = []
    for task in range(6):
        calls += calls_of("a! b b", str(task), task)
    calls += calls_of("c!", "9", 9)
    rows = {row.tool_name: row for row in tool_vs_rest(calls)}
    assert rows["c"].test.p_adj is None
    assert rows["a"].test.p_adj == pytest.approx(2 / 64)


def test_fisher_with_an_empty_margin_is_no_evidence() -> None:
    rows = tool_vs_rest(calls_of("a b", "0") + calls_of("a b", "1", 1), fisher=True)
    assert all(row.fisher is not None and row.fisher.p == 1.0 and row.fisher.stat is None for row in rows)
    assert not any(row.fisher and row.fisher.stat is not None and math.isnan(row.fisher.stat) for row in rows)


DATA = os.environ.get("TAU2_TUI_TEST_DATA")


@pytest.mark.skipif(not DATA, reason="TAU2_TUI_TEST_DATA is not set")
@pytest.mark.parametrize("name", ["", "_enhanced_logs"])
def test_the_evaluators_replays_are_not_the_agents_calls(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tau2_tui.analysis.calls.errors import error_table
    from tau2_tui.analysis.calls.reference import agreement_table
    from tau2_tui.analysis.calls.sensitive import sensitive
    from tau2_tui.analysis.data.reading import read_run
    from tau2_tui.runlog.opening import open_log

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    run = read_run(open_log(Path(DATA or "") / "tau2-enhanced" / f"airline_gemini2_5_flash_10tasks_2t{name}.json"))
    assert len(run.calls) == 79
    table = error_table(run.calls)
    assert (table.errors, table.error_rate.value) == (8, pytest.approx(8 / 79))
    assert {kind.kind: kind.count for kind in table.kinds} == {"not found": 5, "validation": 3}
    reservations = next(row for row in tool_table(run.calls) if row.tool_name == "get_reservation_details")
    assert (reservations.calls, reservations.errors) == (39, 5)
    assert {task for row in tool_table(run.calls) for task in row.error_tasks} == {"8", "9"}
    assert sensitive(run.calls).calls == 5
    agreement = agreement_table(run)
    recorded = [
        check["action_match"] for s in run.simulations for check in (s.reward_info or {}).get("action_checks") or ()
    ]
    ours = [action.outcome == "matched" for row in agreement.simulations for action in row.actions]
    assert len(recorded) == 54
    assert ours == recorded

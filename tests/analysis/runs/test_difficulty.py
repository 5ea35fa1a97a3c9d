from __future__ import annotations

import dataclasses
import json
from statistics import fmean

import pytest
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from tau2_tui.analysis.data.records import GoldAction
from tau2_tui.analysis.runs.difficulty import difficulty
from tests.analysis.made_runs import counts, run_of

PAIRS = [(4, 4), (3, 4), (4, 4), (1, 4), (0, 4), (2, 4), (0, 4)]
WRITES = {"t0": 0, "t1": 0, "t2": 0, "t3": 1, "t4": 1, "t5": 1, "t6": 3}


def test_tasks_with_and_without_writes_are_compared_by_welch() -> None:
    found = difficulty(run_of(counts(*PAIRS), writes=WRITES))
    means = [c / n for c, n in PAIRS]
    welch = CompareMeans(DescrStatsW(means[:3]), DescrStatsW(means[3:]))
    t, p, _ = welch.ttest_ind(usevar="unequal")
    low, high = welch.tconfint_diff(usevar="unequal")
    assert (found.by, found.split) == ("writes", 0)
    assert (found.test.stat, found.test.p) == (pytest.approx(t, abs=1e-9), pytest.approx(p, abs=1e-9))
    assert found.difference.value == pytest.approx(fmean(means[:3]) - fmean(means[3:]), abs=1e-9)
    assert found.difference.low == pytest.approx(low, abs=1e-9)
    assert found.difference.high == pytest.approx(min(1.0, high), abs=1e-9)
    assert [(row.key, row.n_tasks, row.rate.value is None) for row in found.groups] == [
        ("0", 3, False),
        ("1", 3, False),
        ("3", 1, True),
    ]
    json.dumps(dataclasses.asdict(found))


def test_where_it_is_not_known_what_writes_all_actions_count() -> None:
    run = run_of(counts(*PAIRS), writes=WRITES)
    unknown = dataclasses.replace(run, gold=(*run.gold, GoldAction("t6", 3, "odd", {}, writes=None)))
    found = difficulty(unknown)
    assert found.by == "actions" and found.groups[-1].key == "4"


def test_poor_data_say_why() -> None:
    assert difficulty(run_of(counts((1, 1)))).note == "no task definitions in the log"
    assert difficulty(run_of({})).note == "no finished simulations"
    same = difficulty(run_of(counts((1, 1), (0, 1)), writes={"t0": 1, "t1": 1}))
    assert same.note == "all tasks have the same number of actions"
    few = difficulty(run_of(counts((1, 1), (0, 1)), writes={"t0": 0, "t1": 1}))
    assert few.test.p is None and "counts only" in few.note
    rough = difficulty(run_of(counts(*PAIRS), writes=WRITES))
    assert rough.status == "few" and rough.note == "only 3 tasks on one side: interval and p-value are rough"
    pairs, writes = [(4, 4), (3, 4), (4, 4), (1, 4), (0, 4), (2, 4)] * 2, {f"t{i}": int(i > 5) for i in range(12)}
    assert difficulty(run_of(counts(*pairs), writes=writes)).status == "ok"
    constant = difficulty(run_of(counts(*[(1, 1)] * 3, *[(0, 1)] * 3), writes={f"t{i}": int(i > 2) for i in range(6)}))
    assert constant.test.p is None and constant.difference.value == 1.0 and constant.status == "degenerate"

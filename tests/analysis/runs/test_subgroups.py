from __future__ import annotations

import pytest

from tau2_tui.analysis.runs.subgroups import kind_of_task, subgroup
from tau2_tui.analysis.runs.success import success_new_tasks
from tests.analysis.made_runs import counts, run_of


def test_a_group_of_three_tasks_gets_a_rate_a_smaller_one_its_counts() -> None:
    run = run_of(counts((1, 2), (2, 2), (0, 2), (1, 2), (2, 2)))
    found = subgroup(run, lambda simulation: "big" if simulation.task_id < "t3" else "small")
    big, small = found.groups
    members = [one for one in run.simulations if one.task_id < "t3"]
    assert big.rate == success_new_tasks(members)
    assert (small.n_tasks, small.n, small.successes, small.rate.value) == (2, 4, 3, None)
    assert small.rate.note == "2 tasks: counts only" and "1 group of fewer than 3 tasks" in found.note


def test_named_keys() -> None:
    run = run_of({"[mms_issue]a": [1.0, 0.0], "[mms_issue]b": [1.0, 1.0], "c": [0.0]})
    assert [(group.key, group.n) for group in subgroup(run, "trial").groups] == [("0", 3), ("1", 2)]
    kinds = subgroup(run, "kind")
    assert [(group.key, group.n_tasks) for group in kinds.groups] == [("mms_issue", 2)] and kinds.without_key == 1
    with pytest.raises(ValueError, match="no such key"):
        subgroup(run, "colour")


def test_kinds_are_read_from_the_front_of_a_task_id() -> None:
    assert kind_of_task("[mobile_data_issue]airplane_mode_on|x[PERSONA:None]") == "mobile_data_issue"
    assert [kind_of_task(text) for text in ("12", "[]x", "[open", "")] == [None] * 4


def test_nothing() -> None:
    assert subgroup([], "trial").note == "no finished simulations"
    assert subgroup(run_of({"a": [1.0]}), lambda simulation: None).note == "no simulation has this property"

"""Causes from how a simulation went and ended, and flags on tasks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tau2_tui.analysis.blame import KINDS, OWNERS, blame, blame_runs
from tau2_tui.analysis.data.reading import read_run
from tau2_tui.runlog import RunLog
from tests.analysis.blame.conversation import Talk, action, agent, call, kinds, of_kind, user, verdict, verdicts, write

HELLO = [agent("How can I help?"), user("Please cancel A1.")]
LOOK = call("get_order", order_id="A1", result={"id": "A1"})
CANCEL = [action("cancel_order", order_id="A1")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.jsonl"


def test_the_agent_gives_up(path: Path) -> None:
    steps = [*HELLO, LOOK, agent("There is nothing more I can do for you."), user("Oh. ###STOP###")]
    found = verdict(path, Talk(steps, CANCEL))
    assert kinds(found)[0] == "ended_early_by_agent" and found.divergence_turn == 4
    assert of_kind(found, "missing_write").confidence < 0.5


def test_a_transfer_as_the_first_call(path: Path) -> None:
    steps = [*HELLO, call("transfer_to_human_agents", summary="?"), user("###STOP###")]
    assert kinds(verdict(path, Talk(steps, CANCEL)))[0] == "ended_early_by_agent"


def test_a_late_transfer_is_a_symptom_of_what_is_missing(path: Path) -> None:
    steps = [*HELLO, LOOK, call("transfer_to_human_agents", summary="?"), user("###STOP###")]
    assert kinds(verdict(path, Talk(steps, CANCEL))) == ["missing_write", "ended_early_by_agent"]


@pytest.mark.parametrize("last", ["###TRANSFER###", "I have no more to say. ###OUT-OF-SCOPE###"])
def test_the_user_ends_without_a_reason(path: Path, last: str) -> None:
    found = verdict(path, Talk([*HELLO, LOOK, agent("One moment."), user(last)], CANCEL))
    assert kinds(found)[0] == "ended_early_by_user" and found.first is not None and found.first.owner == "user"


def test_the_user_says_yes_and_leaves_before_it_is_done(path: Path) -> None:
    steps = [*HELLO, LOOK, agent("Shall I cancel A1?"), user("Yes, please go ahead. ###STOP###")]
    assert kinds(verdict(path, Talk(steps, CANCEL)))[0] == "ended_early_by_user"


def test_the_user_leaves_after_a_refusal(path: Path) -> None:
    steps = [*HELLO, LOOK, agent("I cannot cancel A1. Shall I transfer you?"), user("###TRANSFER###")]
    found = verdict(path, Talk(steps, CANCEL))
    assert kinds(found)[0] == "missing_write" and of_kind(found, "ended_early_by_user").confidence < 0.5


def test_a_loop_of_calls_that_ran_into_the_limit(path: Path) -> None:
    talk = Talk([*HELLO, *[LOOK] * 5], CANCEL, termination="max_steps")
    found = verdict(path, talk)
    assert of_kind(found, "loop").lines and "5 times" in of_kind(found, "loop").summary
    assert {"loop", "max_steps_or_errors"} <= set(kinds(found))


def test_a_loop_that_was_resolved_is_none(path: Path) -> None:
    talk = Talk(
        [*HELLO, *[LOOK] * 5, call("cancel_order", order_id="A1")], [*CANCEL, action("refund_order", order_id="A1")]
    )
    assert "loop" not in kinds(verdict(path, talk))


def test_the_same_words_again_and_again(path: Path) -> None:
    steps = [*HELLO, *[agent("Let me check."), user("Well?")] * 4]
    assert "loop" in kinds(verdict(path, Talk(steps, CANCEL, termination="max_steps")))


def test_what_was_not_said_stands_beside_what_was_said(path: Path) -> None:
    talk = Talk(
        [
            *HELLO,
            call("get_order", order_id="A1", result={"total": 1628}),
            agent("It costs 1,638 dollars."),
            user("###STOP###"),
        ],
        [action("get_order", order_id="A1")],
        diff=[],
        parts={"DB": 1.0, "COMMUNICATE": 0.0},
        info={"communicate_checks": [{"info": "1628", "met": False}, {"info": "A1", "met": True}]},
    )
    found = verdict(path, talk)
    assert kinds(found) == ["not_communicated"] and found.first is not None
    assert "1628" in found.first.summary and "1,638" in found.first.summary and "message 3" in found.first.summary


@pytest.mark.parametrize("info", ["Nan", "infinity", "Infinity"])
def test_a_name_that_reads_like_a_number_has_no_nearest_number(path: Path, info: str) -> None:
    talk = Talk(
        [*HELLO, agent("It costs 1,638 dollars."), user("###STOP###")],
        diff=[],
        parts={"DB": 1.0, "COMMUNICATE": 0.0},
        info={"communicate_checks": [{"info": info, "met": False}]},
    )
    first = verdict(path, talk).first
    assert first is not None and first.summary == f"the agent never said {info}"


def test_giving_up_before_it_was_said(path: Path) -> None:
    talk = Talk(
        [*HELLO, LOOK, agent("That is all I can do."), user("###STOP###")],
        [action("get_order", order_id="A1")],
        diff=[],
        parts={"DB": 1.0, "COMMUNICATE": 0.0},
        info={"communicate_checks": [{"info": "1628", "met": False}]},
    )
    assert kinds(verdict(path, talk)) == ["ended_early_by_agent", "not_communicated"]


def test_an_assertion_of_the_judge_that_was_not_met(path: Path) -> None:
    check = {"nl_assertion": "The agent is polite.", "met": False, "justification": "It was not."}
    talk = Talk(HELLO, diff=[], parts={"NL_ASSERTION": 0.0}, info={"nl_assertions": [check]})
    found = verdict(path, talk)
    assert kinds(found) == ["not_communicated"] and "polite" in found.causes[0].summary


def test_failures_outside_agent_and_user(path: Path) -> None:
    talk = Talk([], reward=None, diff=None, termination="infrastructure_error", end={"error": "server gone"})
    found = verdict(path, talk)
    assert kinds(found) == ["infrastructure"] and "server gone" in found.causes[0].summary


def test_a_judge_that_was_not_asked(path: Path) -> None:
    found = verdict(path, Talk(HELLO, reward=None, diff=[], end={"metadata": {"judge": "judge skipped"}}))
    assert kinds(found) == ["judge_skipped"] and found.causes[0].owner == "infrastructure"


def test_the_whole_reference_and_still_failed(path: Path) -> None:
    talk = Talk([*HELLO, LOOK, call("cancel_order", order_id="A1"), agent("Done."), user("###STOP###")], CANCEL)
    assert kinds(verdict(path, talk)) == ["suspicious_task"]


def test_a_task_that_always_fails_the_same_check_is_flagged_beside_the_cause(path: Path) -> None:
    talks = [Talk([*HELLO, LOOK, agent("Bye."), user("###STOP###")], CANCEL, trial=trial) for trial in range(3)]
    for found in verdicts(path, *talks):
        assert found.first is not None and found.first.kind == "missing_write"
        assert found.causes[-1].kind == "suspicious_task" and found.causes[-1].flag
    assert not any(one.flag for found in verdicts(path, *talks[:2]) for one in found.causes)


def test_tasks_of_one_id_and_another_definition_are_different_tasks(tmp_path: Path) -> None:
    steps = [*HELLO, LOOK, agent("Bye."), user("###STOP###")]
    paths = [
        write(tmp_path / "a.jsonl", *(Talk(steps, CANCEL, trial=trial) for trial in range(2))),
        write(tmp_path / "b.jsonl", *(Talk(steps, CANCEL, trial=trial) for trial in range(2))),
        write(tmp_path / "c.jsonl", Talk(steps, [action("cancel_order", order_id="Z9")])),
    ]
    logs = [RunLog.open(path, index="now") for path in paths]
    runs = [read_run(log) for log in logs]
    same, other, changed = blame_runs(list(zip(logs, runs, strict=True)))
    flagged = [any(one.kind == "suspicious_task" for one in found.causes) for found in (*same, *other, *changed)]
    assert flagged == [True, True, True, True, False]
    assert "2 runs" in same[0].causes[-1].summary
    for log in logs:
        log.close()


def test_only_simulations_that_ended_without_success_have_a_verdict(path: Path) -> None:
    good = Talk([*HELLO, call("cancel_order", order_id="A1")], CANCEL, diff=[], parts={"DB": 1.0}, reward=1.0)
    bad = Talk([*HELLO, LOOK], CANCEL, trial=1)
    (found,) = verdicts(path, good, bad)
    assert found.simulation == 1 and found.trial == 1


def test_notes_on_planned_mistakes_are_no_evidence(path: Path) -> None:
    steps = [*HELLO, LOOK, agent("Bye."), user("###STOP###")]
    plain = verdict(path, Talk(steps, CANCEL))
    mark = {"mistakes": [{"kind": "ended_early", "turn_idx": 4}]}
    assert verdict(path, Talk(steps, CANCEL, end={"metadata": mark})) == plain


def test_every_kind_has_an_owner() -> None:
    assert set(KINDS) == set(OWNERS) and set(OWNERS.values()) == {"agent", "user", "task", "infrastructure"}


def test_hostile_records_do_not_break_blame(path: Path) -> None:
    talk = Talk(
        [*HELLO, call("cancel_order", order_id=["A1", {"x": None}], n=float("nan")), agent("\x1b]0;x\x07"), user("")],
        [action("cancel_order", order_id={"deep": [[[]]]}), {"name": None, "arguments": "no"}],
        info={"communicate_checks": [None, {"met": False}], "nl_assertions": "?"},
        diff=[{"op": "?"}],
    )
    with RunLog.open(write(path, talk), index="now") as log:
        assert len(blame(log, read_run(log))) == 1


def test_what_the_agent_passed_over_is_not_explained_by_its_giving_up(path: Path) -> None:
    gold = [action("get_order", order_id="A1"), action("toggle_roaming", by="user"), *CANCEL]
    steps = [
        *HELLO,
        LOOK,
        agent("There is nothing to change on your device."),
        user("Fine."),
        agent("That is all I can do."),
    ]
    found = verdict(path, Talk([*steps, user("###STOP###")], gold, diff=None))
    assert kinds(found)[:2] == ["user_action_missing", "ended_early_by_agent"] and found.divergence_turn == 4

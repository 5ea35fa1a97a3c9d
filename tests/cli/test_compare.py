"""``compare``: the second run against the first, or all pairs of several."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.analysis.blame.conversation import cancelling, write
from tests.cli.command import one_error, run
from tests.cli.test_stats import CODES


def _run(path: Path, **outcomes: list[bool]) -> Path:
    talks = [cancelling(n, passed=ok, task_id=task) for task, found in outcomes.items() for n, ok in enumerate(found)]
    return write(path, *talks)


@pytest.fixture
def before(tmp_path: Path) -> Path:
    return _run(tmp_path / "before.jsonl", a=[False, False], b=[True, True], c=[False, True], d=[True, True])


@pytest.fixture
def after(tmp_path: Path) -> Path:
    return _run(tmp_path / "after.jsonl", a=[True, True], b=[True, True], c=[True, True], e=[True, True])


def test_two_runs_as_json_have_the_promised_keys(before: Path, after: Path) -> None:
    found = run("compare", before, after, "--json").json()
    assert {"value", "low", "high"} <= set(found["difference"])
    assert found["difference"]["value"] == pytest.approx((1 + 0 + 0.5) / 3)
    assert found["sign_flip"]["p"] == pytest.approx(0.5) and found["sign_flip"]["p_min"] == pytest.approx(0.5)
    assert (found["wins"], found["losses"], found["ties"]) == (2, 0, 1)
    assert found["mde"] > 0 and found["n_tasks"] == 3
    assert (found["only_a"], found["only_b"]) == (["d"], ["e"])
    assert {"tools_shift", "simpson", "model"} <= set(found)


def test_the_text_says_what_could_not_have_been_found(before: Path, after: Path) -> None:
    text = run("compare", before, after).out
    assert "+50 points" in text and "the smallest possible here is 0.50" in text
    assert "2 better, 0 worse, 1 equal" in text and "could have found" in text
    assert "1 task: not in after (d)" in text and "1 task: not in before (e)" in text


@pytest.mark.parametrize("columns", [80, 160])
def test_it_fits_the_terminal(before: Path, after: Path, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    for logs in ([before, after], [before, after, before]):
        done = run("compare", *logs, terminal=True)
        assert done.code == 0 and max(len(CODES.sub("", line)) for line in done.lines) <= columns


def test_several_runs_are_compared_pair_by_pair(before: Path, after: Path, tmp_path: Path) -> None:
    third = _run(tmp_path / "third.jsonl", a=[True, False], b=[True, True], c=[False, False])
    found = run("compare", before, after, third, "--json").json()
    assert found["labels"] == ["before", "after", "third"] and len(found["comparisons"]) == 3
    assert all(one["sign_flip"]["p_adj"] >= one["sign_flip"]["p"] for one in found["comparisons"])
    text = run("compare", before, after, third)
    assert text.code == 0 and "Holm" in text.out


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_runs_of_other_tasks_have_nothing_to_compare(before: Path, tmp_path: Path, more: tuple[str, ...]) -> None:
    other = _run(tmp_path / "other.jsonl", x=[True])
    done = run("compare", before, other, *more)
    assert done.code == 2 and done.out == ""
    message = one_error(done)
    assert "nothing to compare" in message and "before has 4 tasks: a, b, c …" in message
    assert "other has 1 task: x" in message
    assert run("compare", before, other, before, *more).code == 0
    assert "nothing to compare" in one_error(run("compare", before, other, _run(tmp_path / "y.jsonl", y=[True]), *more))


def test_a_run_in_which_nothing_counts_is_named(before: Path, tmp_path: Path) -> None:
    broken = cancelling(0, passed=False, task_id="a")
    broken.reward, broken.termination = None, "infrastructure_error"
    message = one_error(run("compare", before, write(tmp_path / "broken.jsonl", broken)))
    assert "broken has 0 tasks, left out: 1 infrastructure failure" in message


def test_tasks_that_are_left_out_are_listed_with_the_reason(before: Path, tmp_path: Path) -> None:
    broken = cancelling(0, passed=False, task_id="b")
    broken.reward, broken.termination = None, "infrastructure_error"
    talks = [cancelling(0, passed=True, task_id=task) for task in ("a", "c", "e")]
    after = write(tmp_path / "after.jsonl", *talks, broken)
    found = run("compare", before, after, "--json").json()
    assert [(one["task_id"], one["counts_in"]) for one in found["left_out"]] == [("b", "a"), ("d", "a"), ("e", "b")]
    assert [one["reason"] for one in found["left_out"]] == [
        "no simulation of it counts in after: 1 infrastructure failure",
        "not in after",
        "not in before",
    ]
    text = " ".join(run("compare", before, after).out.split())
    assert "1 task: no simulation of it counts in after: 1 infrastructure failure (b)" in text
    assert text.count("left out") == 3


def test_one_common_task_is_no_comparison_but_no_mistake(before: Path, tmp_path: Path) -> None:
    other = _run(tmp_path / "other.jsonl", a=[True], x=[True])
    done = run("compare", before, other)
    assert done.code == 0 and "fewer than 2 common tasks: no comparison" in done.out and "not in before" in done.out
    assert run("compare", before, other, "--json").json()["difference"]["status"] == "none"


def test_a_filter_narrows_both(before: Path, after: Path) -> None:
    found = run("compare", before, after, "--filter", "task:a or task:b", "--json").json()
    assert found["n_tasks"] == 2 and found["wins"] == 1


def test_one_log_is_wrong_usage(before: Path, tmp_path: Path) -> None:
    assert run("compare", before).code == 2
    assert "no such file" in one_error(run("compare", before, tmp_path / "none.jsonl"))


def test_nothing_from_a_name_or_a_log_reaches_the_terminal_as_a_code(before: Path, tmp_path: Path) -> None:
    bad = "\x1b]0;x\x07\u202e"
    path = _run(tmp_path / f"{bad}.jsonl", **{bad: [True], "a": [True]})
    for logs in ([before, path], [before, path, before]):
        done = run("compare", *logs, terminal=True)
        assert done.code == 0 and not {"\x1b", "\x07", "\u202e"} & set(CODES.sub("", done.out))

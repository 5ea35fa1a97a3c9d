"""What is said of runs against each other."""

from __future__ import annotations

from dataclasses import replace

from tau2_tui.analysis.comparison.compare import compare, task_differences
from tau2_tui.analysis.comparison.compare_many import compare_many
from tau2_tui.analysis.comparison.further import further
from tau2_tui.analysis.comparison.paired import paired
from tau2_tui.analysis.data.records import Call, Run
from tau2_tui.analysis.sheets.comparison import TASKS, pair, several, short
from tau2_tui.analysis.sheets.sheet import Field, Remark, Sheet, Table
from tests.analysis.made_runs import run_of


def _run(label: str, outcomes: dict[str, list[float | None]]) -> Run:
    return replace(run_of(outcomes), label=label)


def _pair(a: Run, b: Run) -> Sheet:
    return pair(compare(a, b), further(a, b), task_differences(paired(a, b)))


def _fields(sheet: Sheet) -> dict[str, Field]:
    return {item.label: item for part in sheet.parts for item in part.items if isinstance(item, Field)}


def _tables(sheet: Sheet, title: str) -> list[Table]:
    return [item for part in sheet.parts if part.title == title for item in part.items if isinstance(item, Table)]


def test_each_common_task_stands_with_both_rates_the_largest_gain_first() -> None:
    before = _run("before", {"a": [1.0, 1.0], "b": [0.0, 0.0], "c": [1.0, 0.0]})
    after = _run("after", {"a": [0.0, 1.0], "b": [1.0, 1.0], "c": [1.0, 0.0]})
    sheet = _pair(before, after)
    (table,) = _tables(sheet, TASKS)
    assert [head.title for head in table.heads] == ["task", "before", "after", "difference"]
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["b", "0 of 2", "2 of 2", "▲ better +100 points"],
        ["c", "1 of 2", "1 of 2", "= equal"],
        ["a", "2 of 2", "1 of 2", "▼ worse -50 points"],
    ]
    assert [row.task for row in table.rows] == ["b", "c", "a"]
    assert _fields(sheet)["tasks"].value.text == "1 better, 1 worse, 1 equal"


def test_no_difference_beyond_certainty_is_promised() -> None:
    sheet = _pair(_run("a", {"x": [1.0], "y": [0.0], "z": [1.0]}), _run("b", {"x": [0.0], "y": [1.0], "z": [1.0]}))
    assert _fields(sheet)["could have found"].value.text == "no difference"


def test_tasks_that_are_not_compared_are_all_there() -> None:
    common: dict[str, list[float | None]] = {"a": [1.0], "b": [0.0]}
    few = _pair(_run("first", {**common, "x": [1.0]}), _run("second", common))
    assert (_fields(few)["left out"].value.text, _fields(few)["left out"].note) == ("1 task: not in second", "x")
    assert not _tables(few, "Tasks that are not compared")
    many = {f"t{number}": [1.0] for number in range(13)}
    sheet = _pair(_run("first", {**common, **many}), _run("second", common))
    assert _fields(sheet)["left out"].note.endswith("t11 and 1 more")
    (table,) = _tables(sheet, "Tasks that are not compared")
    assert [row.cells[0].text for row in table.rows] == list(many)


def test_of_long_names_few_are_written_and_all_are_listed() -> None:
    common: dict[str, list[float | None]] = {"a": [1.0], "b": [0.0]}
    names = [f"{number}{'|a_long_part_of_a_name' * 5}" for number in range(4)]
    sheet = _pair(_run("first", {**common, **{key: [1.0] for key in names}}), _run("second", common))
    assert _fields(sheet)["left out"].note == f"{names[0]}, {names[1]} and 2 more"
    (table,) = _tables(sheet, "Tasks that are not compared")
    assert [row.cells[0].text for row in table.rows] == names
    longest = [f"{number}{'x' * 999}" for number in range(2)]
    sheet = _pair(_run("first", {**common, **{key: [1.0] for key in longest}}), _run("second", common))
    assert _fields(sheet)["left out"].note == f"{longest[0]} and 1 more"


def test_of_runs_without_common_tasks_there_is_only_why() -> None:
    sheet = _pair(_run("first", {"a": [1.0]}), _run("second", {"b": [1.0]}))
    assert [part.title for part in sheet.parts] == [""] and sheet.title == "second against first"


def test_of_several_runs_every_pair_is_a_row() -> None:
    outcomes: dict[str, list[float | None]] = {"a": [1.0], "b": [0.0]}
    sheet = several(compare_many([_run(label, outcomes) for label in ("one", "two", "three")]))
    assert sheet.title == "3 runs on 2 common tasks"
    (table,) = _tables(sheet, "Every pair: the second run's rate less the first's, paired by task")
    assert [[cell.text for cell in row.cells[:2]] for row in table.rows] == [
        ["one", "two"],
        ["one", "three"],
        ["two", "three"],
    ]


def test_what_else_there_is_to_say_of_a_pair_names_it() -> None:
    outcomes: dict[str, list[float | None]] = {"a": [1.0], "b": [0.0]}
    sheet = several(compare_many([_run(label, outcomes) for label in ("one", "two", "three")]))
    said = [item.text for part in sheet.parts for item in part.items if isinstance(item, Remark)]
    assert said[0] == "3 comparisons, adjusted by Holm"
    assert [text.partition(": ")[0] for text in said[1:]] == [
        "two against one",
        "three against one",
        "three against two",
    ]
    assert all(text.count("no task differs") == 1 for text in said[1:])


def test_trials_are_counted_and_a_mean_of_them_is_called_one() -> None:
    def said(first: list[float | None], second: list[float | None]) -> str:
        runs = _run("first", {"a": first, "b": [1.0]}), _run("second", {"a": second, "b": [1.0]})
        return _fields(_pair(*runs))["common tasks"].note

    assert said([1.0], [1.0]) == "1 trial each"
    assert said([1.0, 1.0], [1.0]) == "1.14 trials each on average"
    third: list[float | None] = [1.0, 0.0, 0.0]
    runs = _run("first", {"a": third, "b": third}), _run("second", {"a": third, "b": third})
    assert _fields(_pair(*runs))["common tasks"].note == "3 trials each"


def test_no_column_is_empty_in_every_row() -> None:
    calls = [Call(0, "a", 0, 1, name, {}) for name in ("get", "get", "book")], [Call(0, "a", 0, 1, "get", {})]
    runs = [
        replace(_run(label, {"a": [1.0], "b": [0.0]}), calls=tuple(made))
        for label, made in zip(("first", "second"), calls, strict=True)
    ]
    sheet = _pair(*runs)
    (table,) = _tables(sheet, "Tools used more, and less (share of a task's calls)")
    assert [[cell.text for cell in row.cells[:4]] for row in table.rows] == [
        ["book", "33 %", "0 %", "-33 points"],
        ["get", "67 %", "100 %", "+33 points"],
    ]
    for place in range(len(table.heads)):
        assert {row.cells[place].text for row in table.rows} != {"-"}, table.heads[place]


def test_long_labels_that_begin_alike_stay_apart() -> None:
    first, second = (short(f"airline_some_model_with_a_long_name_run_{number}") for number in (1, 2))
    assert first != second and len(first) == len(second) == 24
    assert short("airline") == "airline"


def test_what_is_missing_is_said_once() -> None:
    sheet = _pair(_run("first", {"a": [1.0]}), _run("second", {"b": [0.0]}))
    remarks = [item.text for part in sheet.parts for item in part.items if isinstance(item, Remark)]
    assert sum(text.count("no common tasks") for text in remarks) == 1

"""What is said of a section, before it is drawn anywhere."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from tau2_tui.analysis.calls.errors import classify_error
from tau2_tui.analysis.data.reading import read_run
from tau2_tui.analysis.data.records import Call, Run, Simulation
from tau2_tui.analysis.help.explain import explanations
from tau2_tui.analysis.sections import CAUSES, SECTIONS, section
from tau2_tui.analysis.sheets import causes
from tau2_tui.analysis.sheets.behind import Records
from tau2_tui.analysis.sheets.making import sheet_of
from tau2_tui.analysis.sheets.plots import Histogram
from tau2_tui.analysis.sheets.sheet import Field, Part, Remark, Row, Sheet, Table
from tau2_tui.runlog import RunLog
from tests.tui.logs import airline, hostile, simulation, write

NAMES = [name for name in SECTIONS if name != CAUSES]


def _flipping(path: Path) -> Path:
    """Write a run of 15 tasks, each of which passes in the first of two trials."""
    numbers = [(number, trial) for number in range(15) for trial in (0, 1)]
    return write(path, [e for n, t in numbers for e in simulation(f"sim-{n}-{t}", str(n), t, passed=not t)])


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """Return a run of each kind of log."""
    found = {}
    for make in (airline, hostile, _flipping):
        with RunLog.open(make(tmp_path_factory.mktemp("log") / "run.jsonl"), index="now") as log:
            found[make.__name__.strip("_")] = read_run(log)
    return found | {"nothing": Run("nothing")}


def _made(name: str, run: Run) -> Sheet:
    return sheet_of(name, section(name, run), Records(run))


def _part(sheet: Sheet, title: str) -> Part:
    return next(part for part in sheet.parts if part.title == title)


def _rows(part: Part) -> list[Row]:
    return [row for item in part.items if isinstance(item, Table) for row in item.rows]


@pytest.mark.parametrize("kind", ["airline", "hostile", "flipping", "nothing"])
@pytest.mark.parametrize("name", NAMES)
def test_every_sheet_is_whole(runs: dict[str, Run], name: str, kind: str) -> None:
    run, known = runs[kind], explanations()
    lines = {one.first_line for one in run.simulations} | {one.line for one in run.calls}
    sheet = _made(name, run)
    assert sheet.title
    for part in sheet.parts:
        assert part.items, "a heading over nothing"
        assert set(part.about) <= set(known)
        for item in part.items:
            if isinstance(item, Remark):
                assert item.text
            if isinstance(item, Field):
                assert item.value.text and item.about and set(item.about) <= set(known)
            asked = [item] if isinstance(item, Field) else list(item.rows) if isinstance(item, Table) else []
            if isinstance(item, Table):
                assert item.rows
                for row in item.rows:
                    assert (len(row.cells), len(row.marks)) == (len(item.heads), len(item.marks))
                assert all(any(row.cells[place].text for row in item.rows) for place in range(1, len(item.heads)))
            for record in (record for one in asked if one.behind is not None for record in one.behind()):
                line = record.first_line if isinstance(record, Simulation) else record.line
                assert line in lines or name in ("sequence", "latency", "cost")


def test_the_records_behind_a_number_are_those_that_it_counts(runs: dict[str, Run]) -> None:
    run = runs["airline"]
    sheet = _made("errors", run)
    failed = [call for call in run.calls if call.error]
    (row,) = _rows(_part(sheet, "By kind"))
    assert row.behind is not None and row.behind() == failed
    assert row.cells[0].text == classify_error(failed[0].error_text, failed[0].name, {name for _, name in run.tools})
    by_tool = {row.cells[0].text: row for row in _rows(_made("tools", run).parts[0])}
    behind = by_tool["get_reservation_details"].behind
    assert behind is not None
    assert [call.error for call in behind() if isinstance(call, Call)] == [True]
    all_passed = by_tool["cancel_reservation"].behind
    assert all_passed is not None and len(all_passed()) == 2, "a tool without failures leads to its calls"


def test_tasks_have_a_mark_for_each_trial(runs: dict[str, Run]) -> None:
    sheet = _made("tasks", runs["flipping"])
    (table,) = (item for item in sheet.parts[0].items if isinstance(item, Table))
    assert table.marks == ("t0", "t1") and len(table.rows) == 15
    first = table.rows[0]
    assert [mark.text for mark in first.marks] == ["✓", "✗"] and first.task == "0"
    assert first.marks[1].spoken == "task 0, trial 1: failed" and first.marks[1].simulation == 1
    assert first.cells[-1].text == "⇅ flips" and first.cells[1].text == "1 of 2"


def test_of_long_lists_of_names_the_rest_is_counted(runs: dict[str, Run]) -> None:
    noise = _part(_made("overview", runs["flipping"]), "Where the noise comes from")
    (flaky,) = (item for item in noise.items if isinstance(item, Field) and item.label == "flaky tasks")
    assert flaky.value.text == "15 of 15 tasks pass in some trials only"
    assert flaky.note == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 3 more"
    assert flaky.behind is not None and len(flaky.behind()) == 30


def test_an_interval_says_its_level_or_why_there_is_none(runs: dict[str, Run]) -> None:
    notes = {}
    for kind in ("flipping", "nothing"):
        fields = (item for item in _made("overview", runs[kind]).parts[0].items if isinstance(item, Field))
        notes[kind] = {field.label: field.note for field in fields}
    assert notes["flipping"]["the same again"] == "95 % interval if these are run again"
    assert notes["flipping"]["on new tasks"].startswith("95 % interval for new tasks like these; worth ")
    assert notes["nothing"]["on new tasks"].startswith("interval not available: no finished simulations")


def test_the_bars_of_durations_find_the_simulations_inside(runs: dict[str, Run]) -> None:
    run = runs["airline"]
    part = _part(_made("latency", run), "Duration of simulations")
    for plot in (item for item in part.items if isinstance(item, Histogram)):
        low, high = plot.edges[0], plot.edges[-1]
        assert len(plot.inside(low, high)()) == sum(plot.counts)


def test_a_duration_between_two_bars_is_in_one_of_them() -> None:
    durations = (0.0, 1.0, 2.0, 2.0, 3.0, 4.0)
    sims = [Simulation(f"s{n}", n, str(n), duration=time) for n, time in enumerate(durations)]
    sims.append(Simulation("running", 6, "6", duration=2.5, ended=False))
    part = _part(_made("latency", Run("run", simulations=tuple(sims))), "Duration of simulations")
    (plot,) = [item for item in part.items if isinstance(item, Histogram)]
    inside = [len(plot.inside(low, high)()) for low, high in pairwise(plot.edges)]
    assert tuple(inside) == plot.counts and sum(inside) == len(durations)
    (mean,) = [item for item in part.items if isinstance(item, Field)]
    assert mean.behind is not None and len(mean.behind()) == len(durations)


def test_the_simulations_behind_an_end_are_those_that_ended_so() -> None:
    outcomes = [(1.0, True), (0.0, True), (None, True), (None, False)]
    sims = [Simulation(f"s{n}", n, str(n), reward=r, ended=e, messages=4 + n) for n, (r, e) in enumerate(outcomes)]
    sheet = _made("temporal", Run("run", simulations=tuple(sims)))
    (part,) = [one for one in sheet.parts if one.title.startswith("How many")]
    behind = {row.cells[0].text: (row.cells[1].text, row.behind) for row in _rows(part)}
    found = {end: (count, len(made())) for end, (count, made) in behind.items() if made is not None}
    assert found == {"success": ("1", 1), "failure": ("1", 1), "any": ("2", 2)}


def test_the_calls_behind_a_kind_of_sensitive_data_are_those_that_hold_it() -> None:
    hits = [
        {"kind": "email", "path": "/emails/0", "preview": "a***"},
        {"kind": "secret", "path": "/token", "preview": "s***"},
    ]
    calls = tuple(Call(0, "a", n, None, "send", {}, sensitive=(hit,), line=n) for n, hit in enumerate(hits))
    rows = _rows(_made("sensitive", Run("run", calls=calls)).parts[0])
    found = {
        row.cells[0].text: [call.line for call in row.behind() if isinstance(call, Call)] for row in rows if row.behind
    }
    assert found == {"email": [0], "secret": [1]}


def test_causes_are_counted_in_words() -> None:
    found = {
        "failed": 4,
        "undecided": 1,
        "first_causes": {"wrong_tool": 1, "missing_write": 2},
        "owners": {"agent": 3},
        "suspicious_tasks": [],
    }
    (part,) = causes.causes(found).parts
    assert [[cell.text for cell in row.cells] for row in _rows(part)] == [
        ["missing write", "2", "50 %"],
        ["wrong tool", "1", "25 %"],
    ]
    told = {item.label: item.value.text for item in part.items if isinstance(item, Field)}
    assert told == {"no evidence": "1 simulation", "whose fault": "agent 3"}


def test_slopes_have_a_unit_and_what_is_counted_is_whole(runs: dict[str, Run]) -> None:
    sheet = _made("temporal", runs["flipping"])
    fields = {item.label: item for item in sheet.parts[0].items if isinstance(item, Field)}
    success, duration = fields["success"], fields["duration"]
    assert success.value.text.startswith("-") and " points per " in success.value.text, success
    assert " s per " in duration.value.text or duration.value.text[0].isalpha(), duration
    (ends,) = [part for part in sheet.parts if part.title.startswith("How many")]
    assert {row.cells[3].text for row in _rows(ends)} <= {"-", *map(str, range(100))}


def test_several_tests_of_a_drift_are_counted(runs: dict[str, Run]) -> None:
    def said(kind: str) -> list[str]:
        return [item.text for item in _made("temporal", runs[kind]).parts[0].items if isinstance(item, Remark)]

    assert [text for text in said("flipping") if "tests, not adjusted" in text]
    assert not [text for text in said("nothing") if "not adjusted" in text]


def test_waits_have_intervals_and_say_what_is_not_recorded() -> None:
    times = [0.1 * (1 + number % 7) for number in range(120)]
    calls = [
        Call(number // 4, str(number // 4), number % 4, None, "a_tool", {}, execution_time=time)
        for number, time in enumerate(times)
    ]
    calls.append(Call(0, "0", 9, None, "a_tool", {}))
    run = Run("run", simulations=tuple(Simulation(f"s{n}", n, str(n)) for n in range(30)), calls=tuple(calls))
    part = _part(_made("latency", run), "How long each wait takes")
    (table,) = [item for item in part.items if isinstance(item, Table)]
    titles = [head.title for head in table.heads]
    cells = dict(zip(titles, (cell.text for cell in table.rows[0].cells), strict=True))
    assert " to " in cells["p50 interval"] and cells["p50"].endswith("ms")
    assert "not recorded for 1: execution a_tool" in [item.text for item in part.items if isinstance(item, Remark)]


def test_what_is_said_of_loops_is_true_where_no_call_comes_twice_in_a_row() -> None:
    calls = [Call(0, "0", i, None, ("look", "think")[i % 2], {}, line=i) for i in range(8)]
    run = Run("run", simulations=(Simulation("s0", 0, "0"),), calls=tuple(calls))
    part = _part(_made("sequence", run), "Going in circles")
    fields = {item.label: item.value.text for item in part.items if isinstance(item, Field)}
    assert fields["longest repeat"] == "no call right after its like" and fields["cycles"] == "1"
    (found,) = _rows(part)
    assert found.behind is not None and "rounds of look → think" in str(found.behind())

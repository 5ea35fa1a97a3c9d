from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

from tau2_tui.reports import Options
from tau2_tui.reports.document import Facts, Findings, Report, Section, Table
from tests.reports.made import gathered, html_of, parsed, rows_of, text_of, write_lines


def section_of(report: Report, title: str) -> Section:
    return next(one for chapter in report.chapters for one in chapter.sections if one.title == title)


def facts_of(section: Section) -> dict[str, str]:
    blocks = [block for part in section.parts for block in part.blocks]
    return {
        fact.label: f"{fact.value.text} {fact.note}" for one in blocks if isinstance(one, Facts) for fact in one.facts
    }


def rows_in(section: Section) -> list[list[str]]:
    blocks = [block for part in section.parts for block in part.blocks if isinstance(block, Table)]
    return [[cell.text for cell in row] for table in blocks for row in table.rows]


def test_a_report_says_what_ran_and_how_it_went(small_log: Path) -> None:
    with gathered(small_log) as report:
        run, success = facts_of(section_of(report, "Run")), facts_of(section_of(report, "Success"))
        assert run["agent"].startswith("oracle") and run["simulations"].startswith("2 on 2 tasks 2 ended")
        assert success["success"] == "50 % 1 of 2 simulations on 2 tasks"
        assert "95 % interval" in success["on the same tasks again"]


def test_what_to_look_at_first_leads_to_the_failure(small_log: Path) -> None:
    with gathered(small_log) as report:
        (block,) = section_of(report, "What to look at first").parts[0].blocks
        assert isinstance(block, Findings)
        start = next(cell for cell in block.cells if cell.text.startswith("Start with task update_task_1"))
        verdicts = rows_in(section_of(report, "Failures by cause"))[-1]
        assert verdicts[0] == "task update_task_1, trial 0" and verdicts[4] in start.text
        assert start.target.startswith("r0-e-")


def test_conversations_are_those_asked_for(small_log: Path) -> None:
    titles = {}
    for which in ("failed", "all", "none"):
        with gathered(small_log, options=Options(transcripts=which)) as report:  # type: ignore[arg-type]
            made = report.chapters[0].transcripts
            titles[which] = [] if made is None else [one.title for one in made()]
    assert titles["failed"] == ["task update_task_1, trial 0"]
    assert titles["all"] == ["task create_task_1, trial 0", "task update_task_1, trial 0"]
    assert titles["none"] == []


def test_a_conversation_holds_the_difference_from_the_reference_state(small_log: Path) -> None:
    with gathered(small_log) as report:
        (one,) = report.chapters[0].transcripts() if report.chapters[0].transcripts else ()
        parts = {part.title: part for part in one.parts}
        (table,) = [block for block in parts["Difference from the reference state"].blocks if isinstance(block, Table)]
        assert [cell.text for cell in table.rows[0]] == ["database", "/tasks/task_2", "{}", "nothing"]


def test_runs_are_compared_task_by_task(tmp_path: Path, small_log: Path) -> None:
    rows = rows_of(small_log)
    for row in rows:
        row.pop("chain", None)
        if row["event_type"] == "SimulationEndEvent":
            row["reward"] = 1.0
    better = write_lines(tmp_path / "better.jsonl", rows)
    with gathered(small_log, better) as report:
        comparison = section_of(report, "Comparison")
        assert ["update_task_1", "0 of 1", "1 of 1", "▲ better +100 %"] in rows_in(comparison)
        assert facts_of(comparison)["tasks"] == "1 better, 0 worse, 1 equal of 2 common ones"
        assert [chapter.title for chapter in report.chapters] == ["", "small", "better"]
        (block,) = section_of(report, "Which run is better?").parts[0].blocks
        assert isinstance(block, Findings) and "better cannot be told from small" in block.cells[0].text


def test_three_runs_are_compared_in_pairs(tmp_path: Path, small_log: Path) -> None:
    with gathered(small_log, small_log, small_log) as report:
        assert len([row for row in rows_in(section_of(report, "Comparison")) if len(row) == 10]) == 3


def test_a_log_that_is_still_written_is_said_to_be_running(tmp_path: Path, small_log: Path) -> None:
    rows = [row for row in rows_of(small_log) if row["event_type"] != "RunEndEvent"]
    said = text_of(parsed(html_of(write_lines(tmp_path / "running.jsonl", rows[:-1]))))
    assert "Running or cut off" in said and "… not ended" in said


def test_runs_without_rewards_have_no_numbers_that_nobody_knows(tmp_path: Path, small_log: Path) -> None:
    rows = rows_of(small_log)
    for row in rows:
        if row["event_type"] == "SimulationEndEvent":
            row |= {"reward": None, "reward_info": None}
    with gathered(write_lines(tmp_path / "none.jsonl", rows)) as report:
        success = facts_of(section_of(report, "Success"))
        assert success["success"].startswith("- 0 of 0")
        assert "interval not available" in success["on new tasks like these"]


def test_places_are_unique_among_runs(small_log: Path) -> None:
    with gathered(small_log, small_log) as report:
        anchors = Counter(section.anchor for chapter in report.chapters for section in chapter.sections)
    assert set(anchors.values()) == {1}


def test_progress_goes_on_while_conversations_are_written(small_log: Path) -> None:
    from tau2_tui.analysis.data.reading import read_run
    from tau2_tui.reports import ReportedRun, make_report, write_html
    from tau2_tui.runlog.opening import open_log

    shares: list[float] = []
    with open_log(small_log, index="now") as log:
        log.wait()
        report = make_report([ReportedRun(log, read_run(log))], Options(transcripts="all"), progress=shares.append)
        before = shares[-1]
        write_html(report, io.BytesIO())
    assert before < 1.0 and shares == sorted(shares) and shares[-1] == 1.0


def test_tasks_that_are_not_compared_are_listed_with_the_reason(tmp_path: Path, small_log: Path) -> None:
    rows = [row for row in rows_of(small_log) if row.get("task_id") != "update_task_1"]
    for row in rows:
        row.pop("chain", None)
    with gathered(small_log, write_lines(tmp_path / "half.jsonl", rows)) as report:
        part = section_of(report, "Comparison").parts
        (table,) = [
            block
            for one in part
            if one.title.startswith("Tasks that are not compared")
            for block in one.blocks
            if isinstance(block, Table)
        ]
        assert [row[0].text for row in table.rows] == ["update_task_1"] and "half" in table.rows[0][1].text

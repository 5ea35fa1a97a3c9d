from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tau2_tui.reports import Options
from tau2_tui.reports.document import Entry, Facts, Findings, Report, Section, Table
from tests.reports.made import gathered, html_of, parsed, rows_of, text_of, write_lines

SAMPLES = Path(__file__).parents[2] / "sample_logs"


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
        assert "95 % interval" in success["the same again"]


def test_what_to_look_at_first_leads_to_the_failure(small_log: Path) -> None:
    with gathered(small_log) as report:
        (block,) = section_of(report, "What to look at first").parts[0].blocks
        assert isinstance(block, Findings)
        start = next(cell for cell in block.cells if cell.text.startswith("Start with task update_task_1"))
        verdicts = rows_in(section_of(report, "Why simulations failed, from the evidence in the log"))[-1]
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
        assert ["update_task_1", "0 of 1", "1 of 1", "▲ better +100 points"] in rows_in(comparison)
        assert facts_of(comparison)["tasks"] == "1 better, 0 worse, 1 equal of 2 common tasks"
        assert [chapter.title for chapter in report.chapters] == ["", "small", "better"]
        (block,) = section_of(report, "Which run is better?").parts[0].blocks
        assert isinstance(block, Findings) and "better cannot be told from small" in block.cells[0].text


def test_three_runs_are_compared_in_pairs(tmp_path: Path, small_log: Path) -> None:
    with gathered(small_log, small_log, small_log) as report:
        assert len([row for row in rows_in(section_of(report, "Comparison")) if len(row) == 10]) == 3


def said_first(report: Report) -> list[str]:
    (block,) = section_of(report, "Which run is better?").parts[0].blocks
    assert isinstance(block, Findings)
    return [cell.text for cell in block.cells]


def test_of_several_pairs_the_adjusted_p_value_is_the_one_that_decides(small_log: Path) -> None:
    with gathered(small_log, small_log) as report:
        assert "adjusted" not in said_first(report)[0]
    with gathered(small_log, small_log, small_log) as report:
        assert all("1.00 adjusted for 3 comparisons; 2 common tasks" in text for text in said_first(report))


def test_runs_that_are_not_compared_are_said_to_be_so_and_why(tmp_path: Path, small_log: Path) -> None:
    rows = [row for row in rows_of(small_log) if row.get("task_id") != "update_task_1"]
    for row in rows:
        row.pop("chain", None)
    with gathered(small_log, write_lines(tmp_path / "half.jsonl", rows)) as report:
        assert said_first(report) == ["half against small: fewer than 2 common tasks: no comparison."]


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
        assert "interval not available" in success["on new tasks"]


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
        left_out = facts_of(section_of(report, "Comparison"))["left out"]
        assert left_out == "1 task: not in half update_task_1"


def altered(path: Path, small_log: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """Write a log like the small one, each event changed."""
    rows = rows_of(small_log)
    for row in rows:
        row.pop("chain", None)
        change(row)
    return write_lines(path, rows)


def test_the_settings_that_decide_how_a_run_can_come_out_are_told(tmp_path: Path, small_log: Path) -> None:
    def change(row: dict[str, Any]) -> None:
        if row["event_type"] == "RunStartEvent":
            row["config"] |= {"num_trials": 4, "seed": 7, "max_steps": None, "agent_llm_args": {"temperature": 0.5}}
            row["config"] |= {"agent_llm": "gpt-4.1", "user_llm_args": "odd", "max_errors": {"odd": 1}}

    with gathered(altered(tmp_path / "log.jsonl", small_log, change)) as report:
        run = facts_of(section_of(report, "Run"))
        assert run["settings"].strip() == "trials 4, seed 7"
        assert run["agent"] == "oracle gpt-4.1, temperature 0.5"


def test_of_causes_that_are_equally_frequent_none_is_called_the_most_frequent(tmp_path: Path) -> None:
    with gathered(SAMPLES / "noisy.jsonl") as report:
        (block,) = section_of(report, "What to look at first").parts[0].blocks
        assert isinstance(block, Findings)
        said = [cell.text for cell in block.cells]
        (causes,) = [text for text in said if "first cause" in text]
        assert causes.startswith("No first cause is the most frequent: missing write,")
        assert causes.endswith("are 1 of 5 failures each. Whose fault: agent 5.")
        assert "3 of 60 calls failed; after 1 of these failures the same tool succeeded later." in said


def test_what_was_not_evaluated_is_no_failure(tmp_path: Path, small_log: Path) -> None:
    def change(row: dict[str, Any]) -> None:
        if row["event_type"] == "SimulationEndEvent":
            row |= {"reward": None, "reward_info": None}

    with gathered(altered(tmp_path / "log.jsonl", small_log, change)) as report:
        (block,) = section_of(report, "What to look at first").parts[0].blocks
        assert isinstance(block, Findings) and not [cell for cell in block.cells if "evidence" in cell.text]
        assert report.chapters[0].transcripts is None


def test_the_reference_actions_of_a_conversation_are_those_it_was_evaluated_against(
    tmp_path: Path, small_log: Path
) -> None:
    def action(name: str, user: str) -> dict[str, Any]:
        return {"action_id": "a", "name": name, "arguments": {"user_id": user}, "requestor": "assistant"}

    def change(row: dict[str, Any]) -> None:
        if row["event_type"] == "TaskEvent":
            row["task"]["evaluation_criteria"] = {"actions": [action("create_task", "of_the_file")]}
        if row["event_type"] == "SimulationEndEvent":
            checks = [{"action": action("create_task", "of_the_evaluation"), "action_match": False}]
            row["reward_info"] = {"reward": row["reward"], "action_checks": checks}

    with gathered(altered(tmp_path / "log.jsonl", small_log, change)) as report:
        (one,) = report.chapters[0].transcripts() if report.chapters[0].transcripts else ()
        (table,) = [block for block in one.parts[0].blocks if isinstance(block, Table)]
        assert [row[1].text for row in table.rows] == ['{"user_id": "of_the_evaluation"}']


def test_sections_without_data_are_one_line_each(small_log: Path, tmp_path: Path) -> None:
    head = [row for row in rows_of(small_log) if row["event_type"] == "RunStartEvent"]
    with gathered(write_lines(tmp_path / "head.jsonl", head)) as report:
        said = facts_of(section_of(report, "What this log says nothing about"))
        titles = [section.title for section in report.chapters[0].sections]
    assert said["Tools"].strip() == said["Arguments"].strip() == "no tool calls"
    assert "Tools" not in titles and "Success" in titles
    with gathered(small_log) as report:
        titles = [section.title for section in report.chapters[0].sections]
    assert "Tools" in titles and "What this log says nothing about" not in titles


def test_a_conversation_without_words_is_not_called_empty(tmp_path: Path, small_log: Path) -> None:
    def change(row: dict[str, Any]) -> None:
        if row["event_type"] == "MessageEvent":
            row |= {"content": None, "tool_calls": None}
        if row["event_type"] == "ToolExecutionEvent":
            row |= {"event_type": "ExecutionEvent", "simulation_id": None}

    path = altered(tmp_path / "log.jsonl", small_log, change)
    with gathered(path, options=Options(transcripts="all")) as report:
        made = list(report.chapters[0].transcripts() if report.chapters[0].transcripts else ())
    texts = [entry.text for one in made for entry in one.entries if isinstance(entry, Entry)]
    assert any(text.endswith("messages without text") for text in texts), texts

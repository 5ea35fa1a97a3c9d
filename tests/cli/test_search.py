from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import Done, one_error, run


def test_a_line_an_event_with_its_place(small_log: Path) -> None:
    done = run("search", small_log, "Buy m.lk")
    assert done.code == 0 and done.err == ""
    assert done.lines[1] == "#5 create_task_1:0 tool_args.title: Buy milk (+1)"
    assert [line.split()[0] for line in done.lines] == ["#4", "#5", "#6", "#14", "#15"]
    assert "buy milk" in run("search", small_log, "PLEASE", "-i").lines[0]
    assert run("search", small_log, "STOP", "--count").out == "2\n"
    assert len(run("search", small_log, "milk", "--limit", 2).lines) == 2
    assert len(run("search", small_log, "milk", "--filter", "task:update* type:tool").lines) == 1


def test_json_has_every_match_with_its_place_in_the_text(small_log: Path) -> None:
    rows = run("search", small_log, "Buy (milk)", "--json").json_lines()
    assert [row["seq"] for row in rows] == [4, 5, 6, 14, 15]
    match = rows[1]["matches"][1]
    assert match["path"] == "result.title" and match["text"][match["start"] : match["end"]] == "Buy milk"


def test_nothing_found_is_exit_code_1_and_no_output(small_log: Path) -> None:
    assert run("search", small_log, "no such words") == Done(1, b"", "")
    assert "no regular expression" in one_error(run("search", small_log, "["))
    assert run("search", small_log, "[", "-F").code == 1
    assert "nothing to search for" in one_error(run("search", small_log, ""))


def test_what_a_torn_line_holds_is_found_too(small_log: Path) -> None:
    with small_log.open("ab") as file:
        file.write(b'{"seq":21,"content":"last wor')
    assert run("search", small_log, "last wor").lines == ['#? bytes: {"seq":21,"content":"last wor']


def test_matches_in_long_lines_are_cut_around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from rich.cells import cell_len

    from tau2_tui.events import MessageEvent
    from tests.runlog.naive import log_of

    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("NO_COLOR", "1")
    path = tmp_path / "run.jsonl"
    path.write_bytes(log_of([MessageEvent(role="user", content="日本語" * 500 + " needle " + "x" * 900)]))
    (line,) = run("search", path, "needle", terminal=True).lines
    assert cell_len(line) <= 60 and "needle" in line and line.count("…") == 2


def test_alternatives_keys_and_numbers_are_found_as_every_text_is(tmp_path: Path) -> None:
    from tau2_tui.events import ToolExecutionEvent
    from tests.runlog.naive import log_of

    path = tmp_path / "run.jsonl"
    calls = [
        ToolExecutionEvent(tool_name="first", tool_args={"amounts": [{"refund_sum": 12.75}]}, source="needle"),
        ToolExecutionEvent(tool_name="second", tool_args={"why": 'a "quoted" | piped'}, metadata={"paid": True}),
        ToolExecutionEvent(tool_name="third", tool_args={"usage": {"deep": ["compensation"]}}),
    ]
    path.write_bytes(log_of(calls))

    def found(pattern: str) -> list[list[str]]:
        return [
            [match["path"] for match in row["matches"]] for row in run("search", path, pattern, "--json").json_lines()
        ]

    assert found("refund_sum|compensat") == [["tool_args.amounts.0"], ["tool_args.usage.deep.0"]]
    assert found(r"^12\.7") == [["tool_args.amounts.0.refund_sum"]]
    assert found(r"quoted. \| pip|nowhere") == [["tool_args.why"]]
    assert found("True|needle") == []

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cli.command import one_error, run
from tests.reports.test_html import check_harmless, check_links
from tests.runlog.naive import damaged, log_of, recorded_events
from tests.support.loaded_modules import loaded_by_command
from tests.support.small_log import write_small_log


def test_help_imports_nothing_heavy_and_shows_examples() -> None:
    assert loaded_by_command("report", "--help") == set()
    assert "tau2-tui report" in run("report", "--help").out.partition("Examples:")[2]


@pytest.mark.parametrize(("name", "start"), [("a.html", b"<!doctype html>"), ("a.HTM", b"<!doctype"), ("a.md", b"# ")])
def test_the_ending_says_the_form_and_only_the_owner_reads_it(
    tmp_path: Path, small_log: Path, name: str, start: bytes
) -> None:
    target = tmp_path / "reports" / name
    done = run("report", small_log, "-o", target)
    assert done.code == 0 and done.raw == b"" and str(target) in done.err
    assert target.read_bytes().lstrip().startswith(start)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [path.name for path in target.parent.iterdir()] == [name]


def test_an_unknown_form_is_said_before_anything_is_read(tmp_path: Path) -> None:
    done = run("report", tmp_path / "missing.jsonl", "-o", tmp_path / "report.pdf")
    assert done.code == 2 and ".html or .md" in done.err


def test_a_file_is_replaced_only_when_that_is_asked_for(tmp_path: Path, small_log: Path) -> None:
    target = tmp_path / "report.md"
    target.write_text("mine")
    assert "--force" in one_error(run("report", small_log, "-o", target))
    assert target.read_text() == "mine"
    assert run("report", small_log, "-o", target, "--force").code == 0
    assert target.read_text().startswith("# ")


def test_a_log_that_cannot_be_read_leaves_nothing_behind(tmp_path: Path) -> None:
    log, target = tmp_path / "broken.jsonl", tmp_path / "report.html"
    log.write_bytes(b"")
    one_error(run("report", log, "-o", target))
    assert not target.exists()


def test_the_time_is_that_of_the_environment(tmp_path: Path, small_log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "report.md"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    run("report", small_log, "-o", target)
    assert "on 2023-11-14 22:13:20 UTC" in target.read_text()
    run("report", small_log, "-o", target, "--force", "--no-date")
    assert "2023-11-14" not in target.read_text()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    assert "SOURCE_DATE_EPOCH" in one_error(run("report", small_log, "-o", target, "--force"))


def test_conversations_can_be_chosen_and_cut(tmp_path: Path, small_log: Path) -> None:
    said = {}
    for name, options in {
        "failed": [],
        "all": ["--transcripts", "all"],
        "none": ["--transcripts", "none"],
        "cut": ["--limit", "40"],
    }.items():
        target = tmp_path / f"{name}.md"
        assert run("report", small_log, "-o", target, *options).code == 0
        said[name] = target.read_text()
    assert [said[name].count("Please create a task to buy milk") for name in said] == [1, 2, 0, 0]
    assert "left out" in said["cut"] and "left out" not in said["failed"].replace("where something is left out", "")


def test_no_part_of_the_users_home_is_needed(tmp_path: Path, small_log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLCONFIGDIR", os.devnull)
    done = run("report", small_log, "-o", tmp_path / "report.html")
    assert done.code == 0 and len(done.err.splitlines()) == 1


@settings(max_examples=6)
@given(data=st.data())
def test_whatever_a_file_holds_there_is_a_report_or_one_line(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("logs")
    raw = (
        log_of(data.draw(recorded_events())) if data.draw(st.booleans()) else write_small_log(folder / "s").read_bytes()
    )
    path = folder / "run.jsonl"
    path.write_bytes(data.draw(st.just(raw) | damaged(raw)))
    form = data.draw(st.sampled_from(["html", "md"]))
    done = run("report", path, "-o", folder / f"report.{form}", "--transcripts", "all")
    assert done.code in (0, 2) and all(line.startswith("tau2-tui: ") for line in done.err.splitlines()), done
    assert (done.code == 0) == (folder / f"report.{form}").exists()
    if done.code == 0 and form == "html":
        check_links(check_harmless((folder / "report.html").read_text("utf-8")))

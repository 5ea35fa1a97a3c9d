"""A log that is studied by a process of its own."""

from __future__ import annotations

import gzip
import io
import pickle
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tau2_tui.runlog import RunLog
from tau2_tui.runlog.opening import open_log
from tau2_tui.tui.inspection import Failed
from tau2_tui.tui.screens.statistics.sections import PANES
from tau2_tui.tui.study import answers, process, studies
from tau2_tui.tui.study.answers import ALIGNMENT, FINDINGS, NUMBERS, SHEET, Study
from tau2_tui.tui.study.process import ProcessGone, StudyProcess
from tau2_tui.tui.study.studies import Studies

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "sample_logs" / "noisy.jsonl"
CORPUS = ROOT / "tests" / "corpus" / "files"


@pytest.fixture
def log() -> Iterator[RunLog]:
    with RunLog.open(SAMPLE, index="now") as opened:
        yield opened


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[Studies]:
    """Studies of which each has its process, however small the log."""
    monkeypatch.setattr(studies, "LEAST_BYTES", 0)
    found = Studies()
    yield found
    found.close()


def questions(log: RunLog) -> list[tuple[str, ...]]:
    ids = [ref.simulation_id for ref in log.simulations()]
    return [(FINDINGS,), (NUMBERS,), (ALIGNMENT, ids[-1]), *((SHEET, pane.section) for pane in PANES)]


def test_it_answers_as_a_study_here_does(log: RunLog, elsewhere: Studies, monkeypatch: pytest.MonkeyPatch) -> None:
    here = Study(log)
    expected = [here.answer(*question) for question in questions(log)]
    monkeypatch.setattr(answers, "Study", None)  # nothing is found out here
    assert [elsewhere.answer(log, *question) for question in questions(log)] == expected


def test_questions_at_the_same_time_each_get_their_own_answer(log: RunLog, elsewhere: Studies) -> None:
    here, found = Study(log), {}

    def ask(question: tuple[str, ...]) -> None:
        found[question] = elsewhere.answer(log, *question)

    threads = [threading.Thread(target=ask, args=(question,)) for question in questions(log)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {question: here.answer(*question) for question in questions(log)}


def test_a_file_of_another_format_is_studied_as_it_was_converted(elsewhere: Studies, tmp_path: Path) -> None:
    packed = tmp_path / "run.jsonl.gz"
    packed.write_bytes(gzip.compress(SAMPLE.read_bytes()))
    foreign = CORPUS / "run_enhanced_logs.json"
    for path in (packed, foreign):
        with open_log(path, index="now") as log:
            assert elsewhere.answer(log, FINDINGS) == Study(log).answer(FINDINGS)


def test_what_fails_is_said(log: RunLog, elsewhere: Studies) -> None:
    failed = elsewhere.answer(log, SHEET, "no such section")
    assert isinstance(failed, Failed) and "StopIteration" in failed.reason
    assert elsewhere.answer(log, NUMBERS).calls > 0


def test_a_process_that_dies_costs_nothing_but_time(log: RunLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_PROGRAM", "import os; os._exit(3)")
    monkeypatch.setattr(studies, "LEAST_BYTES", 0)
    alone = Studies()
    assert alone.answer(log, NUMBERS) == Study(log).answer(NUMBERS)
    alone.close()


def test_an_answer_that_cannot_be_sent_is_said_to_have_failed(log: RunLog) -> None:
    class Odd(Study):
        def answer(self, question: str, *details: object) -> object:
            return lambda: question

    out = io.BytesIO()
    process._answer(log, Odd(log), process._Question(7, NUMBERS, ()), out, threading.Lock())
    out.seek(0)
    answer = process._received(out)
    failed = pickle.loads(answer.piece)
    assert (answer.number, answer.last) == (7, True) and isinstance(failed, Failed) and "lambda" in failed.reason


def test_nobody_waits_for_a_process_that_says_what_is_no_answer(log: RunLog, monkeypatch: pytest.MonkeyPatch) -> None:
    says = "import pickle, struct, sys, time; data = pickle.dumps(3);"
    says += "sys.stdout.buffer.write(struct.pack('<q', len(data)) + data); sys.stdout.flush(); time.sleep(1000)"
    monkeypatch.setattr(process, "_PROGRAM", says)
    monkeypatch.setattr(studies, "LEAST_BYTES", 0)
    alone = Studies()
    assert alone.answer(log, NUMBERS) == Study(log).answer(NUMBERS)
    alone.close()


def test_a_grown_log_is_read_again(tmp_path: Path, elsewhere: Studies) -> None:
    path = tmp_path / "run.jsonl"
    lines = SAMPLE.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[: len(lines) // 2]))
    with RunLog.open(path, index="now") as log:
        before = elsewhere.answer(log, FINDINGS)
        with path.open("ab") as file:
            file.write(b"".join(lines[len(lines) // 2 :]))
        log.refresh()
        after = elsewhere.answer(log, FINDINGS)
        assert len(after.run.simulations) > len(before.run.simulations) and after.run.complete


def test_a_log_that_became_big_is_kept_by_its_process_only(log: RunLog, monkeypatch: pytest.MonkeyPatch) -> None:
    both = Studies()
    monkeypatch.setattr(studies, "LEAST_BYTES", log.size + 1)
    before = both.answer(log, FINDINGS)
    assert list(both._here) == [log] and not both._elsewhere
    monkeypatch.setattr(studies, "LEAST_BYTES", log.size)
    assert both.answer(log, FINDINGS) == before
    assert not both._here and list(both._elsewhere) == [log]
    both.close()


def test_a_file_that_took_the_logs_place_has_another_process(tmp_path: Path, elsewhere: Studies) -> None:
    path = tmp_path / "run.jsonl"
    shutil.copy(SAMPLE, path)
    with RunLog.open(path, index="now") as log:
        before = elsewhere.answer(log, FINDINGS)
        shutil.copy(SAMPLE.with_name("airline.jsonl"), tmp_path / "other.jsonl")
        (tmp_path / "other.jsonl").replace(path)
        log.refresh()
        after = elsewhere.answer(log, FINDINGS)
        assert before.run.simulations != after.run.simulations
        assert after == Study(log).answer(FINDINGS)


def test_nobody_waits_for_a_process_that_was_ended(log: RunLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studies, "LEAST_BYTES", 0)
    monkeypatch.setattr(process, "_PROGRAM", "import time; time.sleep(1000)")
    waiting, raised = Studies(), []

    def ask() -> None:
        try:
            waiting.answer(log, NUMBERS)
        except ProcessGone as error:
            raised.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    while not waiting._elsewhere:
        pass
    waiting.close()
    thread.join(60)
    assert len(raised) == 1 and not thread.is_alive()
    made = next(iter(waiting._elsewhere.values()))[1]
    assert isinstance(made, StudyProcess) and made._process.poll() is not None

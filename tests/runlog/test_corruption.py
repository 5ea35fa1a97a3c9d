"""Whatever is done to the bytes of a log or a results file: it opens, or one line says why not, in bounded room."""

from __future__ import annotations

import json
import random
import resource
from pathlib import Path

import pytest

from tau2_tui.errors import Tau2TuiError
from tau2_tui.events import ExecutionEvent, MessageEvent, RunStartEvent, SimulationEndEvent, SimulationStartEvent
from tau2_tui.runlog import RunLog, UnreadableLine, opening
from tau2_tui.runlog.conversation import conversation
from tau2_tui.runlog.merged import MergedLog
from tau2_tui.runlog.summary import summarize
from tau2_tui.runlog.tau2_export import write_results
from tau2_tui.runlog.verify import verify
from tests.runlog.damages import CASE_SECONDS, damaged, no_hang, packed
from tests.runlog.formats import enhanced_samples, results_documents
from tests.runlog.naive import expected_rows, log_of, split_lines

FEW, ALL, BATCHES = 250, 100_000, 20
MOST_GROWTH_BYTES = 600 << 20


def sample_log() -> bytes:
    """A small log with all that is looked at: two simulations whose lines interleave, one of which ended."""
    scopes = [{"simulation_id": f"s{n}", "task_id": f"t,{n}", "trial": n} for n in range(2)]
    events: list[ExecutionEvent] = [RunStartEvent(domain="mock", policy="be kind", tools=[{"name": "get"}])]
    events += [SimulationStartEvent(domain="mock", **scope) for scope in scopes]
    events += [
        MessageEvent(role="user", turn_idx=n, content=f"hello {n} ✈ \x1b[31m", **scopes[n % 2]) for n in range(6)
    ]
    events += [SimulationEndEvent(reward=1.0, termination_reason="user_stop", reward_info={"reward": 1}, **scopes[0])]
    for number, event in enumerate(events):
        event.timestamp = 1.76e9 + number
    return log_of(events)


def sample_results() -> list[bytes]:
    talk = [
        results_documents.says("hi", role="user"),
        results_documents.asks(results_documents.call("get_user", id=1)),
        results_documents.answer("{}"),
    ]
    simulation = results_documents.simulation(*talk)
    return [
        json.dumps(results_documents.results(simulation)).encode(),
        json.dumps(enhanced_samples.document()).encode(),
        json.dumps(enhanced_samples.jit()).encode(),
    ]


def look_at_everything(log: RunLog | MergedLog) -> None:
    log.check()
    for line in range(len(log)):
        log.line(line)
        entry = log.event(line)
        assert isinstance(entry, UnreadableLine) == (log.columns.types[log.columns.type[line]] == "unreadable")
    assert len(log.head(50)) >= min(1, len(log)) and log.status
    list(log.search("hello"))
    list(log.search(r"h.l+o|\d\d", backwards=True, regex=True))
    for ref in log.simulations():
        lines = log.lines_of(ref.simulation_id).tolist()
        assert len(lines) == ref.line_count
        conversation(map(log.event, lines))
        log.outcome(ref.simulation_id)
    log.outcomes()


def whole_lines_are_shown(log: RunLog, data: bytes, known: set[bytes]) -> None:
    """Every line that is as it was recorded is an event; no line is missing."""
    lines = split_lines(data)
    assert [(log.offset(i), log.line(i)) for i in range(len(log))] == lines
    rows = expected_rows(data)
    for number, (offset, line) in enumerate(lines):
        whole = line in known and offset + len(line) < len(data)
        assert not whole or not isinstance(log.event(number), UnreadableLine)
        assert isinstance(log.event(number), UnreadableLine) == (rows[number].type == "unreadable")


def one_log(rng: random.Random, path: Path, sample: bytes) -> None:
    data = damaged(rng, sample)
    plain = rng.random() < 0.9
    path.write_bytes(data if plain else packed(rng, data))
    try:
        with RunLog.open(path, index="now") as log:
            look_at_everything(log)
            summarize(log)
            write_results(log, path.with_name("results"))
            if plain:
                whole_lines_are_shown(log, data, set(sample.split(b"\n")[:-1]))
            if rng.random() < 0.1:
                with MergedLog([log, RunLog.open(path, index="now")]) as both:
                    look_at_everything(both)
    except Tau2TuiError as error:
        assert "\n" not in str(error)
        assert not plain or not any(line in data.split(b"\n") for line in sample.split(b"\n")[:-1])
    try:
        verify(path)
    except Tau2TuiError as error:
        assert "\n" not in str(error)


def one_results_file(rng: random.Random, path: Path, samples: list[bytes]) -> None:
    data = damaged(rng, rng.choice(samples))
    path.write_bytes(data if rng.random() < 0.9 else packed(rng, data))
    try:
        with opening.open_log(path, index="now") as log:
            look_at_everything(log)
            write_results(log, path.with_name("results"))
    except Tau2TuiError as error:
        assert "\n" not in str(error)


def run(directory: Path, seeds: range) -> None:
    log, results = sample_log(), sample_results()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for seed in seeds:
        rng = random.Random(seed)
        path = directory / "file"
        try:
            with no_hang(CASE_SECONDS):
                if rng.random() < 0.8:
                    one_log(rng, path, log)
                else:
                    one_results_file(rng, path, results)
        except BaseException as error:
            (directory / f"case-{seed}").write_bytes(path.read_bytes())
            raise AssertionError(f"seed {seed}, kept as case-{seed}: {type(error).__name__}: {error}") from error
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert grown < MOST_GROWTH_BYTES


def test_some_corruptions(kept_here: Path) -> None:
    run(kept_here, range(FEW))


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("batch", range(BATCHES))
def test_all_corruptions(kept_here: Path, batch: int) -> None:
    size = ALL // BATCHES
    run(kept_here, range(batch * size, (batch + 1) * size))

"""Whatever is done to the bytes of a foreign file: it is read and listed, or one line says why not."""

from __future__ import annotations

import dataclasses
import json
import random
import resource
import shutil
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.errors import Tau2TuiError
from tau2_tui.events.codec import loads
from tau2_tui.runlog import RunLog, UnreadableLine, opening
from tau2_tui.runlog.conversation import conversation
from tau2_tui.runlog.summary import summarize
from tau2_tui.runlog.tau2_export import write_results
from tests.cli.command import run as run_command
from tests.runlog.damages import CASE_SECONDS, damaged, no_hang, packed
from tests.runlog.formats.every_format import Sample, samples
from tests.runlog.formats.test_hostile import mutated

FEW, ALL, BATCHES = 240, 91_000, 26
MOST_GROWTH_BYTES = 600 << 20
LISTED_EVERY = 40
"""One case in so many is also listed by the command, which reads the kept copy."""

SAMPLES = samples()


def corrupted(rng: random.Random, sample: Sample) -> Sample:
    """Return a run of which one file is damaged: its values, its bytes, or both."""
    name = rng.choice(sorted(sample.files))
    data = sample.files[name]
    if rng.random() < 0.4 and name.endswith(".json"):
        text = json.dumps(mutated(json.loads(data), rng), ensure_ascii=rng.random() < 0.5)
        data = text.encode("utf-8", "surrogatepass")
    if rng.random() < 0.8:
        data = damaged(rng, data)
    if rng.random() < 0.05:
        data = packed(rng, data)
    return dataclasses.replace(sample, files={**sample.files, name: data})


def check_log(log: RunLog, notices: list[str], target: Path) -> None:
    """See that a converted log is one: every line is an event of it, and its numbers can be had."""
    assert log.origin is None or log.origin.notes is not None
    for line in range(len(log)):
        event = log.event(line)
        assert not isinstance(event, UnreadableLine) or log.origin is None, log.line(line)[:300]
    for row in summarize(log).simulations:
        json.dumps(dataclasses.asdict(row))
    for ref in log.simulations():
        lines = log.lines_of(ref.simulation_id).tolist()
        assert len(lines) == ref.line_count
        conversation(map(log.event, lines))
    log.outcomes()
    write_results(log, target)
    assert all("\n" not in notice for notice in notices)


def one_case(rng: random.Random, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    path = corrupted(rng, SAMPLES[rng.choice(sorted(SAMPLES))]).write(folder)
    notices: list[str] = []
    try:
        with opening.open_log(path, index="now", notice=notices.append) as log:
            check_log(log, notices, folder.with_name("exported.json"))
    except Tau2TuiError as error:
        assert "\n" not in str(error)
    if rng.random() * LISTED_EVERY < 1:
        check_listed(path)


def check_listed(path: Path) -> None:
    """See that the command lists it, or says in one line why not."""
    done = run_command("ls", path, "--json")
    assert "Traceback" not in done.err
    if done.code == 0:
        rows: Any = loads(done.raw)
        assert isinstance(rows, list)
    else:
        assert done.code == 2 and done.err.splitlines()[-1].startswith("tau2-tui: ")


def run(directory: Path, seeds: range) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for seed in seeds:
        try:
            with no_hang(CASE_SECONDS):
                one_case(random.Random(f"results {seed}"), directory / "run")
        except BaseException as error:
            shutil.copytree(directory / "run", directory / f"case-{seed}")
            raise AssertionError(f"seed {seed}, kept as case-{seed}: {type(error).__name__}: {error}") from error
        shutil.rmtree(directory / "cache", ignore_errors=True)
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < MOST_GROWTH_BYTES


@pytest.mark.parametrize("name", SAMPLES)
def test_the_sample_is_read_as_its_format(kept_here: Path, name: str) -> None:
    with opening.open_log(SAMPLES[name].write(kept_here / "run"), index="now") as log:
        check_log(log, [], kept_here / "exported.json")
        assert log.origin is not None and len(log) > 1


def test_the_samples_are_of_all_formats(kept_here: Path) -> None:
    formats = set()
    for number, sample in enumerate(SAMPLES.values()):
        with opening.open_log(sample.write(kept_here / f"run{number}"), index="now") as log:
            assert log.origin is not None
            formats.add(log.origin.format)
    assert len(formats) > 12, formats


def test_some_corruptions(kept_here: Path) -> None:
    run(kept_here, range(FEW))


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("batch", range(BATCHES))
def test_all_corruptions(kept_here: Path, batch: int) -> None:
    size = ALL // BATCHES
    run(kept_here, range(batch * size, (batch + 1) * size))

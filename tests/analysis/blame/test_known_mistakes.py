"""Blame against recordings whose mistakes are known: benchmarks/blame.py in small."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tau2_tui.errors import RecordingError
from tau2_tui.recording import RecordConfig, record_run, tau2_api
from tests.support.scripts import script


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    """The scoring of ``benchmarks/blame.py``."""
    try:
        tau2_api.load()
    except RecordingError as error:
        pytest.skip(str(error))
    return script("benchmarks/blame.py")


def _scored(benchmark: ModuleType, path: Path, domain: str, num_tasks: int | None = None) -> Any:
    config = RecordConfig(
        domain=domain, agent="noisy-oracle", user="scripted", error_rate=0.3, task_ids=None, num_tasks=num_tasks
    )
    record_run(config, path)
    score = benchmark.Score()
    benchmark.score_log(path, score)
    return score


def test_known_mistakes_are_named_first(benchmark: ModuleType, tmp_path: Path) -> None:
    score = _scored(benchmark, tmp_path / "telecom.jsonl", "telecom", num_tasks=40)
    assert score.judged >= 15
    assert score.first >= 0.9 * score.judged
    assert score.owner == score.judged
    assert "| first cause | " in "\n".join(score.lines())


@pytest.mark.slow
def test_known_mistakes_are_named_first_in_large_domains(benchmark: ModuleType, tmp_path: Path) -> None:
    scores = [_scored(benchmark, tmp_path / f"{domain}.jsonl", domain) for domain in ("airline", "retail")]
    assert sum(score.first for score in scores) >= 0.9 * sum(score.judged for score in scores)

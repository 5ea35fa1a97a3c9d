"""A log as the screens see it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tau2_tui.runlog import RunLog
from tau2_tui.tui import source as source_module
from tau2_tui.tui.source import EventSource
from tests.tui.logs import airline


def test_a_big_log_is_sorted_by_simulation_elsewhere_while_it_is_indexed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RunLog.open(airline(tmp_path / "run.jsonl"), index="now") as log:
        sort, asked = log.simulations, []
        monkeypatch.setattr(log, "simulations", lambda: asked.append(1) or sort())
        monkeypatch.setattr(source_module, "_SORTED_AT_ONCE", 1)
        source, counts = EventSource(log), iter(range(100, 200))
        monkeypatch.setattr(EventSource, "count", property(lambda _: next(counts)))
        monkeypatch.setattr(EventSource, "complete", property(lambda _: False))
        refs = source.simulations()
        assert refs and [source.simulations() for _ in range(3)] == [refs] * 3
        assert len(asked) == 1
        source.set_some_simulations(refs[:1])
        assert source.simulations() == refs[:1] and source.tally.counting == 1
        monkeypatch.setattr(EventSource, "complete", property(lambda _: True))
        source.set_simulations(refs, {})
        assert source.simulations() == refs and source.tally.counting == len(refs)
        assert len(asked) == 1

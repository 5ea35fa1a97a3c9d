"""A log as the screens see it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tau2_tui.events import MessageEvent
from tau2_tui.runlog import RunLog
from tau2_tui.runlog.merged import MergedLog
from tau2_tui.tui import source as source_module
from tau2_tui.tui.source import EventSource
from tests.runlog.naive import log_of
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


def test_simulations_of_merged_logs_are_numbered_in_order_and_anew_when_it_changes(tmp_path: Path) -> None:
    early, late = tmp_path / "0.jsonl", tmp_path / "1.jsonl"
    early.write_bytes(log_of([message(1, "a"), message(7, "c")]))
    late.write_bytes(log_of([message(5, "b")]))
    with MergedLog([RunLog.open(path, index="now") for path in (early, late)]) as log:
        source = EventSource(log)
        assert [source.simulation_number(name) for name in "abc"] == [1, 2, 3]
        early.write_bytes(log_of([message(1, "a"), message(7, "c"), message(8, "d")]))
        late.write_bytes(log_of([message(5, "b"), message(6, "e")]))
        assert log.refresh()
        numbers = {ref.simulation_id: number for number, ref in enumerate(log.simulations(), 1)}
        assert numbers == {"a": 1, "b": 2, "e": 3, "c": 4, "d": 5}
        assert {name: source.simulation_number(name) for name in numbers} == numbers


def message(time: float, simulation_id: str) -> MessageEvent:
    return MessageEvent(timestamp=1.7e9 + time, content="text", simulation_id=simulation_id, task_id="t", trial=0)

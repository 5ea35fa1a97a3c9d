"""Every event as a table or a document."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tau2_tui.errors import LogWriteError
from tau2_tui.events import ExecutionEvent, LogLevel, ToolExecutionEvent
from tau2_tui.logging import ExecutionLogger


def test_exports_hold_every_event(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    with ExecutionLogger(tmp_path / "run.jsonl") as logger:
        logger.log_tool_execution("get", tool_args={"id": 'x,"y"\n'}, metadata={"note": 1})
        logger.log_event(ExecutionEvent(message="\ud800 plain", level=LogLevel.WARNING))
        expected = [event.to_dict() for event in logger.events()]
        for format in ("json", "jsonl", "csv", "parquet"):
            assert logger.export_events(tmp_path / f"out.{format}", format) == 2
        assert logger.export_events(tmp_path / "one.jsonl", "jsonl", event_types=[ToolExecutionEvent]) == 1
        with pytest.raises(ValueError, match="unknown format 'xml'"):
            logger.export_events(tmp_path / "out.xml", "xml")
        with pytest.raises(LogWriteError, match="cannot be written"):
            logger.export_events(tmp_path / "missing" / "out.json")
    document = json.loads((tmp_path / "out.json").read_text())
    assert document["events"] == expected
    assert document["metadata"]["total_events"] == 2
    assert [json.loads(line) for line in (tmp_path / "out.jsonl").open()] == expected
    with (tmp_path / "out.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert json.loads(rows[0]["tool_args"]) == {"id": 'x,"y"\n'}
    assert rows[0]["metadata_note"] == "1" and rows[1]["level"] == "warning"
    table = pq.read_table(tmp_path / "out.parquet").to_pylist()
    assert [row["event_type"] for row in table] == ["ToolExecutionEvent", "ExecutionEvent"]
    assert table[0]["success"] is True and table[1]["success"] is None
    assert not list(tmp_path.glob(".*"))


def test_exports_hold_whatever_an_event_holds(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    odd = {"n": 1 << 70, "\ud800 key": "\ud800 value", "yes": True}
    with ExecutionLogger(tmp_path / "run.jsonl") as logger:
        logger.log_event(ExecutionEvent(metadata=odd))
        logger.log_event(ExecutionEvent(extra={"big": 1 << 70}))
        logger.log_event(ExecutionEvent(extra={"big": 1}))
        for format in ("csv", "parquet"):
            assert logger.export_events(tmp_path / f"out.{format}", format) == 3
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert [rows[0][f"metadata_{name}"] for name in ("n", "\\ud800 key", "yes")] == [
        str(1 << 70),
        "\\ud800 value",
        "True",
    ]
    assert [row["big"] for row in rows] == ["", str(1 << 70), "1"]
    table = pq.read_table(tmp_path / "out.parquet").to_pylist()
    assert [table[0][f"metadata_{name}"] for name in ("n", "\\ud800 key", "yes")] == [
        str(1 << 70),
        "\\ud800 value",
        True,
    ]
    assert [row["big"] for row in table] == [None, str(1 << 70), "1"]

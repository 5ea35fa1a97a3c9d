from __future__ import annotations

import math
from datetime import datetime, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.cli.moments import lasting, millisecond, minute, number_text
from tests.cli.command import run

HUGE = 10**400


@given(st.integers(0, 4_000_000_000_000))
def test_the_time_of_day_is_that_of_the_calendar(milliseconds: int) -> None:
    moment = datetime.fromtimestamp(milliseconds // 1000, tz=timezone.utc)
    shown = millisecond((milliseconds + 0.5) / 1000)
    assert shown == f"{moment:%H:%M:%S}.{milliseconds % 1000:03}"


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 1e306, -1e306, HUGE, 0, -1.5])
def test_any_number_has_a_text(number: float) -> None:
    for text in (millisecond(number), lasting(number), minute(number), number_text(number, ".1f")):
        assert len(text) < 400


def test_lengths_of_time_have_a_fitting_unit() -> None:
    texts = [lasting(seconds) for seconds in (0.0000312, 0.0045, 0.0451, 0.4, 61.04, 600)]
    assert texts == ["0.031 ms", "4.5 ms", "45 ms", "0.4 s", "61.0 s", "10 min"]


def test_a_log_with_monstrous_numbers_is_shown(tmp_path: Path) -> None:
    where = '"simulation_id":"s","task_id":"t","trial":0'
    lines = [
        f'{{"seq":0,"timestamp":1e306,"event_type":"SimulationStartEvent",{where}}}',
        f'{{"seq":1,"timestamp":{HUGE},"event_type":"ToolExecutionEvent",{where},"tool_name":"a","execution_time":{HUGE}}}',
        f'{{"seq":2,"timestamp":-1e306,"event_type":"LLMCallEvent",{where},"latency":1e306,"error":"x","cost":{HUGE}}}',
        f'{{"seq":3,"timestamp":2.0,"event_type":"SimulationEndEvent",{where},"duration":{HUGE},"reward":0.5,'
        f'"agent_cost":{HUGE},"user_cost":1.5}}',
    ]
    path = tmp_path / "run.jsonl"
    path.write_text("\n".join(lines) + "\n")
    tables = [["export", "--to", form, "-o", tmp_path / f"out.{form}"] for form in ("csv", "parquet", "jsonl", "json")]
    for command, *options in (
        ["ls"],
        ["show"],
        ["events"],
        ["show", "--seq", 1],
        ["ls", path],
        ["ls", "--json"],
        *tables,
    ):
        done = run(command, path, *options)
        assert done.code == 0 and "Traceback" not in done.err, (command, done)
    for expression in ("time>1", f"duration:{HUGE}", "reward>0.5", "timestamp<5", "cost>=1e300"):
        assert run("events", path, expression).code == 0, expression

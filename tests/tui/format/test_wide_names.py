"""Names of wide characters do not shift the column of values."""

from __future__ import annotations

from tau2_tui.events import ToolExecutionEvent
from tau2_tui.tui.cells import pad, width
from tau2_tui.tui.format.detail import Context, detail_lines


def test_the_values_of_arguments_stand_below_each_other() -> None:
    arguments = {"日本語": "v1", "👨‍👩‍👧‍👦": "v2", "e\u0301e\u0301": "v3", "plain": "v4"}
    event = ToolExecutionEvent(tool_name="t", tool_args=arguments)
    lines = [line.text for line in detail_lines(event, Context())]
    found = [line for line in lines if any(f'"v{number}"' in line for number in range(1, 5))]
    assert len(found) == 4
    assert len({width(line[: line.index('"v')]) for line in found}) == 1


def test_padding_counts_cells() -> None:
    assert pad("日本", 6) == "日本  "
    assert pad("日本語", 2) == "日本語"

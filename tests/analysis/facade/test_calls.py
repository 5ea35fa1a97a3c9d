from __future__ import annotations

import json
import math

from tau2_tui.analysis.data.records import Call, Run
from tau2_tui.analysis.facade.calls import failure_rows, slow_rows


def test_odd_numbers_among_arguments_are_no_hindrance_for_json() -> None:
    args = {"at": math.nan, "most": [math.inf, 1.5], "n": 3}
    run = Run("run", calls=(Call(0, "t", 0, 1, "get", args, error=True, error_text="no", execution_time=2.0),))
    (failure,), (slow,) = failure_rows(run), slow_rows(run.calls, 1.0)
    assert failure["example_args"] == slow["tool_args"] == {"at": None, "most": [None, 1.5], "n": 3}
    json.dumps([failure, slow], allow_nan=False)

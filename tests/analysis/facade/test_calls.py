from __future__ import annotations

import json
import math

from tau2_tui.analysis.data.records import Call, Run
from tau2_tui.analysis.facade.calls import failure_rows, slow_rows, summary


def test_times_that_are_not_in_the_log_are_not_zero() -> None:
    untimed, timed = Call(0, "t", 0, 0, "get", {}), Call(0, "t", 1, 1, "get", {}, execution_time=0.5)
    assert summary(Run("run", calls=(untimed,)))["total_execution_time"] is None
    assert summary(Run("run", calls=(untimed, timed)))["total_execution_time"] == 0.5


def test_odd_numbers_among_arguments_are_no_hindrance_for_json() -> None:
    args = {"at": math.nan, "most": [math.inf, 1.5], "n": 3}
    run = Run("run", calls=(Call(0, "t", 0, 1, "get", args, error=True, error_text="no", execution_time=2.0),))
    (failure,), (slow,) = failure_rows(run), slow_rows(run.calls, 1.0)
    assert failure["example_args"] == slow["tool_args"] == {"at": None, "most": [None, 1.5], "n": 3}
    json.dumps([failure, slow], allow_nan=False)

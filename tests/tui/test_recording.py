from __future__ import annotations

import pytest

from tau2_tui.tui.format.runs import runs_width
from tau2_tui.tui.recording import Phase, RecordingStatus, recording_runs

PARTS = ("12/50", "passed 10 of 12 = 83 %", "errors 0", "2:10 min left", "calls 120")


def said(status: RecordingStatus, cells: int) -> str:
    runs = recording_runs(status, cells)
    assert runs_width(runs) <= cells
    return "".join(run.text for run in runs)


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        (100, "● recording 12/50, passed 10 of 12 = 83 %, errors 0, 2:10 min left, calls 120"),
        (60, "● recording 12/50, passed 10 of 12 = 83 %, errors 0"),
        (20, "● recording 12/50"),
        (10, "● recordi…"),
    ],
)
def test_there_is_as_much_of_it_as_there_is_room_for(cells: int, text: str) -> None:
    assert said(RecordingStatus(Phase.RUNNING, PARTS), cells) == text


def test_why_it_failed_is_harmless_on_a_terminal() -> None:
    text = said(RecordingStatus(Phase.FAILED, ("no \x1b[31m model",)), 80)
    assert text == "✗ recording failed: no ␛[31m model"


@pytest.mark.parametrize("phase", list(Phase))
def test_only_what_is_over_has_ended(phase: Phase) -> None:
    assert RecordingStatus(phase).ended is (phase in (Phase.DONE, Phase.STOPPED, Phase.FAILED))

"""What stands on the panes of the statistics, without Textual."""

from __future__ import annotations

from pathlib import Path

import pytest

from tau2_tui.analysis.data.reading import read_run
from tau2_tui.analysis.data.records import Run
from tau2_tui.events import ExecutionEvent, RunStartEvent
from tau2_tui.runlog import RunLog
from tau2_tui.tui.cells import width as cells_of
from tau2_tui.tui.screens.sheet.items import Field, Grid, Sheet
from tau2_tui.tui.screens.sheet.layout import rows_of
from tau2_tui.tui.screens.statistics.sections import PANES, Pane
from tau2_tui.tui.screens.statistics.writing import write_sheet
from tests.tui.logs import airline, hostile, simulation, write


def _empty(path: Path) -> Path:
    return write(path, [RunStartEvent(domain="airline")])


def _flipping(path: Path) -> Path:
    """Write a run of 25 tasks, each of which passes in the first of two trials."""
    events: list[ExecutionEvent] = [RunStartEvent(domain="airline")]
    for number in range(25):
        for trial in (0, 1):
            events += simulation(f"sim-{number}-{trial}", str(number), trial, passed=not trial)
    return write(path, events)


MAKERS = {"airline": airline, "hostile": hostile, "empty": _empty, "flipping": _flipping}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """Return a run of each kind of log."""
    found = {}
    for name, make in MAKERS.items():
        with RunLog.open(make(tmp_path_factory.mktemp(name) / "run.jsonl"), index="now") as log:
            found[name] = read_run(log)
    return found


def _pane(title: str) -> Pane:
    return next(pane for pane in PANES if pane.title == title)


def _text(sheet: Sheet, width: int = 120) -> str:
    return "\n".join("".join(run.text for run in row.runs) for row in rows_of(sheet, width))


def _events(sheet: Sheet, label: str) -> list[str]:
    for item in sheet.items:
        if isinstance(item, Field) and item.label == label:
            return [event.text for event in item.subject.events]
        if isinstance(item, Grid):
            for line in item.lines:
                if line.cells[0].text == label:
                    return [event.text for event in line.subject.events]
    raise AssertionError(f"no {label} on the sheet")


@pytest.mark.parametrize("pane", PANES, ids=lambda pane: pane.section)
@pytest.mark.parametrize("name", MAKERS)
def test_every_pane_of_any_log_fits_any_width(runs: dict[str, Run], pane: Pane, name: str) -> None:
    sheet = write_sheet(pane, runs[name])
    every = {(number, place) for number in range(len(sheet.items)) for place in range(50)}
    for width in (18, 40, 80, 300):
        for row in rows_of(sheet, width, every):
            text = "".join(run.text for run in row.runs)
            assert cells_of(text) <= width and "\x1b" not in text


@pytest.mark.parametrize("pane", PANES, ids=lambda pane: pane.section)
def test_every_number_can_be_asked(runs: dict[str, Run], pane: Pane) -> None:
    sheet = write_sheet(pane, runs["flipping"])
    numbers = [item.subject for item in sheet.items if isinstance(item, Field)]
    numbers += [line.subject for item in sheet.items if isinstance(item, Grid) for line in item.lines]
    assert numbers and all(subject.about for subject in numbers)


def test_success_with_both_intervals_and_passes(runs: dict[str, Run]) -> None:
    sheet = write_sheet(_pane("overview"), runs["flipping"])
    text = _text(sheet)
    assert "50 %  25 of 50 simulations on 25 tasks" in text
    assert "new tasks like these" in text and "the same again" in text and "┃" in text
    assert "pass^k" in text and "25 of 25 tasks pass in some trials only" in text
    assert _events(sheet, "success")[0].startswith("task 0 trial 0, event") and len(_events(sheet, "success")) == 20


def test_failed_calls_are_behind_the_numbers_of_errors(runs: dict[str, Run]) -> None:
    run = runs["airline"]
    (event,) = _events(write_sheet(_pane("errors"), run), "error rate")
    assert event.startswith("task 7 trial 1, event ") and "missing 1 required argument" in event
    (event,) = _events(write_sheet(_pane("tools"), run), "get_reservation_details")
    assert "✗" in event


def test_a_task_leads_to_its_simulations(runs: dict[str, Run]) -> None:
    sheet = write_sheet(_pane("tasks"), runs["airline"])
    ended = _events(sheet, "7")
    assert [text.split("  ")[1] for text in ended] == ["✓ passed, user_stop", "✗ failed, user_stop"]
    assert "✓✗" in _text(sheet) and "⇅ flips" in _text(sheet)


def test_the_events_behind_a_number_are_those_of_the_log(tmp_path: Path) -> None:
    with RunLog.open(airline(tmp_path / "run.jsonl"), index="now") as log:
        sheet = write_sheet(_pane("tools"), read_run(log))
        places = [
            event.place
            for item in sheet.items
            if isinstance(item, Grid)
            for line in item.lines
            for event in line.subject.events
        ]
        assert places
        for place in places:
            assert place.line is not None
            event = log.event(place.line)
            assert type(event).__name__ == "ToolExecutionEvent" and event.simulation_id == place.simulation_id  # type: ignore[union-attr]

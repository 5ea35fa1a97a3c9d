"""Two simulations of a task beside each other, without Textual."""

from __future__ import annotations

from pathlib import Path

import pytest

from tau2_tui.analysis.data.reading import read_run
from tau2_tui.runlog import RunLog
from tau2_tui.tui.cells import width as cells_of
from tau2_tui.tui.screens.compare.reading import Beside, Step, aligned, meetings, read_beside
from tau2_tui.tui.screens.compare.side_by_side import parting, rows_beside
from tests.tui.logs import airline, hostile


def _read(path: Path, other: Path, task: str | None = "7") -> Beside:
    with RunLog.open(path, index="now") as a, RunLog.open(other, index="now") as b:
        left, right = read_run(a), read_run(b)
        pairs = meetings(left, right, left.simulations[0].task_id if task is None else task)
        return read_beside((a, b), pairs[0])


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Beside:
    """Return a passed and a failed simulation of task 7."""
    folder = tmp_path_factory.mktemp("logs")
    return _read(airline(folder / "a.jsonl"), airline(folder / "b.jsonl"))


def _texts(found: Beside, width: int) -> list[str]:
    return ["".join(run.text for run in row.runs) for row in rows_beside(found, width)]


def _step(name: str, *, called: bool = True) -> Step:
    return Step("assistant", name, 0, called, False, ("called" if called else "said", name))


def test_simulations_with_different_outcomes_come_first(found: Beside) -> None:
    assert (found.left.success, found.right.success) == (True, False)
    assert (found.left.trial, found.right.trial) == (0, 1)


def test_they_part_at_the_first_call_that_differs(found: Beside) -> None:
    assert found.parts == 1  # the user says the same; then another reservation is cancelled
    left, right = found.pairs[1]
    assert left is not None and "HATHAT" in left.text and left.called
    assert right is not None and "XEWRD9" in right.text


def test_side_by_side_on_a_wide_screen(found: Beside) -> None:
    rows = _texts(found, 120)
    assert "first log trial 0  ✓ passed" in rows[0] and "other log trial 1  ✗ failed" in rows[0]
    at = next(place for place, text in enumerate(rows) if "here they part" in text)
    assert at == parting(rows_beside(found, 120))
    assert "HATHAT" in rows[at + 1] and "≠" in rows[at + 1] and "XEWRD9" in rows[at + 1]
    assert not any("≠" in text for text in rows[:at])
    assert any("✗ get_reservation_details" in text for text in rows)


def test_under_each_other_on_a_narrow_screen(found: Beside) -> None:
    rows = _texts(found, 40)
    at = next(place for place, text in enumerate(rows) if "here they part" in text)
    assert rows[at + 1].startswith("1 agent") and any(text.startswith("2 agent") for text in rows[at:])


def test_steps_of_the_first_log_lead_to_its_events(found: Beside) -> None:
    places = [row.place for row in rows_beside(found, 120) if row.place]
    assert {place.simulation_id for place in places} == {"sim-a"}
    assert found.pairs[1][0] is not None and found.pairs[1][0].line in {place.line for place in places}


def test_equal_simulations_never_part(tmp_path: Path) -> None:
    path = airline(tmp_path / "a.jsonl")
    with RunLog.open(path, index="now") as log:
        first = read_run(log).simulations[0]
        same = read_beside((log, log), (first, first))
    assert same.parts is None and "they do the same to the end" in _texts(same, 80)[-1] and len(_texts(same, 80)) > 3


def test_what_one_does_more_does_not_shift_the_rest() -> None:
    left, right = [_step("a"), _step("b"), _step("c")], [_step("a"), _step("c")]
    assert [(one and one.text, other and other.text) for one, other in aligned(left, right)] == [
        ("a", "a"),
        ("b", None),
        ("c", "c"),
    ]


@pytest.mark.parametrize("width", [1, 12, 20, 40, 59, 60, 61, 120, 300])
def test_any_text_fits_any_width(tmp_path: Path, width: int) -> None:
    path = hostile(tmp_path / "run.jsonl", size=4_000)
    for text in _texts(_read(path, path, None), width):
        assert cells_of(text) <= max(width, 1) and "\x1b" not in text and "\u202e" not in text

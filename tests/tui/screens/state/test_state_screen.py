"""The screen of state changes through its keys."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.events import (
    ExecutionEvent,
    RunStartEvent,
    SimulationStartEvent,
    StateChangeEvent,
    ToolExecutionEvent,
)
from tau2_tui.tui.screens.state import screen as state_screen
from tau2_tui.tui.screens.state.screen import StateScreen
from tau2_tui.tui.screens.timeline.screen import TimelineScreen
from tau2_tui.tui.study.answers import Study
from tests.tui.logs import airline, belonging, hostile, long_run, telecom
from tests.tui.logs import write as write_log
from tests.tui.screens.state.histories import replaced
from tests.tui.screens.walking import inspector, shown, until, until_shown


async def test_it_shows_what_the_calls_changed(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (app, pilot):
        await pilot.press("4")
        page = await until_shown(app, pilot, "1  turn 1  cancel_reservation")
        assert "4 state  #1 task 7 trial 0  1 change" in page and "change by change" in page
        assert "reservations / HATHAT" in page and 'status  - null  + "cancelled"' in page


async def test_a_goes_on_to_the_start_and_to_the_reference_and_A_back(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (app, pilot):
        await pilot.press("4", "}")
        await until_shown(app, pilot, "reservations / XEWRD9")
        await pilot.press("a")
        assert "from start to end" in shown(app)
        await pilot.press("a")
        page = shown(app)
        assert "end against reference" in page and "- the reference's  + as it was reached" in page
        assert 'status  - "cancelled"  + null' in page and "reservations / HATHAT" in page
        await pilot.press("A", "A")
        assert "change by change" in shown(app)


async def test_enter_leads_to_the_event_in_the_timeline(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (app, pilot):
        await pilot.press("4", "}")
        await until_shown(app, pilot, "reservations / XEWRD9")
        await pilot.press("j", "j", "enter")
        timeline = app.screen
        assert isinstance(timeline, TimelineScreen)
        await until(pilot, lambda: timeline.state.view.ref is not None)
        entry: Any = timeline.state.entry
        assert type(entry).__name__ == "StateChangeEvent" and entry.simulation_id == "sim-b"


async def test_the_simulations_are_walked_and_the_other_screens_follow(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (app, pilot):
        await pilot.press("4", "]")
        await until_shown(app, pilot, "task 7 trial 1")
        await pilot.press("}")
        await until_shown(app, pilot, "task 12 trial 0")
        assert app.inspection.simulation_id == "sim-c"
        await pilot.press("}")
        assert "no further failed simulation" in shown(app)
        await pilot.press("[")
        await until_shown(app, pilot, "task 7 trial 1")
        await pilot.press("]", "{")
        await until_shown(app, pilot, "reservations / XEWRD9")
        await pilot.press("[", "[")
        assert "no further simulation" in shown(app) and app.inspection.simulation_id == "sim-a"
        await pilot.press("escape")
        assert isinstance(app.screen, TimelineScreen)


async def test_nothing_is_counted_where_the_log_tells_of_no_states(tmp_path: Path) -> None:
    def silent(path: Path) -> Path:
        call = ToolExecutionEvent(simulation_id="sim", task_id="7", tool_name="cancel", state_changed=None)
        return write_log(path, [RunStartEvent(), SimulationStartEvent(simulation_id="sim", task_id="7"), call])

    async with inspector(tmp_path, (100, 30), silent) as (app, pilot):
        await pilot.press("4")
        page = await until_shown(app, pilot, "holds no states")
        assert "0 changes" not in page


@pytest.mark.parametrize("key", ["4", "5"])
async def test_of_the_simulations_that_a_held_key_passes_only_the_last_one_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    may, read = threading.Event(), []

    def slowly(find: Callable[..., Any]) -> Callable[..., Any]:
        def found(about: Any, simulation: str, *more: Any) -> Any:
            read.append(more[0] if more else simulation)
            assert may.wait(20)
            return find(about, simulation, *more)

        return found

    monkeypatch.setattr(state_screen, "read_history", slowly(state_screen.read_history))
    monkeypatch.setattr(Study, "answer", slowly(Study.answer))
    async with inspector(tmp_path, write=long_run) as (app, pilot):
        await pilot.press(key)
        await until(pilot, lambda: read == ["sim-0-0"], 10)
        await pilot.press(*"]]]]]]][")
        assert "task 3 trial 0" in shown(app) and "reading" in shown(app)
        may.set()
        screen: Any = app.screen
        await until(pilot, lambda: bool(screen.rows))
        assert read == ["sim-0-0", "sim-3-0"]
        await pilot.press("]")
        await until(pilot, lambda: bool(screen.rows))
        assert read[2:] == ["sim-3-1"]


async def test_s_goes_from_change_to_change(tmp_path: Path) -> None:
    async with inspector(tmp_path, (80, 12)) as (app, pilot):
        await pilot.press("4")
        await until_shown(app, pilot, "cancel_reservation")
        await pilot.press("G", "s")
        screen = app.screen
        assert isinstance(screen, StateScreen) and screen.window.cursor == 0
        await pilot.press("]", "]")
        await until_shown(app, pilot, "task 12 trial 0")
        await until(pilot, lambda: bool(screen.rows))
        await pilot.press("s")
        assert "nothing was changed" in shown(app)


async def test_s_goes_to_what_differs_from_the_reference_too(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (app, pilot):
        await pilot.press("4", "}")
        await until_shown(app, pilot, "reservations / XEWRD9")
        await pilot.press("A", "s")
        screen = app.screen
        assert isinstance(screen, StateScreen) and "nothing was changed" not in shown(app)
        assert "reservations / HATHAT" in "".join(run.text for run in screen.rows[screen.window.cursor].runs)


@pytest.mark.parametrize("key", ["4", "5"])
async def test_in_80_columns_the_title_tells_which_of_many_alike_it_is(tmp_path: Path, key: str) -> None:
    async with inspector(tmp_path, (80, 24), telecom) as (app, pilot):
        await pilot.press("2")
        await until_shown(app, pilot, "✗ failed")
        await pilot.press("}", "}", key)
        page = await until_shown(app, pilot, "reference" if key == "5" else "change by change")
        assert "#5 task [mobi" in page.splitlines()[0] and "trial 0" in page.splitlines()[0]


def with_an_object_changed(path: Path) -> Path:
    change = replaced("/orders/W1/address", {"city": "Rome"}, {"city": "Oslo"})
    events: list[ExecutionEvent] = [StateChangeEvent(action_trigger="move", changes=[change])]
    return write_log(path, [RunStartEvent(domain="retail"), *belonging(events, "sim", "7", 0)])


@pytest.mark.parametrize(("width", "beside"), [(89, False), (90, True)])
async def test_values_are_beside_each_other_where_there_is_room(tmp_path: Path, width: int, beside: bool) -> None:
    def is_beside() -> bool:
        return any("Rome" in line and "Oslo" in line for line in shown(app).splitlines())

    async with inspector(tmp_path, (width, 24), with_an_object_changed) as (app, pilot):
        await pilot.press("4")
        await until_shown(app, pilot, "Oslo")
        assert is_beside() is beside
        await pilot.press("v")
        assert is_beside() is not beside


@pytest.mark.parametrize("size", [(20, 5), (40, 12), (80, 24), (300, 100)])
@pytest.mark.parametrize("write", [airline, hostile])
async def test_any_size_and_any_content_is_drawn(tmp_path: Path, size: tuple[int, int], write: Any) -> None:
    async with inspector(tmp_path, size, write) as (app, pilot):
        await pilot.press("4")
        await until(pilot, lambda: bool(app.screen.rows))  # type: ignore[attr-defined]
        await pilot.press("j", "G", "g", "a", "s", "v", "a", "S", "pagedown", "A", "}", "]", "[", "question_mark")
        await pilot.press("escape", "enter")
        assert "\x1b" not in shown(app) and app.failure is None and isinstance(app.screen, TimelineScreen)

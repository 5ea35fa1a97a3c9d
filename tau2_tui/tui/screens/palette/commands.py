"""What the palette offers: the registry's actions that are valid where one is, and every place that one can go to."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from tau2_tui.runlog.refs import SimulationOutcome, SimulationRef
from tau2_tui.tui.actions import PALETTE, STATISTICS, TIMELINE, valid_on
from tau2_tui.tui.format.runs import Run, one_line
from tau2_tui.tui.format.values import count
from tau2_tui.tui.inspection import Place
from tau2_tui.tui.screens.palette.state import Command, Later
from tau2_tui.tui.screens.statistics.sections import PANES

if TYPE_CHECKING:
    from tau2_tui.tui.app import InspectorApp
    from tau2_tui.tui.screens.keyed import KeyedScreen

_LAST = "Move"
"""The group of actions that nobody looks for by name: it comes last."""


def commands(app: InspectorApp, below: KeyedScreen) -> list[Command]:
    """Return everything that can be done on a screen and from it but going to simulations, the most useful first."""
    actions = list(_actions(below))
    moves = [command for command in actions if command.kind == _LAST.lower()]
    return [
        *(command for command in actions if command not in moves),
        *_logs(app),
        *_statistics(app),
        *_themes(app),
        *_recent(app),
        *moves,
    ]


def _actions(below: KeyedScreen) -> Iterator[Command]:
    for action in valid_on(below.NAME):
        if action.name != PALETTE:
            kind = action.group.split()[0].lower()
            yield Command(kind, action.label, partial(below.perform, action), action.help, action.key_text)


def _statistics(app: InspectorApp) -> Iterator[Command]:
    for place, pane in enumerate(PANES):
        yield Command("statistics", f"statistics: {pane.title}", partial(_show_pane, app, place))


def _show_pane(app: InspectorApp, place: int) -> None:
    from tau2_tui.tui.screens.sheet.screen import SheetScreen

    app.uncover()
    app.show_screen(STATISTICS)
    screen = app.desk.screens[STATISTICS]
    if isinstance(screen, SheetScreen):
        screen.show_pane(place)


def _themes(app: InspectorApp) -> Iterator[Command]:
    for choice in app.theme_choices():
        chosen = "in use" if choice.name == app.theme_name else ""
        yield Command("theme", f"theme: {choice.name}", partial(app.choose_theme, choice.name), choice.about, chosen)


def _logs(app: InspectorApp) -> Iterator[Command]:
    for place, desk in enumerate(app.desks):
        if desk is not app.desk:
            source = desk.inspection.source
            yield Command("log", f"log: {one_line(source.name, 200)}", partial(app.show_log, place), "open")


def _recent(app: InspectorApp) -> Iterator[Command]:
    for path in app.recent_logs():
        yield Command("open", f"open: {one_line(path, 400)}", partial(app.open_log, path))


def simulations(app: InspectorApp) -> Later:
    """Return the commands that go to the simulations of the log."""
    source = app.inspection.source
    refs = source.simulations()
    return Later("simulation", len(refs), lambda place: _simulation(app, refs[place]))


def _simulation(app: InspectorApp, ref: SimulationRef) -> Command:
    source = app.inspection.source
    number = source.simulation_number(ref.simulation_id)
    trial = "" if ref.trial is None else f":{ref.trial}"
    mark, said = _outcome(ref, source.outcomes.get(ref.simulation_id))
    about = f"{said} · {count(ref.line_count, 'event')}"
    title = f"{one_line(ref.task_id or '?', 200)}{trial}"
    return Command("simulation", title, partial(_show, app, ref.simulation_id), about, f"#{number}", mark)


def _outcome(ref: SimulationRef, outcome: SimulationOutcome | None) -> tuple[Run, str]:
    if ref.repeated:
        return Run("↻ ", "muted"), "repeated later"
    if outcome is None:
        return Run("… ", "warning"), "no end known"
    ended = f", {one_line(outcome.termination_reason, 40)}" if outcome.termination_reason else ""
    if outcome.passed:
        return Run("✓ ", "success"), f"passed{ended}"
    if outcome.failed:
        return Run("✗ ", "error"), f"failed{ended}"
    return Run("? ", "warning"), f"not evaluated{ended}"


def _show(app: InspectorApp, simulation_id: str) -> None:
    app.uncover()
    app.inspection.point(Place(simulation_id))
    app.show_screen(TIMELINE)

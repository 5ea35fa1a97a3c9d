"""Which simulation a command is about: by task, trial or id."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tau2_tui.cli.output import notice
from tau2_tui.errors import Tau2TuiError
from tau2_tui.natural import natural
from tau2_tui.safe_text import visible

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from tau2_tui.runlog import RunLog, SimulationRef

Command = TypeVar("Command", bound=Callable[..., Any])

_NAMED = 8


def _task_ids(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the tasks of the log that stands before on the command line, for the shell to offer."""
    from click.shell_completion import CompletionItem

    from tau2_tui.runlog.opening import open_log

    log_path = context.params.get("log") or next(iter(context.args), None)
    if log_path is None:
        return []
    try:
        with open_log(Path(log_path), index="now") as log:
            tasks = sorted(name for name in log.columns.tasks if name.startswith(incomplete))
    except (OSError, Tau2TuiError):
        return []
    return [CompletionItem(name) for name in tasks if name.isprintable()]


def simulation_options(command: Command) -> Command:
    """Add ``--task``, ``--trial`` and ``--simulation``."""
    for option in (
        click.option("--simulation", "simulation_id", metavar="ID", help="The simulation with this id, or its start."),
        click.option("--trial", type=int, metavar="N", help="Trial, from 0; the task's first one by default."),
        click.option("--task", "-t", "task_id", metavar="ID", shell_complete=_task_ids, help="Task, or a part of it."),
    ):
        command = option(command)
    return command


def choose(log: RunLog, task_id: str | None, trial: int | None, simulation_id: str | None) -> SimulationRef:
    """Return the simulation that is meant; one that another repeats only when it is named by its id.

    Raises:
        Tau2TuiError: none is, or more than one; the message says which there are.
    """
    everything = log.simulations()
    if not everything:
        raise Tau2TuiError("the log holds no simulation")
    if simulation_id is not None:
        return _named(everything, simulation_id)
    refs = [ref for ref in everything if not ref.repeated] or everything
    if task_id is not None:
        refs = _of_task(refs, task_id)
    if trial is not None:
        found = [ref for ref in refs if ref.trial == trial]
        if not found:
            raise Tau2TuiError(f"no trial {trial} there: {_trials(refs)}")
        refs = found
    if len({ref.task_id for ref in refs}) > 1:
        raise Tau2TuiError(f"which task? Give --task: {_tasks(refs)}")
    if len({ref.trial for ref in refs}) > 1:
        notice(f"task {refs[0].task_id}, {_trials(refs)}: trial {refs[0].trial} is shown; choose with --trial")
    elif len(refs) > 1:
        which = f"task {refs[0].task_id}, {_trials(refs)}, with {len(refs):,} simulations"
        notice(f"{which}: {refs[0].simulation_id} is shown; choose with --simulation")
    return refs[0]


def _of_task(refs: list[SimulationRef], task_id: str) -> list[SimulationRef]:
    """Return the simulations of a task, named by its id or by a part that no other one has."""
    exact = [ref for ref in refs if ref.task_id == task_id]
    if exact:
        return exact
    partly = [ref for ref in refs if ref.task_id is not None and task_id.lower() in ref.task_id.lower()]
    if not partly:
        raise Tau2TuiError(f"no task {task_id!r}: {_tasks(refs)}")
    if len({ref.task_id for ref in partly}) > 1:
        raise Tau2TuiError(f"{task_id!r} is part of more than one: {_tasks(partly)}")
    return partly


def _named(refs: list[SimulationRef], simulation_id: str) -> SimulationRef:
    """Return the simulation with an id, or the only one whose id begins like that."""
    found = [ref for ref in refs if ref.simulation_id == simulation_id]
    found = found or [ref for ref in refs if ref.simulation_id.startswith(simulation_id)]
    if len(found) == 1:
        return found[0]
    raise Tau2TuiError(
        f"the ids of {len(found):,} simulations begin with {simulation_id!r}"
        if found
        else f"no simulation has the id {simulation_id!r}"
    )


def _tasks(refs: list[SimulationRef]) -> str:
    names = [visible(name) for name in sorted({ref.task_id or "-" for ref in refs}, key=natural)]
    more = f" … and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return "the tasks are " + ", ".join(names[:_NAMED]) + more


def _trials(refs: list[SimulationRef]) -> str:
    trials = sorted({ref.trial for ref in refs if ref.trial is not None})
    return (
        f"trials {trials[0]} to {trials[-1]}"
        if len(trials) > 1
        else f"the only trial is {trials[0] if trials else '-'}"
    )

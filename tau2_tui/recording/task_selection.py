"""Which tasks a configuration means."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from tau2_tui.errors import RecordingError
from tau2_tui.recording.config import RecordConfig
from tau2_tui.recording.tau2_api import Tau2

_SHOWN = 5


def select_tasks(tau2: Tau2, config: RecordConfig) -> list[Any]:
    """Return the tasks to run, in the order of their set.

    Raises:
        RecordingError: an unknown task, set or split, or no task at all.
    """
    task_set = config.task_set_name or config.domain
    tasks = tau2.tasks(task_set, config.task_split_name)
    if config.task_ids is not None:
        wanted = _resolve(config.task_ids, {task.id for task in tasks}, task_set)
        tasks = [task for task in tasks if task.id in wanted]
    return suited_tasks(tau2, config, tasks)


def suited_tasks(tau2: Tau2, config: RecordConfig, tasks: Sequence[Any]) -> list[Any]:
    """Return those of the tasks that the configured agent can work on, no more than are wanted.

    Raises:
        RecordingError: there is none, or two have the same id.
    """
    twice = next((name for name, times in Counter(task.id for task in tasks).items() if times > 1), None)
    if twice is not None:
        raise RecordingError(f"two tasks have the id {twice!r}: a log could not tell them apart")
    suits = tau2.suits_solo_mode if config.solo_mode else tau2.task_filter(config.agent)
    suited = list(tasks) if suits is None else [task for task in tasks if suits(task)]
    if not suited:
        raise RecordingError(f"no task to run: {len(tasks)} selected, none that agent {config.agent} can work on")
    return suited[: config.num_tasks]


def _resolve(given: Sequence[str], known: set[str], task_set: str) -> set[str]:
    """Return the ids meant: each word is an id, or several with commas or blanks between."""
    wanted: list[str] = []
    for word in given:
        wanted += [word] if word in known else [part for part in re.split(r"[,\s]+", word) if part]
    missing = [name for name in dict.fromkeys(wanted) if name not in known]
    if missing:
        more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        raise RecordingError(f"task set {task_set} has no task {', '.join(map(repr, missing[:_SHOWN]))}{more}")
    if not wanted:
        raise RecordingError("no task id given")
    return set(wanted)

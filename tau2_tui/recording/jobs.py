"""The simulations of a run, in the order in which they are begun."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tau2_tui.recording.attempts import next_attempt
from tau2_tui.recording.config import RecordConfig
from tau2_tui.recording.earlier import Key
from tau2_tui.recording.participants import is_solo, user_model
from tau2_tui.recording.session import SimulationIdentity
from tau2_tui.recording.tau2_api import Tau2


@dataclass(frozen=True)
class Job:
    """One task and trial to be simulated.

    Attributes:
        place: number of the task among the run's tasks.
        task: tau2's task.
        identity: the simulation to begin with.
    """

    place: int
    task: Any
    identity: SimulationIdentity


def planned_keys(config: RecordConfig, tasks: Sequence[Any]) -> set[Key]:
    """Return every task and trial that a configuration asks for."""
    return {(task.id, trial) for task in tasks for trial in range(config.num_trials)}


def jobs_of(
    tau2: Tau2,
    config: RecordConfig,
    tasks: Sequence[Any],
    *,
    done: Mapping[Key, object],
    broken: Mapping[Key, SimulationIdentity],
    before_task: Callable[[Any], None],
) -> Iterator[Job]:
    """Yield what is to be simulated, a trial of every task after the other.

    Args:
        tau2: the installed tau2-bench.
        config: the run's configuration.
        tasks: the run's tasks.
        done: tasks and trials to leave out.
        broken: simulations that an earlier session begun in vain, by task and trial: their place is taken.
        before_task: called with each task before its first job is given out.
    """
    named: set[str] = set()
    for trial, seed in enumerate(config.trial_seeds()):
        for place, task in enumerate(tasks):
            key = (task.id, trial)
            if key in done:
                continue
            if task.id not in named:
                named.add(task.id)
                before_task(task)
            identity = SimulationIdentity(
                simulation_id=str(uuid.uuid4()),
                task_id=task.id,
                trial=trial,
                domain=config.domain,
                seed=seed,
                agent=config.agent,
                agent_llm=config.agent_llm,
                user=config.user or "",
                user_llm=user_model(tau2, config),
                solo_mode=is_solo(tau2, config),
            )
            if key in broken:
                former = broken[key]
                identity = next_attempt(
                    dataclasses.replace(identity, simulation_id=former.simulation_id, attempt=former.attempt)
                )
            yield Job(place, task, identity)

"""The replayed final state beside the reference state of the task."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from tau2_tui.events import SimulationEndEvent
from tau2_tui.recording.databases import StateFingerprint
from tau2_tui.recording.gold import GoldComparison, compare_with_gold
from tau2_tui.recording.messages import error_line
from tau2_tui.recording.replay.divergence import Write, first_divergence, reference_actions
from tau2_tui.recording.replay.report import SimulationReport
from tau2_tui.recording.replay.setting import Place, ReplaySetting


def add_gold_diff(
    end: SimulationEndEvent,
    report: SimulationReport,
    *,
    setting: ReplaySetting,
    place: Place,
    task: Any,
    initial: StateFingerprint | None,
    reached: StateFingerprint,
    writes: list[Write],
) -> None:
    """Write on a simulation's end how the reached state differs from the reference state, and where that began.

    Nothing is taken from tau2's evaluation in the log: what that said of the databases is compared with the result.

    Args:
        end: the simulation's end.
        report: takes what was found.
        setting: makes the environment of the reference actions.
        place: where the simulation took place.
        task: tau2's task, None when it is not known.
        initial: the state in which the conversation began.
        reached: the state at its end.
        writes: the calls that changed something, in order.
    """
    if task is None:
        GoldComparison(None, "the task is not known").write_on(end)
        return
    with _environments(setting, place, task) as new:
        found = compare_with_gold(new, task, initial=initial, reached=reached, db_match=None)
    found.write_on(end)
    criteria = task.evaluation_criteria
    if found.diff is None or (criteria.actions is None and criteria.env_assertions is None):
        return
    report.gold_equal = not any(found.diff.values())
    report.db_match = recorded_db_match(end)
    differing = found.diff if found.synced is None else found.synced
    if not any(differing.values()):
        return
    try:
        with _environments(setting, place, task) as new:
            reference = reference_actions(new, task, sync=found.synced is not None) if criteria.actions else []
    except Exception as error:  # whatever the domain's own code raises
        report.notes.append(f"the reference actions cannot be acted out: {error_line(error)}")
        return
    divergence = first_divergence(differing, writes, reference)
    end.metadata["replay"] = {"first_divergence": divergence}
    unexpected = divergence["unexpected_write"]
    for write in writes:
        if unexpected is not None and write.place == unexpected["call"]:
            write.event.metadata["replay"]["first_divergence"] = True


@contextlib.contextmanager
def _environments(setting: ReplaySetting, place: Place, task: Any) -> Iterator[Callable[[], Any]]:
    """Give what makes environments for reference actions; they are taken back at the end."""
    made = []

    def new() -> Any:
        made.append(setting.reference_environment(place, task))
        return made[-1]

    try:
        yield new
    finally:
        for environment in made:
            setting.give_back(place, environment)


def recorded_db_match(end: SimulationEndEvent) -> bool | None:
    """Return what tau2 said of the databases, None when it said nothing."""
    check = (end.reward_info or {}).get("db_check")
    found = check.get("db_match") if isinstance(check, dict) else None
    return found if isinstance(found, bool) else None

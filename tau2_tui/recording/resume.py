"""Whether a run may go on in an existing log: only when what was asked for gives the same simulations."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from tau2_tui.errors import RecordingError
from tau2_tui.events import RunStartEvent
from tau2_tui.events.codec import dumps, loads
from tau2_tui.recording.config import RecordConfig
from tau2_tui.recording.earlier import EarlierSessions, Key

FREE = frozenset(
    {"num_tasks", "num_trials", "task_ids", "max_concurrency", "processes", "max_retries", "retry_delay"}
    | {
        "snapshots",
        "fsync",
        "max_result_bytes",
        "save_to",
        "results_dir",
        "agent_api_key",
        "user_api_key",
        "judge_api_key",
    }
    | {"effective_models"}
)
"""What may differ from session to session: it changes how many simulations there are and how they are run and written,
not what comes out of one. Everything else must be as it was."""

_SHOWN = 3
_SHOWN_CHARACTERS = 60


def check_same_run(path: Path, before: RunStartEvent, now: RunStartEvent) -> None:
    """Refuse to continue a log with what would give other results.

    Args:
        path: the log.
        before: the start of the run in the log.
        now: the start as it would be written now, secrets removed.

    Raises:
        RecordingError: says what differs.
    """
    if before.domain != now.domain:
        raise RecordingError(f"{path}: holds a run of domain {before.domain}, not {now.domain}; it cannot be resumed")
    found = [*_config_differences(before.config, now.config), *_surrounding_differences(before, now)]
    if found:
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise RecordingError(f"{path}: cannot be resumed, results would differ: {'; '.join(found[:_SHOWN])}{more}")


def check_same_tasks(
    path: Path, earlier: EarlierSessions, digests: Mapping[str, bytes], planned: Collection[Key]
) -> None:
    """Refuse to continue a log whose tasks have changed, or that holds simulations which are no longer asked for.

    Args:
        path: the log.
        earlier: what it holds.
        digests: of the tasks as they would be written now, by id; empty when they cannot be compared.
        planned: tasks and trials asked for now.

    Raises:
        RecordingError: says which.
    """
    changed = [name for name, digest in earlier.task_digests.items() if digests.get(name, digest) != digest]
    if changed:
        raise RecordingError(f"{path}: cannot be resumed: {_named('task', changed)} changed since it was recorded")
    missing = [
        f"{task_id}:{trial}" for task_id, trial in [*earlier.kept, *earlier.broken] if (task_id, trial) not in planned
    ]
    if missing:
        raise RecordingError(
            f"{path}: cannot be resumed: these options leave out {_named('simulation', missing)} (task:trial) of it"
        )


def _config_differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterable[str]:
    defaults = {item.name: item.default for item in dataclasses.fields(RecordConfig)}
    for name in dict.fromkeys([*before, *now]):
        if name in FREE:
            continue
        old, new = (side.get(name, _default(defaults.get(name))) for side in (before, now))
        if old != new:
            yield f"{name} was {_short(old)} and is now {_short(new)}"


def _surrounding_differences(before: RunStartEvent, now: RunStartEvent) -> Iterable[str]:
    versions = [f"{start.tau2_flavour} {start.tau2_version}" for start in (before, now)]
    if versions[0] != versions[1]:
        yield f"tau2 was {versions[0]} and is now {versions[1]}"
    elif before.policy != now.policy:
        yield f"the policy of {now.domain} has changed"
    elif _tool_names(before) != _tool_names(now):
        yield f"the tools of {now.domain} have changed"


def _tool_names(start: RunStartEvent) -> list[str]:
    return sorted(str(tool.get("name", "")) if isinstance(tool, dict) else "" for tool in start.tools)


def _default(value: Any) -> Any:
    """Return what a log holds for a field's default, which an older log does not have at all."""
    return None if value is dataclasses.MISSING else loads(dumps(value))


def _short(value: Any) -> str:
    text = dumps(value).decode("utf-8", "replace")
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"


def _named(noun: str, names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{noun}{'s' if len(names) > 1 else ''} {', '.join(names[:_SHOWN])}{more}"

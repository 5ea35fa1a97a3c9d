"""Results of the first tau-bench: a list of trajectories, each with its task, reward and OpenAI's chat messages."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from tau2_tui.errors import LogFormatError
from tau2_tui.events.codec import dumps
from tau2_tui.runlog.formats.converted import Candidate, Converted, Format
from tau2_tui.runlog.formats.document import Document, Part, read_document
from tau2_tui.runlog.formats.findings import Findings
from tau2_tui.runlog.formats.json_pieces import exact
from tau2_tui.runlog.formats.results_events import Conversion
from tau2_tui.runlog.formats.results_run import Origin
from tau2_tui.runlog.formats.simulation import task_id_of

NAME = "tau-bench results"
NOT_IN_RESULTS = (
    "not in tau-bench's results: times, ids of simulations, why they ended, costs of the agent, tool schemas, changes"
    " of the database; tau2 has other tasks under the same ids"
)

_KEYS = tuple(re.compile(rb'"%b"\s*:' % key) for key in (b"traj", b"task_id", b"reward"))
_TITLE = re.compile(r"\s*#\s*(\w+) agent policy", re.IGNORECASE)


def recognise(candidate: Candidate) -> Format | None:
    """Return the format of a list of trajectories, None for anything else."""
    head = candidate.head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(b"[") and all(key.search(head) for key in _KEYS):
        return Format(NAME, read_file)
    return None


def read_file(path: Path) -> Converted:
    """Convert a list of trajectories.

    Raises:
        LogFormatError: it cannot be read, or is none.
    """
    with ExitStack() as opened:
        try:
            file = opened.enter_context(path.open("rb"))
        except OSError as error:
            raise LogFormatError(f"{path}: cannot be opened: {error.strerror or error}") from error
        document = _as_results(read_document(file, path))
        findings = Findings([])
        conversion = Conversion(path, document, Origin(NAME, "tau-bench", None), findings, NOT_IN_RESULTS)
        return Converted(NAME, conversion.events(opened.pop_all()), findings.notes)


def _as_results(listed: Document) -> Document:
    """Return the document as tau2 would have written it."""
    document = Document(damage=listed.damage)
    policy: str | None = None
    seen: set[str | None] = set()
    for part in listed.simulations:
        try:
            value = part.value().value
        except ValueError:
            value = None
        document.simulations.append(Part(part.where, partial(_rewritten, part, _simulation)))
        if not isinstance(value, dict):
            continue
        policy = policy or _system_text(value)
        task_id = task_id_of(value)
        if task_id not in seen and _dict(value.get("info")).get("task"):
            seen.add(task_id)
            document.add_task(part.where, partial(_rewritten, part, _task), {"id": task_id})
    title = _TITLE.match(policy or "")
    document.members["info"] = {
        "environment_info": {"domain_name": title.group(1).lower() if title else "", "policy": policy}
    }
    return document


def _rewritten(part: Part, convert: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> bytes:
    value, _ = exact(part.load())
    return dumps(convert(value)) if isinstance(value, dict) else b"null"


def _simulation(trajectory: Mapping[str, Any]) -> dict[str, Any]:
    info = _dict(trajectory.get("info"))
    known = ("task_id", "trial", "reward", "traj", "info")
    return {
        **{key: value for key, value in trajectory.items() if key not in known},
        "task_id": trajectory.get("task_id"),
        "trial": trajectory.get("trial"),
        "user_cost": info.get("user_cost"),
        "reward_info": {"reward": trajectory.get("reward"), "info": info.get("reward_info")},
        "messages": _list(trajectory.get("traj")),
        "info": {
            **{key: value for key, value in info.items() if key not in ("task", "reward_info", "traceback")},
            **({"error_traceback": info["traceback"]} if "traceback" in info else {}),
        }
        or None,
    }


def _task(trajectory: Mapping[str, Any]) -> dict[str, Any]:
    """Return the task of a trajectory as tau2 describes tasks, its own description with it."""
    task, task_id = _dict(_dict(trajectory.get("info")).get("task")), trajectory.get("task_id")
    actions = [
        {
            "action_id": f"{task_id}_{number}",
            "requestor": "assistant",
            "name": action.get("name"),
            "arguments": action.get("kwargs") or action.get("arguments") or {},
        }
        for number, action in enumerate(_list(task.get("actions")))
        if isinstance(action, dict)
    ]
    return {
        "id": str(task_id),
        "user_scenario": {"instructions": task.get("instruction")},
        "evaluation_criteria": {"actions": actions, "communicate_info": task.get("outputs")},
        "tau_bench": task,
    }


def _system_text(trajectory: Mapping[str, Any]) -> str | None:
    first = next(iter(_list(trajectory.get("traj"))), None)
    if isinstance(first, dict) and first.get("role") == "system" and isinstance(first.get("content"), str):
        return str(first["content"])
    return None


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []

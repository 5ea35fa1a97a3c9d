"""Small results documents to convert."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from tau2_tui.events import ExecutionEvent
from tau2_tui.runlog.formats import read
from tau2_tui.runlog.formats.converted import Converted

E = TypeVar("E", bound=ExecutionEvent)


def call(name: str, call_id: str = "c1", requestor: str = "assistant", **arguments: Any) -> dict[str, Any]:
    return {"id": call_id, "name": name, "arguments": arguments, "requestor": requestor}


def asks(*calls: dict[str, Any], role: str = "assistant", content: str | None = None, **more: Any) -> dict[str, Any]:
    return {"role": role, "content": content, "tool_calls": list(calls), "timestamp": None, **more}


def answer(content: str, call_id: str = "c1", **more: Any) -> dict[str, Any]:
    return {"id": call_id, "role": "tool", "content": content, "requestor": "assistant", "error": False, **more}


def says(content: str, role: str = "assistant", **more: Any) -> dict[str, Any]:
    return {"role": role, "content": content, "tool_calls": None, **more}


def simulation(*messages: Any, **more: Any) -> dict[str, Any]:
    return {
        "id": "s1",
        "task_id": "t1",
        "timestamp": "2026-01-01T10:01:00",
        "start_time": "2026-01-01T10:00:00",
        "end_time": "2026-01-01T10:01:00",
        "duration": 60.0,
        "termination_reason": "user_stop",
        "agent_cost": 0.25,
        "user_cost": None,
        "reward_info": {"reward": 1.0},
        "messages": list(messages),
        "trial": 0,
        "seed": 7,
        **more,
    }


def results(*simulations: Any, **more: Any) -> dict[str, Any]:
    return {
        "timestamp": "2026-01-01T09:59:00",
        "info": {
            "git_commit": "abc",
            "num_trials": 1,
            "max_steps": 100,
            "max_errors": 10,
            "user_info": {"implementation": "user_simulator", "llm": "gpt-u", "llm_args": {"temperature": 0.0}},
            "agent_info": {"implementation": "llm_agent", "llm": "gpt-a", "llm_args": {"api_key": "sk-verysecret-123"}},
            "environment_info": {"domain_name": "mock", "policy": "Be kind.", "tool_defs": None},
            "seed": 300,
        },
        "tasks": [{"id": "t1", "description": {"purpose": "p"}}],
        "simulations": list(simulations),
        **more,
    }


def written(folder: Path, document: Any, name: str = "results-of-mine.json") -> Path:
    path = folder / name
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


def of_type(events: list[ExecutionEvent], cls: type[E]) -> list[E]:
    return [event for event in events if type(event) is cls]


def drawn(path: Path) -> tuple[Converted, list[ExecutionEvent]]:
    """Return a conversion and its events, its notes complete."""
    converted = read(path)
    return converted, list(converted.events)


def note_of(converted: Converted, beginning: str) -> str:
    """Return the one note that begins so."""
    [found] = [note for note in converted.notes if note.startswith(beginning)]
    return found

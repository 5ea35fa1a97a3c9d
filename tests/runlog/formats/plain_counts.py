"""Counts what tau2's results hold, straight from their JSON, without anything of this program.

Run it on files or directories: ``python plain_counts.py results.json …``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def simulations_of(path: Path) -> list[dict[str, Any]]:
    """Return the simulations of a results file, or of a directory with one file each."""
    if path.is_dir():
        return [json.loads(file.read_text()) for file in sorted((path / "simulations").glob("*.json"))]
    return json.loads(path.read_text())["simulations"]


def histories_of(path: Path) -> dict[str, int]:
    """Return how many messages each task begins with."""
    results = json.loads((path / "results.json" if path.is_dir() else path).read_text())
    found = {}
    for task in results.get("tasks") or []:
        found[str(task["id"])] = len((task.get("initial_state") or {}).get("message_history") or [])
    return found


def counts(simulation: dict[str, Any], history: int) -> dict[str, Any]:
    """Count one simulation."""
    messages = simulation.get("messages") or []
    own = messages[history:]
    results = [message for message in own if message["role"] == "tool"]
    reward_info = simulation.get("reward_info")
    return {
        "task_id": simulation["task_id"],
        "trial": simulation.get("trial"),
        "messages": len(messages) or len(spoken(simulation)),
        "tool_calls": sum(len(message.get("tool_calls") or []) for message in own),
        "tool_errors": sum(failed(result) for result in results),
        "reward": None if reward_info is None else reward_info["reward"],
        "termination_reason": simulation["termination_reason"],
        "duration": simulation["duration"],
        "agent_cost": simulation.get("agent_cost"),
        "user_cost": simulation.get("user_cost"),
    }


def failed(result: dict[str, Any]) -> bool:
    """Return whether a tool failed: by its flag, or where there is none by its text."""
    return bool(result["error"]) if "error" in result else result["content"].startswith("Error")


def spoken(simulation: dict[str, Any]) -> list[tuple[str, int, int]]:
    """Return who spoke in a voice conversation: speaker, first tick, last tick of each stretch."""
    found = []
    for chunk in ("agent_chunk", "user_chunk"):
        began = None
        ticks = [bool(tick[chunk]["contains_speech"]) for tick in simulation.get("ticks") or []]
        for number, speaks in enumerate([*ticks, False]):
            if speaks and began is None:
                began = number
            elif not speaks and began is not None:
                found.append((chunk, began, number - 1))
                began = None
    return found


if __name__ == "__main__":
    for name in sys.argv[1:]:
        histories = histories_of(Path(name))
        for simulation in simulations_of(Path(name)):
            print(name, json.dumps(counts(simulation, histories.get(str(simulation["task_id"]), 0))))

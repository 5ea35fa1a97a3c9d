"""Short ways to write down records."""

from __future__ import annotations

from typing import Any

from tau2_tui.analysis.data.records import Call, GoldAction, Message, Run, Simulation


def call(name: str = "get", task: str = "0", simulation: int = 0, i: int = 0, **more: Any) -> Call:
    more.setdefault("args", {})
    more.setdefault("turn", i)
    if more.get("error"):
        more.setdefault("error_text", "Error: failed")
    return Call(simulation=simulation, task_id=task, i=i, name=name, **more)


def calls_of(names: str, task: str = "0", simulation: int = 0) -> list[Call]:
    """Return calls from names such as ``"a b! a"``; one with ``!`` failed; ``a=1`` has the argument ``x: "1"``."""
    rows = []
    for i, word in enumerate(names.split()):
        name, _, value = word.rstrip("!").partition("=")
        args = {"x": value} if value else {}
        rows.append(call(name, task, simulation, i, error=word.endswith("!"), args=args, line=100 * simulation + i))
    return rows


def sim(index: int, task: str = "0", success: bool | None = True, **more: Any) -> Simulation:
    reward = None if success is None else float(success)
    return Simulation(simulation_id=f"s{index}", index=index, task_id=task, **{"reward": reward, **more})


def gold(names: str, task: str = "0", writes: str = "") -> list[GoldAction]:
    """Return reference actions from names such as ``"a b=1"``; those named in ``writes`` write, others do not."""
    rows = []
    for i, word in enumerate(names.split()):
        name, _, value = word.partition("=")
        rows.append(GoldAction(task, i, name, {"x": value} if value else {}, writes=name in writes.split()))
    return rows


def message(role: str, time: float | None, simulation: int = 0, turn: int = 0, **more: Any) -> Message:
    return Message(simulation=simulation, turn=turn, role=role, time=time, **more)


def run(**parts: Any) -> Run:
    return Run(
        label="run", **{name: tuple(value) if isinstance(value, list) else value for name, value in parts.items()}
    )

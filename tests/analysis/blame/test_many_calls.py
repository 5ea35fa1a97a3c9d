"""Simulations with very many calls: what is looked at grows with them, and not with their square."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest

from tau2_tui.analysis.blame import blame
from tau2_tui.analysis.data.reading import read_run
from tau2_tui.runlog import RunLog

from .conversation import Talk, action, agent, call, user, write

GOLD = [
    action("get_order", order_id="A1"),
    action("cancel_order", order_id="A1"),
    action("change_order", order_id="A2", address="Elm Street 1"),
    action("refund_order", order_id="A3"),
    action("toggle_roaming", by="user", order_id="A4"),
    action("get_order", order_id="A5"),
    action("cancel_order", order_id="A6"),
]


def many(count: int, kinds: tuple[str, ...]) -> Talk:
    """Return a simulation of about so many calls, of these kinds."""
    chosen = random.Random(5)
    steps = [agent("Hello"), user("Cancel A1"), call("get_order", order_id="A1", result={"id": "A1"})]
    for place in range(count):
        order = f"B{chosen.randrange(count)}"
        kind = kinds[place % len(kinds)]
        if kind == "refused":
            steps += [agent(f"Unfortunately I cannot cancel {order}."), call("cancel_order", order_id=order)]
        elif kind == "failed":
            steps.append(call("change_order", order_id=order, address="?", error="no such address"))
        elif kind == "read":
            steps.append(call("get_order", order_id=order, result={"id": order}))
        elif kind == "idle":
            steps.append(call("refund_order", order_id=order, changed=False))
        else:
            steps.append(call("cancel_order", order_id=order))
    return Talk([*steps, agent("That is done."), user("Thanks. ###STOP###")], GOLD)


def looked_at(path: Path, talk: Talk) -> int:
    """Return how many functions of Python are called, or gone on with, to say why a simulation failed."""
    count = 0

    def counted(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    with RunLog.open(write(path, talk), index="now") as log:
        run = read_run(log)
        before: Callable[..., object] | None = sys.getprofile()
        sys.setprofile(counted)
        try:
            blame(log, run)
        finally:
            sys.setprofile(before)
    return count


@pytest.mark.parametrize(
    "kinds", [("written",), ("refused",), ("failed",), ("read",), ("idle",), ("written", "refused", "failed", "read")]
)
def test_twice_as_many_calls_take_twice_as_much_looking(tmp_path: Path, kinds: tuple[str, ...]) -> None:
    once = looked_at(tmp_path / "once.jsonl", many(150, kinds))
    assert looked_at(tmp_path / "twice.jsonl", many(300, kinds)) < 2.4 * once

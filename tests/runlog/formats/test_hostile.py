"""Results files with values of any kind anywhere: each is read, or refused in one line."""

from __future__ import annotations

import copy
import io
import json
import random
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.errors import LogFormatError
from tau2_tui.runlog.formats import read
from tau2_tui.runlog.spool import write_events
from tests.runlog.formats.results_documents import answer, asks, call, results, says, simulation
from tests.runlog.formats.test_tau_bench import trajectory
from tests.runlog.formats.test_voice import chunk, tick, voice

ODD: list[Any] = [
    *[None, 0, -1, 1.5, float("nan"), float("inf"), 10**30, "", "x", "\ud800", "\x1b[2J", True, False],
    *[[], {}, [None], [[]], [{}], {"a": 1}, [1, 2], {"role": "tool"}, "2026-13-45T99:99:99", "9" * 5000],
]


def mutated(value: Any, chance: random.Random) -> Any:
    """Return a copy of a JSON value in which a few parts are something else, lost, twice or moved."""
    if chance.random() < 0.02:
        return copy.deepcopy(chance.choice(ODD))
    if isinstance(value, dict):
        kept = {key: item for key, item in value.items() if chance.random() > 0.01}
        return {
            chance.choice(["", "\ud800", key * 2]) if chance.random() < 0.005 else key: mutated(item, chance)
            for key, item in kept.items()
        }
    if isinstance(value, list):
        found = [mutated(item, chance) for item in value]
        if found and chance.random() < 0.05:
            found.append(copy.deepcopy(chance.choice(found)))
        if chance.random() < 0.05:
            chance.shuffle(found)
        return found
    return value


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Return bytes of which a few are others, or the last are lost."""
    changed = bytearray(data)
    if chance.random() < 0.3:
        for _ in range(chance.randint(1, 4)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed[: chance.randrange(len(changed))] if chance.random() < 0.2 else changed)


def documents() -> list[Any]:
    spoken = [
        says("hello"),
        asks(call("a", "x"), call("b", "x")),
        answer("1", "x"),
        answer("Error: 2", "x", error=True),
    ]
    ticks = [tick(0, chunk(True, content="Hi"), chunk()), tick(1, agent_tool_calls=[call("a")])]
    whole = results(*(simulation(*spoken, id=f"s{number}") for number in range(3)))
    return [whole, simulation(*spoken), voice([*ticks, tick(2, agent_tool_results=[answer("1")])]), [trajectory()] * 2]


def check(path: Path, number: int) -> None:
    chance = random.Random(number)
    document = mutated(chance.choice(documents()), chance)
    text = json.dumps(document, ensure_ascii=chance.random() < 0.5, indent=chance.choice([None, 2]))
    path.write_bytes(damaged(text.encode("utf-8", "surrogatepass"), chance))
    target = io.BytesIO()
    try:
        write_events(read(path).events, target)
    except LogFormatError as error:
        assert "\n" not in str(error)
    for line in target.getvalue().splitlines():
        assert json.loads(line)["event_type"]


def test_nothing_in_a_file_ends_the_program(tmp_path: Path) -> None:
    for number in range(300):
        check(tmp_path / "file.json", number)


@pytest.mark.slow
def test_nothing_in_thousands_of_files_ends_the_program(tmp_path: Path) -> None:
    for number in range(300, 20_000):
        check(tmp_path / "file.json", number)

"""Whether the agent is stuck: the same call again and again, the same call after it failed, and cycles."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from tau2_tui.analysis.calls.arguments import canonical
from tau2_tui.analysis.calls.sequence import by_simulation
from tau2_tui.analysis.data.records import Call
from tau2_tui.analysis.help.explanation import Explanation

LONGEST_PERIOD = 4
"""Cycles of up to so many different calls are looked for."""


@dataclass(frozen=True, slots=True)
class Cycle:
    """Two or more calls that came round at least twice.

    Attributes:
        tools: the tools of one round.
        rounds: whole rounds, 2 or more.
        i: place of the first call among the simulation's calls.
        line: its line in the log.
    """

    tools: tuple[str, ...]
    rounds: int
    i: int
    line: int


@dataclass(frozen=True, slots=True)
class SimulationLoops:
    """Repeated calls of one simulation; equal means same requestor, tool and arguments.

    Attributes:
        simulation: its index.
        task_id: its task.
        calls: how many calls it has.
        longest: length of the longest run of equal calls in a row, 1 when none repeats.
        longest_tool: the tool of that run.
        longest_i: place of the run's first call.
        repeats: calls equal to the one right before.
        retries: of these, calls that repeat one that failed.
        cycles: A-B-A-B and longer ones.
    """

    simulation: int
    task_id: str
    calls: int
    longest: int
    longest_tool: str
    longest_i: int
    repeats: int
    retries: int
    cycles: tuple[Cycle, ...]


@dataclass(frozen=True, slots=True)
class Loops:
    """Repeated calls of a run.

    Attributes:
        longest: longest run of equal calls in a row over all simulations, 0 without calls.
        retries: identical calls right after their failure.
        cycles: how many cycles.
        looping: simulations with a repeated call or a cycle.
        simulations: those simulations, longest run first.
        note: ``no repeated call`` or ``no tool calls``, or empty.
    """

    longest: int
    retries: int
    cycles: int
    looping: int
    simulations: tuple[SimulationLoops, ...]
    note: str = ""


def loops(calls: Sequence[Call]) -> Loops:
    """Return runs of equal calls, identical retries after an error and cycles, by simulation."""
    rows = [_of_simulation(simulation, group) for simulation, group in by_simulation(calls)]
    looping = [row for row in rows if row.repeats or row.cycles]
    looping.sort(key=lambda row: (-row.longest, -len(row.cycles), row.simulation))
    return Loops(
        longest=max((row.longest for row in rows), default=0),
        retries=sum(row.retries for row in rows),
        cycles=sum(len(row.cycles) for row in rows),
        looping=len(looping),
        simulations=tuple(looping),
        note="no tool calls" if not rows else "" if looping else "no repeated call",
    )


def _of_simulation(simulation: int, calls: Sequence[Call]) -> SimulationLoops:
    keys: list[Hashable] = [(call.requestor, call.name, canonical(call.args)) for call in calls]
    longest, start, run = 1, 0, 1
    repeats = retries = 0
    for place in range(1, len(keys)):
        if keys[place] == keys[place - 1]:
            run += 1
            repeats += 1
            retries += calls[place - 1].error
        else:
            run = 1
        if run > longest:
            longest, start = run, place - run + 1
    cycles = _cycles(keys, calls)
    return SimulationLoops(
        simulation=simulation,
        task_id=calls[0].task_id,
        calls=len(calls),
        longest=longest,
        longest_tool=calls[start].name,
        longest_i=calls[start].i,
        repeats=repeats,
        retries=retries,
        cycles=tuple(cycles),
    )


def _cycles(keys: Sequence[Hashable], calls: Sequence[Call]) -> list[Cycle]:
    """Return cycles from left to right, shortest period first, none inside another."""
    found = []
    place = 0
    while place < len(keys):
        for period in range(2, LONGEST_PERIOD + 1):
            if len(set(keys[place : place + period])) == 1:
                continue  # a run of equal calls, which is not looked through from each of its places
            same = 0
            while place + period + same < len(keys) and keys[place + same] == keys[place + period + same]:
                same += 1
            rounds = 1 + same // period
            if rounds >= 2:
                tools = tuple(call.name for call in calls[place : place + period])
                found.append(Cycle(tools, rounds, calls[place].i, calls[place].line))
                place += rounds * period
                break
        else:
            place += 1
    return found


EXPLANATIONS = {
    "loops": Explanation(
        "Is it stuck?",
        "longest run of calls with the same requestor, tool and arguments; identical retry right after an error; "
        "cycles of 2 to 4 calls that come round at least twice",
        "descriptive; a repeated read can be sensible after a write",
        "counting",
        "'no repeated call'; 'no tool calls'",
    ),
}

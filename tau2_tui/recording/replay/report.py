"""What a replay found: per call, per simulation and in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tau2_tui.events import ToolExecutionEvent
from tau2_tui.recording.replay.answers import Difference

_EXPLAINED = ("no_such_tool", "not_made", "library_text")
"""Differences that say themselves where they come from."""


@dataclass(frozen=True)
class DifferingCall:
    """A call whose replayed result is not the recorded one.

    Attributes:
        call: its place among the simulation's calls, from 0.
        turn_idx: index of the message that made it.
        tool_call_id: the language model's own id of it.
        tool_name: the tool.
        kind: how it differs; see :data:`~tau2_tui.recording.replay.answers.DifferenceKind`.
        why: the same in words.
        after: place of the first call before it that may have written and differed; None when there is none.
    """

    call: int
    turn_idx: int | None
    tool_call_id: str | None
    tool_name: str
    kind: str
    why: str
    after: int | None = None

    @classmethod
    def of(
        cls, call: int, event: ToolExecutionEvent, found: Difference, *, after: int | None, tau2: str
    ) -> DifferingCall:
        """Return the difference of a recorded call; ``tau2`` names the installed one."""
        cause = ""
        if found.kind not in _EXPLAINED:
            followed = f"call {after} before it, which may write, differed too"
            cause = f" ({followed if after is not None else f'the tool or its data are not those of {tau2}'})"
        return cls(call, event.turn_idx, event.tool_call_id, event.tool_name, found.kind, found.why + cause, after)

    def as_dict(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass
class SimulationReport:
    """What the replay of one simulation found.

    Attributes:
        simulation_id: which one.
        task_id: its task.
        trial: its trial.
        calls: its calls in the log, those of the task's own history not counted.
        replayed: calls that were made again.
        results: of these, those whose result the log holds, so that it could be compared.
        equal: of these, those whose result was the same.
        differing: the others.
        unanswered: calls that the log has no answer to; they were not made again.
        not_replayed: why the simulation was not replayed at all, None when it was.
        notes: what else a reader should know.
        db_match: what tau2's evaluation of the databases said, None when it is not in the log.
        gold_equal: the replayed final state equals the reference state; None when that could not be told.
    """

    simulation_id: str | None
    task_id: str | None
    trial: int | None
    calls: int = 0
    replayed: int = 0
    results: int = 0
    equal: int = 0
    differing: list[DifferingCall] = field(default_factory=list)
    unanswered: int = 0
    not_replayed: str | None = None
    notes: list[str] = field(default_factory=list)
    db_match: bool | None = None
    gold_equal: bool | None = None

    @property
    def all_equal(self) -> bool:
        """Whether it was replayed, and every result that could be compared was the same."""
        return self.not_replayed is None and self.equal == self.results

    def as_metadata(self) -> dict[str, Any]:
        """Return what stands in the log under ``metadata.replay`` of the simulation's end."""
        if self.not_replayed is not None:
            return {"replayed": 0, "not_replayed": self.not_replayed}
        found: dict[str, Any] = {
            "calls": self.calls,
            "replayed": self.replayed,
            "results": self.results,
            "equal": self.equal,
            "differing": [differing.as_dict() for differing in self.differing],
        }
        if self.unanswered:
            found["unanswered"] = self.unanswered
        if self.gold_equal is not None:
            found |= {"gold_equal": self.gold_equal, "db_match": self.db_match}
        if self.notes:
            found["notes"] = self.notes
        return found

    def in_words(self) -> str:
        """Return one line for a person: whether every result was the same, and why not."""
        if self.not_replayed is not None:
            return f"not replayed: {self.not_replayed}"
        if not self.results:
            return "no result to compare"
        if self.all_equal:
            return "the result is the same" if self.results == 1 else f"all {self.results} results are the same"
        first = self.differing[0]
        more = len(self.differing) - 1
        others = f", and {more} more" if more else ""
        return (
            f"{self.equal} of {self.results} results are the same;"
            f" turn {first.turn_idx}, {first.tool_name}: {first.why}{others}"
        )


ReplayProgress = Callable[[SimulationReport], None]
"""Is told of each simulation when its events have been replayed, in the order of the log."""


@dataclass
class ReplayTotals:
    """The sums over a log's simulations."""

    simulations: int = 0
    not_replayed: int = 0
    calls: int = 0
    replayed: int = 0
    results: int = 0
    equal: int = 0
    unanswered: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    all_equal: int = 0
    db_match_compared: int = 0
    db_match_agrees: int = 0

    def add(self, report: SimulationReport) -> None:
        """Add a simulation's."""
        self.simulations += 1
        self.not_replayed += report.not_replayed is not None
        self.all_equal += report.all_equal
        for name in ("calls", "replayed", "results", "equal", "unanswered"):
            setattr(self, name, getattr(self, name) + getattr(report, name))
        self.kinds.update(differing.kind for differing in report.differing)
        if report.db_match is not None and report.gold_equal is not None:
            self.db_match_compared += 1
            self.db_match_agrees += report.db_match == report.gold_equal

    def as_metadata(self) -> dict[str, Any]:
        """Return what stands in the log under ``metadata.replay`` of the run's end."""
        found = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {**found, "kinds": dict(self.kinds)}

"""The table of simulations, without Textual."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from tau2_tui.events import SimulationEndEvent
from tau2_tui.natural import NaturalKey, natural
from tau2_tui.runlog.log import RunLog
from tau2_tui.runlog.long_line import read_event
from tau2_tui.runlog.simulations import end_lines
from tau2_tui.runlog.summary import SimulationRow, summarize
from tau2_tui.tui.format.outcome import Outcome, Verdict, outcome_of
from tau2_tui.tui.format.runs import Run, one_line
from tau2_tui.tui.table import Column, Table


@dataclass(frozen=True)
class Row:
    """A simulation.

    Attributes:
        number: which of the log, from 1.
        counts: what the log says of it.
        outcome: how it ended, None when it has not.
        end_line: the line of its end.
    """

    number: int
    counts: SimulationRow
    outcome: Outcome | None
    end_line: int | None

    @cached_property
    def task(self) -> str:
        """The task's name, safe to draw."""
        return one_line(self.counts.task_id or "?")

    @property
    def failed(self) -> bool:
        """Whether it counts and did not get the full reward."""
        return not self.counts.repeated and self.outcome is not None and self.outcome.verdict is Verdict.FAILED


def read_rows(log: RunLog) -> list[Row]:
    """Read the simulations of a log: for a worker."""
    ends = end_lines(log.columns)
    rows = []
    for number, counts in enumerate(summarize(log).simulations, 1):
        line = ends.get(counts.simulation_id)
        end = read_event(log, line) if line is not None else None
        outcome = outcome_of(end) if isinstance(end, SimulationEndEvent) else None
        rows.append(Row(number, counts, outcome, line))
    return rows


def _verdict(row: Row) -> Run:
    if row.counts.repeated:
        return Run("↻ repeated", "muted")
    if row.outcome is None:
        return Run("… not ended", "warning")
    token = {Verdict.PASSED: "success", Verdict.FAILED: "error"}.get(row.outcome.verdict, "warning")
    return Run(f"{row.outcome.symbol} {row.outcome.verdict.value}", token)


def _reward(row: Row) -> Run:
    return Run("" if row.counts.reward is None else f"{row.counts.reward:g}")


def _task(row: Row) -> Run:
    return Run(row.task)


def _trial(row: Row) -> Run:
    return Run("-" if row.counts.trial is None else str(row.counts.trial))


def _ended_by(row: Row) -> Run:
    return Run(one_line(row.counts.termination_reason or "", 60), "muted")


def _time(row: Row) -> Run:
    return _seconds(row.counts.duration)


def _why(row: Row) -> Run:
    return Run(", ".join(row.outcome.reasons) if row.outcome else "", "text")


def _count(number: int | None, token: str = "text") -> Run:
    if number is None:
        return Run("?", "muted")
    return Run(f"{number:,}" if number else "·", token if number else "muted")


def _seconds(value: float | None) -> Run:
    if value is None:
        return Run("?", "muted")
    return Run(f"{value:.1f} s" if value < 100 else f"{value / 60:.1f} min")


def _dollars(row: Row) -> float | None:
    costs = [cost for cost in (row.counts.agent_cost, row.counts.user_cost) if cost is not None]
    return sum(costs) if costs else None


def _cost(row: Row) -> Run:
    cost = _dollars(row)
    return Run("?", "muted") if cost is None else Run(f"${cost:.4f}" if cost else "·", "text" if cost else "muted")


def _task_order(row: Row) -> NaturalKey:
    return natural(row.counts.task_id or "")


TASK = "task"
"""The title above the names of tasks."""


def new_table() -> Table[Row]:
    """Return the table without rows."""
    return Table(
        [
            Column(
                "#",
                lambda row: Run(str(row.number), "muted"),
                4,
                6,
                order=lambda row: row.number,
                importance=6,
                right=True,
            ),
            Column(TASK, _task, 16, 60, order=_task_order, importance=9, names=True),
            Column("trial", _trial, 6, order=lambda row: row.counts.trial, importance=8, right=True),
            Column("result", _verdict, 11, 15, order=lambda row: row.counts.reward, importance=10),
            Column("reward", _reward, 6, order=lambda row: row.counts.reward, importance=4, right=True),
            Column("what failed", _why, 14, 44, order=lambda row: _why(row).text or None, importance=7),
            Column("ended by", _ended_by, 10, 20, order=lambda row: row.counts.termination_reason, importance=3),
            _counting("msgs", lambda row: row.counts.messages, 3),
            _counting("calls", lambda row: row.counts.tool_calls, 5),
            _counting("errs", lambda row: row.counts.tool_errors, 6, "error"),
            _counting("writes", lambda row: row.counts.writes, 5, "warning"),
            Column("time", _time, 8, 9, order=lambda row: row.counts.duration, importance=4, right=True),
            Column("cost", _cost, 8, 9, order=_dollars, importance=3, right=True),
        ]
    )


def _counting(title: str, number: Callable[[Row], int | None], importance: int, token: str = "text") -> Column[Row]:
    return Column(
        title,
        lambda row: _count(number(row), token),
        max(4, len(title)),
        7,
        order=number,
        importance=importance,
        right=True,
    )

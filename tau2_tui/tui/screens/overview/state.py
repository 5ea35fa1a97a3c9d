"""The rows of the overview, without Textual."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from tau2_tui.natural import natural
from tau2_tui.tui.cells import cut, cut_middle, fit
from tau2_tui.tui.cells import width as cells_of
from tau2_tui.tui.format.outcome import EARLY
from tau2_tui.tui.format.runs import Run, cut_runs, joined, one_line
from tau2_tui.tui.format.short import short_rows
from tau2_tui.tui.format.values import count
from tau2_tui.tui.inspection import Place
from tau2_tui.tui.screens.legend import legend_rows
from tau2_tui.tui.told_apart import told_apart

if TYPE_CHECKING:
    from tau2_tui.analysis.blame.verdict import Verdict
    from tau2_tui.analysis.data.records import Run as RunRecords
    from tau2_tui.analysis.data.records import Simulation
    from tau2_tui.analysis.shared.estimate import Estimate
    from tau2_tui.tui.screens.overview.numbers import Numbers
    from tau2_tui.tui.study.answers import Findings

_LABEL, _SHORT_LABEL, _WIDE = 12, 8, 60
"""Cells of a label on a screen of ``_WIDE`` cells and more, and on a narrower one."""

_MOST_ROWS = 3
_LEAST_BAR, _MOST_BAR = 4, 24
_LEAST_TASK, _MOST_TASK = 4, 26
_AROUND = 5
"""Cells of the margin, the gap and the mark around a task and its trials."""

_MARKED, _LEAST_NAME = 5, 13
"""Cells of the mark and the gap around the name of a failed simulation, and those that the name keeps."""

_MEASURED = 1_000
"""Names of failed simulations that are measured for the width of their column."""

_EXACT_FROM = 400
"""Effective observations from which on a rate is worth a decimal."""


Said = tuple[str, tuple[Run, ...]]
"""A label, and what it is of."""


@dataclass(frozen=True)
class Row:
    """A row of the page.

    Attributes:
        runs: what it says.
        place: where enter leads from it: nowhere.
        verdict: the failed simulation that it is about: none.
    """

    runs: tuple[Run, ...] = ()
    place: None = None
    verdict: None = None


class LateRow:
    """A row that is written when it is looked at first: there may be thousands.

    Attributes:
        verdict: the failed simulation that it is about, None for none.
    """

    def __init__(self, write: Callable[[], tuple[Run, ...]], verdict: Verdict | None = None) -> None:
        self._write = write
        self.verdict = verdict

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """What it says."""
        return self._write()

    @cached_property
    def place(self) -> Place | None:
        """Where enter leads from it, None for nowhere."""
        found = self.verdict
        if found is None:
            return None
        line = next(iter(found.first.lines), None) if found.first is not None else None
        return Place(found.simulation_id, line, _said(found))


AnyRow = Row | LateRow


def page(findings: Findings, numbers: Numbers | None, width: int) -> list[AnyRow]:
    """Return the overview of a run in so many cells.

    Args:
        findings: its records and the causes of its failures.
        numbers: its statistics, None while they are computed.
        width: cells.
    """
    run = findings.run
    rows: list[AnyRow] = [*_labelled(_headline(run, numbers), width), Row()]
    rows += [*_causes(findings, width), *_first_looks(findings, width), Row()]
    rows += [*_grid(run, width)]
    return rows


# How good it is


def _headline(run: RunRecords, numbers: Numbers | None) -> Iterator[Said]:
    about = " · ".join(one_line(part, 60) for part in (run.domain, run.agent) if part)
    state = Run("complete", "success") if run.complete else Run("running or cut off", "warning")
    yield "run", (Run(f"{about}  "), state)
    counted = [simulation for simulation in run.simulations if simulation.counted]
    passed = sum(simulation.success is True for simulation in counted)
    tasks = len({simulation.task_id for simulation in run.simulations})
    parts = [f"{passed:,} of {count(len(counted), 'simulation')} passed", count(tasks, "task")]
    left_out = len(run.simulations) - len(counted)
    parts += [f"{left_out:,} left out"] if left_out else []
    yield "success", (Run(", ".join(parts)),)
    if numbers is None:
        yield "", (Run("computing the intervals …", "muted"),)
        return
    yield from _estimates(numbers)
    yield from _spent(run, numbers)


def _estimates(numbers: Numbers) -> Iterator[Said]:
    for meaning, estimate in (
        ("on new tasks like these", numbers.new_tasks),
        ("on the same tasks again", numbers.same_tasks),
    ):
        level = "" if estimate.low is None else f" ({100 * estimate.level:g} % interval)"
        said = meaning + level + (f": {one_line(estimate.note)}" if estimate.note else "")
        yield "", (Run(rate(estimate), "strong"), Run(f"  {said}", "muted"))
    if len(numbers.passes) > 1:
        shown = "  ".join(f"^{one.k} {rate(one, interval=False)}" for one in numbers.passes if one.value is not None)
        yield "pass^k", (Run(shown),)
    flips = numbers.flaky
    if flips.n_tasks:
        icc = numbers.split.icc
        split = "" if icc.value is None else f"; tasks explain {icc.value * 100:.0f} % of the variance (ICC)"
        yield "flaky", (Run(f"{len(flips.tasks):,} of {count(flips.n_tasks, 'task')} flip{split}"),)


def _spent(run: RunRecords, numbers: Numbers) -> Iterator[Said]:
    durations = [simulation.duration for simulation in run.simulations if simulation.duration is not None]
    parts = [f"{count(numbers.calls, 'tool call')}, {numbers.failed_calls:,} failed"]
    if durations:
        parts.append(f"{sum(durations) / len(durations):.1f} s a simulation")
    yield "work", (Run(" · ".join(parts)),)
    cost = numbers.cost
    if cost.total:
        missing = f", {count(cost.missing, 'simulation')} not known" if cost.missing else ""
        yield "cost", (Run(f"${cost.total:.4f}{missing}"),)
    told = [row for row in cost.tokens if row.prompt_tokens is not None]
    for place, row in enumerate(told):
        who = "agent" if row.role == "assistant" else row.role
        said = f"{who} {row.prompt_tokens:,} in, {row.completion_tokens or 0:,} out"
        yield "" if place else "tokens", (Run(said),)


def rate(estimate: Estimate, *, interval: bool = True) -> str:
    """Return a rate with its interval, with as many digits as the data are worth."""
    if estimate.value is None:
        return "not known"
    digits = 1 if (estimate.n_eff or estimate.n) >= _EXACT_FROM else 0
    value = f"{estimate.value * 100:.{digits}f} %"
    if not interval or estimate.low is None or estimate.high is None:
        return value
    return f"{value}  {estimate.low * 100:.{digits}f} to {estimate.high * 100:.{digits}f} %"


def _labelled(said: Iterable[Said], width: int) -> Iterator[Row]:
    """Yield rows of labels and what they are of, which goes on under itself."""
    cells = _LABEL if width >= _WIDE else _SHORT_LABEL
    for label, runs in said:
        yield from map(Row, short_rows((Run(fit(label, cells), "heading"), *runs), width, _MOST_ROWS, cells))


# What went wrong


def _causes(findings: Findings, width: int) -> Iterator[Row]:
    verdicts = findings.verdicts.values()
    if not verdicts:
        known = any(one.success is not None for one in findings.run.simulations)
        yield Row((Run("No simulation failed.", "success") if known else Run("No simulation was evaluated.", "muted"),))
        return
    yield Row((Run(f"Failures by cause ({len(verdicts):,})", "heading"),))
    kinds = Counter(
        (verdict.first.kind.replace("_", " "), verdict.first.owner) if verdict.first else ("unknown", "")
        for verdict in verdicts
    )
    name, owner = (max(map(len, column)) for column in zip(*kinds, strict=True))
    room = min(_MOST_BAR, width - name - owner - 13)
    for (kind, whose), number in kinds.most_common():
        cells = max(1, round(number * room / max(kinds.values()))) if room >= _LEAST_BAR else 0
        said = (Run(f"  {fit(kind, name + 2)}{number:5,}"), Run(f"  {'█' * cells}" if cells else "", "error"))
        yield Row(cut_runs((*said, Run(f"  {whose}", "muted")), width))


def _first_looks(findings: Findings, width: int) -> Iterator[AnyRow]:
    verdicts = list(findings.verdicts.values())
    if not verdicts:
        return
    yield Row()
    heading = Run("Failed simulations, what to look at first", "heading"), Run("  enter leads there", "muted")
    yield from map(Row, short_rows(heading, width, _MOST_ROWS))
    trials = max(len(_trial(verdict)) for verdict in verdicts[:_MEASURED])
    tasks = [_task(verdict.task_id) for verdict in verdicts[:_MEASURED]]
    longest = max(map(cells_of, tasks)) + trials
    beside = min(longest, max(_LEAST_NAME, width * 2 // 5 - _MARKED)) + _MARKED
    short = told_apart(tasks, max(1, beside - _MARKED - trials))
    for verdict in verdicts:
        yield LateRow(partial(_failed, verdict, short, beside, width), verdict)


def _task(task_id: str | None) -> str:
    return one_line(task_id or "?")


def _trial(verdict: Verdict) -> str:
    return "" if verdict.trial is None else f" trial {verdict.trial}"


def _said(verdict: Verdict) -> str:
    if verdict.first is None:
        return one_line(verdict.note or "no evidence of a cause in the log")
    return one_line(f"{verdict.first.kind.replace('_', ' ')}: {verdict.first.summary}")


def _failed(verdict: Verdict, short: Mapping[str, str], beside: int, width: int) -> tuple[Run, ...]:
    task, trial = _task(verdict.task_id), _trial(verdict)
    name = short.get(task) or cut_middle(task, max(1, beside - _MARKED - len(trial)))
    left = fit(f"  ✗ {name}{trial}", beside)
    return Run(left, "error"), Run(" "), Run(cut(_said(verdict), max(1, width - beside - 1)))


# What happened where


_CELLS = {
    "passed": Run("✓", "success"),
    "failed": Run("✗", "error"),
    "early": Run("⊘", "error"),
    "infrastructure": Run("!", "warning"),
    "undecided": Run("?", "warning"),
    "running": Run("…", "muted"),
    "missing": Run("-", "muted"),
}
_MEANINGS = {
    "passed": "passed",
    "failed": "failed",
    "early": "failed, ended early",
    "infrastructure": "error outside agent and user",
    "undecided": "not evaluated",
    "running": "not ended",
    "missing": "not in the log",
}
_FLIPS = "⇅"
"""Stands after the trials of a task that do not all end alike."""

_Trials = Sequence["Simulation | None"]
"""What became of a task, trial by trial; None for a trial that the log does not have."""


def cell_of(simulation: Simulation | None) -> str:
    """Return what became of a simulation, by the name of its symbol."""
    if simulation is None:
        return "missing"
    if simulation.infrastructure:
        return "infrastructure"
    if not simulation.ended:
        return "running"
    if simulation.success is None:
        return "undecided"
    if simulation.success:
        return "passed"
    return "early" if simulation.termination in EARLY else "failed"


def _grid(run: RunRecords, width: int) -> Iterator[AnyRow]:
    tasks: dict[str, dict[int, Simulation]] = {}
    for simulation in run.simulations:
        trials = tasks.setdefault(simulation.task_id, {})
        trials[simulation.trial if simulation.trial is not None else len(trials)] = simulation
    if not tasks:
        return
    columns = sorted({trial for trials in tasks.values() for trial in trials})
    heading = Run(f"Tasks x trials ({len(tasks):,} x {len(columns):,})", "heading")
    items = [(_task(task), [tasks[task].get(trial) for trial in columns]) for task in sorted(tasks, key=natural)]
    yield from map(Row, legend_rows(((heading,), *_legend(items)), width))
    most = max(_LEAST_TASK, min(_MOST_TASK, width - len(columns) - _AROUND))
    short = told_apart((task for task, _ in items), most)
    name = max(_LEAST_TASK, *map(cells_of, short.values()))
    cell = name + 1 + len(columns) + 2
    height = -(-len(items) // max(1, (width - 2) // (cell + 1)))
    for y in range(height):
        yield LateRow(partial(_grid_runs, [(short[task], found) for task, found in items[y::height]], name))


def _legend(tasks: Iterable[tuple[str, _Trials]]) -> Iterator[tuple[Run, ...]]:
    every = [trials for _, trials in tasks]
    present = {cell_of(simulation) for trials in every for simulation in trials}
    yield from ((_CELLS[name], Run(f" {said}", "muted")) for name, said in _MEANINGS.items() if name in present)
    if any(map(_flips, every)):
        yield Run(_FLIPS, "warning"), Run(" flips", "muted")


def _flips(trials: _Trials) -> bool:
    """Return whether the trials of a task that count do not all end alike."""
    return len({one.success for one in trials if one is not None and one.counted}) > 1


def _grid_runs(tasks: Sequence[tuple[str, _Trials]], name: int) -> tuple[Run, ...]:
    runs: list[Run] = [Run("  ")]
    for task, trials in tasks:
        runs.append(Run(fit(task, name) + " "))
        runs += joined(_CELLS[cell_of(simulation)] for simulation in trials)
        runs.append(Run(f" {_FLIPS}" if _flips(trials) else "  ", "warning"))
        runs.append(Run(" "))
    return tuple(runs)

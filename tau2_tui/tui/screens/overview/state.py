"""The rows of the overview, without Textual."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tau2_tui.tui.cells import cut, cut_middle, fit
from tau2_tui.tui.cells import width as cells_of
from tau2_tui.tui.format.runs import Run, TextLine, one_line, wrap
from tau2_tui.tui.format.values import count
from tau2_tui.tui.inspection import Place

if TYPE_CHECKING:
    from tau2_tui.analysis.blame.verdict import Verdict
    from tau2_tui.analysis.data.records import Run as RunRecords
    from tau2_tui.analysis.data.records import Simulation
    from tau2_tui.analysis.shared.estimate import Estimate
    from tau2_tui.tui.screens.facts import Findings
    from tau2_tui.tui.screens.overview.numbers import Numbers

_LABEL = 12
_SHOWN_BAR = 24
_LEAST_TASK, _MOST_TASK = 4, 26
_EXACT_FROM = 400
"""Effective observations from which on a rate is worth a decimal."""


@dataclass(frozen=True)
class Row:
    """A row of the page.

    Attributes:
        runs: what it says.
        place: where enter leads from it, None for nowhere.
    """

    runs: tuple[Run, ...] = ()
    place: Place | None = None


def page(findings: Findings, numbers: Numbers | None, width: int) -> list[Row]:
    """Return the overview of a run in so many cells.

    Args:
        findings: its records and the causes of its failures.
        numbers: its statistics, None while they are computed.
        width: cells.
    """
    run = findings.run
    rows = [*_headline(run, numbers, width), Row()]
    rows += [*_causes(list(findings.verdicts.values())), *_first_looks(findings, width), Row()]
    rows += [*_grid(run, width)]
    return rows


# How good it is


def _headline(run: RunRecords, numbers: Numbers | None, width: int) -> Iterator[Row]:
    about = " · ".join(one_line(part, 60) for part in (run.domain, run.agent) if part)
    state = Run("complete", "success") if run.complete else Run("running or cut off", "warning")
    yield Row((*_labelled("run"), Run(f"{about}  "), state))
    counted = [simulation for simulation in run.simulations if simulation.counted]
    passed = sum(simulation.success is True for simulation in counted)
    tasks = len({simulation.task_id for simulation in run.simulations})
    parts = [f"{passed:,} of {count(len(counted), 'simulation')} passed", count(tasks, "task")]
    left_out = len(run.simulations) - len(counted)
    parts += [f"{left_out:,} left out"] if left_out else []
    yield Row((*_labelled("success"), Run(", ".join(parts))))
    if numbers is None:
        yield Row((*_labelled(""), Run("computing the intervals …", "muted")))
        return
    yield from _estimates(numbers, width)
    yield from _spent(run, numbers)


def _estimates(numbers: Numbers, width: int) -> Iterator[Row]:
    for meaning, estimate in (
        ("on new tasks like these", numbers.new_tasks),
        ("on the same tasks again", numbers.same_tasks),
    ):
        said = meaning + (f": {one_line(estimate.note)}" if estimate.note else "")
        yield Row((*_labelled(""), Run(rate(estimate), "strong"), Run(f"  {cut(said, max(8, width - 36))}", "muted")))
    if len(numbers.passes) > 1:
        shown = "  ".join(f"^{one.k} {rate(one, interval=False)}" for one in numbers.passes if one.value is not None)
        yield Row((*_labelled("pass^k"), Run(shown)))
    flips = numbers.flaky
    if flips.n_tasks:
        icc = numbers.split.icc
        split = "" if icc.value is None else f"; tasks explain {icc.value:.0%} of the variance (ICC)"
        yield Row((*_labelled("flaky"), Run(f"{len(flips.tasks):,} of {count(flips.n_tasks, 'task')} flip{split}")))


def _spent(run: RunRecords, numbers: Numbers) -> Iterator[Row]:
    durations = [simulation.duration for simulation in run.simulations if simulation.duration is not None]
    errors = sum(call.error for call in run.calls)
    parts = [f"{count(len(run.calls), 'tool call')}, {errors:,} failed"]
    if durations:
        parts.append(f"{sum(durations) / len(durations):.1f} s a simulation")
    yield Row((*_labelled("work"), Run(" · ".join(parts))))
    cost = numbers.cost
    if cost.total:
        missing = f", {count(cost.missing, 'simulation')} not known" if cost.missing else ""
        yield Row((*_labelled("cost"), Run(f"${cost.total:.4f}{missing}")))
    for row in cost.tokens:
        if row.prompt_tokens is not None:
            who = "agent" if row.role == "assistant" else row.role
            said = f"{who} {row.prompt_tokens:,} in, {row.completion_tokens or 0:,} out"
            yield Row((*_labelled("tokens" if row is cost.tokens[0] else ""), Run(said)))


def rate(estimate: Estimate, *, interval: bool = True) -> str:
    """Return a rate with its interval, with as many digits as the data are worth."""
    if estimate.value is None:
        return "not known"
    digits = 1 if (estimate.n_eff or estimate.n) >= _EXACT_FROM else 0
    value = f"{estimate.value * 100:.{digits}f} %"
    if not interval or estimate.low is None or estimate.high is None:
        return value
    return f"{value}  {estimate.low * 100:.{digits}f} to {estimate.high * 100:.{digits}f} %"


def _labelled(label: str) -> tuple[Run, ...]:
    return (Run(fit(label, _LABEL), "heading"),)


# What went wrong


def _causes(verdicts: Sequence[Verdict]) -> Iterator[Row]:
    if not verdicts:
        yield Row((Run("No simulation failed.", "success"),))
        return
    yield Row((Run(f"Failures by cause ({len(verdicts):,})", "heading"),))
    kinds = Counter(
        (verdict.first.kind, verdict.first.owner) if verdict.first else ("unknown", "") for verdict in verdicts
    )
    most = max(kinds.values())
    for (kind, owner), number in kinds.most_common():
        bar = "█" * max(1, round(number * _SHOWN_BAR / most))
        yield Row(
            (
                Run(f"  {fit(kind.replace('_', ' '), 26)}{number:5,}  "),
                Run(bar, "error"),
                Run(f"  {owner}" if owner else "", "muted"),
            )
        )


def _first_looks(findings: Findings, width: int) -> Iterator[Row]:
    verdicts = list(findings.verdicts.values())
    if not verdicts:
        return
    yield Row()
    yield Row((Run("Failed simulations, what to look at first", "heading"), Run("  enter leads there", "muted")))
    names = [_name(verdict) for verdict in verdicts]
    beside = max(18, min(max(map(cells_of, names)) + 5, _MOST_TASK + 12, width // 3))
    for name, verdict in zip(names, verdicts, strict=True):
        yield _failed(verdict, fit(f"  ✗ {name}", beside), width)


def _name(verdict: Verdict) -> str:
    trial = "" if verdict.trial is None else f" trial {verdict.trial}"
    return f"{cut_middle(one_line(verdict.task_id or '?', 200), _MOST_TASK)}{trial}"


def _failed(verdict: Verdict, left: str, width: int) -> Row:
    first = verdict.first
    if first is None:
        said, line = one_line(verdict.note or "no evidence of a cause in the log"), None
    else:
        said, line = one_line(f"{first.kind.replace('_', ' ')}: {first.summary}"), next(iter(first.lines), None)
    return Row(
        (Run(left, "error"), Run(" "), Run(cut(said, max(1, width - cells_of(left) - 1)))),
        Place(verdict.simulation_id, line, said),
    )


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
}
_EARLY = frozenset({"max_steps", "too_many_errors", "agent_error", "user_error", "timeout", "judge_stop"})


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
    return "early" if simulation.termination in _EARLY else "failed"


def _grid(run: RunRecords, width: int) -> Iterator[Row]:
    tasks: dict[str, dict[int, Simulation]] = {}
    for simulation in run.simulations:
        trials = tasks.setdefault(simulation.task_id, {})
        trials[simulation.trial if simulation.trial is not None else len(trials)] = simulation
    if not tasks:
        return
    columns = sorted({trial for trials in tasks.values() for trial in trials})
    yield Row((Run(f"Tasks x trials ({len(tasks):,} x {len(columns):,})", "heading"), Run(_legend(run), "muted")))
    name = min(_MOST_TASK, max(_LEAST_TASK, *(cells_of(one_line(task, 200)) for task in tasks)))
    cell = name + 1 + len(columns) + 2
    across = max(1, (width - 2) // (cell + 1))
    yield from _grid_rows(tasks, columns, name, across)


def _legend(run: RunRecords) -> str:
    present = {cell_of(simulation) for simulation in run.simulations}
    return "  " + "  ".join(f"{_CELLS[name].text} {said}" for name, said in _MEANINGS.items() if name in present)


def _grid_rows(
    tasks: dict[str, dict[int, Simulation]], columns: Sequence[int], name: int, across: int
) -> Iterator[Row]:
    items = list(tasks.items())
    height = -(-len(items) // across)
    for y in range(height):
        runs: list[Run] = [Run("  ")]
        for task, trials in items[y::height]:
            found = [trials.get(trial) for trial in columns]
            outcomes = {simulation.success for simulation in found if simulation is not None and simulation.counted}
            runs.append(Run(fit(cut_middle(one_line(task, 200), name), name) + " "))
            runs += _joined(_CELLS[cell_of(simulation)] for simulation in found)
            runs.append(Run(" ⇅" if len(outcomes) > 1 else "  ", "warning"))
            runs.append(Run(" "))
        yield Row(tuple(runs))


def _joined(runs: Iterable[Run]) -> list[Run]:
    found: list[Run] = []
    for run in runs:
        if found and found[-1].token == run.token:
            found[-1] = Run(found[-1].text + run.text, run.token)
        else:
            found.append(run)
    return found


def wrapped(text: str, width: int) -> list[Row]:
    """Return a safe text as rows."""
    return [Row(runs) for runs in wrap(TextLine((Run(text),)), width)]

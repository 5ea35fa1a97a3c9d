"""Runs against each other, on the tasks that they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tau2_tui.analysis.comparison.compare import Comparison
from tau2_tui.analysis.comparison.compare_many import ManyRuns
from tau2_tui.analysis.data.records import Run
from tau2_tui.analysis.shared import figures as fig
from tau2_tui.analysis.shared.estimate import Estimate
from tau2_tui.reports.document import Cell, Section
from tau2_tui.reports.plots import charts
from tau2_tui.reports.writer import Rows, SectionWriter, heads, interval, rate


@dataclass(frozen=True)
class Compared:
    """Runs in comparison.

    Attributes:
        runs: the runs.
        many: every pair of them, and all at once.
        shifts: of two runs, the tools used more and less; empty for more.
        strata: of two runs, the difference inside kinds of tasks; None for more.
    """

    runs: tuple[Run, ...]
    many: ManyRuns
    shifts: tuple[Any, ...] = ()
    strata: Any = None


def compared(runs: Sequence[Run], level: float) -> Compared:
    """Compare two or more runs."""
    from tau2_tui.analysis.comparison.compare_many import compare_many
    from tau2_tui.analysis.comparison.shift import tools_shift
    from tau2_tui.analysis.comparison.simpson import simpson

    many = compare_many(runs, level=level)
    if len(runs) != 2:
        return Compared(tuple(runs), many)
    a, b = runs
    return Compared((a, b), many, tuple(tools_shift(a.calls, b.calls)), simpson(a, b, level=level))


def comparison(found: Compared) -> Section:
    """Return every pair of runs, and the tasks that tell them apart."""
    sheet = SectionWriter("Comparison", "comparison")
    many = found.many
    sheet.heading("Success, each run on all of its own tasks", "success_new_tasks")
    rows: Rows = []
    for label, one in zip(many.labels, many.rates, strict=True):
        rows.append([Cell(label), *rate(one), one.note])
    sheet.table(heads("run", ">rate", "interval for new tasks", "note"), rows)
    drawn = [
        (label, one.value, one.low, one.high)
        for label, one in zip(many.labels, many.rates, strict=True)
        if one.value is not None and one.low is not None and one.high is not None
    ]
    title = "Success of each run with its interval for new tasks"
    sheet.plot(title, charts.ranges("comparison-plot", title, drawn))
    sheet.heading("Every pair: the second run's rate less the first's, paired by task", "compare", "compare_many")
    sheet.fact("common tasks", f"{many.common_tasks:,}", "that all runs have")
    if len(many.labels) > 2:
        sheet.fact("do they differ?", fig.tested(many.overall), many.overall.method, "compare_many")
    sheet.table(
        heads(
            "first",
            "second",
            ">difference",
            "interval",
            ">p",
            ">p adjusted",
            ">smallest p",
            ">better",
            ">worse",
            ">equal",
        ),
        (_pair(one) for one in many.comparisons),
    )
    sheet.remark(many.note if len(many.comparisons) > 1 else "", *(one.note for one in many.comparisons))
    for pair in many.comparisons:
        _tasks(pair, sheet)
    if len(many.comparisons) == 1 and many.comparisons[0].difference.value is not None:
        _details(many.comparisons[0], sheet)
        _shift(found.shifts, sheet)
        _strata(found.strata, sheet)
    return sheet.section()


def _pair(one: Comparison) -> list[Cell | str]:
    p = (fig.p_value(value) for value in (one.sign_flip.p, one.sign_flip.p_adj, one.sign_flip.p_min))
    counts = (f"{n:,}" for n in (one.wins, one.losses, one.ties))
    return [Cell(one.label_a), Cell(one.label_b), *rate(one.difference, signed=True), *p, *counts]


def _tasks(one: Comparison, sheet: SectionWriter) -> None:
    sheet.heading(f"{one.label_b} against {one.label_a}, task by task", "compare")
    sheet.fact(
        "tasks", f"{one.wins:,} better, {one.losses:,} worse, {one.ties:,} equal", f"of {one.n_tasks:,} common ones"
    )
    rows: Rows = []
    for task in one.differing:
        won = task.difference > 0
        change = Cell(
            f"{'▲ better' if won else '▼ worse'} {fig.percent(task.difference, signed=True)}",
            "passed" if won else "failed",
        )
        counts = f"{task.successes_a} of {task.trials_a}", f"{task.successes_b} of {task.trials_b}"
        rows.append([Cell(task.task_id), *counts, change])
    sheet.table(heads("task that differs", ">first run", ">second run", ">difference"), rows)
    if one.left_out:
        sheet.heading(f"Tasks that are not compared: {one.label_b} against {one.label_a}", "compare")
    sheet.table(heads("task", "why"), ([Cell(task.task_id), task.reason] for task in one.left_out))


def _details(one: Comparison, sheet: SectionWriter) -> None:
    sheet.heading("How big, how sure, and what could have been seen", "compare")
    sheet.fact("difference", Cell(fig.share(one.difference, signed=True), "strong"), _signed(one.difference))
    sheet.fact("by chance?", fig.tested(one.sign_flip), "exact sign-flip test over tasks", "sign_flip")
    if one.mde is not None:
        told = "the smallest difference that so many tasks find 4 times of 5"
        sheet.fact("could have found", f"{fig.percent(one.mde)} or more", told, "mde")
    if one.effect is not None:
        ratio = "" if one.effect.odds_ratio is None else f"odds ratio {fig.number(one.effect.odds_ratio, 2)}"
        sheet.fact("effect size", f"Cohen's h {fig.number(one.effect.cohens_h, 2)}", ratio, "effect_size")
    for label, test, about in (("McNemar", one.mcnemar, "mcnemar"), ("Durkalski", one.durkalski, "durkalski")):
        if test.p is not None:
            sheet.fact(label, fig.tested(test), test.note, about)
    if one.plan is not None:
        wanted = [] if one.plan.tasks_needed is None else [fig.things(one.plan.tasks_needed, "task")]
        wanted += [] if one.plan.trials_needed is None else [f"{fig.things(one.plan.trials_needed, 'trial')} of these"]
        target = f"to find a difference of {fig.percent(one.plan.target)}"
        sheet.fact("what to run next", " or ".join(wanted) or one.plan.note or fig.NONE, target, "compare_plan")
    _amounts(one, sheet)


def _signed(estimate: Estimate) -> str:
    return interval(estimate, signed=True)


def _amounts(one: Comparison, sheet: SectionWriter) -> None:
    sheet.heading("What they take (ratio of geometric means over common tasks)", "compare_amounts")
    rows: Rows = []
    for amount in one.amounts:
        if amount.ratio.value is not None:
            shown = (
                fig.seconds if amount.quantity == "duration" else fig.money if "cost" in amount.quantity else fig.number
            )
            means = shown(amount.mean_a), shown(amount.mean_b)
            ratio = fig.number(amount.ratio.value), fig.number_range(amount.ratio), fig.p_value(amount.test.p)
            rows.append([Cell(amount.quantity), *means, *ratio])
    sheet.table(heads("quantity", ">first run", ">second run", ">ratio", "interval", ">p"), rows)
    sheet.remark(
        *(f"{one.quantity}: {one.ratio.note}" for one in one.amounts if one.ratio.value is None and one.ratio.note)
    )


def _shift(found: Sequence[Any], sheet: SectionWriter) -> None:
    sheet.heading("Tools used more, and less (share of a task's calls)", "tools_shift")
    rows: Rows = []
    for one in found:
        if one.difference.value:
            shares = fig.percent(one.share_a), fig.percent(one.share_b)
            p = fig.p_value(one.test.p), fig.p_value(one.test.p_adj)
            rows.append([Cell(one.tool_name), *shares, *rate(one.difference, signed=True), *p])
    sheet.table(heads("tool", ">first run", ">second run", ">difference", "interval", ">p", ">p adjusted"), rows)


def _strata(found: Any, sheet: SectionWriter) -> None:
    if found is None or not found.strata:
        return
    sheet.heading("Is the total misleading? All tasks of either run, by kind", "simpson")
    rows: Rows = []
    for row in found.strata:
        counts = f"{row.successes_a} of {row.n_a}", f"{row.successes_b} of {row.n_b}"
        rows.append([Cell(row.name), *counts, fig.percent(row.difference, signed=True), "few tasks" if row.few else ""])
    sheet.table(heads("kind", ">first run", ">second run", ">difference", "note"), rows)
    same = f"{fig.percent(found.standardised, signed=True)} with the same mixture of kinds in both"
    sheet.fact("total", fig.percent(found.crude, signed=True), same)
    if found.reversal:
        sheet.fact("reversal", Cell("the total points one way, every kind that differs the other", "warning"))
    sheet.remark(found.note)

"""Runs against each other, on the tasks that they share."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tau2_tui.analysis.comparison.compare import Comparison, TaskDifference
from tau2_tui.analysis.comparison.compare_many import ManyRuns
from tau2_tui.analysis.comparison.further import Further
from tau2_tui.analysis.comparison.left_out import by_reason
from tau2_tui.analysis.shared import figures as fig
from tau2_tui.analysis.shared.estimate import Estimate
from tau2_tui.analysis.sheets.plots import Ranges
from tau2_tui.analysis.sheets.sheet import Cell, Head, Row, Sheet, Tone
from tau2_tui.analysis.sheets.writer import (
    SheetWriter,
    change,
    interval,
    left_unnamed,
    marked,
    named,
    note,
    number,
    rate,
    row,
    some_of,
    words,
)

_SHORT = 24
"""Characters of a run's label above a column."""

TASKS = "Tasks, the largest gain first"
"""Title of the part with the single tasks."""

Names = tuple[str, str]
"""What two runs are called above columns."""


def pair(found: Comparison, further: Further, tasks: Sequence[TaskDifference]) -> Sheet:
    """Say whether the second run is better than the first.

    Args:
        found: the comparison.
        further: what else is found in the two runs.
        tasks: the common tasks to list.
    """
    sheet = SheetWriter(title(found), "compare")
    write_pair(found, further, tasks, sheet)
    return sheet.sheet()


def write_pair(found: Comparison, further: Further, tasks: Sequence[TaskDifference], sheet: SheetWriter) -> None:
    """Write what :func:`pair` says, in parts of a sheet that says more."""
    names = short(found.label_a), short(found.label_b)
    if found.difference.value is None:
        write_common(found, sheet)
        sheet.remark(*_notes(found))
        write_left_out(found, sheet)
        return
    _difference(found, sheet)
    sheet.part("Success on the common tasks", "success_new_tasks")
    _rates(zip((found.label_a, found.label_b), (found.rate_a, found.rate_b), strict=True), sheet)
    sheet.part("Tasks that are compared", "compare")
    write_common(found, sheet)
    sheet.part(TASKS, "compare")
    write_tasks(tasks, names, sheet)
    _amounts(found, names, sheet)
    _shift(further.tools_shift, names, sheet)
    _kinds(further.simpson, names, sheet)
    _model(further.model, sheet)
    sheet.part("Tasks that are not compared", "compare")
    write_left_out(found, sheet)


def title(found: Comparison) -> str:
    """Return which run is compared with which."""
    return f"{named(found.label_b)} against {named(found.label_a)}"


def short(label: str) -> str:
    """Return a label cut in its middle: labels of runs often begin alike."""
    return label if len(label) <= _SHORT else f"{label[: _SHORT // 2 - 1]}…{label[-_SHORT // 2 :]}"


def _notes(found: Comparison) -> Iterator[str]:
    """Yield what else there is to say, each thing once; which tasks are left out stands in fields."""
    others = (note for note in found.note.split("; ") if not note.startswith("left out:"))
    notes = [found.difference.note, *others, found.sign_flip.note]
    yield from (note for place, note in enumerate(notes) if not any(note in said for said in notes[:place]))


def _difference(found: Comparison, sheet: SheetWriter) -> None:
    difference = Cell(fig.share(found.difference, signed=True), "strong")
    sheet.field("difference", difference, f"{interval(found.difference, signed=True)}, paired by task")
    sheet.field("by chance?", fig.tested(found.sign_flip), "exact sign-flip test over tasks", "sign_flip")
    if found.mde is not None:
        least, told = (
            f"{fig.percent(found.mde, signed=True).removeprefix('+')} or more",
            "the smallest difference that so many tasks find 4 times of 5",
        )
        if found.mde > 1:
            least, told = "no difference", "so few tasks do not find even one of 100 points 4 times of 5"
        sheet.field("could have found", least, told, "mde")
    if found.effect is not None:
        ratio = "" if found.effect.odds_ratio is None else f"odds ratio {fig.number(found.effect.odds_ratio, 2)}"
        sheet.field("effect size", f"Cohen's h {fig.number(found.effect.cohens_h, 2)}", ratio, "effect_size")
    for label, test, about in (("McNemar", found.mcnemar, "mcnemar"), ("Durkalski", found.durkalski, "durkalski")):
        if test.p is not None:
            sheet.field(label, fig.tested(test), test.note, about)
    write_counts(found, sheet)
    _planning(found.plan, sheet)
    sheet.remark(*_notes(found))


def write_counts(found: Comparison, sheet: SheetWriter) -> None:
    """Write on how many tasks the second run is better, and on how many it is worse."""
    counts = f"{found.wins:,} better, {found.losses:,} worse, {found.ties:,} equal"
    sheet.field("tasks", counts, f"of {fig.things(found.n_tasks, 'common task')}", "compare")


def _planning(plan: Any, sheet: SheetWriter) -> None:
    if plan is None:
        return
    wanted = [] if plan.tasks_needed is None else [fig.things(plan.tasks_needed, "task")]
    if plan.trials_needed is not None:
        wanted.append(f"{fig.things(plan.trials_needed, 'trial')} of each task, in each run")
    target = f"to find a difference of {fig.percent(plan.target, signed=True).removeprefix('+')}"
    note = "; ".join(part for part in (target, plan.note if wanted else "") if part)
    sheet.field("what to run next", " or ".join(wanted) or plan.note or fig.NONE, note, "compare_plan")


def _rates(rates: Iterable[tuple[str, Estimate]], sheet: SheetWriter) -> None:
    heads = words("run"), number("rate", 80), Head("on new tasks", 70), note(10)
    sheet.table(heads, (row(named(label), *rate(one), one.note) for label, one in rates))


def write_common(found: Comparison, sheet: SheetWriter) -> None:
    """Write which tasks are compared, and which are not and why."""
    sheet.field("common tasks", f"{found.n_tasks:,}", _trials(found.trials), "compare")
    left_out = by_reason(found.left_out)
    for reason, tasks in left_out.items():
        sheet.field("left out", f"{fig.things(len(tasks), 'task')}: {reason}", some_of(tasks), "compare")


def _trials(trials: float | None) -> str:
    """Return how many trials a task has; a harmonic mean where tasks differ."""
    if trials is None:
        return ""
    whole = round(trials)
    if math.isclose(trials, whole):
        return f"{fig.things(whole, 'trial')} each"
    return f"{fig.number(trials)} trials each on average"


def write_left_out(found: Comparison, sheet: SheetWriter) -> None:
    """Write every task that is not compared, and why, where they are more than are named."""
    if any(map(left_unnamed, by_reason(found.left_out).values())):
        every = (row(named(one.task_id), one.reason) for one in found.left_out)
        sheet.table((words("task that is left out"), words("why", 90)), every)


def write_tasks(tasks: Sequence[TaskDifference], names: Names, sheet: SheetWriter) -> None:
    """Write how often two runs succeed on each task."""
    heads = words("task"), number(names[0], 90), number(names[1], 90), number("difference", 80)
    sheet.table(heads, map(_task, tasks))


def _task(one: TaskDifference) -> Row:
    said, tone = _said(one.difference)
    counts = f"{one.successes_a:,} of {one.trials_a:,}", f"{one.successes_b:,} of {one.trials_b:,}"
    gain = Cell(said, tone, share=abs(one.difference), of="failed" if one.difference < 0 else "passed")
    return row(named(one.task_id), *counts, gain, task=one.task_id)


def _said(difference: float) -> tuple[str, Tone]:
    if not difference:
        return "= equal", "muted"
    words_for = "▲ better" if difference > 0 else "▼ worse"
    return f"{words_for} {fig.percent(difference, signed=True)}", "passed" if difference > 0 else "failed"


def _amounts(found: Comparison, names: Names, sheet: SheetWriter) -> None:
    sheet.part("What they take (ratio of geometric means over common tasks)", "compare_amounts")
    heads = (
        Head("quantity"),
        number(names[0], 60),
        number(names[1], 60),
        number("ratio", 90),
        Head("interval", 80),
        number("p", 70),
        number("left out"),
    )
    rows = []
    for one in found.amounts:
        if one.ratio.value is not None:
            shown = fig.seconds if one.quantity == "duration" else fig.money if "cost" in one.quantity else fig.number
            ratio = fig.number(one.ratio.value), fig.number_range(one.ratio), fig.p_value(one.test.p)
            rows.append(row(one.quantity, shown(one.mean_a), shown(one.mean_b), *ratio, fig.count(one.left_out)))
    sheet.table(heads, rows)
    sheet.remark(*(one.ratio.note for one in found.amounts if one.ratio.value is None))


def _shift(found: Sequence[Any], names: Names, sheet: SheetWriter) -> None:
    sheet.part("Tools used more, and less (share of a task's calls)", "tools_shift")
    heads = (
        words("tool"),
        number(names[0], 60),
        number(names[1], 60),
        number("difference", 90),
        number("p", 50),
        number("p adjusted", 55),
    )
    rows = []
    for one in found:
        if one.difference.value:
            shares = fig.percent(one.share_a), fig.percent(one.share_b)
            p = fig.p_value(one.test.p), fig.p_value(one.test.p_adj)
            rows.append(row(named(one.tool_name), *shares, fig.share(one.difference, signed=True), *p))
    sheet.table(heads, rows)


def _kinds(found: Any, names: Names, sheet: SheetWriter) -> None:
    if not found.strata:
        return
    sheet.part("Is the total misleading? All tasks of either run, by kind", "simpson")
    heads = words("kind"), number(names[0], 80), number(names[1], 80), number("difference", 90), note()
    rows = []
    for one in found.strata:
        counts = f"{one.successes_a:,} of {one.n_a:,}", f"{one.successes_b:,} of {one.n_b:,}"
        few = marked("few tasks" if one.few else "", "muted", one.few)
        rows.append(row(named(one.name), *counts, fig.percent(one.difference, signed=True), few))
    sheet.table(heads, rows)
    same = f"{fig.percent(found.standardised, signed=True)} with the same mixture of kinds in both"
    sheet.field("total", fig.percent(found.crude, signed=True), same)
    if found.reversal:
        sheet.field("reversal", Cell("the total points one way, every kind that differs the other", "warning"))
    sheet.remark(found.note)


def _model(found: Any, sheet: SheetWriter) -> None:
    sheet.part("Does it hold in a model?", "compare_model")
    for label, one in (("GEE", found.gee), ("conditional logit", found.conditional)):
        if one.odds_ratio.value is None:
            sheet.field(label, one.test.note or one.odds_ratio.note or fig.NONE)
        else:
            told = f"{fig.number_range(one.odds_ratio)}; {fig.tested(one.test)}"
            sheet.field(label, f"odds ratio {fig.number(one.odds_ratio.value, 2)}", told)


def several(found: ManyRuns) -> Sheet:
    """Say how good several runs are, and how every one differs from every other."""
    sheet = SheetWriter(f"{len(found.labels)} runs on {fig.things(found.common_tasks, 'common task')}", "compare_many")
    write_several(found, sheet)
    return sheet.sheet()


def write_several(found: ManyRuns, sheet: SheetWriter) -> None:
    """Write what :func:`several` says, in parts of a sheet that says more."""
    sheet.field("common tasks", f"{found.common_tasks:,}", "that all runs have")
    if len(found.labels) > 2:
        sheet.field("do they differ?", fig.tested(found.overall), found.overall.method)
    sheet.part("Success, each run on all of its own tasks", "success_new_tasks")
    _rates(zip(found.labels, found.rates, strict=True), sheet)
    drawn = tuple(
        (label, one.value, one.low, one.high)
        for label, one in zip(found.labels, found.rates, strict=True)
        if one.value is not None and one.low is not None and one.high is not None
    )
    sheet.plot(Ranges("Success of each run with its interval for new tasks", drawn))
    sheet.part("Every pair: the second run's rate less the first's, paired by task", "compare", "compare_many")
    heads = (
        words("first"),
        words("second", 95),
        number("difference", 90),
        Head("interval", 70),
        number("p", 60),
        number("p adjusted", 80),
        number("smallest p", 65),
        number("better", 50),
        number("worse", 50),
        number("equal", 40),
    )
    sheet.table(heads, map(_pair, found.comparisons))
    if len(found.comparisons) > 1:
        sheet.remark(found.note, *map(_remark, found.comparisons))


def _remark(found: Comparison) -> str:
    """Return what else there is to say of a pair, in one sentence; empty for nothing."""
    notes = "; ".join(filter(None, _notes(found)))
    return f"{title(found)}: {notes}" if notes else ""


def _pair(one: Comparison) -> Row:
    p = (fig.p_value(value) for value in (one.sign_flip.p, one.sign_flip.p_adj, one.sign_flip.p_min))
    counts = map(fig.count, (one.wins, one.losses, one.ties))
    return row(named(one.label_a), named(one.label_b), *change(one.difference), *p, *counts)

"""The sheets of a comparison: for a worker, importing what computes takes seconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tau2_tui.analysis.comparison.compare import Comparison, compare
from tau2_tui.analysis.comparison.compare_many import compare_many
from tau2_tui.analysis.comparison.left_out import by_reason
from tau2_tui.analysis.comparison.models import compare_model
from tau2_tui.analysis.comparison.paired import Pair, paired
from tau2_tui.analysis.comparison.shift import tools_shift
from tau2_tui.analysis.comparison.simpson import simpson
from tau2_tui.analysis.data.records import Run as RunRecords
from tau2_tui.analysis.shared import figures as fig
from tau2_tui.tui.cells import cut
from tau2_tui.tui.format.runs import Run, one_line
from tau2_tui.tui.screens.sheet.items import Head, Line, Sheet, Writer, line
from tau2_tui.tui.screens.sheet.plots import bar, strip

_SHORT = 24
_NAMED = 8
"""Tasks that are named of those that are left out for one reason."""


def labelled(runs: Sequence[RunRecords], paths: Sequence[Path]) -> list[RunRecords]:
    """Return the runs under labels that differ: with their folders, and numbered where those are equal too."""
    counted = Counter(run.label for run in runs)
    named = [
        f"{path.resolve().parent.name}/{run.label}" if counted[run.label] > 1 else run.label
        for run, path in zip(runs, paths, strict=True)
    ]
    counted = Counter(named)
    labels = [f"{label} ({place})" if counted[label] > 1 else label for place, label in enumerate(named, 1)]
    return [replace(run, label=label) for run, label in zip(runs, labels, strict=True)]


def write_pair(a: RunRecords, b: RunRecords) -> Sheet:
    """Compare the second run with the first."""
    found, sheet = compare(a, b), Writer()
    names = _short(found.label_a), _short(found.label_b)
    sheet.heading(f"{found.label_b} against {found.label_a}", "compare")
    if found.difference.value is None:
        sheet.remark(found.note or found.difference.note or "no common tasks")
        _left_out(found, sheet)
        return sheet.sheet()
    _difference(found, sheet)
    _rates(found, names, sheet)
    _left_out(found, sheet)
    _planning(found, sheet)
    _tasks(paired(a, b).common, names, sheet)
    _amounts(found, names, sheet)
    _shift(tools_shift(a.calls, b.calls), names, sheet)
    _kinds(simpson(a, b), names, sheet)
    _model(compare_model(a, b), sheet)
    return sheet.sheet()


def _short(label: str) -> str:
    return cut(one_line(label, 200), _SHORT)


def _difference(found: Comparison, sheet: Writer) -> None:
    difference, test = found.difference, found.sign_flip
    between = f"{fig.share_range(difference, signed=True)}; {100 * difference.level:g} % interval, paired by task"
    sheet.field("difference", Run(fig.share(difference, signed=True), "strong"), between)
    said = f"p {'' if test.p is not None and test.p < 0.001 else '= '}{fig.p_value(test.p)}"
    exact = "that there is no difference; exact sign-flip test over tasks"
    sheet.field("by chance?", test.note or "nothing to test" if test.p is None else said, exact, "sign_flip")
    sheet.field("smallest p", fig.p_value(test.p_min), "that these tasks could have given at all", "sign_flip")
    if found.mde is not None:
        told = "the smallest difference that so many tasks find 4 times of 5"
        sheet.field("could have found", f"{fig.percent(found.mde)} or more", told, "mde")
    mark = Run(f"▲ {found.wins:,} better  ▼ {found.losses:,} worse  = {found.ties:,} equal", "text")
    sheet.field("tasks", mark, f"of {fig.things(found.n_tasks, 'common task')}")
    if found.effect is not None:
        ratio = "" if found.effect.odds_ratio is None else f"odds ratio {fig.number(found.effect.odds_ratio, 2)}"
        sheet.field("effect size", f"Cohen's h {fig.number(found.effect.cohens_h, 2)}", ratio, "effect_size")
    for label, other, about in (("McNemar", found.mcnemar, "mcnemar"), ("Durkalski", found.durkalski, "durkalski")):
        if other.p is not None:
            sheet.field(label, fig.tested(other), other.note, about)
    notes = (note for note in found.note.split("; ") if not note.startswith("left out:"))
    sheet.remark(*notes, difference.note, test.note)


def _rates(found: Comparison, names: tuple[str, str], sheet: Writer) -> None:
    sheet.heading("Success on the common tasks", "success_new_tasks")
    heads = (Head("run", shrinks=True), Head("rate", right=True, importance=80), Head("on new tasks", importance=70))
    lines = []
    for name, rate in zip(names, (found.rate_a, found.rate_b), strict=True):
        drawn = Run(strip(rate.value, rate.low, rate.high), "muted")
        lines.append(line(name, Run(fig.share(rate), "strong"), fig.share_range(rate), drawn))
    sheet.grid((*heads, Head("0 to 100 %")), lines)


def _left_out(found: Comparison, sheet: Writer) -> None:
    """Write which tasks are not compared, and why."""
    for reason, tasks in by_reason(found.left_out).items():
        more = f" and {len(tasks) - _NAMED:,} more" if len(tasks) > _NAMED else ""
        named = f"{', '.join(one_line(task, 60) for task in tasks[:_NAMED])}{more}"
        sheet.field("left out", f"{fig.things(len(tasks), 'task')}: {reason}", named, "compare")


def _planning(found: Comparison, sheet: Writer) -> None:
    plan = found.plan
    if plan is None:
        return
    parts = [] if plan.tasks_needed is None else [fig.things(plan.tasks_needed, "task")]
    parts += [] if plan.trials_needed is None else [f"{fig.things(plan.trials_needed, 'trial')} of these"]
    target = f"to find {fig.percent(plan.target)}{'; ' + plan.note if plan.note else ''}"
    sheet.field("what to run next", " or ".join(parts) or plan.note or fig.NONE, target, "compare_plan")


def _tasks(common: Sequence[Pair], names: tuple[str, str], sheet: Writer) -> None:
    sheet.heading("Tasks, the largest gain first (enter: two simulations side by side)", "compare")
    heads = (
        Head("", importance=95),
        Head("task", shrinks=True, importance=94),
        Head(names[0], right=True, importance=90),
        Head(names[1], right=True, importance=90),
        Head("difference", right=True, importance=80),
        Head("", importance=10),
    )
    sheet.grid(heads, (_task(one) for one in sorted(common, key=lambda one: -one.difference)))


def _task(one: Pair) -> Line:
    gain = float(one.difference)
    mark, token = ("▲", "success") if gain > 0 else ("▼", "error") if gain < 0 else ("=", "muted")
    counts = [f"{side.successes} of {side.n}" for side in (one.a, one.b)]
    change = Run(fig.percent(gain, signed=True) if gain else "0 %", token)
    return line(Run(mark, token), one.task_id, *counts, change, Run(bar(abs(gain)), token), task=one.task_id)


def _amounts(found: Comparison, names: tuple[str, str], sheet: Writer) -> None:
    known = [one for one in found.amounts if one.ratio.value is not None]
    if found.amounts:
        sheet.heading("What they take (ratio of geometric means over common tasks)", "compare_amounts")
    heads = (
        Head("quantity"),
        Head(names[0], right=True, importance=60),
        Head(names[1], right=True, importance=60),
        Head("ratio", right=True, importance=90),
        Head("interval", importance=80),
        Head("p", right=True, importance=70),
        Head("left out", right=True),
    )
    lines = []
    for one in known:
        shown = fig.seconds if one.quantity == "duration" else fig.money if "cost" in one.quantity else fig.number
        ratio = (fig.number(one.ratio.value), fig.number_range(one.ratio), fig.p_value(one.test.p))
        lines.append(line(one.quantity, shown(one.mean_a), shown(one.mean_b), *ratio, fig.count(one.left_out)))
    sheet.grid(heads, lines)
    sheet.remark(*(f"{one.quantity}: {one.ratio.note}" for one in found.amounts if one.ratio.value is None))


def _shift(found: Any, names: tuple[str, str], sheet: Writer) -> None:
    moved = [one for one in found if one.difference.value]
    if not moved:
        return
    sheet.heading("Tools used more, and less (share of a task's calls)", "tools_shift")
    heads = (
        Head("tool", shrinks=True),
        Head(names[0], right=True, importance=60),
        Head(names[1], right=True, importance=60),
        Head("difference", right=True, importance=90),
        Head("interval", importance=70),
        Head("p", right=True, importance=50),
        Head("p adjusted", right=True, importance=55),
    )
    lines = []
    for one in moved:
        shares = (fig.percent(one.share_a), fig.percent(one.share_b), fig.share(one.difference, signed=True))
        p = (fig.p_value(one.test.p), fig.p_value(one.test.p_adj))
        lines.append(line(one.tool_name, *shares, fig.share_range(one.difference, signed=True), *p))
    sheet.grid(heads, lines)


def _kinds(found: Any, names: tuple[str, str], sheet: Writer) -> None:
    if not found.strata:
        return
    sheet.heading("Is the total misleading? All tasks of either run, by kind", "simpson")
    heads = (
        Head("kind", shrinks=True),
        Head(names[0], right=True, importance=80),
        Head(names[1], right=True, importance=80),
        Head("difference", right=True, importance=90),
        Head(""),
    )
    lines = []
    for row in found.strata:
        counts = (f"{row.successes_a} of {row.n_a}", f"{row.successes_b} of {row.n_b}")
        few = Run("few tasks" if row.few else "", "muted")
        lines.append(line(row.name, *counts, fig.percent(row.difference, signed=True), few))
    sheet.grid(heads, lines)
    same = f"{fig.percent(found.standardised, signed=True)} with the same mixture of kinds in both"
    sheet.field("total", fig.percent(found.crude, signed=True), same)
    if found.reversal:
        sheet.field("reversal", Run("the total points one way, every kind that differs the other", "warning"))
    sheet.remark(found.note)


def _model(found: Any, sheet: Writer) -> None:
    sheet.heading("Does it hold in a model?", "compare_model")
    for label, one in (("GEE", found.gee), ("conditional logit", found.conditional)):
        if one.odds_ratio.value is None:
            sheet.field(label, one.test.note or one.odds_ratio.note or fig.NONE)
        else:
            told = f"{fig.number_range(one.odds_ratio)}; {fig.tested(one.test)}"
            sheet.field(label, f"odds ratio {fig.number(one.odds_ratio.value, 2)}", told)


def write_all(runs: Sequence[RunRecords]) -> Sheet:
    """Compare every run with every other one."""
    found, sheet = compare_many(runs), Writer()
    sheet.heading(f"{len(runs)} runs on {fig.things(found.common_tasks, 'common task')}", "success_new_tasks")
    rates = (Head("run", shrinks=True), Head("rate", right=True, importance=80), Head("on new tasks", importance=70))
    lines = []
    for label, rate in zip(found.labels, found.rates, strict=True):
        drawn = Run(strip(rate.value, rate.low, rate.high), "muted")
        lines.append(line(label, Run(fig.share(rate), "strong"), fig.share_range(rate), drawn))
    sheet.grid((*rates, Head("0 to 100 %")), lines)
    sheet.field("do they differ?", fig.tested(found.overall), found.overall.method, "compare_many")
    sheet.heading("Every pair: the second run's rate less the first's", "compare_many")
    heads = (
        Head("first", shrinks=True),
        Head("second", shrinks=True, importance=95),
        Head("difference", right=True, importance=90),
        Head("interval", importance=70),
        Head("p", right=True, importance=60),
        Head("p adjusted", right=True, importance=80),
        Head("smallest p", right=True, importance=65),
        Head("better worse equal", importance=50),
    )
    lines = []
    for one in found.comparisons:
        change = (fig.share(one.difference, signed=True), fig.share_range(one.difference, signed=True))
        p = [fig.p_value(value) for value in (one.sign_flip.p, one.sign_flip.p_adj, one.sign_flip.p_min)]
        lines.append(line(one.label_a, one.label_b, *change, *p, f"▲ {one.wins} ▼ {one.losses} = {one.ties}"))
    sheet.grid(heads, lines)
    sheet.remark(found.note)
    return sheet.sheet()

"""What ``compare`` shows: two runs on their common tasks, or several."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tau2_tui.analysis.comparison.compare import Comparison
from tau2_tui.analysis.comparison.compare_many import ManyRuns
from tau2_tui.analysis.comparison.left_out import by_reason
from tau2_tui.analysis.shared import figures as fig
from tau2_tui.cli.page import Page
from tau2_tui.cli.statistics.layout import field, heading, remark, rows
from tau2_tui.cli.table import Column


def two(found: Comparison, more: dict[str, Any], page: Page, limit: int) -> Iterator[str]:
    """Yield the second run against the first.

    Args:
        found: the comparison.
        more: ``tools_shift``, ``simpson`` and ``model``.
        page: where it is printed.
        limit: rows of a table, 0 for all.
    """
    yield page.paint(f"{fig.text(found.label_b)} against {fig.text(found.label_a)}", "bold")
    yield from _tasks(found, page, limit)
    if found.difference.value is None:
        for note in _remarks(found):
            yield from remark(note, page)
        return
    yield from heading("Success on the common tasks", page)
    for label, rate in ((found.label_a, found.rate_a), (found.label_b, found.rate_b)):
        yield from field(_short(label), fig.share(rate), page, note=f"{fig.share_range(rate)} on new tasks")
    yield from _difference(found, page)
    yield from _planning(found, page)
    yield from _differing(found, page, limit)
    yield from _amounts(found, page)
    yield from _simpson(more["simpson"], page)
    yield from _shift(more["tools_shift"], page, limit)
    yield from _model(more["model"], page)


def _short(label: str) -> str:
    text = fig.text(label)
    return text if len(text) <= 17 else text[:16] + "…"


def _tasks(found: Comparison, page: Page, limit: int) -> Iterator[str]:
    trials = "" if found.trials is None else f", {fig.number(found.trials)} trials each"
    yield from field("common tasks", f"{found.n_tasks:,}{trials}", page)
    for reason, names in by_reason(found.left_out).items():
        some = [fig.text(name) for name in (names[:limit] if limit else names)]
        more = f" and {len(names) - len(some):,} more" if len(names) > len(some) else ""
        which = f"{', '.join(some)}{more}"
        yield from field("left out", f"{fig.things(len(names), 'task')}: {fig.text(reason)}", page, note=which)


def _remarks(found: Comparison) -> Iterator[str]:
    """Yield what else there is to say, each once; what is left out stands above."""
    notes = [found.difference.note, *found.note.split("; "), found.sign_flip.note]
    yield from (note for note in dict.fromkeys(notes) if note and not note.startswith("left out:"))


def _difference(found: Comparison, page: Page) -> Iterator[str]:
    difference = found.difference
    between = f"{fig.share_range(difference, signed=True)}; {100 * difference.level:g} % interval, paired by task"
    yield from field("difference", fig.share(difference, signed=True), page, note=between)
    yield from field("by chance?", fig.tested(found.sign_flip), page, note="exact sign-flip test over tasks")
    yield from field("tasks", f"{found.wins:,} better, {found.losses:,} worse, {found.ties:,} equal", page)
    if found.effect is not None:
        effect = found.effect
        ratio = "" if effect.odds_ratio is None else f", odds ratio {fig.number(effect.odds_ratio, 2)}"
        yield from field("effect size", f"Cohen's h {fig.number(effect.cohens_h, 2)}{ratio}", page)
    for label, test in (("McNemar", found.mcnemar), ("Durkalski", found.durkalski)):
        if test.p is not None:
            yield from field(label, fig.tested(test), page, note=test.note)
    for note in _remarks(found):
        yield from remark(note, page)


def _planning(found: Comparison, page: Page) -> Iterator[str]:
    if found.mde is not None:
        told = "the smallest difference that so many tasks find 4 times of 5"
        yield from field("could have found", f"{fig.percent(found.mde)} or more", page, note=told)
    plan = found.plan
    if plan is None:
        return
    target = f"to find {fig.percent(plan.target)}"
    parts = []
    if plan.tasks_needed is not None:
        parts.append(f"{fig.things(plan.tasks_needed, 'task')} {target}")
    if plan.trials_needed is not None:
        parts.append(f"or {fig.things(plan.trials_needed, 'trial')} of these")
    yield from field(
        "what to run next", ", ".join(parts) or plan.note or fig.NONE, page, note=plan.note if parts else ""
    )


def _differing(found: Comparison, page: Page, limit: int) -> Iterator[str]:
    if not found.differing:
        return
    yield from heading("Tasks on which they differ", page)
    columns = [
        Column("task", shrinks=True),
        Column(_short(found.label_a), right=True),
        Column(_short(found.label_b), right=True),
    ]
    columns += [Column("difference", right=True)]
    cells: list[list[Any]] = []
    for one in found.differing:
        colour = "passed" if one.difference > 0 else "failed"
        counts = [f"{one.successes_a} of {one.trials_a}", f"{one.successes_b} of {one.trials_b}"]
        cells.append([fig.text(one.task_id), *counts, (fig.percent(one.difference, signed=True), colour)])
    yield from rows(columns, cells, page, limit=limit)


def _amounts(found: Comparison, page: Page) -> Iterator[str]:
    known = [one for one in found.amounts if one.ratio.value is not None]
    if known:
        yield from heading("What they take (ratio of geometric means over common tasks)", page)
    columns = [Column("quantity"), Column(_short(found.label_a), right=True), Column(_short(found.label_b), right=True)]
    columns += [
        Column("ratio", right=True),
        Column("interval"),
        Column("p", right=True),
        Column("left out", right=True),
    ]
    cells = []
    for one in known:
        shown = fig.seconds if one.quantity == "duration" else fig.money if "cost" in one.quantity else fig.number
        means = [shown(one.mean_a), shown(one.mean_b)]
        ratio = [fig.number(one.ratio.value), fig.number_range(one.ratio), fig.p_value(one.test.p)]
        cells.append([fig.text(one.quantity), *means, *ratio, fig.count(one.left_out)])
    yield from rows(columns, cells, page)
    for one in found.amounts:
        if one.ratio.value is None and one.ratio.note:
            yield from remark(f"{one.quantity}: {one.ratio.note}", page)


def _simpson(found: Any, page: Page) -> Iterator[str]:
    if not found.strata:
        return
    yield from heading("Is the total misleading? All tasks of either run, by kind", page)
    columns = [
        Column("kind"),
        Column("first run", right=True),
        Column("second run", right=True),
        Column("difference", right=True),
    ]
    columns += [Column("")]
    cells = []
    for row in found.strata:
        counts = [f"{row.successes_a} of {row.n_a}", f"{row.successes_b} of {row.n_b}"]
        few = ("few tasks", "muted") if row.few else ""
        cells.append([fig.text(row.name), *counts, fig.percent(row.difference, signed=True), few])
    yield from rows(columns, cells, page)
    same = f"{fig.percent(found.standardised, signed=True)} with the same mixture of kinds in both"
    yield from field("total", fig.percent(found.crude, signed=True), page, note=same)
    if found.reversal:
        yield from field("reversal", "the total points one way, every kind that differs the other", page)
    yield from remark(found.note, page)


def _shift(found: Any, page: Page, limit: int) -> Iterator[str]:
    moved = [one for one in found if one.difference.value]
    if not moved:
        return
    yield from heading("Tools used more, and less (share of a task's calls)", page)
    columns = [Column("tool", shrinks=True), Column("first run", right=True), Column("second run", right=True)]
    columns += [
        Column("difference", right=True),
        Column("interval"),
        Column("p", right=True),
        Column("p adjusted", right=True),
    ]
    cells = []
    for one in moved:
        shares = [fig.percent(one.share_a), fig.percent(one.share_b), fig.share(one.difference, signed=True)]
        p = [fig.p_value(one.test.p), fig.p_value(one.test.p_adj)]
        cells.append([fig.text(one.tool_name), *shares, fig.share_range(one.difference, signed=True), *p])
    yield from rows(columns, cells, page, limit=limit)


def _model(found: Any, page: Page) -> Iterator[str]:
    if found is None:
        return
    yield from heading("Does it hold in a model?", page)
    for label, one in (("GEE", found.gee), ("conditional logit", found.conditional)):
        if one.odds_ratio.value is None:
            yield from field(label, one.test.note or one.odds_ratio.note or fig.NONE, page)
        else:
            told = f"{fig.number_range(one.odds_ratio)}; {fig.tested(one.test)}"
            yield from field(label, f"odds ratio {fig.number(one.odds_ratio.value, 2)}", page, note=told)


def several(found: ManyRuns, page: Page, limit: int) -> Iterator[str]:
    """Yield every run against every other one."""
    yield page.paint(f"{len(found.labels)} runs on {found.common_tasks:,} common tasks", "bold")
    yield from heading("Success, each run on all of its own tasks", page)
    columns = [Column("run", shrinks=True), Column("rate", right=True), Column("on new tasks")]
    yield from rows(
        columns,
        (
            [fig.text(label), fig.share(rate), fig.share_range(rate)]
            for label, rate in zip(found.labels, found.rates, strict=True)
        ),
        page,
    )
    yield from field("do they differ?", fig.tested(found.overall), page, note=found.overall.method)
    yield from heading("Every pair: the second run's rate less the first's", page)
    columns = [Column("first", shrinks=True), Column("second", shrinks=True), Column("difference", right=True)]
    columns += [
        Column("interval"),
        Column("p", right=True),
        Column("p adjusted", right=True),
        Column("smallest p", right=True),
    ]
    columns += [Column("better"), Column("worse"), Column("equal")]
    cells = []
    for one in found.comparisons:
        change = [fig.share(one.difference, signed=True), fig.share_range(one.difference, signed=True)]
        p = [fig.p_value(value) for value in (one.sign_flip.p, one.sign_flip.p_adj, one.sign_flip.p_min)]
        cells.append(
            [fig.text(one.label_a), fig.text(one.label_b), *change, *p, *map(str, (one.wins, one.losses, one.ties))]
        )
    yield from rows(columns, cells, page, limit=limit)
    yield from remark(found.note, page)

"""The sections ``overview`` and ``tasks``: how good the run is, and on which tasks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tau2_tui.analysis.runs.matrix import Matrix
from tau2_tui.analysis.shared import figures as fig
from tau2_tui.cli.page import Page
from tau2_tui.cli.statistics.layout import field, heading, line_plot, remark, rows
from tau2_tui.cli.table import Column
from tau2_tui.safe_text import visible

_NAMED = 8
_MARK = {
    "passed": ("✓", "passed"),
    "failed": ("✗", "failed"),
    "undecided": ("?", "warning"),
    "infrastructure": ("!", "warning"),
    "unevaluated": ("·", "muted"),
    "running": ("…", "muted"),
}


def overview(section: dict[str, Any], page: Page, limit: int) -> Iterator[str]:
    """Yield how often the run succeeds, how sure that is, and how its simulations ended."""
    basic, new, same = section["basic"], section["success_new_tasks"], section["success_same_tasks"]
    level = f"{100 * new.level:g} % interval"
    yield from heading("Success", page)
    passed = f"{basic.passed:,} of {fig.things(basic.counted, 'simulation')}, {fig.things(new.n_tasks or 0, 'task')}"
    yield from field("success", fig.share(new), page, note=passed)
    yield from field("on new tasks", fig.share_range(new), page, note=f"{level}; {_worth(new)}")
    yield from field("the same again", fig.share_range(same), page, note=f"{level}; if these tasks are run again")
    for note in dict.fromkeys([new.note, same.note]):
        yield from remark(note, page)
    yield from _left_out(basic, page)
    yield from _passes(section, page)
    yield from _noise(section, page)
    yield from _ends(section, page)


def _worth(estimate: Any) -> str:
    if estimate.n_eff is None:
        return fig.things(estimate.n, "simulation")
    return f"worth {fig.things(estimate.n_eff, 'independent simulation')}"


def _left_out(basic: Any, page: Page) -> Iterator[str]:
    if basic.repeated:
        yield from field("not counted", f"{fig.things(basic.repeated, 'simulation')} repeated by a later one", page)
    rates = basic.conventions
    if rates.with_failures_as_zero is not None and rates.over_tasks is not None and basic.counted < basic.ended:
        zero = fig.percent(rates.with_failures_as_zero)
        yield from remark(f"with everything that ended without a reward counted as failed it is {zero}", page)


def _passes(section: dict[str, Any], page: Page) -> Iterator[str]:
    hats, ats = section["pass_hat"], {one.k: one for one in section["pass_at"]}
    known = [hat for hat in hats if hat.value is not None]
    if not known:
        return
    yield from heading("pass^k: success in all of k trials; pass@k: in at least one", page)
    columns = [Column("k", right=True), Column("pass^k", right=True), Column("interval"), Column("pass@k", right=True)]
    columns += [Column("interval"), Column("note", shrinks=True)]
    cells = []
    for hat in known:
        at = ats.get(hat.k)
        any_of = ("-", "-") if at is None else (fig.share(at), fig.share_range(at))
        cells.append([str(hat.k), fig.share(hat), fig.share_range(hat), *any_of, visible(hat.note)])
    yield from rows(columns, cells, page)
    ks = [hat.k for hat in known]
    curves = [("pass^k", ks, [hat.value for hat in known])]
    if all(k in ats and ats[k].value is not None for k in ks):
        curves.append(("pass@k", ks, [ats[k].value for k in ks]))
    if len(ks) > 2:
        yield from line_plot("pass^k and pass@k by k", curves, page, share=True)


def _noise(section: dict[str, Any], page: Page) -> Iterator[str]:
    split, flipping, plan = section["variance"], section["flaky"], section["plan"]
    yield from heading("Where the noise comes from", page)
    icc = section["icc"]
    if icc.value is None:
        yield from field("ICC", icc.note or split.note or fig.NONE, page)
    else:
        between = "" if icc.low is None else f"{fig.number_range(icc)}; "
        told = f"{between}the share of the variance that lies between tasks"
        yield from field("ICC", fig.number(icc.value, 2), page, note=told)
        yield from remark(icc.note, page)
    if flipping.tasks:
        names = ", ".join(fig.text(one.task_id) for one in flipping.tasks[:_NAMED])
        more = f" and {len(flipping.tasks) - _NAMED:,} more" if len(flipping.tasks) > _NAMED else ""
        flips = f"{len(flipping.tasks):,} of {flipping.n_tasks:,} tasks pass in some trials only"
        yield from field("flaky tasks", flips, page, note=names + more)
    else:
        yield from field("flaky tasks", flipping.note or "none", page)
    yield from field("how many more", _more(plan), page)


def _more(plan: Any) -> str:
    target = f"for ±{100 * plan.half_width:g} points"
    if plan.tasks_needed is None:
        return plan.note or fig.NONE
    words = f"{fig.things(plan.tasks_needed, 'task')} {target} (now {plan.n_tasks:,})"
    if plan.trials_needed is not None:
        words += f", or {fig.things(plan.trials_needed, 'trial')} of each of these"
    return f"{words}; {plan.note}" if plan.note else words


def _ends(section: dict[str, Any], page: Page) -> Iterator[str]:
    parts = section["reward_parts"]
    yield from heading("What failed, and how simulations ended", page)
    if parts.kinds:
        columns = [Column("failed"), Column("simulations", right=True), Column("share", right=True), Column("interval")]
        cells = []
        for kind in parts.kinds:
            name = " and ".join(fig.text(part) for part in kind.parts) or "not recorded"
            between = fig.NONE if kind.low is None else f"{100 * kind.low:.0f} to {fig.percent(kind.high)}"
            cells.append([name, fig.count(kind.count), fig.percent(kind.share), between])
        yield from rows(columns, cells, page)
    yield from remark(parts.note, page)
    columns = [
        Column("ended by"),
        Column("simulations", right=True),
        Column("share", right=True),
        Column("passed", right=True),
    ]
    yield from rows(
        columns,
        (
            [
                fig.text(row.termination or "no end recorded"),
                fig.count(row.simulations),
                fig.percent(row.share),
                f"{row.passed} of {row.counted}",
            ]
            for row in section["terminations"]
        ),
        page,
    )


def tasks(section: dict[str, Any], page: Page, limit: int) -> Iterator[str]:
    """Yield the tasks, their trials, and what goes with their difficulty."""
    matrix: Matrix = section["matrix"]
    yield from heading("Tasks by trial", page)
    yield from remark("✓ passed  ✗ failed  ? not decided  ! failed outside  · no reward  … running  - none", page)
    yield from _matrix(matrix, page, limit)
    yield from remark(matrix.note, page)
    identical = section["identical_trials"]
    if identical.tasks:
        names = ", ".join(fig.text(one.task_id) for one in identical.tasks[:_NAMED])
        told = f"{fig.things(len(identical.tasks), 'task')} with trials of the same calls and arguments: {names}"
        yield from field("identical trials", told, page)
    else:
        yield from field("identical trials", identical.note or "none", page)
    agreement = section["agreement"]
    told = f"Fleiss' kappa {fig.number(agreement.value, 2)}" if agreement.value is not None else agreement.note
    yield from field("trials agree", told or fig.NONE, page)
    yield from _trial_effect(section["trial_effect"], page)
    yield from _groups(section, page)


def _matrix(matrix: Matrix, page: Page, limit: int) -> Iterator[str]:
    columns = [Column("task", shrinks=True), *(Column(f"t{trial}") for trial in matrix.trials)]
    columns += [Column("passed", right=True), Column("interval"), Column("shrunken", right=True), Column("")]
    cells = []
    for row in matrix.rows:
        marks: list[Any] = [
            ("-", "muted") if cell is None else _MARK.get(cell.state, ("·", "muted")) for cell in row.cells
        ]
        kind = ("flips", "warning") if row.kind == "flips" else (row.kind if row.kind in ("always", "never") else "")
        tail = [f"{row.successes} of {row.n}", fig.share_range(row.rate), fig.percent(row.shrunken), kind]
        cells.append([fig.text(row.task_id), *marks, *tail])
    yield from rows(columns, cells, page, limit=limit)


def _trial_effect(effect: Any, page: Page) -> Iterator[str]:
    if len(effect.trials) > 1:
        rates = ", ".join(f"t{row.trial} {row.successes} of {row.n}" for row in effect.trials)
        yield from field("by trial", rates, page)
    yield from field("trials differ", fig.tested(effect.cochran_q), page, note="Cochran's Q")
    yield from field("trend over trials", fig.tested(effect.trend), page, note="exact, within tasks")


def _groups(section: dict[str, Any], page: Page) -> Iterator[str]:
    hard = section["difficulty"]
    if hard.groups:
        yield from heading("By number of reference writes", page)
        yield from _subgroups(hard.groups, "writes", page)
        difference = fig.share(hard.difference, signed=True)
        if hard.difference.value is not None:
            between = fig.share_range(hard.difference, signed=True)
            yield from field("difference", difference, page, note=f"{between}; {fig.tested(hard.test)}")
    yield from remark(hard.note, page)
    kinds = section["kinds"]
    if len(kinds.groups) > 1:
        yield from heading("By kind of task", page)
        yield from _subgroups(kinds.groups, "kind", page)


def _subgroups(groups: Any, name: str, page: Page) -> Iterator[str]:
    columns = [Column(name), Column("tasks", right=True), Column("passed", right=True), Column("rate", right=True)]
    columns += [Column("interval"), Column("note", shrinks=True)]
    cells = []
    for one in groups:
        numbers = [
            fig.count(one.n_tasks),
            f"{one.successes} of {one.n}",
            fig.share(one.rate),
            fig.share_range(one.rate),
        ]
        cells.append([fig.text(one.key), *numbers, visible(one.rate.note)])
    yield from rows(columns, cells, page)

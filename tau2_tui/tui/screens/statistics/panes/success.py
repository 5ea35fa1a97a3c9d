"""The panes ``overview`` and ``tasks``: how good the run is, and on which tasks."""

from __future__ import annotations

from typing import Any

from tau2_tui.analysis.runs.subgroups import kind_of_task
from tau2_tui.analysis.shared import figures as fig
from tau2_tui.analysis.shared.estimate import Estimate
from tau2_tui.tui.format.runs import Run
from tau2_tui.tui.screens.sheet.items import Head, Line, Subject, Value, Writer, line
from tau2_tui.tui.screens.sheet.plots import bar, strip
from tau2_tui.tui.screens.statistics.evidence import Evidence

_NAMED = 8
_RATE = (Head("rate", right=True, importance=80), Head("interval", importance=70), Head("0 to 100 %", importance=20))
_MARK = {"passed": "✓", "failed": "✗", "undecided": "?", "infrastructure": "!", "unevaluated": "·", "running": "…"}


def rate_cells(estimate: Estimate) -> tuple[Value, Value, Value]:
    """Return a rate, its interval, and both on a line."""
    drawn = strip(estimate.value, estimate.low, estimate.high)
    return Run(fig.share(estimate), "strong"), fig.share_range(estimate), Run(drawn, "muted")


def overview(section: dict[str, Any], evidence: Evidence, sheet: Writer) -> None:
    """Write how often the run succeeds, how sure that is, and how its simulations ended."""
    basic, new, same = section["basic"], section["success_new_tasks"], section["success_same_tasks"]
    sheet.heading("Success", "basic")
    counted = evidence.simulations((one for one in evidence.run.simulations if one.counted and one.success), "basic")
    passed = f"{basic.passed:,} of {fig.things(basic.counted, 'simulation')}, {fig.things(new.n_tasks or 0, 'task')}"
    sheet.field("success", Run(fig.share(new), "strong"), passed, subject=counted)
    level = f"{100 * new.level:g} % interval"
    heads = (Head("for"), *_RATE, Head("note", shrinks=True))
    known = [("new tasks like these", new, "success_new_tasks"), ("the same again", same, "success_same_tasks")]
    sheet.grid(heads, (line(name, *rate_cells(one), level, subject=Subject((about,))) for name, one, about in known))
    sheet.remark(new.note, same.note)
    _passes(section, sheet)
    _noise(section, evidence, sheet)
    _ends(section, evidence, sheet)


def _passes(section: dict[str, Any], sheet: Writer) -> None:
    hats, ats = section["pass_hat"], {one.k: one for one in section["pass_at"]}
    known = [hat for hat in hats if hat.value is not None]
    if not known:
        return
    sheet.heading("pass^k: success in all of k trials; pass@k: in at least one", "pass_hat", "pass_at")
    heads = (
        Head("k", right=True),
        Head("pass^k", right=True, importance=80),
        Head("interval", importance=70),
        Head("", importance=40),
        Head("pass@k", right=True, importance=60),
        Head("interval", importance=50),
        Head("", importance=30),
    )
    lines = []
    for hat in known:
        at = ats.get(hat.k)
        any_of = ("-", "-", "") if at is None else (fig.share(at), fig.share_range(at), Run(bar(at.value), "muted"))
        lines.append(
            line(
                str(hat.k), Run(fig.share(hat), "strong"), fig.share_range(hat), Run(bar(hat.value), "number"), *any_of
            )
        )
    sheet.grid(heads, lines)
    sheet.remark(*(hat.note for hat in known))


def _noise(section: dict[str, Any], evidence: Evidence, sheet: Writer) -> None:
    split, flipping, plan, icc = section["variance"], section["flaky"], section["plan"], section["icc"]
    sheet.heading("Where the noise comes from", "variance_split")
    if icc.value is None:
        sheet.field("ICC", icc.note or split.note or fig.NONE)
    else:
        between = "" if icc.low is None else f"{fig.number_range(icc)}; "
        sheet.field("ICC", fig.number(icc.value, 2), f"{between}the share of the variance that lies between tasks")
        sheet.remark(icc.note)
    flips = {one.task_id for one in flipping.tasks}
    if flips:
        names = ", ".join(one.task_id for one in flipping.tasks[:_NAMED])
        more = f" and {len(flips) - _NAMED:,} more" if len(flips) > _NAMED else ""
        said = f"{len(flips):,} of {flipping.n_tasks:,} tasks pass in some trials only"
        behind = evidence.simulations((one for one in evidence.run.simulations if one.task_id in flips), "flaky")
        sheet.field("flaky tasks", said, names + more, subject=behind)
    else:
        sheet.field("flaky tasks", flipping.note or "none", "", "flaky")
    sheet.field("how many more", _more(plan), plan.note, "plan")


def _more(plan: Any) -> str:
    if plan.tasks_needed is None:
        return plan.note or fig.NONE
    words = f"{fig.things(plan.tasks_needed, 'task')} for ±{100 * plan.half_width:g} points (now {plan.n_tasks:,})"
    trials = plan.trials_needed
    return words if trials is None else f"{words}, or {fig.things(trials, 'trial')} of each of these"


def _ends(section: dict[str, Any], evidence: Evidence, sheet: Writer) -> None:
    parts = section["reward_parts"]
    if parts.kinds:
        sheet.heading("What failed", "reward_parts")
    heads = (Head("failed", shrinks=True), Head("simulations", right=True, importance=80), Head("share", right=True))
    lines = []
    for kind in parts.kinds:
        members = set(kind.simulations)
        behind = evidence.simulations(one for one in evidence.run.simulations if one.index in members)
        between = "" if kind.low is None else f"{100 * kind.low:.0f} to {fig.percent(kind.high)}"
        name = " and ".join(kind.parts) or "not recorded"
        numbers = (fig.count(kind.count), fig.percent(kind.share), between, Run(bar(kind.share), "error"))
        lines.append(line(name, *numbers, subject=behind))
    sheet.grid((*heads, Head("interval", importance=50), Head("", importance=20)), lines)
    sheet.remark(parts.note)
    sheet.heading("How simulations ended", "terminations")
    ended = (Head("ended by", shrinks=True), Head("simulations", right=True, importance=80), Head("share", right=True))
    lines = []
    for row in section["terminations"]:
        how = row.termination
        behind = evidence.simulations(one for one in evidence.run.simulations if one.termination == how)
        counts = (fig.count(row.simulations), fig.percent(row.share), f"{row.passed} of {row.counted}")
        drawn = Run(bar(row.share), "number")
        lines.append(line(how or "no end recorded", *counts, drawn, subject=behind))
    sheet.grid((*ended, Head("passed", right=True, importance=50), Head("", importance=20)), lines)


def tasks(section: dict[str, Any], evidence: Evidence, sheet: Writer) -> None:
    """Write the tasks, their trials, and what goes with their difficulty."""
    matrix = section["matrix"]
    sheet.heading("Tasks by trial", "task_matrix")
    sheet.remark("✓ passed  ✗ failed  ? not decided  ! failed outside  · no reward  … running  - none")
    sheet.grid(
        (
            Head("task", shrinks=True),
            Head("trials", importance=90),
            Head("passed", right=True, importance=80),
            Head("interval", importance=50),
            Head("0 to 100 %", importance=20),
            Head("shrunken", right=True, importance=30),
            Head("", importance=85),
        ),
        (_task(row, evidence) for row in matrix.rows),
    )
    sheet.remark(matrix.note)
    _trials(section, sheet)
    _groups(section, evidence, sheet)


def _task(row: Any, evidence: Evidence) -> Line:
    marks = "".join("-" if cell is None else _MARK.get(cell.state, "·") for cell in row.cells)
    token = "success" if row.kind == "always" else "error" if row.kind == "never" else "warning"
    kind = Run("⇅ flips", "warning") if row.kind == "flips" else Run(row.kind if row.kind != "unknown" else "", "muted")
    drawn = Run(strip(row.rate.value, row.rate.low, row.rate.high), "muted")
    numbers = (f"{row.successes} of {row.n}", fig.share_range(row.rate), drawn, fig.percent(row.shrunken))
    behind = evidence.simulations(evidence.by_task.get(row.task_id, ()))
    return line(row.task_id, Run(marks, token), *numbers, kind, subject=behind, task=row.task_id)


def _trials(section: dict[str, Any], sheet: Writer) -> None:
    identical, agreement, effect = section["identical_trials"], section["agreement"], section["trial_effect"]
    sheet.heading("Trials against each other", "trial_effect")
    names = ", ".join(one.task_id for one in identical.tasks[:_NAMED])
    alike = f"{fig.things(len(identical.tasks), 'task')} with trials of the same calls and arguments"
    sheet.field("identical trials", alike if names else identical.note or "none", names, "identical_trials")
    kappa = f"Fleiss' kappa {fig.number(agreement.value, 2)}" if agreement.value is not None else agreement.note
    sheet.field("trials agree", kappa or fig.NONE, "", "agreement")
    if len(effect.trials) > 1:
        said = ", ".join(f"t{row.trial} {row.successes} of {row.n}" for row in effect.trials)
        sheet.field("by trial", said)
    sheet.field("trials differ", fig.tested(effect.cochran_q), "Cochran's Q")
    sheet.field("trend over trials", fig.tested(effect.trend), "exact, within tasks")


def _groups(section: dict[str, Any], evidence: Evidence, sheet: Writer) -> None:
    hard, kinds = section["difficulty"], section["kinds"]
    if hard.groups:
        sheet.heading("By number of reference writes", "difficulty")
        sheet.grid(_group_heads("writes"), (_group(one, Subject()) for one in hard.groups))
        if hard.difference.value is not None:
            between = f"{fig.share_range(hard.difference, signed=True)}; {fig.tested(hard.test)}"
            sheet.field("difference", fig.share(hard.difference, signed=True), between)
    sheet.remark(hard.note)
    if len(kinds.groups) > 1:
        sheet.heading("By kind of task", "subgroup")
        lines = []
        for group in kinds.groups:
            key = group.key
            behind = evidence.simulations(one for one in evidence.run.simulations if kind_of_task(one.task_id) == key)
            lines.append(_group(group, behind))
        sheet.grid(_group_heads("kind"), lines)


def _group_heads(name: str) -> tuple[Head, ...]:
    numbers = (Head("tasks", right=True, importance=50), Head("passed", right=True, importance=60))
    return (Head(name, shrinks=True), *numbers, *_RATE, Head("note", shrinks=True))


def _group(one: Any, subject: Subject) -> Line:
    numbers = (fig.count(one.n_tasks), f"{one.successes} of {one.n}")
    return line(str(one.key), *numbers, *rate_cells(one.rate), one.rate.note, subject=subject)

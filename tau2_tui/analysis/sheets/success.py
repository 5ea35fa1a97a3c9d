"""The sections ``overview`` and ``tasks``: how good the run is, how sure that is, and on which tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tau2_tui.analysis.shared import figures as fig
from tau2_tui.analysis.shared.estimate import Estimate
from tau2_tui.analysis.sheets.behind import Behind, Records, name_of
from tau2_tui.analysis.sheets.marks import LEGEND, NONE, mark
from tau2_tui.analysis.sheets.plots import PassCurves, Ranges
from tau2_tui.analysis.sheets.sheet import Cell, Head, Row, Sheet
from tau2_tui.analysis.sheets.writer import (
    SheetWriter,
    bar,
    interval,
    marked,
    named,
    note,
    note_beside,
    number,
    rate,
    row,
    some_of,
    within,
    words,
)

_MOST_DRAWN = 40
"""Tasks that one plot shows."""

_RATE = (number("rate", 80), Head("interval", 70))

_NEW, _SAME = "success_new_tasks", "success_same_tasks"


def overview(found: dict[str, Any], records: Records) -> Sheet:
    """Say how often the run succeeds, how sure that is, and how its simulations ended."""
    basic, new, same = found["basic"], found[_NEW], found[_SAME]
    sheet = SheetWriter("Success", "basic")
    passed = f"{basic.passed:,} of {fig.things(basic.counted, 'simulation')} on {fig.things(new.n_tasks or 0, 'task')}"
    counted = records.simulations(lambda one: bool(one.counted and one.success))
    sheet.field("success", Cell(fig.share(new), "strong"), passed, behind=counted)
    worth = "" if new.n_eff is None else f"; worth {fig.things(new.n_eff, 'independent simulation')}"
    on_new = f"{_level(new)} for new tasks like these{worth}" if new.low is not None else interval(new)
    again = f"{_level(same)} if these are run again" if same.low is not None else interval(same)
    sheet.field("on new tasks", Cell(fig.share_range(new), rate=new), on_new, _NEW)
    sheet.field("the same again", Cell(fig.share_range(same), rate=same), again, _SAME)
    sheet.remark(note_beside(new), note_beside(same))
    if basic.repeated:
        sheet.field("not counted", f"{fig.things(basic.repeated, 'simulation')} repeated by a later one")
    rates = basic.conventions
    if rates.with_failures_as_zero is not None and rates.over_tasks is not None and basic.counted < basic.ended:
        zero = fig.percent(rates.with_failures_as_zero)
        sheet.remark(f"with everything that ended without a reward counted as failed it is {zero}")
    _passes(found, sheet)
    _noise(found, records, sheet)
    _ends(found, records, sheet)
    return sheet.sheet()


def _level(estimate: Estimate) -> str:
    return f"{100 * estimate.level:g} % interval"


def _passes(found: dict[str, Any], sheet: SheetWriter) -> None:
    hats, ats = found["pass_hat"], {one.k: one for one in found["pass_at"]}
    known = [hat for hat in hats if hat.value is not None]
    sheet.part("pass^k: success in all of k trials; pass@k: in at least one", "pass_hat", "pass_at")
    heads = (
        Head("k"),
        number("pass^k", 80),
        Head("interval", 70),
        number("pass@k", 60),
        Head("interval of pass@k", 50),
        note(),
    )
    rows = []
    for hat in known:
        at = ats.get(hat.k)
        any_of = (fig.NONE, fig.NONE) if at is None else (fig.share(at), Cell(fig.share_range(at), rate=at))
        rows.append(row(str(hat.k), *rate(hat), *any_of, hat.note))
    sheet.table(heads, rows)
    sheet.remark(*(hat.note for hat in hats if hat.value is None))
    curves = ("pass^k", known), ("pass@k", [ats[hat.k] for hat in known if hat.k in ats])
    points = tuple((name, tuple(_point(one) for one in some if one.value is not None)) for name, some in curves)
    sheet.plot(PassCurves("pass^k and pass@k by k, with intervals", points))


def _point(one: Any) -> tuple[int, float, float, float]:
    return one.k, one.value, one.value if one.low is None else one.low, one.value if one.high is None else one.high


def _noise(found: dict[str, Any], records: Records, sheet: SheetWriter) -> None:
    split, flipping, plan, icc = found["variance"], found["flaky"], found["plan"], found["icc"]
    sheet.part("Where the noise comes from", "variance_split")
    if icc.value is None:
        sheet.field("ICC", icc.note or split.note or fig.NONE)
    else:
        between = within(icc, fig.number_range(icc))
        sheet.field("ICC", fig.number(icc.value, 2), f"{between}; the share of the variance that lies between tasks")
        sheet.remark(note_beside(icc))
    flips = list(dict.fromkeys(one.task_id for one in flipping.tasks))
    if flips:
        said = f"{len(flips):,} of {flipping.n_tasks:,} tasks pass in some trials only"
        behind = records.simulations(lambda one: one.task_id in flips)
        sheet.field("flaky tasks", said, some_of(flips), "flaky", behind=behind)
    else:
        sheet.field("flaky tasks", flipping.note or "none", "", "flaky")
    if plan.tasks_needed is None:
        sheet.field("how many more", plan.note or fig.NONE, "", "plan")
        return
    more = f"{fig.things(plan.tasks_needed, 'task')} for ±{100 * plan.half_width:g} points (now {plan.n_tasks:,})"
    if plan.trials_needed is not None:
        more += f", or {fig.things(plan.trials_needed, 'trial')} of each of these"
    sheet.field("how many more", more, plan.note, "plan")


def _ends(found: dict[str, Any], records: Records, sheet: SheetWriter) -> None:
    parts = found["reward_parts"]
    sheet.part("What failed", "reward_parts")
    heads = (
        words("part of the reward"),
        number("simulations", 80),
        number("share of failures", 70),
        Head("interval", 50),
    )
    sheet.table(heads, (_failed_part(one, records) for one in parts.kinds))
    sheet.remark(parts.note)
    sheet.part("How simulations ended", "terminations")
    ended = words("ended by"), number("simulations", 80), number("share", 70), number("passed", 50)
    sheet.table(ended, (_ending(one, records) for one in found["terminations"]))


def _failed_part(one: Any, records: Records) -> Row:
    between = fig.NONE if one.low is None else f"{100 * one.low:.0f} to {fig.percent(one.high)}"
    members = set(one.simulations)
    behind = records.simulations(lambda each: each.index in members)
    told = fig.count(one.count), bar(one.share, "failed"), between
    return row(" and ".join(one.parts) or "not recorded", *told, behind=behind)


def _ending(one: Any, records: Records) -> Row:
    behind = records.simulations(lambda each: each.termination == one.termination)
    told = fig.count(one.simulations), bar(one.share), f"{one.passed:,} of {one.counted:,}"
    return row(one.termination or "no end recorded", *told, behind=behind)


def tasks(found: dict[str, Any], records: Records) -> Sheet:
    """Say what happened in which trial of which task, and what goes with a task's difficulty."""
    matrix = found["matrix"]
    sheet = SheetWriter("Tasks by trial", "task_matrix")
    sheet.remark(LEGEND)
    heads = words("task"), number("passed", 80), Head("interval", 50), number("shrunken", 30), Head("kind", 85)
    titles = [f"t{trial}" for trial in matrix.trials]
    sheet.table(heads, (_task(one, matrix.trials, records) for one in matrix.rows), marks=titles)
    sheet.remark(matrix.note)
    _drawn(matrix, sheet)
    _trials(found, sheet)
    _groups(found, records, sheet)
    return sheet.sheet()


def _task(one: Any, trials: Sequence[int], records: Records) -> Row:
    marks = [
        NONE if each is None else mark(each.state, name_of(one.task_id, trial), each.simulation)
        for trial, each in zip(trials, one.cells, strict=True)
    ]
    flips = one.kind == "flips"
    told = (
        bar(one.rate.value, text=f"{one.successes:,} of {one.n:,}"),
        Cell(fig.share_range(one.rate), rate=one.rate),
        fig.percent(one.shrunken),
        marked("⇅ flips" if flips else one.kind, "warning" if flips else "muted", True),
    )
    behind = records.simulations_of(one.task_id)
    return row(named(one.task_id), *told, marks=marks, behind=behind, task=one.task_id)


def _drawn(matrix: Any, sheet: SheetWriter) -> None:
    known = [one for one in matrix.rows if one.rate.value is not None and one.rate.low is not None]
    if len(known) < 2 or max(one.n for one in known) < 2:
        return
    ordered = sorted(known, key=lambda one: (one.rate.value, one.n))
    left_out = len(ordered) - _MOST_DRAWN
    more = f" ({left_out:,} of the easiest left out)" if left_out > 0 else ""
    rows = tuple((one.task_id, one.rate.value, one.rate.low, one.rate.high) for one in ordered[:_MOST_DRAWN])
    sheet.plot(Ranges(f"Success by task with its interval, the hardest first{more}", rows))


def _trials(found: dict[str, Any], sheet: SheetWriter) -> None:
    identical, agreement = found["identical_trials"], found["agreement"]
    sheet.part("Trials against each other", "trial_effect")
    alike = f"{fig.things(len(identical.tasks), 'task')} with trials of the same calls and arguments"
    names = some_of([one.task_id for one in identical.tasks])
    sheet.field("identical trials", alike if names else identical.note or "none", names, "identical_trials")
    kappa = f"Fleiss' kappa {fig.number(agreement.value, 2)}" if agreement.value is not None else agreement.note
    sheet.field("trials agree", kappa or fig.NONE, "", "agreement")
    trial_effect(found["trial_effect"], sheet)


def trial_effect(effect: Any, sheet: SheetWriter) -> None:
    """Write whether success depends on the trial."""
    if len(effect.trials) > 1:
        said = ", ".join(f"t{one.trial} {one.successes:,} of {one.n:,}" for one in effect.trials)
        sheet.field("by trial", said, "", "trial_effect")
    sheet.field("trials differ", fig.tested(effect.cochran_q), "Cochran's Q", "trial_effect")
    sheet.field("trend over trials", fig.tested(effect.trend), "exact, within tasks", "trial_effect")


def _groups(found: dict[str, Any], records: Records, sheet: SheetWriter) -> None:
    hard, kinds = found["difficulty"], found["kinds"]
    sheet.part("By number of reference writes", "difficulty")
    sheet.table(_group_heads("writes"), (_group(one) for one in hard.groups))
    if hard.difference.value is not None:
        between = f"{interval(hard.difference, signed=True)}; {fig.tested(hard.test)}"
        sheet.field("difference", fig.share(hard.difference, signed=True), between)
    sheet.remark(hard.note)
    if len(kinds.groups) > 1:
        sheet.part("By kind of task", "subgroup")
        sheet.table(_group_heads("kind"), (_group(one, _of_kind(one.key, records)) for one in kinds.groups))


def _group_heads(name: str) -> tuple[Head, ...]:
    return (words(name), number("tasks", 50), number("passed", 60), *_RATE, note())


def _group(one: Any, behind: Behind | None = None) -> Row:
    numbers = fig.count(one.n_tasks), f"{one.successes:,} of {one.n:,}"
    return row(named(one.key), *numbers, *rate(one.rate), one.rate.note, behind=behind)


def _of_kind(kind: str, records: Records) -> Behind:
    def behind() -> Sequence[Any]:
        from tau2_tui.analysis.runs.subgroups import kind_of_task

        return [one for one in records.run.simulations if kind_of_task(one.task_id) == kind]

    return behind

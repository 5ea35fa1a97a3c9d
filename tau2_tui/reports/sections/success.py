"""How good the run is, how sure that is, and what happened where."""

from __future__ import annotations

from typing import Any

from tau2_tui.analysis.shared import figures as fig
from tau2_tui.reports.document import Cell, Section
from tau2_tui.reports.places import LEGEND, Places, mark, name_of, state_of
from tau2_tui.reports.plots import charts
from tau2_tui.reports.writer import Rows, SectionWriter, bar, heads, interval, marked, rate

_NAMED = 12
_MOST_DRAWN = 40
"""Tasks that one plot shows."""


def success(found: dict[str, Any], places: Places) -> Section:
    """Return how often the run succeeds, with both intervals, and what the noise is made of."""
    sheet = SectionWriter("Success", places.section("success"))
    basic, new, same = found["basic"], found["success_new_tasks"], found["success_same_tasks"]
    sheet.heading("", "basic")
    passed = f"{basic.passed:,} of {fig.things(basic.counted, 'simulation')} on {fig.things(new.n_tasks or 0, 'task')}"
    sheet.fact("success", Cell(fig.share(new), "strong"), passed)
    sheet.fact("on new tasks like these", fig.share_range(new), _worth(new), "success_new_tasks")
    again = interval(same) if same.low is None else f"{100 * same.level:g} % interval, if exactly these are run again"
    sheet.fact("on the same tasks again", fig.share_range(same), again, "success_same_tasks")
    if basic.repeated:
        sheet.fact("not counted", f"{fig.things(basic.repeated, 'simulation')} repeated by a later one")
    sheet.remark(new.note, same.note)
    rates = basic.conventions
    if rates.with_failures_as_zero is not None and rates.over_tasks is not None and basic.counted < basic.ended:
        zero = fig.percent(rates.with_failures_as_zero)
        sheet.remark(f"with everything that ended without a reward counted as failed it is {zero}")
    _passes(found, places, sheet)
    _noise(found, sheet)
    _ends(found, places, sheet)
    return sheet.section()


def _worth(new: Any) -> str:
    if new.low is None:
        return interval(new)
    worth = "" if new.n_eff is None else f"; worth {fig.things(new.n_eff, 'independent simulation')}"
    return f"{100 * new.level:g} % interval{worth}"


def _passes(found: dict[str, Any], places: Places, sheet: SectionWriter) -> None:
    hats, ats = found["pass_hat"], {one.k: one for one in found["pass_at"]}
    known = [hat for hat in hats if hat.value is not None]
    sheet.heading("pass^k: success in all of k trials; pass@k: in at least one", "pass_hat", "pass_at")
    rows: Rows = []
    for hat in known:
        at = ats.get(hat.k)
        any_of = ("-", "-") if at is None else (fig.share(at), fig.share_range(at))
        rows.append([str(hat.k), *rate(hat), *any_of, hat.note])
    sheet.table(heads("k", ">pass^k", "interval", ">pass@k", "interval of pass@k", "note"), rows)
    sheet.remark(*(hat.note for hat in hats if hat.value is None))
    title = "pass^k and pass@k by k, with intervals"
    curves = [("pass^k", known), ("pass@k", [ats[hat.k] for hat in known if hat.k in ats])]
    points = [
        (label, [(one.k, one.value, _or(one.low, one.value), _or(one.high, one.value)) for one in some])
        for label, some in curves
    ]
    sheet.plot(title, charts.pass_curve(places.section("pass-plot"), title, points))


def _or(value: float | None, other: float) -> float:
    return other if value is None else value


def _noise(found: dict[str, Any], sheet: SectionWriter) -> None:
    split, flipping, plan, icc = found["variance"], found["flaky"], found["plan"], found["icc"]
    sheet.heading("Where the noise comes from", "variance_split")
    if icc.value is None:
        sheet.fact("ICC", icc.note or split.note or fig.NONE)
    else:
        between = "" if icc.low is None else f"{fig.number_range(icc)}; "
        sheet.fact("ICC", fig.number(icc.value, 2), f"{between}the share of the variance that lies between tasks")
        sheet.remark(icc.note)
    if flipping.tasks:
        names = ", ".join(one.task_id for one in flipping.tasks[:_NAMED])
        more = f" and {len(flipping.tasks) - _NAMED:,} more" if len(flipping.tasks) > _NAMED else ""
        said = f"{len(flipping.tasks):,} of {flipping.n_tasks:,} tasks pass in some trials only"
        sheet.fact("flaky tasks", said, names + more, "flaky")
    else:
        sheet.fact("flaky tasks", flipping.note or "none", "", "flaky")
    words = plan.note or fig.NONE
    if plan.tasks_needed is not None:
        words = f"{fig.things(plan.tasks_needed, 'task')} for ±{100 * plan.half_width:g} points (now {plan.n_tasks:,})"
        if plan.trials_needed is not None:
            words += f", or {fig.things(plan.trials_needed, 'trial')} of each of these"
    sheet.fact("how many more", words, plan.note if plan.tasks_needed is not None else "", "plan")


def _ends(found: dict[str, Any], places: Places, sheet: SectionWriter) -> None:
    parts = found["reward_parts"]
    sheet.heading("What failed", "reward_parts")
    rows: Rows = []
    for kind in parts.kinds:
        between = fig.NONE if kind.low is None else f"{100 * kind.low:.0f} to {fig.percent(kind.high)}"
        name = Cell(" and ".join(kind.parts) or "not recorded")
        rows.append([name, fig.count(kind.count), bar(kind.share), between])
    sheet.table(heads("part of the reward", ">simulations", ">share of failures", "interval"), rows)
    sheet.remark(parts.note)
    sheet.heading("How simulations ended", "terminations")
    sheet.table(
        heads("ended by", ">simulations", ">share", ">passed"),
        (
            [
                row.termination or "no end recorded",
                fig.count(row.simulations),
                bar(row.share),
                f"{row.passed} of {row.counted}",
            ]
            for row in found["terminations"]
        ),
    )


def tasks(found: dict[str, Any], places: Places) -> Section:
    """Return the grid of tasks and trials, and what goes with a task's difficulty."""
    sheet = SectionWriter("Tasks by trial", places.section("tasks"))
    matrix = found["matrix"]
    sheet.heading("", "task_matrix")
    sheet.remark(f"Each symbol leads to its simulation.  {LEGEND}", matrix.note)
    columns = heads("task", *(f"t{trial}" for trial in matrix.trials), ">passed", "interval", ">shrunken", "kind")
    rows: Rows = []
    for row in matrix.rows:
        marks = [
            Cell("-", "muted", spoken="none")
            if one is None
            else mark(one.state, places.simulation(one.simulation), name_of(row.task_id, trial))
            for trial, one in zip(matrix.trials, row.cells, strict=True)
        ]
        kind = marked(row.kind, "warning", row.kind == "flips")
        share = bar(row.rate.value, f"{row.successes} of {row.n}")
        rows.append([Cell(row.task_id), *marks, share, fig.share_range(row.rate), fig.percent(row.shrunken), kind])
    sheet.table(columns, rows, marks=True)
    _success_by_task(matrix, places, sheet)
    _trials(found, sheet)
    _groups(found, sheet)
    return sheet.section()


def _success_by_task(matrix: Any, places: Places, sheet: SectionWriter) -> None:
    known = [row for row in matrix.rows if row.rate.value is not None and row.rate.low is not None]
    if len(known) < 2 or max(row.n for row in known) < 2:
        return
    ordered = sorted(known, key=lambda row: (row.rate.value, row.n, row.task_id))
    left_out = len(ordered) - _MOST_DRAWN
    title = "Success by task with its interval, the hardest first" + (
        f" ({left_out:,} of the easiest left out)" if left_out > 0 else ""
    )
    drawn = [(row.task_id, row.rate.value, row.rate.low, row.rate.high) for row in ordered[:_MOST_DRAWN]]
    sheet.plot(title, charts.ranges(places.section("task-plot"), title, drawn))


def _trials(found: dict[str, Any], sheet: SectionWriter) -> None:
    identical, agreement, effect = found["identical_trials"], found["agreement"], found["trial_effect"]
    sheet.heading("Trials against each other", "trial_effect")
    names = ", ".join(one.task_id for one in identical.tasks[:_NAMED])
    alike = f"{fig.things(len(identical.tasks), 'task')} with trials of the same calls and arguments"
    sheet.fact("identical trials", alike if names else identical.note or "none", names, "identical_trials")
    kappa = f"Fleiss' kappa {fig.number(agreement.value, 2)}" if agreement.value is not None else agreement.note
    sheet.fact("trials agree", kappa or fig.NONE, "", "agreement")
    if len(effect.trials) > 1:
        sheet.fact("by trial", ", ".join(f"t{row.trial} {row.successes} of {row.n}" for row in effect.trials))
    sheet.fact("trials differ", fig.tested(effect.cochran_q), "Cochran's Q")
    sheet.fact("trend over trials", fig.tested(effect.trend), "exact, within tasks")


def _groups(found: dict[str, Any], sheet: SectionWriter) -> None:
    hard, kinds = found["difficulty"], found["kinds"]
    sheet.heading("By number of reference writes", "difficulty")
    _grouped(hard.groups, "writes", sheet)
    if hard.difference.value is not None:
        between = f"{fig.share_range(hard.difference, signed=True)}; {fig.tested(hard.test)}"
        sheet.fact("difference", fig.share(hard.difference, signed=True), between)
    sheet.remark(hard.note)
    if len(kinds.groups) > 1:
        sheet.heading("By kind of task", "subgroup")
        _grouped(kinds.groups, "kind", sheet)


def _grouped(groups: Any, name: str, sheet: SectionWriter) -> None:
    rows: Rows = []
    for one in groups:
        note = one.rate.note if one.rate.low is not None else ""
        rows.append([Cell(str(one.key)), fig.count(one.n_tasks), f"{one.successes} of {one.n}", *rate(one.rate), note])
    sheet.table(heads(name, ">tasks", ">passed", ">rate", "interval", "note"), rows)


def simulations(places: Places) -> Section:
    """Return every simulation in a line."""
    sheet = SectionWriter("All simulations", places.section("simulations"))
    sheet.heading("", "basic")
    calls: dict[int, list[int]] = {one.index: [0, 0] for one in places.run.simulations}
    for call in places.run.calls:
        counts = calls.setdefault(call.simulation, [0, 0])
        counts[0] += 1
        counts[1] += call.error
    rows: Rows = []
    for one in places.run.simulations:
        name = name_of(one.task_id, one.trial)
        target = places.transcript(one.index) if one.index in places.read else ""
        outcome = mark(state_of(one), target, name)
        cost = (
            None if one.agent_cost is None and one.user_cost is None else (one.agent_cost or 0) + (one.user_cost or 0)
        )
        made, failed = calls[one.index]
        rows.append(
            [
                Cell(name, target=target, anchor=places.row(one.index)),
                outcome,
                "-" if one.reward is None else f"{one.reward:g}",
                one.termination or "no end recorded",
                fig.count(one.messages),
                fig.count(made),
                marked(fig.count(failed), "failed", failed > 0),
                fig.seconds(one.duration),
                fig.money(cost),
            ]
        )
    columns = heads(
        "simulation", "outcome", ">reward", "ended by", ">messages", ">calls", ">errors", ">duration", ">cost"
    )
    sheet.table(columns, rows)
    if not rows:
        sheet.remark("no simulations")
    return sheet.section()

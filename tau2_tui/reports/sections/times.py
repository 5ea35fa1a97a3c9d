"""What it takes in time and money, and whether that changes during the run."""

from __future__ import annotations

from typing import Any

from tau2_tui.analysis.shared import figures as fig
from tau2_tui.analysis.shared.estimate import Estimate
from tau2_tui.reports.document import Cell, Section
from tau2_tui.reports.places import Places, name_of
from tau2_tui.reports.plots import charts
from tau2_tui.reports.writer import Rows, SectionWriter, bar, heads, interval

_MOST_WAITS = 10


def latency(found: dict[str, Any], places: Places) -> Section:
    """Return how long things take, and where the time goes."""
    sheet = SectionWriter("Latency", places.section("latency"))
    table = found["latency"]
    sheet.heading("", "latency")
    names = list(dict.fromkeys(f"p{100 * q.q:g}" for row in table.rows for q in row.quantiles))
    rows: Rows = []
    for row in table.rows:
        by_name = {f"p{100 * q.q:g}": q for q in row.quantiles}
        numbers = [_quantile(by_name.get(name)) for name in names]
        ends = fig.seconds(row.maximum), fig.seconds(row.total), fig.percent(row.tail_share)
        rows.append([Cell(row.kind), row.name or "-", fig.count(row.n), fig.seconds(row.mean), *numbers, *ends])
    columns = ("what", "of", ">n", ">mean", *(f">{name}" for name in names), ">largest", ">total", ">slowest tenth")
    sheet.table(heads(*columns), rows)
    sheet.remark(table.note, *(row.note for row in table.rows))
    title = "Share of waits that are no longer than so many seconds"
    curves = [(f"{row.kind} {row.name}".strip(), row.ecdf) for row in sorted(table.rows, key=lambda row: -row.total)]
    sheet.plot(title, charts.shares_below(places.section("latency-plot"), title, curves, label="seconds"))
    _duration(found["duration"], places, sheet)
    _bottlenecks(found["bottlenecks"], places, sheet)
    return sheet.section()


def _quantile(one: Any) -> Cell:
    if one is None:
        return Cell(fig.NONE)
    between = f"interval not available: {one.note or 'too few data'}"
    if one.low is not None and one.high is not None:
        between = f"interval {fig.seconds(one.low)} to {fig.seconds(one.high)}"
    return Cell(fig.seconds(one.value), spoken=f"{fig.seconds(one.value)}, {between}")


def _duration(found: Any, places: Places, sheet: SectionWriter) -> None:
    sheet.heading("Duration of simulations", "distribution")
    if found.mean is not None:
        told = f"{fig.seconds(found.minimum)} to {fig.seconds(found.maximum)}; {fig.things(found.n, 'simulation')}"
        sheet.fact("mean", Cell(fig.seconds(found.mean), "strong"), told)
        title = "Simulations by duration"
        drawn = charts.histogram(places.section("duration-plot"), title, found.edges, found.counts, label="seconds")
        sheet.plot(title, drawn)
    sheet.remark(found.note)


def _bottlenecks(found: Any, places: Places, sheet: SectionWriter) -> None:
    sheet.heading("Where the time goes", "bottlenecks")
    rows: Rows = []
    for one in found.shares:
        rows.append([Cell(one.lane), fig.seconds(one.seconds), bar(one.share), fig.count(one.waits)])
    sheet.table(heads("waiting for", ">time", ">share", ">waits"), rows)
    sheet.remark(found.overhead_note, found.note)
    by_index = {one.index: one for one in places.run.simulations}
    waits: Rows = []
    for one in found.slowest[:_MOST_WAITS]:
        trial = by_index[one.simulation].trial if one.simulation in by_index else None
        where = Cell(name_of(one.task_id, trial), target=places.simulation(one.simulation))
        what = one.lane if one.name in ("", one.lane) else f"{one.lane} {one.name}"
        waits.append([Cell(what), fig.seconds(one.seconds), where, fig.count(one.turn)])
    if waits:
        sheet.heading("The longest waits", "bottlenecks")
    sheet.table(heads("waiting for", ">time", "simulation", ">message"), waits)


def cost(found: dict[str, Any], places: Places) -> Section:
    """Return what it costs, and what a success costs."""
    sheet = SectionWriter("Cost in US dollars", places.section("cost"))
    table = found["cost"]
    sheet.heading("", "cost")
    priced = f"{table.priced:,} of {fig.things(table.simulations, 'simulation')} priced"
    sheet.fact("total", Cell(fig.money(table.total), "strong"), priced)
    sides = [("agent", table.agent), ("user simulator", table.user), ("judge", table.judge)]
    for label, value in sides:
        if value is not None:
            sheet.fact(label, fig.money(value))
    for label, estimate in (("a simulation", table.per_simulation), ("a success", table.per_success)):
        sheet.fact(label, fig.money(estimate.value), _dollars(estimate))
        sheet.remark(estimate.note if estimate.value is not None else "")
    sheet.remark(table.note)
    title = "Cost by who caused it"
    drawn = [(label, value) for label, value in sides if value]
    sheet.plot(title, charts.bars(places.section("cost-plot"), title, drawn, label="US dollars", shown=fig.money))
    _tokens(table, sheet)
    return sheet.section()


def _dollars(estimate: Estimate) -> str:
    if estimate.low is None:
        return interval(estimate)
    return f"{100 * estimate.level:g} % interval {fig.money(estimate.low)} to {fig.money(estimate.high)}"


def _tokens(table: Any, sheet: SectionWriter) -> None:
    sheet.heading("Tokens", "cost")
    rows: Rows = []
    for one in table.tokens:
        counts = (fig.count(n) for n in (one.messages, one.prompt_tokens, one.completion_tokens, one.missing))
        rows.append([Cell(one.role), *counts])
    sheet.table(heads("of", ">messages", ">prompt", ">completion", ">without usage"), rows)
    sheet.heading("Requests to models", "cost")
    requests: Rows = []
    for one in table.models:
        numbers = (fig.count(n) for n in (one.requests, one.failed, one.retries))
        tokens = (fig.count(n) for n in (one.unpriced, one.prompt_tokens, one.completion_tokens))
        requests.append([Cell(one.purpose), one.model, *numbers, fig.money(one.cost), *tokens])
    columns = ("model", ">requests", ">failed", ">retries", ">cost", ">unpriced", ">prompt", ">completion")
    sheet.table(heads("for", *columns), requests)


def temporal(found: dict[str, Any], places: Places) -> Section:
    """Return whether anything drifts, each task compared with itself only, and how long simulations last."""
    sheet = SectionWriter("Time", places.section("temporal"))
    sheet.heading("Does it drift? Each task compared with itself", "trend")
    for label, key in (("success", "success_trend"), ("duration", "duration_trend")):
        _trend(label, found[key], sheet)
    change, effect = found["change_point"], found["trial_effect"]
    if change.position is None:
        sheet.fact("sudden change", change.note or fig.tested(change.test), "", "change_point")
    else:
        told = f"{fig.number(change.before, 2)} before, {fig.number(change.after, 2)} after; {fig.tested(change.test)}"
        sheet.fact("sudden change", f"after simulation {change.position:,}", told, "change_point")
    sheet.fact("trend over trials", fig.tested(effect.trend), "exact, within tasks", "trial_effect")
    sheet.fact("trials differ", fig.tested(effect.cochran_q), "Cochran's Q", "trial_effect")
    anytime = found["anytime"].estimate
    told = f"{interval(anytime)}; {anytime.note or 'safe to look at any time'}"
    sheet.fact("while it runs", fig.share(anytime), told, "anytime")
    _courses(found, places, sheet)
    _steps(found["steps_to_end"], places, sheet)
    return sheet.section()


def _trend(label: str, found: Any, sheet: SectionWriter) -> None:
    if found.slope.value is None:
        sheet.fact(label, found.note or found.slope.note or fig.NONE)
        return
    test = found.exact or found.test
    slope = f"{fig.number(found.slope.value, 2)} per {found.unit}"
    sheet.fact(label, slope, f"{fig.number_range(found.slope)}; {fig.tested(test)}")
    sheet.remark(found.note)


def _courses(found: dict[str, Any], places: Places, sheet: SectionWriter) -> None:
    """Draw outcome and duration of each simulation over the time of its start."""
    timed = [one for one in places.run.simulations if one.start is not None]
    begin = min((one.start for one in timed if one.start is not None), default=0.0)
    for label, key, share in (("success", "success_trend", True), ("duration", "duration_trend", False)):
        unit = found[key].unit
        factor = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0}.get(unit, 3600.0)
        points = []
        for one in timed:
            value = (None if one.success is None else float(one.success)) if share else one.duration
            if value is not None and one.start is not None:
                points.append(((one.start - begin) / factor, value))
        title = f"{label.capitalize()} of simulations over the run"
        side = "passed" if share else "seconds"
        axis = f"{unit if unit in ('second', 'minute', 'hour', 'day') else 'hour'}s since the first began"
        name = places.section(f"{label}-course")
        sheet.plot(title, charts.course(name, title, points, (), label=axis, side=side, share=share))


def _steps(found: Any, places: Places, sheet: SectionWriter) -> None:
    sheet.heading(f"How many {found.unit} until the end", "steps_to_end")
    rows: Rows = []
    for one in found.curves:
        last = fig.percent(one.share[-1] if one.share else None)
        rows.append([Cell(one.end), fig.count(one.events), last, fig.number(one.median)])
    sheet.table(heads("end", ">simulations", ">share in the end", ">half by"), rows)
    sheet.remark(found.note)
    title = f"Share of simulations that have ended, by number of {found.unit}"
    curves = [(one.end, tuple(zip(one.steps, one.share, strict=True))) for one in found.curves if one.events]
    sheet.plot(title, charts.shares_below(places.section("steps-plot"), title, curves, label=found.unit))

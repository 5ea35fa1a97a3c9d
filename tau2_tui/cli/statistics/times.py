"""The sections ``latency``, ``cost`` and ``temporal``: what it takes, and whether that changes during the run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tau2_tui.analysis.shared import figures as fig
from tau2_tui.cli.page import Page
from tau2_tui.cli.statistics.layout import bar, field, heading, histogram, line_plot, remark, rows
from tau2_tui.cli.table import Column


def latency(section: dict[str, Any], page: Page, limit: int) -> Iterator[str]:
    """Yield how long things take, and where the time goes."""
    found = section["latency"]
    yield from heading("Latency", page)
    quantiles = list(dict.fromkeys(f"p{100 * q.q:g}" for row in found.rows for q in row.quantiles))
    columns = [Column("what"), Column("of", shrinks=True), Column("n", right=True), Column("mean", right=True)]
    columns += [*(Column(name, right=True) for name in quantiles), Column("largest", right=True)]
    columns += [Column("total", right=True), Column("slowest tenth", right=True)]
    cells = []
    for row in found.rows:
        by_name = {f"p{100 * q.q:g}": q.value for q in row.quantiles}
        numbers = [fig.seconds(by_name.get(name)) for name in quantiles]
        ends = [fig.seconds(row.maximum), fig.seconds(row.total), fig.percent(row.tail_share)]
        cells.append([row.kind, fig.text(row.name), fig.count(row.n), fig.seconds(row.mean), *numbers, *ends])
    yield from rows(columns, cells, page, limit=limit)
    for note in dict.fromkeys([found.note, *(row.note for row in found.rows)]):
        yield from remark(note, page)
    yield from _duration(section["duration"], page)
    yield from _bottlenecks(section["bottlenecks"], page, limit)


def _duration(found: Any, page: Page) -> Iterator[str]:
    if found.mean is not None:
        yield from heading("Duration of simulations", page)
        told = f"{fig.seconds(found.minimum)} to {fig.seconds(found.maximum)}; {found.n:,} simulations"
        yield from field("mean", fig.seconds(found.mean), page, note=told)
        yield from histogram("simulations by duration", found.edges, found.counts, page, fig.seconds)
    yield from remark(found.note, page)


def _bottlenecks(found: Any, page: Page, limit: int) -> Iterator[str]:
    yield from heading("Where the time goes", page)
    columns = [Column("waiting for"), Column("time", right=True), Column("share", right=True), Column("")]
    columns += [Column("waits", right=True)]
    yield from rows(
        columns,
        (
            [one.lane, fig.seconds(one.seconds), fig.percent(one.share), bar(one.share), fig.count(one.waits)]
            for one in found.shares
        ),
        page,
    )
    yield from remark(found.overhead_note, page)
    yield from remark(found.note, page)
    columns = [
        Column("longest waits", right=True),
        Column("for"),
        Column("name", shrinks=True),
        Column("task", shrinks=True),
    ]
    columns += [Column("message", right=True)]
    yield from rows(
        columns,
        (
            [fig.seconds(one.seconds), one.lane, fig.text(one.name), fig.text(one.task_id), fig.count(one.turn)]
            for one in found.slowest
        ),
        page,
        limit=limit,
    )


def cost(section: dict[str, Any], page: Page, limit: int) -> Iterator[str]:
    """Yield what it costs, and what a success costs."""
    found = section["cost"]
    yield from heading("Cost in US dollars", page)
    yield from field(
        "total",
        fig.money(found.total),
        page,
        note=f"{found.priced:,} of {fig.things(found.simulations, 'simulation')} priced",
    )
    for label, value in (("agent", found.agent), ("user simulator", found.user), ("judge", found.judge)):
        if value is not None:
            yield from field(label, fig.money(value), page)
    for label, estimate in (("a simulation", found.per_simulation), ("a success", found.per_success)):
        if estimate.value is None:
            yield from field(label, estimate.note or fig.NONE, page)
        else:
            between = "" if estimate.low is None else f"{fig.money(estimate.low)} to {fig.money(estimate.high)}"
            yield from field(label, fig.money(estimate.value), page, note=between)
            yield from remark(estimate.note, page)
    yield from remark(found.note, page)
    yield from _tokens(found, page)


def _tokens(found: Any, page: Page) -> Iterator[str]:
    columns = [Column("tokens of"), Column("messages", right=True), Column("prompt", right=True)]
    columns += [Column("completion", right=True), Column("without usage", right=True)]
    cells = [
        [one.role, *(fig.count(n) for n in (one.messages, one.prompt_tokens, one.completion_tokens, one.missing))]
        for one in found.tokens
    ]
    if cells:
        yield from heading("Tokens", page)
    yield from rows(columns, cells, page)
    columns = [
        Column("for"),
        Column("model", shrinks=True),
        Column("requests", right=True),
        Column("failed", right=True),
    ]
    columns += [Column("retries", right=True), Column("cost", right=True), Column("unpriced", right=True)]
    columns += [Column("prompt", right=True), Column("completion", right=True)]
    cells = []
    for one in found.models:
        numbers = [fig.count(n) for n in (one.requests, one.failed, one.retries)]
        tokens = [fig.count(n) for n in (one.unpriced, one.prompt_tokens, one.completion_tokens)]
        cells.append([fig.text(one.purpose), fig.text(one.model), *numbers, fig.money(one.cost), *tokens])
    if cells:
        yield from heading("Requests to models", page)
    yield from rows(columns, cells, page)


def temporal(section: dict[str, Any], page: Page, limit: int) -> Iterator[str]:
    """Yield whether anything drifts, each task compared with itself only, and how long simulations last."""
    yield from heading("Does it drift? Each task compared with itself", page)
    for label, key in (("success", "success_trend"), ("duration", "duration_trend")):
        yield from _trend(label, section[key], page)
    change = section["change_point"]
    if change.position is None:
        yield from field("sudden change", change.note or fig.tested(change.test), page)
    else:
        told = f"after simulation {change.position:,}: "
        told += f"{fig.number(change.before, 2)} before, {fig.number(change.after, 2)} after"
        yield from field("sudden change", told, page, note=fig.tested(change.test))
    effect = section["trial_effect"]
    yield from field("trend over trials", fig.tested(effect.trend), page, note="exact, within tasks")
    yield from field("trials differ", fig.tested(effect.cochran_q), page, note="Cochran's Q")
    yield from _anytime(section["anytime"], page)
    yield from _steps(section["steps_to_end"], page)


def _trend(label: str, found: Any, page: Page) -> Iterator[str]:
    if found.slope.value is None:
        yield from field(label, found.note or found.slope.note or fig.NONE, page)
        return
    test = found.exact or found.test
    slope = f"{fig.number(found.slope.value, 2)} per {found.unit}"
    yield from field(label, slope, page, note=f"{fig.number_range(found.slope)}; {fig.tested(test)}")
    yield from remark(found.note, page)
    if len(found.curve) > 2:
        xs, ys = [x for x, _ in found.curve], [y for _, y in found.curve]
        yield from line_plot(f"{label} over time, in {found.unit}s", [(label, xs, ys)], page)


def _anytime(found: Any, page: Page) -> Iterator[str]:
    estimate = found.estimate
    told = f"{fig.share_range(estimate)}; {estimate.note or 'safe to look at any time'}"
    yield from field("while it runs", fig.share(estimate), page, note=told)


def _steps(found: Any, page: Page) -> Iterator[str]:
    yield from heading(f"How many {found.unit} until the end", page)
    columns = [
        Column("end"),
        Column("simulations", right=True),
        Column("share in the end", right=True),
        Column("half by", right=True),
    ]
    cells = [
        [
            fig.text(one.end),
            fig.count(one.events),
            fig.percent(one.share[-1] if one.share else None),
            fig.number(one.median),
        ]
        for one in found.curves
    ]
    yield from rows(columns, cells, page)
    yield from remark(found.note, page)
    curves = [(fig.text(one.end), one.steps, one.share) for one in found.curves if one.events]
    yield from line_plot(f"share that has ended, by {found.unit}", curves, page, share=True)

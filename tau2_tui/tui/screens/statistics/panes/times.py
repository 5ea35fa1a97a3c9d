"""The panes ``latency`` and ``cost``: what it takes."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from tau2_tui.analysis.shared import figures as fig
from tau2_tui.tui.format.runs import Run
from tau2_tui.tui.screens.sheet.items import Head, Writer, line
from tau2_tui.tui.screens.sheet.plots import bar
from tau2_tui.tui.screens.statistics.evidence import Evidence


def latency(section: dict[str, Any], evidence: Evidence, sheet: Writer) -> None:
    """Write where the time goes, and how long things take."""
    _bottlenecks(section["bottlenecks"], evidence, sheet)
    found = section["latency"]
    sheet.heading("Latency", "latency")
    quantiles = list(dict.fromkeys(f"p{100 * q.q:g}" for row in found.rows for q in row.quantiles))
    heads = [Head("what"), Head("of", shrinks=True, importance=95), Head("n", right=True, importance=50)]
    heads += [Head("mean", right=True, importance=90), *(Head(name, right=True, importance=70) for name in quantiles)]
    heads += [Head("largest", right=True, importance=80), Head("total", right=True), Head("slowest tenth", right=True)]
    lines = []
    for row in found.rows:
        by_name = {f"p{100 * q.q:g}": q.value for q in row.quantiles}
        numbers = [fig.seconds(by_name.get(name)) for name in quantiles]
        ends = [fig.seconds(row.maximum), fig.seconds(row.total), fig.percent(row.tail_share)]
        lines.append(line(row.kind, row.name, fig.count(row.n), fig.seconds(row.mean), *numbers, *ends))
    sheet.grid(heads, lines)
    sheet.remark(found.note, *(row.note for row in found.rows))
    _duration(section["duration"], evidence, sheet)


def _duration(found: Any, evidence: Evidence, sheet: Writer) -> None:
    sheet.heading("Duration of simulations", "distribution")
    if found.mean is not None:
        longest = sorted(evidence.run.simulations, key=lambda one: -(one.duration or 0))
        told = f"{fig.seconds(found.minimum)} to {fig.seconds(found.maximum)}; {fig.things(found.n, 'simulation')}"
        events = ((one.index, one.first_line, fig.seconds(one.duration)) for one in longest)
        sheet.field("mean", Run(fig.seconds(found.mean), "strong"), told, subject=evidence.events(events))
    lines, most = [], max(found.counts, default=0)
    for (low, high), number in zip(pairwise(found.edges), found.counts, strict=False):
        inside = [
            (one.index, one.first_line, fig.seconds(one.duration))
            for one in evidence.run.simulations
            if one.duration is not None and low <= one.duration <= high
        ]
        drawn = Run(bar(number / most if most else 0, 40), "number")
        span = f"{fig.seconds(low)} to {fig.seconds(high)}"
        lines.append(line(span, fig.count(number), drawn, subject=evidence.events(inside)))
    if len(lines) > 1:
        sheet.grid((Head("duration"), Head("simulations", right=True), Head("")), lines)
    sheet.remark(found.note)


def _bottlenecks(found: Any, evidence: Evidence, sheet: Writer) -> None:
    sheet.heading("Where the time goes", "bottlenecks")
    heads = (
        Head("waiting for"),
        Head("time", right=True, importance=80),
        Head("share", right=True, importance=90),
        Head("", importance=20),
        Head("waits", right=True, importance=40),
    )
    lines = []
    for one in found.shares:
        drawn = Run(bar(one.share, 24), one.lane if one.lane in ("agent", "user", "tool") else "number")
        spans = (
            (span.simulation, span.line, f"{fig.seconds(span.seconds)} {span.name}")
            for span in found.slowest
            if span.lane == one.lane
        )
        numbers = (fig.seconds(one.seconds), fig.percent(one.share), drawn, fig.count(one.waits))
        lines.append(line(one.lane, *numbers, subject=evidence.events(spans)))
    sheet.grid(heads, lines)
    sheet.remark(found.overhead_note, found.note)
    heads = (
        Head("longest waits", right=True),
        Head("for", importance=80),
        Head("name", shrinks=True, importance=70),
        Head("task", shrinks=True, importance=75),
        Head("message", right=True),
    )
    lines = []
    for span in found.slowest:
        behind = evidence.events([(span.simulation, span.line, f"{fig.seconds(span.seconds)} {span.name}")])
        told = (span.lane, span.name, span.task_id, fig.count(span.turn))
        lines.append(line(fig.seconds(span.seconds), *told, subject=behind))
    sheet.grid(heads, lines)


def cost(section: dict[str, Any], evidence: Evidence, sheet: Writer) -> None:
    """Write what it costs, and what a success costs."""
    found = section["cost"]
    sheet.heading("Cost in US dollars", "cost")
    dearest = sorted(evidence.run.simulations, key=lambda one: -((one.agent_cost or 0) + (one.user_cost or 0)))
    priced = f"{found.priced:,} of {fig.things(found.simulations, 'simulation')} priced"
    events = (
        (one.index, one.first_line, fig.money((one.agent_cost or 0) + (one.user_cost or 0)))
        for one in dearest
        if one.agent_cost is not None or one.user_cost is not None
    )
    sheet.field("total", Run(fig.money(found.total), "strong"), priced, subject=evidence.events(events))
    for label, value in (("agent", found.agent), ("user simulator", found.user), ("judge", found.judge)):
        if value is not None:
            share = value / found.total if found.total else None
            sheet.field(label, fig.money(value), bar(share))
    for label, estimate in (("a simulation", found.per_simulation), ("a success", found.per_success)):
        between = "" if estimate.low is None else f"{fig.money(estimate.low)} to {fig.money(estimate.high)}"
        value = estimate.note or fig.NONE if estimate.value is None else fig.money(estimate.value)
        sheet.field(label, value, between)
        sheet.remark("" if estimate.value is None else estimate.note)
    sheet.remark(found.note)
    _tokens(found, sheet)
    _models(found, evidence, sheet)


def _tokens(found: Any, sheet: Writer) -> None:
    if not found.tokens:
        return
    sheet.heading("Tokens", "cost")
    heads = (Head("tokens of"), Head("messages", right=True), Head("prompt", right=True, importance=80))
    more = (Head("completion", right=True, importance=70), Head("without usage", right=True))
    rows = ((one, (one.messages, one.prompt_tokens, one.completion_tokens, one.missing)) for one in found.tokens)
    sheet.grid((*heads, *more), (line(one.role, *(fig.count(n) for n in numbers)) for one, numbers in rows))


def _models(found: Any, evidence: Evidence, sheet: Writer) -> None:
    if not found.models:
        return
    sheet.heading("Requests to models", "cost")
    heads = (
        Head("for"),
        Head("model", shrinks=True, importance=90),
        Head("requests", right=True, importance=80),
        Head("failed", right=True, importance=70),
        Head("retries", right=True, importance=50),
        Head("cost", right=True, importance=60),
        Head("unpriced", right=True),
        Head("prompt", right=True, importance=40),
        Head("completion", right=True, importance=30),
    )
    lines = []
    for one in found.models:
        own = [call for call in evidence.run.model_calls if (call.purpose, call.model) == (one.purpose, one.model)]
        slow = sorted(own, key=lambda call: (not call.failed, -(call.latency or 0)))
        behind = evidence.events(
            (call.simulation, call.line, f"{call.model} {'✗ ' if call.failed else ''}{fig.seconds(call.latency)}")
            for call in slow
        )
        numbers = [fig.count(n) for n in (one.requests, one.failed, one.retries)]
        tokens = [fig.count(n) for n in (one.unpriced, one.prompt_tokens, one.completion_tokens)]
        lines.append(line(one.purpose, one.model, *numbers, fig.money(one.cost), *tokens, subject=behind))
    sheet.grid(heads, lines)

"""The sections ``latency`` and ``cost``: what it takes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from tau2_tui.analysis.shared import figures as fig
from tau2_tui.analysis.shared.estimate import Estimate
from tau2_tui.analysis.shared.interval import measured
from tau2_tui.analysis.sheets.behind import Behind, Records, events
from tau2_tui.analysis.sheets.plots import Bars, Histogram, SharesBelow
from tau2_tui.analysis.sheets.sheet import Cell, Head, Of, Row, Sheet
from tau2_tui.analysis.sheets.writer import SheetWriter, bar, named, note_beside, number, row, some_of, within, words

if TYPE_CHECKING:
    from tau2_tui.analysis.data.records import Simulation

_QUANTILES = {"p50": 75, "p95": 70}
"""Quantiles whose interval is shown, and how important they are."""

_LANES: dict[str, Of] = {"agent": "agent", "user": "user", "tool": "tool"}


def latency(found: dict[str, Any], records: Records) -> Sheet:
    """Say where the time goes, and how long things take."""
    sheet = SheetWriter("Latency")
    _bottlenecks(found["bottlenecks"], records, sheet)
    table = found["latency"]
    sheet.part("How long each wait takes", "latency")
    quantiles = list(dict.fromkeys(f"p{100 * q.q:g}" for one in table.rows for q in one.quantiles))
    heads = (
        Head("what"),
        words("of", 95),
        number("n", 50),
        number("mean", 90),
        *(head for name in quantiles for head in _quantile_heads(name)),
        number("largest", 65),
        number("total"),
        number("slowest tenth"),
    )
    sheet.table(heads, (_waits(one, quantiles) for one in table.rows))
    sheet.remark(table.note, *_notes(table.rows))
    by_total = sorted(table.rows, key=lambda one: -one.total)
    curves = tuple((f"{one.kind} {one.name}".strip(), one.ecdf) for one in by_total)
    sheet.plot(SharesBelow("Share of waits that are no longer than so many seconds", curves, "seconds", fine=True))
    _duration(found["duration"], records, sheet)
    return sheet.sheet()


def _waits(one: Any, quantiles: Sequence[str]) -> Row:
    by_name = {f"p{100 * q.q:g}": q for q in one.quantiles}
    numbers = (cell for name in quantiles for cell in _quantile(by_name.get(name), name))
    ends = fig.seconds(one.maximum), fig.seconds(one.total), fig.percent(one.tail_share)
    return row(one.kind, named(one.name), fig.count(one.n), fig.seconds(one.mean), *numbers, *ends)


def _notes(rows: Sequence[Any]) -> Iterator[str]:
    """Yield what there is to say of rows, each thing once with the first rows that it is said of."""
    said: defaultdict[str, list[str]] = defaultdict(list)
    for one in rows:
        if one.note:
            said[one.note].append(f"{one.kind} {one.name}".strip())
    for note, names in said.items():
        yield f"{note}: {some_of(names)}"


def _quantile_heads(name: str) -> Iterator[Head]:
    """Yield the columns of a quantile; the intervals of the median and of the slow waits' bound stand beside them."""
    yield number(name, _QUANTILES.get(name, 55))
    if name in _QUANTILES:
        yield Head(f"{name} interval", _QUANTILES[name] - 2)


def _quantile(one: Any, name: str) -> Iterator[Cell]:
    value = fig.seconds(one.value) if one is not None else fig.NONE
    between, told = "", f"interval not available: {(one.note if one is not None else '') or 'too few data'}"
    if one is not None and one.low is not None and one.high is not None:
        between = f"{fig.seconds(one.low)} to {fig.seconds(one.high)}"
        told = f"interval {between}"
    yield Cell(value, spoken=f"{value}, {told}")
    if name in _QUANTILES:
        yield Cell(between)


def _duration(found: Any, records: Records, sheet: SheetWriter) -> None:
    def longest() -> Sequence[Any]:
        ordered = sorted(_ended(records), key=lambda timed: -timed[1])
        return events(*((one.index, one.first_line, fig.seconds(time)) for one, time in ordered))

    sheet.part("Duration of simulations", "distribution")
    if found.mean is not None:
        told = f"{fig.seconds(found.minimum)} to {fig.seconds(found.maximum)}; {fig.things(found.n, 'simulation')}"
        sheet.field("mean", Cell(fig.seconds(found.mean), "strong"), told, behind=longest)
        edges, counts = tuple(found.edges), tuple(found.counts)
        if len(counts) > 1:
            sheet.plot(Histogram("Simulations by duration", edges, counts, partial(_lasting, records, edges[-1])))
    sheet.remark(found.note)


def _lasting(records: Records, longest: float, low: float, high: float) -> Behind:
    """Find the simulations of a bar: a duration on the edge of two bars is in the second one."""

    def behind() -> Sequence[Any]:
        inside = ((one, time) for one, time in _ended(records) if low <= time < high or time == high == longest)
        return events(*((one.index, one.first_line, fig.seconds(time)) for one, time in inside))

    return behind


def _ended(records: Records) -> Iterator[tuple[Simulation, float]]:
    """Yield the simulations whose durations are counted, with these."""
    for one in records.run.simulations:
        if one.ended and measured(one.duration) and one.duration is not None:
            yield one, one.duration


def _bottlenecks(found: Any, records: Records, sheet: SheetWriter) -> None:
    sheet.part("Where the time goes", "bottlenecks")
    heads = Head("waiting for"), number("time", 80), number("share", 90), number("waits", 40)
    sheet.table(heads, (_lane(one, found.slowest) for one in found.shares))
    sheet.remark(found.overhead_note, found.note)
    sheet.part("The longest waits", "bottlenecks")
    longest = Head("waiting for"), number("time", 90), words("simulation", 75), number("message")
    sheet.table(longest, (_wait(one, records) for one in found.slowest))


def _lane(one: Any, slowest: Sequence[Any]) -> Row:
    def behind() -> Sequence[Any]:
        return events(*(_span(each) for each in slowest if each.lane == one.lane))

    share = bar(one.share, _LANES.get(one.lane, ""))
    return row(one.lane, fig.seconds(one.seconds), share, fig.count(one.waits), behind=behind)


def _wait(one: Any, records: Records) -> Row:
    what = one.lane if one.name in ("", one.lane) else f"{one.lane} {one.name}"
    where = Cell(records.name_of(one.simulation, one.task_id), simulation=one.simulation)
    return row(what, fig.seconds(one.seconds), where, fig.count(one.turn), behind=lambda: events(_span(one)))


def _span(one: Any) -> tuple[int | None, int | None, str]:
    return one.simulation, one.line, f"{fig.seconds(one.seconds)} {one.name}"


def cost(found: dict[str, Any], records: Records) -> Sheet:
    """Say what it costs, and what a success costs."""
    table = found["cost"]
    sheet = SheetWriter("Cost in US dollars", "cost")
    priced = f"{table.priced:,} of {fig.things(table.simulations, 'simulation')} priced"
    sheet.field("total", Cell(fig.money(table.total), "strong"), priced, behind=_dearest(records))
    sides: tuple[tuple[str, float | None, Of], ...] = (
        ("agent", table.agent, "agent"),
        ("user simulator", table.user, "user"),
        ("judge", table.judge, ""),
    )
    for label, value, of in sides:
        if value is not None:
            sheet.field(label, bar(value / table.total if table.total else None, of, text=fig.money(value)))
    for label, estimate in (("a simulation", table.per_simulation), ("a success", table.per_success)):
        sheet.field(label, fig.money(estimate.value), _dollars(estimate))
        sheet.remark(note_beside(estimate))
    sheet.remark(table.note)
    drawn = tuple((label, value) for label, value, _ in sides if value)
    sheet.plot(Bars("Cost by who caused it", drawn, "US dollars", money=True))
    _tokens(table.tokens, sheet)
    _models(table.models, records, sheet)
    return sheet.sheet()


def _dearest(records: Records) -> Behind:
    def behind() -> Sequence[Any]:
        known = [one for one in records.run.simulations if one.agent_cost is not None or one.user_cost is not None]
        prices = [((one.agent_cost or 0) + (one.user_cost or 0), one) for one in known]
        ordered = sorted(prices, key=lambda priced: -priced[0])
        return events(*((one.index, one.first_line, fig.money(price)) for price, one in ordered))

    return behind


def _dollars(estimate: Estimate) -> str:
    return within(estimate, f"{fig.money(estimate.low)} to {fig.money(estimate.high)}")


def _tokens(found: Sequence[Any], sheet: SheetWriter) -> None:
    sheet.part("Tokens", "cost")
    heads = (
        Head("tokens of"),
        number("messages", 50),
        number("prompt", 80),
        number("completion", 70),
        number("without usage"),
    )
    rows = []
    for one in found:
        counts = map(fig.count, (one.messages, one.prompt_tokens, one.completion_tokens, one.missing))
        rows.append(row(named(one.role), *counts))
    sheet.table(heads, rows)


def _models(found: Sequence[Any], records: Records, sheet: SheetWriter) -> None:
    sheet.part("Requests to models", "cost")
    heads = (
        Head("for"),
        words("model", 90),
        number("requests", 80),
        number("failed", 70),
        number("retries", 50),
        number("cost", 60),
        number("unpriced"),
        number("prompt", 40),
        number("completion", 30),
    )
    sheet.table(heads, (_model(one, records) for one in found))


def _model(one: Any, records: Records) -> Row:
    def slowest() -> Sequence[Any]:
        own = [call for call in records.run.model_calls if (call.purpose, call.model) == (one.purpose, one.model)]
        ordered = sorted(own, key=lambda call: (not call.failed, -(call.latency or 0)))
        return events(
            *(
                (call.simulation, call.line, f"{call.model} {'✗ ' if call.failed else ''}{fig.seconds(call.latency)}")
                for call in ordered
            )
        )

    numbers = map(fig.count, (one.requests, one.failed, one.retries))
    tokens = map(fig.count, (one.unpriced, one.prompt_tokens, one.completion_tokens))
    return row(named(one.purpose), named(one.model), *numbers, fig.money(one.cost), *tokens, behind=slowest)

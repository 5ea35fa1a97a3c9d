"""The section ``temporal``: whether anything drifts, and how long simulations last."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tau2_tui.analysis.shared import figures as fig
from tau2_tui.analysis.shared.estimate import Estimate
from tau2_tui.analysis.sheets.behind import Records
from tau2_tui.analysis.sheets.plots import Course, SharesBelow
from tau2_tui.analysis.sheets.sheet import Cell, Row, Sheet
from tau2_tui.analysis.sheets.success import trial_effect
from tau2_tui.analysis.sheets.writer import SheetWriter, number, row, words

_SAMPLES = 24
"""Points at which a small curve is drawn."""

_SECONDS = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0}


def temporal(found: dict[str, Any], records: Records) -> Sheet:
    """Say whether anything drifts, each task compared with itself only, and how long simulations last."""
    sheet = SheetWriter("Time")
    sheet.part("Does it drift? Each task compared with itself", "trend")
    for label, key in (("success", "success_trend"), ("duration", "duration_trend")):
        _trend(label, found[key], sheet)
    _change(found["change_point"], records, sheet)
    trial_effect(found["trial_effect"], sheet)
    _several(found, sheet)
    estimate = found["anytime"].estimate
    safe = "" if estimate.low is None else estimate.note or "safe to look at any time"
    sheet.rate("while it runs", estimate, safe, "anytime")
    for label, key in (("success", "success_trend"), ("duration", "duration_trend")):
        sheet.plot(_course(label, found[key], records))
    _steps(found["steps_to_end"], records, sheet)
    return sheet.sheet()


def _trend(label: str, found: Any, sheet: SheetWriter) -> None:
    if found.slope.value is None:
        sheet.field(label, found.note or found.slope.note or fig.NONE)
        return
    unit, scaled = ("points", _in_points(found.slope)) if label == "success" else ("s", found.slope)
    between = "" if scaled.low is None else f"{fig.number_range(scaled)} {unit}; "
    slope = f"{fig.number(scaled.value, 2)} {unit} per {found.unit}"
    sheet.field(label, slope, f"{between}{fig.tested(found.exact or found.test)}")
    sheet.remark(found.note)


def _several(found: dict[str, Any], sheet: SheetWriter) -> None:
    """Say how many questions were asked at once."""
    trends = [found[key].exact or found[key].test for key in ("success_trend", "duration_trend")]
    trials = found["trial_effect"]
    tests = [*trends, found["change_point"].test, trials.cochran_q, trials.trend]
    asked = sum(test is not None and test.p is not None for test in tests)
    if asked > 1:
        sheet.remark(f"{asked} tests, not adjusted for each other: by chance alone one in 20 falls below 0.05")


def _in_points(slope: Estimate) -> Estimate:
    """Return a slope of a share in percentage points."""
    value, low, high = (None if one is None else 100 * one for one in (slope.value, slope.low, slope.high))
    return replace(slope, value=value, low=low, high=high)


def _change(found: Any, records: Records, sheet: SheetWriter) -> None:
    if found.position is None:
        sheet.field("sudden change", found.note or fig.tested(found.test), "", "change_point")
        return
    told = f"{fig.number(found.before, 2)} before, {fig.number(found.after, 2)} after; {fig.tested(found.test)}"
    behind = records.simulations(lambda one: one.index == found.simulation)
    sheet.field("sudden change", f"after simulation {found.position:,}", told, "change_point", behind=behind)


def _course(quantity: str, found: Any, records: Records) -> Course:
    timed = [one for one in records.run.simulations if one.start is not None]
    begin = min((one.start for one in timed if one.start is not None), default=0.0)
    points = []
    for one in timed:
        value = (None if one.success is None else float(one.success)) if quantity == "success" else one.duration
        if value is not None and one.start is not None:
            seconds = _SECONDS.get(found.unit)
            when = float(one.trial or 0) if seconds is None else (one.start - begin) / seconds
            points.append((when, value))
    title = f"{quantity.capitalize()} of simulations over the run"
    return Course(title, tuple(points), found.curve, found.unit, quantity, share=quantity == "success")


def _steps(found: Any, records: Records, sheet: SheetWriter) -> None:
    sheet.part(f"How many {found.unit} until the end", "steps_to_end")
    heads = words("end"), number("simulations", 80), number("share in the end", 60), number("half by", 70)
    last = max((step for one in found.curves for step in one.steps), default=0.0)
    sheet.table(heads, (_end(one, last, records) for one in found.curves))
    sheet.remark(found.note)
    curves = tuple((one.end, tuple(zip(one.steps, one.share, strict=True))) for one in found.curves if one.events)
    title = f"Share of simulations that have ended, by number of {found.unit}"
    sheet.plot(SharesBelow(title, curves, found.unit))


def _end(one: Any, last: float, records: Records) -> Row:
    outcomes = {"success": (True,), "failure": (False,)}.get(one.end, (True, False))
    behind = records.simulations(
        lambda each: each.ended and each.success in outcomes and not each.infrastructure and each.messages > 0
    )
    share = fig.percent(one.share[-1] if one.share else None)
    drawn = _sampled(one.steps, one.share, last) if one.events else ()
    return row(one.end, fig.count(one.events), Cell(share, curve=drawn), fig.count(one.median), behind=behind)


def _sampled(steps: Sequence[float], shares: Sequence[float], last: float) -> tuple[float, ...]:
    """Return how high a rising curve of steps is at equal distances, from the start to ``last``."""
    found = (bisect_right(steps, last * place / (_SAMPLES - 1)) for place in range(_SAMPLES))
    return tuple(shares[place - 1] if place else 0.0 for place in found)

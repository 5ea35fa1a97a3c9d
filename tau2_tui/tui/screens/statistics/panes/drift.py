"""The pane ``temporal``: whether anything drifts, and how long simulations last."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from tau2_tui.analysis.shared import figures as fig
from tau2_tui.tui.format.runs import Run
from tau2_tui.tui.screens.sheet.items import Head, Writer, line
from tau2_tui.tui.screens.sheet.plots import curve
from tau2_tui.tui.screens.statistics.evidence import Evidence

_SAMPLES = 24
"""Points at which a curve is drawn."""


def temporal(section: dict[str, Any], evidence: Evidence, sheet: Writer) -> None:
    """Write whether anything drifts, each task compared with itself only, and how long simulations last."""
    sheet.heading("Does it drift? Each task compared with itself", "trend")
    for label, key in (("success", "success_trend"), ("duration", "duration_trend")):
        _trend(label, section[key], sheet)
    _change(section["change_point"], evidence, sheet)
    effect = section["trial_effect"]
    sheet.field("trend over trials", fig.tested(effect.trend), "exact, within tasks", "trial_effect")
    sheet.field("trials differ", fig.tested(effect.cochran_q), "Cochran's Q", "trial_effect")
    estimate = section["anytime"].estimate
    told = f"{fig.share_range(estimate)}; {estimate.note or 'safe to look at any time'}"
    sheet.field("while it runs", fig.share(estimate), told, "anytime")
    _steps(section["steps_to_end"], evidence, sheet)


def _trend(label: str, found: Any, sheet: Writer) -> None:
    if found.slope.value is None:
        sheet.field(label, found.note or found.slope.note or fig.NONE)
        return
    slope = f"{fig.number(found.slope.value, 2)} per {found.unit}"
    sheet.field(label, slope, f"{fig.number_range(found.slope)}; {fig.tested(found.exact or found.test)}")
    sheet.remark(found.note)
    if len(found.curve) > 2:
        values = [value for _, value in found.curve]
        told = f"{fig.number(min(values))} to {fig.number(max(values))}, from the first simulation to the last"
        sheet.field(f"{label} over time", Run(curve(values), "number"), told)


def _change(found: Any, evidence: Evidence, sheet: Writer) -> None:
    if found.position is None:
        sheet.field("sudden change", found.note or fig.tested(found.test), "", "change_point")
        return
    told = f"{fig.number(found.before, 2)} before, {fig.number(found.after, 2)} after; {fig.tested(found.test)}"
    behind = evidence.simulations(
        (one for one in evidence.run.simulations if one.index == found.simulation), "change_point"
    )
    sheet.field("sudden change", f"after simulation {found.position:,}", told, subject=behind)


def _steps(found: Any, evidence: Evidence, sheet: Writer) -> None:
    sheet.heading(f"How many {found.unit} until the end", "steps_to_end")
    heads = (
        Head("end", shrinks=True),
        Head("simulations", right=True, importance=80),
        Head("share in the end", right=True, importance=60),
        Head("half by", right=True, importance=70),
        Head("share that has ended so", importance=20),
    )
    last_step = max((step for one in found.curves for step in one.steps), default=0.0)
    lines = []
    for one in found.curves:
        passed = {"success": True, "failure": False}.get(one.end)
        behind = evidence.simulations(each for each in evidence.run.simulations if passed in (None, each.success))
        last = fig.percent(one.share[-1] if one.share else None)
        drawn = Run(curve(_sampled(one.steps, one.share, last_step), low=0, high=1) if one.events else "", "number")
        lines.append(line(one.end, fig.count(one.events), last, fig.number(one.median), drawn, subject=behind))
    sheet.grid(heads, lines)
    sheet.remark(found.note)


def _sampled(steps: Sequence[float], shares: Sequence[float], last: float) -> list[float]:
    """Return how high a rising curve of steps is at equal distances, from the start to ``last``."""
    found = (bisect_right(steps, last * place / (_SAMPLES - 1)) for place in range(_SAMPLES))
    return [shares[place - 1] if place else 0.0 for place in found]

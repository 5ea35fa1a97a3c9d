"""What follows what, how near to the reference, and where simulations part from it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tau2_tui.analysis.shared import figures as fig
from tau2_tui.reports.document import Cell, Section
from tau2_tui.reports.places import Places, name_of
from tau2_tui.reports.plots import charts
from tau2_tui.reports.writer import Rows, SectionWriter, bar, heads, interval

_MOST_DRAWN = 14
"""Tools that the plot of transitions shows."""

_MOST = 40
"""Transitions and sequences that are listed."""

_START, _END = "<start>", "<end>"


def sequence(found: dict[str, Any], places: Places) -> Section:
    """Return the flow of tools, agreement with the reference, first divergences and loops."""
    sheet = SectionWriter("Sequence", places.section("sequence"))
    _divergence(found["first_divergence"], sheet)
    _agreement(found["gold_agreement"], sheet)
    _loops(found["loops"], places, sheet)
    _transitions(found["transitions"], places, sheet)
    rows: Rows = []
    for one in found["trigrams"][:_MOST]:
        counts = fig.count(one.count), fig.count(one.simulations), fig.count(one.tasks)
        rows.append([Cell(" → ".join(one.tools)), *counts])
    sheet.heading("Three calls in a row", "ngrams")
    sheet.table(heads("calls", ">count", ">simulations", ">tasks"), rows)
    return sheet.section()


def _divergence(found: Any, sheet: SectionWriter) -> None:
    sheet.heading(
        "Where simulations first part from the reference in what explains a failed database", "first_divergence"
    )
    rows: Rows = []
    for kind, number in Counter(one.kind for one in found).most_common():
        rows.append([Cell(kind), fig.count(number), bar(number / len(found))])
    sheet.table(heads("first", ">simulations", ">share"), rows)
    sheet.remark(*(one.note for one in found))


def _agreement(found: Any, sheet: SectionWriter) -> None:
    sheet.heading("Reference actions that were made (tau2's rule: an equal call anywhere)", "agreement_table")
    for label, estimate in (("all", found.actions), ("writes", found.writes), ("reads", found.reads)):
        if estimate.value is not None:
            sheet.fact(label, fig.share(estimate), f"{interval(estimate)}; of {estimate.n:,}")
    kind = {True: "writes", False: "", None: "?"}
    rows: Rows = []
    for row in found.tools:
        counts = (fig.count(n) for n in (row.gold, row.matched, row.wrong_arguments, row.missing))
        rows.append([Cell(row.tool_name), kind[row.writes], *counts])
    sheet.table(heads("tool", "writes", ">in the reference", ">made", ">wrong arguments", ">missing"), rows)
    sheet.remark(found.note)


def _loops(found: Any, places: Places, sheet: SectionWriter) -> None:
    sheet.heading("Going in circles", "loops")
    sheet.fact("longest repeat", f"{found.longest:,} times the same call in a row")
    sheet.fact("retries", f"{found.retries:,} identical calls right after an error")
    sheet.fact("cycles", f"{found.cycles:,}")
    sheet.remark(found.note)
    looping = sorted((one for one in found.simulations if one.longest > 1 or one.cycles), key=lambda one: -one.longest)
    by_index = {one.index: one for one in places.run.simulations}
    rows: Rows = []
    for one in looping:
        trial = by_index[one.simulation].trial if one.simulation in by_index else None
        name = Cell(name_of(one.task_id, trial), target=places.simulation(one.simulation))
        counts = fig.count(one.repeats), fig.count(one.retries)
        rows.append([name, fig.count(one.calls), fig.count(one.longest), one.longest_tool or "-", *counts])
    sheet.table(heads("simulation", ">calls", ">longest repeat", "of tool", ">repeats", ">retries"), rows)


def _transitions(found: Any, places: Places, sheet: SectionWriter) -> None:
    sheet.heading("What follows a call, within a simulation", "transitions")
    if found.entropy is not None:
        told = "bits that the next call leaves open when the last one is known"
        sheet.fact("entropy", fig.number(found.entropy), told)
    sheet.remark(found.note)
    _flow(found, places, sheet)
    rows: Rows = []
    ordered = sorted(found.rows, key=lambda row: (-row.count, row.source, row.target))
    for row in ordered[:_MOST]:
        rows.append(
            [Cell(row.source), Cell(row.target), fig.count(row.count), bar(row.share.value), fig.share_range(row.share)]
        )
    sheet.table(heads("after", "comes", ">count", ">share", "interval"), rows)
    if len(ordered) > _MOST:
        sheet.remark(f"{len(ordered) - _MOST:,} rarer transitions are left out")


def _flow(found: Any, places: Places, sheet: SectionWriter) -> None:
    counts = {(row.source, row.target): row for row in found.rows}
    used: Counter[str] = Counter()
    for row in found.rows:
        used[row.source] += row.count
    names = [name for name, _ in used.most_common() if name not in (_START, _END)][:_MOST_DRAWN]
    if not names:
        return
    sources, targets = [_START, *names], [*names, _END]
    shares = [
        [
            counts[one, other].count / counts[one, other].row_total if (one, other) in counts else 0.0
            for other in targets
        ]
        for one in sources
    ]
    left_out = len([name for name in used if name not in (_START, _END)]) - len(names)
    title = "Flow of tools: which call follows which" + (f" ({left_out} rarer tools left out)" if left_out > 0 else "")
    sheet.plot(title, charts.flow(places.section("flow-plot"), title, sources, targets, shares))

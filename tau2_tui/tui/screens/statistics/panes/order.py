"""The pane ``sequence``: what follows what, how near to the reference, and where simulations part from it."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from tau2_tui.analysis.shared import figures as fig
from tau2_tui.tui.format.runs import Run
from tau2_tui.tui.screens.sheet.items import Head, Writer, line
from tau2_tui.tui.screens.sheet.plots import bar
from tau2_tui.tui.screens.statistics.evidence import Evidence

_WRITES = {True: "writes", False: "", None: "?"}


def sequence(section: dict[str, Any], evidence: Evidence, sheet: Writer) -> None:
    """Write first divergences, agreement with the reference, loops and transitions."""
    _divergence(section["first_divergence"], evidence, sheet)
    _agreement(section["gold_agreement"], evidence, sheet)
    _loops(section["loops"], evidence, sheet)
    _transitions(section["transitions"], sheet)
    _ngrams(section["trigrams"], sheet)


def _divergence(found: Any, evidence: Evidence, sheet: Writer) -> None:
    kinds: dict[str, list[Any]] = defaultdict(list)
    for one in found:
        kinds[one.kind].append(one)
    if not kinds:
        return
    sheet.heading("Where simulations first part from the reference", "first_divergence")
    heads = (Head("first", shrinks=True), Head("simulations", right=True, importance=80), Head("share", right=True))
    lines = []
    for kind, members in sorted(kinds.items(), key=lambda item: -len(item[1])):
        share = len(members) / len(found)
        behind = evidence.events((one.simulation, one.line, kind) for one in members)
        numbers = (fig.count(len(members)), fig.percent(share), Run(bar(share), "number"))
        lines.append(line(kind, *numbers, subject=behind))
    sheet.grid((*heads, Head("", importance=10)), lines)
    sheet.remark(*(one.note for one in found))


def _agreement(found: Any, evidence: Evidence, sheet: Writer) -> None:
    sheet.heading("Reference actions that were made (tau2's rule: an equal call anywhere)", "agreement_table")
    for label, estimate in (("all", found.actions), ("writes", found.writes), ("reads", found.reads)):
        if estimate.value is not None:
            sheet.field(label, fig.share(estimate), f"{fig.share_range(estimate)}; of {estimate.n:,}")
    wrong: dict[str, list[tuple[int | None, int | None, str]]] = defaultdict(list)
    for simulation in found.simulations:
        for action in simulation.actions:
            if action.outcome == "wrong arguments":
                said = f"{action.name}: {', '.join(action.differing)}"
                wrong[action.name].append((simulation.simulation, action.line, said))
    heads = (
        Head("tool", shrinks=True),
        Head("", importance=60),
        Head("reference", right=True, importance=70),
        Head("made", right=True, importance=80),
        Head("wrong arguments", right=True, importance=65),
        Head("missing", right=True, importance=75),
    )
    lines = []
    for row in found.tools:
        numbers = (fig.count(n) for n in (row.gold, row.matched, row.wrong_arguments, row.missing))
        lines.append(line(row.tool_name, _WRITES[row.writes], *numbers, subject=evidence.events(wrong[row.tool_name])))
    sheet.grid(heads, lines)
    sheet.remark(found.note)


def _loops(found: Any, evidence: Evidence, sheet: Writer) -> None:
    sheet.heading("Going in circles", "loops")
    sheet.field("longest repeat", f"{found.longest:,} times the same call in a row")
    sheet.field("retries", f"{found.retries:,} identical calls right after an error")
    rounds = [
        (one.simulation, cycle.line, f"{cycle.rounds} rounds of {' → '.join(cycle.tools)}")
        for one in found.simulations
        for cycle in one.cycles
    ]
    sheet.field("cycles", f"{found.cycles:,}", subject=evidence.events(rounds))
    sheet.remark(found.note)
    lines_of = {(call.simulation, call.i): call.line for call in evidence.run.calls}
    heads = (
        Head("task", shrinks=True),
        Head("calls", right=True),
        Head("longest", right=True, importance=80),
        Head("tool", shrinks=True, importance=70),
        Head("repeats", right=True),
        Head("retries", right=True, importance=50),
    )
    looping = sorted((one for one in found.simulations if one.longest > 1 or one.cycles), key=lambda one: -one.longest)
    lines = []
    for one in looping:
        start = lines_of.get((one.simulation, one.longest_i))
        behind = evidence.events([(one.simulation, start, f"{one.longest_tool} again and again")])
        counts = (fig.count(one.calls), fig.count(one.longest), one.longest_tool, fig.count(one.repeats))
        lines.append(line(one.task_id, *counts, fig.count(one.retries), subject=behind))
    sheet.grid(heads, lines)


def _transitions(found: Any, sheet: Writer) -> None:
    sheet.heading("What follows a call, within a simulation", "transitions")
    heads = (
        Head("after", shrinks=True),
        Head("comes", shrinks=True, importance=90),
        Head("count", right=True, importance=80),
        Head("share", right=True, importance=70),
        Head("interval", importance=60),
        Head("", importance=10),
    )
    lines = []
    for row in sorted(found.rows, key=lambda row: -row.count):
        numbers = (fig.count(row.count), fig.share(row.share), fig.share_range(row.share))
        lines.append(line(row.source, row.target, *numbers, Run(bar(row.share.value), "tool")))
    sheet.grid(heads, lines)
    if found.entropy is not None:
        told = "bits that the next call leaves open when the last one is known"
        sheet.field("entropy", fig.number(found.entropy), told)
    sheet.remark(found.note)


def _ngrams(found: Any, sheet: Writer) -> None:
    sheet.heading("Three calls in a row", "ngrams")
    heads = (
        Head("calls", shrinks=True),
        Head("count", right=True, importance=80),
        Head("simulations", right=True, importance=60),
        Head("tasks", right=True, importance=50),
    )
    counts = ((one, [fig.count(n) for n in (one.count, one.simulations, one.tasks)]) for one in found)
    sheet.grid(heads, (line(" → ".join(one.tools), *numbers) for one, numbers in counts))

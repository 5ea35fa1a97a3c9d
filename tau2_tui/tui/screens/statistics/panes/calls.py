"""The panes ``tools`` and ``errors``: what was called, what failed, and whether it was made good."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from tau2_tui.analysis.calls.errors import classify_error
from tau2_tui.analysis.data.records import Call
from tau2_tui.analysis.shared import figures as fig
from tau2_tui.tui.format.runs import Run
from tau2_tui.tui.screens.sheet.items import Head, Writer, line
from tau2_tui.tui.screens.sheet.plots import bar, strip
from tau2_tui.tui.screens.statistics.evidence import Evidence


def tools(section: dict[str, Any], evidence: Evidence, sheet: Writer) -> None:
    """Write which tools are used, which fail, and whether that is the tool or the task."""
    sheet.heading("Tools", "tool_table")
    if not section["tools"]:
        sheet.remark("no tool calls")
        return
    heads = (
        Head("tool", shrinks=True),
        Head("calls", right=True, importance=80),
        Head("share", right=True, importance=30),
        Head("", importance=20),
        Head("errors", right=True, importance=85),
        Head("rate", right=True, importance=80),
        Head("interval", importance=70),
        Head("0 to 100 %", importance=15),
        Head("tasks", right=True, importance=25),
    )
    lines = []
    for row in section["tools"]:
        used = (fig.count(row.calls), fig.percent(row.share), Run(bar(row.share), "tool"))
        failed = Run(fig.count(row.errors), "error" if row.errors else "text")
        rate = row.error_rate_interval
        drawn = Run(strip(rate.value, rate.low, rate.high), "muted")
        own = evidence.by_tool.get(row.tool_name, [])
        behind = evidence.calls([call for call in own if call.error] or own)
        numbers = (*used, failed, fig.share(rate), fig.share_range(rate), drawn, fig.count(row.tasks))
        lines.append(line(row.tool_name, *numbers, subject=behind))
    sheet.grid(heads, lines)
    overall = section["error_rate"]
    told = f"{fig.share_range(overall)}; calls that failed, clustered by task"
    failing = evidence.calls([call for call in evidence.run.calls if call.error], "overall_error_rate")
    sheet.field("error rate", fig.share(overall), told, subject=failing)
    sheet.remark(overall.note)
    _spread(section, sheet)
    _vs_rest(section["tool_vs_rest"], sheet)
    _requestors(section["by_requestor"], evidence, sheet)


def _spread(section: dict[str, Any], sheet: Writer) -> None:
    spread, gini, everything = section["diversity"], section["inequality"], section["inequality_of_all"]
    if spread.hill1 is not None:
        told = f"{fig.number(spread.bits)} bits, {spread.categories} used"
        sheet.field("effective tools", fig.number(spread.hill1), told, "diversity")
    sheet.remark(spread.note)
    if gini.gini is not None:
        told = "among the tools used"
        if everything is not None and everything.gini is not None:
            told += f"; {fig.number(everything.gini, 2)} with the {everything.unused} unused ones"
        sheet.field("inequality (Gini)", fig.number(gini.gini, 2), told, "inequality")


def _vs_rest(found: Any, sheet: Writer) -> None:
    if not found:
        return
    sheet.heading("Does a tool fail more than the others in the same tasks?", "tool_vs_rest")
    heads = (
        Head("tool", shrinks=True),
        Head("tasks", right=True),
        Head("difference", right=True, importance=80),
        Head("interval", importance=70),
        Head("p", right=True, importance=60),
        Head("p adjusted", right=True, importance=65),
        Head("smallest p", right=True, importance=50),
    )
    tested = [one for one in found if one.test.p is not None]
    lines = []
    for one in tested:
        rate = fig.share(one.difference, signed=True), fig.share_range(one.difference, signed=True)
        p = fig.p_value(one.test.p), fig.p_value(one.test.p_adj), fig.p_value(one.test.p_min)
        lines.append(line(one.tool_name, fig.count(one.tasks_with_both), *rate, *p))
    sheet.grid(heads, lines)
    if len(found) > len(tested):
        why = next(one.test.note for one in found if one.test.p is None) or "too few tasks"
        sheet.remark(f"{len(found) - len(tested):,} tools could not be tested: {why}")


def _requestors(found: Any, evidence: Evidence, sheet: Writer) -> None:
    if len(found) < 2:
        return
    sheet.heading("By who calls", "by_requestor")
    heads = (
        Head("caller"),
        Head("calls", right=True, importance=80),
        Head("a simulation", right=True),
        Head("errors", right=True, importance=70),
        Head("rate", right=True, importance=60),
        Head("interval", importance=50),
        Head("changed state", right=True),
    )
    lines = []
    for one in found:
        own = [call for call in evidence.run.calls if call.requestor == one.requestor]
        numbers = (fig.count(one.calls), fig.number(one.per_simulation), fig.count(one.errors))
        rate = (fig.share(one.error_rate_interval), fig.share_range(one.error_rate_interval))
        behind = evidence.calls([call for call in own if call.error] or own)
        lines.append(line(one.requestor, *numbers, *rate, fig.count(one.changed), subject=behind))
    sheet.grid(heads, lines)


def errors(section: dict[str, Any], evidence: Evidence, sheet: Writer) -> None:
    """Write what kinds of failures there are, where, and whether they were made good."""
    table = section["errors"]
    failed = [call for call in evidence.run.calls if call.error]
    sheet.heading("Errors of tool calls", "error_table")
    told = f"{fig.share_range(table.error_rate)}; {table.errors:,} of {table.calls:,} calls"
    sheet.field("error rate", Run(fig.share(table.error_rate), "strong"), told, subject=evidence.calls(failed))
    if table.errors:
        said = f"{fig.share_range(table.recovery)}; the same tool succeeded later in the simulation"
        lost = [
            (one.simulation, one.line, f"{one.tool_name} not recovered") for one in table.first if not one.recovered
        ]
        sheet.field("recovered", fig.share(table.recovery), said, subject=evidence.events(lost))
        firsts = [(one.simulation, one.line, f"{one.tool_name}: {one.kind}") for one in table.first]
        count = fig.things(len(table.first), "simulation")
        sheet.field("simulations", f"{count} with an error", subject=evidence.events(firsts))
    sheet.remark(table.note, table.error_rate.note, table.recovery.note)
    _kinds(table.kinds, failed, evidence, sheet)


def _kinds(kinds: Any, failed: list[Call], evidence: Evidence, sheet: Writer) -> None:
    if not kinds:
        return
    known = {name for _, name in evidence.run.tools} or None
    by_kind: dict[str, list[Call]] = defaultdict(list)
    for call in failed:
        by_kind[classify_error(call.error_text, call.name, known)].append(call)
    sheet.heading("By kind", "classify_error")
    heads = (
        Head("kind"),
        Head("count", right=True, importance=90),
        Head("share", right=True, importance=60),
        Head("", importance=20),
        Head("tasks", right=True, importance=40),
        Head("tools", shrinks=True, importance=70),
        Head("example", shrinks=True, importance=50),
    )
    lines = []
    for kind in kinds:
        names = ", ".join(f"{name} {amount}" for name, amount in kind.tools)
        numbers = (fig.count(kind.count), fig.percent(kind.share), Run(bar(kind.share), "error"))
        behind = evidence.calls(by_kind[kind.kind])
        lines.append(line(kind.kind, *numbers, fig.count(len(kind.tasks)), names, kind.example, subject=behind))
    sheet.grid(heads, lines)

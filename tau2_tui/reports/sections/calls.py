"""What was called, what failed, and what went in and came out."""

from __future__ import annotations

from typing import Any

from tau2_tui.analysis.shared import figures as fig
from tau2_tui.reports.document import Cell, Section
from tau2_tui.reports.places import Places
from tau2_tui.reports.plots import charts
from tau2_tui.reports.writer import Rows, SectionWriter, bar, heads, interval, marked, rate

_MOST_DRAWN = 25
"""Tools that one plot shows."""


def tools(found: dict[str, Any], places: Places) -> Section:
    """Return which tools are used, which fail, and whether that is the tool or the task."""
    sheet = SectionWriter("Tools", places.section("tools"))
    sheet.heading("", "tool_table")
    rows = found["tools"]
    if not rows:
        sheet.remark("no tool calls")
        return sheet.section()
    sheet.table(
        heads("tool", ">calls", ">share", ">errors", ">error rate", "interval", ">tasks", "note"),
        (
            [
                Cell(row.tool_name),
                fig.count(row.calls),
                bar(row.share),
                marked(fig.count(row.errors), "failed", row.errors > 0),
                *rate(row.error_rate_interval),
                fig.count(row.tasks),
                row.note,
            ]
            for row in rows
        ),
    )
    _drawn(rows, places, sheet)
    overall = found["error_rate"]
    sheet.fact("error rate", Cell(fig.share(overall), "strong"), interval(overall), "overall_error_rate")
    sheet.remark(overall.note)
    spread, gini, everything = found["diversity"], found["inequality"], found["inequality_of_all"]
    if spread.hill1 is not None:
        told = f"{fig.number(spread.bits)} bits, {spread.categories} used"
        sheet.fact("effective tools", fig.number(spread.hill1), told, "diversity")
    if gini.gini is not None:
        told = "among the tools used"
        if everything is not None and everything.gini is not None:
            told += f"; {fig.number(everything.gini, 2)} with the {everything.unused} unused ones"
        sheet.fact("inequality (Gini)", fig.number(gini.gini, 2), told, "inequality")
    sheet.remark(spread.note)
    _against_rest(found["tool_vs_rest"], sheet)
    _by_caller(found["by_requestor"], sheet)
    return sheet.section()


def _drawn(rows: Any, places: Places, sheet: SectionWriter) -> None:
    most = sorted(rows, key=lambda row: (-row.calls, row.tool_name))[:_MOST_DRAWN]
    of = f", the {_MOST_DRAWN} most used of {len(rows)}" if len(rows) > _MOST_DRAWN else ""
    title = f"Calls by tool{of}"
    sheet.plot(title, charts.bars(places.section("calls-plot"), title, [(row.tool_name, row.calls) for row in most]))
    failing = [row for row in most if row.errors and row.error_rate_interval.low is not None]
    title = "Error rates of the tools that failed, with intervals that take calls as independent"
    rates = [
        (row.tool_name, row.error_rate, row.error_rate_interval.low, row.error_rate_interval.high)
        for row in sorted(failing, key=lambda row: -row.error_rate)
    ]
    sheet.plot(title, charts.ranges(places.section("rates-plot"), title, rates, label="calls that failed"))


def _against_rest(found: Any, sheet: SectionWriter) -> None:
    if not found:
        return
    sheet.heading("Does a tool fail more than the others in the same tasks?", "tool_vs_rest")
    tested = [one for one in found if one.test.p is not None]
    rows: Rows = []
    for one in tested:
        p = fig.p_value(one.test.p), fig.p_value(one.test.p_adj), fig.p_value(one.test.p_min)
        rows.append([Cell(one.tool_name), fig.count(one.tasks_with_both), *rate(one.difference, signed=True), *p])
    sheet.table(heads("tool", ">tasks", ">difference", "interval", ">p", ">p adjusted", ">smallest p"), rows)
    if len(found) > len(tested):
        first = next(one for one in found if one.test.p is None)
        left_out = fig.things(len(found) - len(tested), "tool")
        sheet.remark(f"{left_out} could not be tested: {first.test.note or 'too few tasks'}")


def _by_caller(found: Any, sheet: SectionWriter) -> None:
    if len(found) < 2:
        return
    sheet.heading("By who calls", "by_requestor")
    columns = heads("caller", ">calls", ">a simulation", ">errors", ">rate", "interval", ">changed state")
    rows: Rows = []
    for one in found:
        numbers = fig.count(one.calls), fig.number(one.per_simulation), fig.count(one.errors)
        rows.append([Cell(one.requestor), *numbers, *rate(one.error_rate_interval), fig.count(one.changed)])
    sheet.table(columns, rows)


def errors(found: dict[str, Any], places: Places) -> Section:
    """Return what kinds of failures there are, where, and whether they were made good."""
    table = found["errors"]
    sheet = SectionWriter("Errors of tool calls", places.section("errors"))
    sheet.heading("", "error_table")
    told = f"{interval(table.error_rate)}; {table.errors:,} of {table.calls:,} calls"
    sheet.fact("error rate", Cell(fig.share(table.error_rate), "strong"), told)
    if table.errors:
        said = f"{interval(table.recovery)}; the same tool succeeded later in the simulation"
        sheet.fact("recovered", fig.share(table.recovery), said)
        sheet.fact("simulations", f"{fig.things(len(table.first), 'simulation')} with an error")
    sheet.remark(table.note, table.error_rate.note, table.recovery.note)
    sheet.table(
        heads("kind", ">count", ">share", "tools", ">tasks", "example"),
        (
            [
                Cell(kind.kind),
                fig.count(kind.count),
                bar(kind.share),
                ", ".join(f"{name} {amount}" for name, amount in kind.tools),
                fig.count(len(kind.tasks)),
                _cut(kind.example),
            ]
            for kind in table.kinds
        ),
    )
    return sheet.section()


def _cut(text: str | None) -> str:
    return "" if text is None else text if len(text) <= 300 else f"{text[:299]}…"


def arguments(found: dict[str, Any], places: Places) -> Section:
    """Return what arguments are given, and which go with failure."""
    sheet = SectionWriter("Arguments", places.section("arguments"))
    sheet.heading("", "argument_profile")
    rows: Rows = []
    for tool in found["arguments"]:
        for one in tool.arguments:
            types = ", ".join(f"{kind} {amount}" if len(one.types) > 1 else kind for kind, amount in one.types)
            given = bar(one.share)
            rows.append(
                [Cell(tool.tool_name), Cell(one.name), given, one.declared or "-", types, fig.count(one.distinct)]
            )
    sheet.table(heads("tool", "argument", ">given in", "declared", "types", ">distinct"), rows)
    if not rows:
        sheet.remark("no arguments")
    _signatures(found["arguments"], sheet)
    _association(found["argument_outcome"], sheet)
    return sheet.section()


def _signatures(found: Any, sheet: SectionWriter) -> None:
    sheet.heading("Use of the signatures, and sizes", "argument_profile", "complexity")
    columns = heads(
        "tool", ">calls", ">missing", ">unexpected", ">optional used", ">median size", ">largest", ">patterns"
    )
    rows: Rows = []
    for tool in found:
        signature = (fig.count(n) for n in (tool.missing_calls, tool.unexpected_calls, tool.optional_calls))
        sizes = fig.size(tool.bytes_median), fig.size(tool.bytes_max), fig.count(tool.patterns.categories)
        rows.append([Cell(tool.tool_name), fig.count(tool.calls), *signature, *sizes])
    sheet.table(columns, rows)
    sheet.remark(*(tool.note for tool in found))


def _association(found: Any, sheet: SectionWriter) -> None:
    sheet.heading(
        "Arguments that go with failed simulations (an association within tasks, no cause)", "argument_outcome"
    )
    tested = [row for row in found if row.test.p is not None]
    if not tested:
        sheet.remark(found[0].note if found else "no arguments")
        return
    rows: Rows = []
    for row in sorted(tested, key=lambda row: (row.test.p, row.tool_name, row.feature)):
        effect = fig.number(row.effect.value, 2), fig.number_range(row.effect)
        p = fig.p_value(row.test.p), fig.p_value(row.test.p_adj), fig.count(row.n)
        rows.append([Cell(row.tool_name), Cell(row.feature), *effect, *p])
    sheet.table(heads("tool", "feature", ">effect", "interval", ">p", ">p adjusted", ">n"), rows)
    left_out = len(found) - len(tested)
    if left_out:
        sheet.remark(f"{left_out:,} features could not be tested: constant, or in one task only")


def results(found: dict[str, Any], places: Places) -> Section:
    """Return what the tools gave back."""
    profile = found["results"]
    sheet = SectionWriter("Results of tool calls", places.section("results"))
    sheet.heading("", "result_profile")
    rows: Rows = []
    for row in profile.tools:
        sizes = fig.size(row.size.mean), fig.size(row.size.maximum)
        counts = (fig.count(n) for n in (row.distinct, row.empty, row.contain_errors, row.truncated))
        types = ", ".join(name for name, _ in row.types)
        rows.append([Cell(row.tool_name), fig.count(row.calls), fig.count(row.recorded), types, *sizes, *counts])
    columns = (
        ">calls",
        ">recorded",
        "types",
        ">mean size",
        ">largest",
        ">distinct",
        ">empty",
        ">report errors",
        ">cut",
    )
    sheet.table(heads("tool", *columns), rows)
    sheet.remark(profile.note)
    return sheet.section()

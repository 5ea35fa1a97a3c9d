"""The sections ``tools`` and ``errors``: what was called, what failed, and whether it was made good."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from tau2_tui.analysis.shared import figures as fig
from tau2_tui.analysis.sheets.behind import Records, events, failed_first
from tau2_tui.analysis.sheets.plots import Bars, Ranges
from tau2_tui.analysis.sheets.sheet import Head, Row, Sheet
from tau2_tui.analysis.sheets.writer import (
    SheetWriter,
    bar,
    change,
    interval,
    marked,
    named,
    note,
    note_beside,
    number,
    rate,
    row,
    words,
)

_MOST_DRAWN = 25
"""Tools that one plot shows."""


def tools(found: dict[str, Any], records: Records) -> Sheet:
    """Say which tools are used, which fail, and whether that is the tool or the task."""
    sheet = SheetWriter("Tools", "tool_table")
    if not found["tools"]:
        sheet.remark("no tool calls")
        return sheet.sheet()
    used = words("tool"), number("calls", 80), number("share", 30)
    failed = number("errors", 85), number("error rate", 80), Head("interval", 70)
    heads = *used, *failed, number("tasks", 25), note(10)
    sheet.table(heads, (_tool(one, records) for one in found["tools"]))
    _drawn(found["tools"], sheet)
    overall = found["error_rate"]
    told = "calls that failed, clustered by task"
    sheet.rate("error rate", overall, told, "overall_error_rate", behind=lambda: records.failed)
    sheet.remark(note_beside(overall))
    _spread(found, sheet)
    _against_rest(found["tool_vs_rest"], sheet)
    _by_caller(found["by_requestor"], records, sheet)
    return sheet.sheet()


def _tool(one: Any, records: Records) -> Row:
    errors = marked(fig.count(one.errors), "failed", one.errors > 0)
    used = fig.count(one.calls), bar(one.share, "tool")
    rest = fig.count(one.tasks), one.note
    behind = records.failed_of(one.tool_name)
    return row(named(one.tool_name), *used, errors, *rate(one.error_rate_interval), *rest, behind=behind)


def _drawn(tools_found: Sequence[Any], sheet: SheetWriter) -> None:
    most = sorted(tools_found, key=lambda one: (-one.calls, one.tool_name))[:_MOST_DRAWN]
    of = f", the {_MOST_DRAWN} most used of {len(tools_found)}" if len(tools_found) > _MOST_DRAWN else ""
    sheet.plot(Bars(f"Calls by tool{of}", tuple((one.tool_name, one.calls) for one in most)))
    failing = [one for one in most if one.errors and one.error_rate_interval.low is not None]
    rates = tuple(
        (one.tool_name, one.error_rate, one.error_rate_interval.low, one.error_rate_interval.high)
        for one in sorted(failing, key=lambda one: -one.error_rate)
    )
    title = "Error rates of the tools that failed, with intervals that take calls as independent"
    sheet.plot(Ranges(title, rates, "calls that failed"))


def _spread(found: dict[str, Any], sheet: SheetWriter) -> None:
    spread, gini, everything = found["diversity"], found["inequality"], found["inequality_of_all"]
    if spread.hill1 is not None:
        told = f"{fig.number(spread.bits)} bits, {spread.categories} used"
        sheet.field("effective tools", fig.number(spread.hill1), told, "diversity")
    if gini.gini is not None:
        told = "among the tools used"
        if everything is not None and everything.gini is not None:
            told += f"; {fig.number(everything.gini, 2)} with the {everything.unused} unused ones"
        sheet.field("inequality (Gini)", fig.number(gini.gini, 2), told, "inequality")
    sheet.remark(spread.note)


def _against_rest(found: Sequence[Any], sheet: SheetWriter) -> None:
    sheet.part("Does a tool fail more than the others in the same tasks?", "tool_vs_rest")
    heads = (
        words("tool"),
        number("tasks"),
        number("difference", 80),
        number("p", 60),
        number("p adjusted", 65),
        number("smallest p", 50),
    )
    tested = [one for one in found if one.test.p is not None]
    rows = []
    for one in tested:
        p = fig.p_value(one.test.p), fig.p_value(one.test.p_adj), fig.p_value(one.test.p_min)
        difference, _ = change(one.difference)
        rows.append(row(named(one.tool_name), fig.count(one.tasks_with_both), difference, *p))
    sheet.table(heads, rows)
    if len(found) > len(tested):
        why = next(one.test.note for one in found if one.test.p is None) or "too few tasks"
        sheet.remark(f"{fig.things(len(found) - len(tested), 'tool')} could not be tested: {why}")


def _by_caller(found: Sequence[Any], records: Records, sheet: SheetWriter) -> None:
    if len(found) < 2:
        return
    sheet.part("By who calls", "by_requestor")
    heads = (
        Head("caller"),
        number("calls", 80),
        number("a simulation"),
        number("errors", 70),
        number("error rate", 60),
        Head("interval", 50),
        number("changed state"),
        note(),
    )
    sheet.table(heads, (_caller(one, records) for one in found))


def _caller(one: Any, records: Records) -> Row:
    def behind() -> Sequence[Any]:
        return failed_first([call for call in records.run.calls if call.requestor == one.requestor])

    numbers = fig.count(one.calls), fig.number(one.per_simulation), fig.count(one.errors)
    rest = fig.count(one.changed), one.error_rate_interval.note
    return row(named(one.requestor), *numbers, *rate(one.error_rate_interval), *rest, behind=behind)


def errors(found: dict[str, Any], records: Records) -> Sheet:
    """Say what kinds of failures there are, where, and whether they were made good."""
    table = found["errors"]
    sheet = SheetWriter("Errors of tool calls", "error_table")
    told = f"{table.errors:,} of {table.calls:,} calls"
    sheet.rate("error rate", table.error_rate, told, behind=lambda: records.failed)
    if table.errors:

        def lost() -> Sequence[Any]:
            rest = [one for one in table.first if not one.recovered]
            return events(*((one.simulation, one.line, f"{one.tool_name} not recovered") for one in rest))

        def firsts() -> Sequence[Any]:
            return events(*((one.simulation, one.line, f"{one.tool_name}: {one.kind}") for one in table.first))

        said = f"{interval(table.recovery)}; the same tool succeeded later in the simulation"
        sheet.field("recovered", fig.share(table.recovery), said, behind=lost)
        count = f"{fig.things(len(table.first), 'simulation')} with an error"
        sheet.field("simulations", count, behind=firsts)
    sheet.remark(table.note, note_beside(table.error_rate), note_beside(table.recovery))
    _kinds(table.kinds, records, sheet)
    return sheet.sheet()


def _kinds(kinds: Sequence[Any], records: Records, sheet: SheetWriter) -> None:
    sheet.part("By kind", "classify_error")
    of_kind = cache(lambda: _by_kind(records))
    heads = (
        Head("kind"),
        number("count", 90),
        number("share", 60),
        words("tools", 70),
        number("tasks", 40),
        words("example", 50),
    )
    sheet.table(heads, (_kind(one, of_kind) for one in kinds))


def _kind(one: Any, of_kind: Callable[[], dict[str, list[Any]]]) -> Row:
    names = ", ".join(f"{named(name)} {amount}" for name, amount in one.tools)
    told = bar(one.share, "failed"), names, fig.count(len(one.tasks)), one.example or ""
    return row(one.kind, fig.count(one.count), *told, behind=lambda: of_kind().get(one.kind, []))


def _by_kind(records: Records) -> dict[str, list[Any]]:
    from tau2_tui.analysis.calls.errors import classify_error

    known = {name for _, name in records.run.tools} or None
    found: dict[str, list[Any]] = defaultdict(list)
    for call in records.failed:
        found[classify_error(call.error_text, call.name, known)].append(call)
    return found

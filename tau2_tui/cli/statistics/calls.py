"""The sections ``tools``, ``errors``, ``arguments`` and ``results``: what was called, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tau2_tui.analysis.shared import figures as fig
from tau2_tui.cli.page import Page
from tau2_tui.cli.statistics.layout import bar, field, heading, remark, rows
from tau2_tui.cli.table import Column
from tau2_tui.safe_text import visible


def tools(section: dict[str, Any], page: Page, limit: int) -> Iterator[str]:
    """Yield which tools are used, which fail, and whether that is the tool or the task."""
    yield from heading("Tools", page)
    if not section["tools"]:
        yield from remark("no tool calls", page)
        return
    columns = [Column("tool", shrinks=True), Column("calls", right=True), Column("share", right=True), Column("")]
    columns += [
        Column("errors", right=True),
        Column("rate", right=True),
        Column("interval"),
        Column("tasks", right=True),
    ]
    columns += [Column("note", shrinks=True)]
    cells = []
    for row in section["tools"]:
        rate = fig.share(row.error_rate_interval), fig.share_range(row.error_rate_interval)
        used = [fig.count(row.calls), fig.percent(row.share), bar(row.share)]
        errors: Any = (fig.count(row.errors), "error") if row.errors else fig.count(row.errors)
        cells.append([fig.text(row.tool_name), *used, errors, *rate, fig.count(row.tasks), visible(row.note)])
    yield from rows(columns, cells, page, limit=limit)
    overall = section["error_rate"]
    told = f"{fig.share_range(overall)}; calls that failed, clustered by task"
    yield from field("error rate", fig.share(overall), page, note=told)
    yield from remark(overall.note, page)
    yield from _spread(section, page)
    yield from _vs_rest(section["tool_vs_rest"], page, limit)
    yield from _requestors(section["by_requestor"], page)


def _spread(section: dict[str, Any], page: Page) -> Iterator[str]:
    spread, gini = section["diversity"], section["inequality"]
    if spread.hill1 is not None:
        told = f"{fig.number(spread.bits)} bits, {spread.categories} used"
        yield from field("effective tools", fig.number(spread.hill1), page, note=told)
    yield from remark(spread.note, page)
    if gini.gini is not None:
        everything = section["inequality_of_all"]
        told = "among the tools used"
        if everything is not None and everything.gini is not None:
            told += f"; {fig.number(everything.gini, 2)} with the {everything.unused} unused ones"
        yield from field("inequality (Gini)", fig.number(gini.gini, 2), page, note=told)


def _vs_rest(found: Any, page: Page, limit: int) -> Iterator[str]:
    with_value = [one for one in found if one.test.p is not None]
    if not found:
        return
    yield from heading("Does a tool fail more than the others in the same tasks?", page)
    columns = [Column("tool", shrinks=True), Column("tasks", right=True), Column("difference", right=True)]
    columns += [
        Column("interval"),
        Column("p", right=True),
        Column("p adjusted", right=True),
        Column("smallest p", right=True),
    ]
    cells = []
    for one in with_value:
        rate = fig.share(one.difference, signed=True), fig.share_range(one.difference, signed=True)
        p = fig.p_value(one.test.p), fig.p_value(one.test.p_adj), fig.p_value(one.test.p_min)
        cells.append([fig.text(one.tool_name), fig.count(one.tasks_with_both), *rate, *p])
    yield from rows(columns, cells, page, limit=limit)
    without = len(found) - len(with_value)
    if without:
        first = next(one for one in found if one.test.p is None)
        yield from remark(f"{without:,} tools could not be tested: {first.test.note or 'too few tasks'}", page)


def _requestors(found: Any, page: Page) -> Iterator[str]:
    if len(found) < 2:
        return
    yield from heading("By who calls", page)
    columns = [
        Column("caller"),
        Column("calls", right=True),
        Column("a simulation", right=True),
        Column("errors", right=True),
    ]
    columns += [Column("rate", right=True), Column("interval"), Column("changed state", right=True)]
    cells = []
    for one in found:
        numbers = [fig.count(one.calls), fig.number(one.per_simulation), fig.count(one.errors)]
        rate = [fig.share(one.error_rate_interval), fig.share_range(one.error_rate_interval)]
        cells.append([fig.text(one.requestor), *numbers, *rate, fig.count(one.changed)])
    yield from rows(columns, cells, page)


def errors(section: dict[str, Any], page: Page, limit: int) -> Iterator[str]:
    """Yield what kinds of failures there are, where, and whether they were made good."""
    table = section["errors"]
    yield from heading("Errors of tool calls", page)
    told = f"{fig.share_range(table.error_rate)}; {table.errors:,} of {table.calls:,} calls"
    yield from field("error rate", fig.share(table.error_rate), page, note=told)
    if table.errors:
        recovered = f"{fig.share_range(table.recovery)}; the same tool succeeded later in the simulation"
        yield from field("recovered", fig.share(table.recovery), page, note=recovered)
        yield from field("simulations", f"{fig.things(len(table.first), 'simulation')} with an error", page)
    for note in dict.fromkeys([table.note, table.error_rate.note, table.recovery.note]):
        yield from remark(note, page)
    columns = [Column("kind"), Column("count", right=True), Column("share", right=True), Column("tools", shrinks=True)]
    columns += [Column("tasks", right=True), Column("example", shrinks=True)]
    cells = []
    for kind in table.kinds:
        names = ", ".join(f"{fig.text(name)} {amount}" for name, amount in kind.tools)
        numbers = [fig.count(kind.count), fig.percent(kind.share)]
        cells.append([fig.text(kind.kind), *numbers, names, fig.count(len(kind.tasks)), fig.text(kind.example)])
    yield from rows(columns, cells, page, limit=limit)


def arguments(section: dict[str, Any], page: Page, limit: int) -> Iterator[str]:
    """Yield what arguments are given, and which go with failure."""
    yield from heading("Arguments", page)
    columns = [Column("tool", shrinks=True), Column("argument", shrinks=True), Column("given", right=True)]
    columns += [Column("declared"), Column("types", shrinks=True), Column("distinct", right=True)]
    cells = []
    for tool in section["arguments"]:
        name: Any = fig.text(tool.tool_name)
        if not tool.arguments:
            cells.append([name, ("none", "muted"), "", "", "", ""])
        for one in tool.arguments:
            types = ", ".join(f"{kind} {amount}" if len(one.types) > 1 else kind for kind, amount in one.types)
            given = fig.percent(one.share)
            cells.append(
                [name, fig.text(one.name), given, one.declared or "-", fig.text(types), fig.count(one.distinct)]
            )
            name = ""
    yield from rows(columns, cells, page, limit=limit)
    yield from _schema(section["arguments"], page, limit)
    yield from _association(section["argument_outcome"], page, limit)


def _schema(tools_found: Any, page: Page, limit: int) -> Iterator[str]:
    yield from heading("Use of the signatures, and sizes", page)
    columns = [Column("tool", shrinks=True), Column("calls", right=True), Column("missing", right=True)]
    columns += [Column("unexpected", right=True), Column("optional used", right=True), Column("median", right=True)]
    columns += [Column("largest", right=True), Column("patterns", right=True)]
    cells = []
    for tool in tools_found:
        signature = [fig.count(tool.missing_calls), fig.count(tool.unexpected_calls), fig.count(tool.optional_calls)]
        sizes = [fig.size(tool.bytes_median), fig.size(tool.bytes_max), fig.count(tool.patterns.categories)]
        cells.append([fig.text(tool.tool_name), fig.count(tool.calls), *signature, *sizes])
    yield from rows(columns, cells, page, limit=limit)
    for note in dict.fromkeys(tool.note for tool in tools_found):
        yield from remark(note, page)


def _association(found: Any, page: Page, limit: int) -> Iterator[str]:
    yield from heading("Arguments that go with failed simulations (within tasks; an association, not a cause)", page)
    tested = [row for row in found if row.test.p is not None]
    if not tested:
        yield from remark(found[0].note if found else "no arguments", page)
        return
    columns = [Column("tool", shrinks=True), Column("feature", shrinks=True), Column("effect", right=True)]
    columns += [Column("interval"), Column("p", right=True), Column("p adjusted", right=True), Column("n", right=True)]
    cells = []
    for row in tested:
        effect = [fig.number(row.effect.value, 2), fig.number_range(row.effect)]
        p = [fig.p_value(row.test.p), fig.p_value(row.test.p_adj), fig.count(row.n)]
        cells.append([fig.text(row.tool_name), fig.text(row.feature), *effect, *p])
    yield from rows(columns, cells, page, limit=limit)
    without = len(found) - len(tested)
    if without:
        yield from remark(f"{without:,} features could not be tested: constant, or in one task only", page)


def results(section: dict[str, Any], page: Page, limit: int) -> Iterator[str]:
    """Yield what the tools gave back."""
    profile = section["results"]
    yield from heading("Results of tool calls", page)
    columns = [Column("tool", shrinks=True), Column("calls", right=True), Column("recorded", right=True)]
    columns += [Column("types", shrinks=True), Column("mean", right=True), Column("largest", right=True)]
    columns += [Column("distinct", right=True), Column("empty", right=True), Column("report errors", right=True)]
    columns += [Column("cut", right=True)]
    cells = []
    for row in profile.tools:
        types = ", ".join(name for name, _ in row.types)
        sizes = [fig.size(row.size.mean), fig.size(row.size.maximum)]
        counts = [fig.count(value) for value in (row.distinct, row.empty, row.contain_errors, row.truncated)]
        cells.append(
            [fig.text(row.tool_name), fig.count(row.calls), fig.count(row.recorded), fig.text(types), *sizes, *counts]
        )
    yield from rows(columns, cells, page, limit=limit)
    yield from remark(profile.note, page)

"""The sections ``arguments``, ``results``, ``state`` and ``sensitive``: what went in, came out and was changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tau2_tui.analysis.shared import figures as fig
from tau2_tui.analysis.sheets.behind import Records
from tau2_tui.analysis.sheets.sheet import Cell, Head, Row, Sheet
from tau2_tui.analysis.sheets.writer import SheetWriter, bar, named, number, row, words


def arguments(found: dict[str, Any], records: Records) -> Sheet:
    """Say what arguments are given, and which go with failure."""
    sheet = SheetWriter("Arguments", "argument_profile")
    if not found["arguments"]:
        sheet.remark("no tool calls")
        return sheet.sheet()
    heads = (
        words("tool"),
        words("argument", 90),
        number("given in", 80),
        Head("declared", 60),
        words("types", 50),
        number("distinct", 55),
    )
    sheet.table(heads, (one for tool in found["arguments"] for one in _arguments_of(tool, records)))
    _signatures(found["arguments"], records, sheet)
    _association(found["argument_outcome"], records, sheet)
    return sheet.sheet()


def _arguments_of(tool: Any, records: Records) -> list[Row]:
    name = named(tool.tool_name)
    if not tool.arguments:
        return [row(name, Cell("none", "muted"), "", "", "", "")]
    return [_argument(tool.tool_name, one, records) for one in tool.arguments]


def _argument(tool: str, one: Any, records: Records) -> Row:
    def behind() -> Sequence[Any]:
        return [call for call in records.by_tool.get(tool, []) if one.name in call.args]

    types = ", ".join(f"{kind} {amount}" if len(one.types) > 1 else kind for kind, amount in one.types)
    told = bar(one.share, "tool"), one.declared or fig.NONE, types, fig.count(one.distinct)
    return row(named(tool), named(one.name), *told, behind=behind)


def _signatures(tools: Sequence[Any], records: Records, sheet: SheetWriter) -> None:
    sheet.part("Use of the signatures, and sizes", "argument_profile", "complexity")
    heads = (
        words("tool"),
        number("calls", 80),
        number("missing", 75),
        number("unexpected", 70),
        number("optional used", 40),
        number("median size", 30),
        number("largest", 35),
        number("patterns", 20),
    )
    sheet.table(heads, (_signature(tool, records) for tool in tools))
    sheet.remark(*(tool.note for tool in tools))


def _signature(tool: Any, records: Records) -> Row:
    def behind() -> Sequence[Any]:
        calls = records.by_tool.get(tool.tool_name, [])
        return [call for call in calls if call.missing_args or call.unexpected_args] or calls

    used = map(fig.count, (tool.calls, tool.missing_calls, tool.unexpected_calls, tool.optional_calls))
    sizes = fig.size(tool.bytes_median), fig.size(tool.bytes_max), fig.count(tool.patterns.categories)
    return row(named(tool.tool_name), *used, *sizes, behind=behind)


def _association(found: Sequence[Any], records: Records, sheet: SheetWriter) -> None:
    sheet.part("Arguments that go with failed simulations (an association within tasks, no cause)", "argument_outcome")
    tested = [one for one in found if one.test.p is not None]
    if not tested:
        sheet.remark(found[0].note if found else "no arguments")
        return
    heads = (
        words("tool"),
        words("feature", 90),
        number("effect", 80),
        Head("interval", 60),
        number("p", 65),
        number("p adjusted", 70),
        number("n", 40),
    )
    rows = []
    for one in sorted(tested, key=lambda one: (one.test.p, one.tool_name, one.feature)):
        effect = fig.number(one.effect.value, 2), fig.number_range(one.effect)
        p = fig.p_value(one.test.p), fig.p_value(one.test.p_adj), fig.count(one.n)
        rows.append(row(named(one.tool_name), one.feature, *effect, *p, behind=records.calls_of(one.tool_name)))
    sheet.table(heads, rows)
    if len(found) > len(tested):
        left_out = fig.things(len(found) - len(tested), "feature")
        sheet.remark(f"{left_out} could not be tested: constant, or in one task only")


def results(found: dict[str, Any], records: Records) -> Sheet:
    """Say what the tools gave back."""
    sheet = SheetWriter("Results of tool calls", "result_profile")
    heads = (
        words("tool"),
        number("calls", 80),
        number("recorded", 40),
        words("types", 50),
        number("mean size", 60),
        number("largest", 65),
        number("distinct", 45),
        number("empty", 30),
        number("report errors", 35),
        number("cut", 20),
    )
    sheet.table(heads, (_result(one, records) for one in found["results"].tools))
    sheet.remark(found["results"].note)
    return sheet.sheet()


def _result(one: Any, records: Records) -> Row:
    def largest() -> Sequence[Any]:
        return sorted(records.by_tool.get(one.tool_name, []), key=lambda call: -(call.result_size or 0))

    types = ", ".join(name for name, _ in one.types)
    told = fig.count(one.calls), fig.count(one.recorded), types, fig.size(one.size.mean), fig.size(one.size.maximum)
    counts = map(fig.count, (one.distinct, one.empty, one.contain_errors, one.truncated))
    return row(named(one.tool_name), *told, *counts, behind=largest)


def state(found: dict[str, Any], records: Records) -> Sheet:
    """Say which tools changed the state, and what."""
    table = found["state"]
    sheet = SheetWriter("Changes of state", "state_changes")
    told = f"{table.looked_at:,} of {table.calls:,} calls were looked at"
    sheet.field("calls that changed", Cell(fig.count(table.changed), "strong"), told, behind=_changing(records))
    for trigger, amount in table.without_call:
        sheet.field(named(trigger), f"{fig.things(amount, 'change')} without a call")
    sheet.remark(table.note)
    heads = (
        words("tool"),
        Head("caller", 60),
        number("calls", 80),
        number("changed", 90),
        number("unchanged", 50),
        number("changed though failed", 40),
        number("simulations", 45),
    )
    writing = [one for one in table.tools if one.changed or one.failed_changes]
    rows = []
    for one in writing:
        counts = map(fig.count, (one.calls, one.changed, one.unchanged, one.failed_changes, one.simulations))
        rows.append(row(named(one.tool_name), one.requestor, *counts, behind=_changing(records, one.tool_name)))
    sheet.table(heads, rows)
    reading = len(table.tools) - len(writing)
    if reading:
        sheet.remark(f"{fig.things(reading, 'more tool' if writing else 'tool')} changed nothing")
    sheet.part("What was changed", "state_changes")
    places = (words("place"), Head("database", 60), number("changes", 90), number("simulations", 70))
    changed = []
    for one in table.places:
        counts = map(fig.count, (one.changes, one.simulations))
        changed.append(row(one.place or "(everything)", one.state_type, *counts))
    sheet.table(places, changed)
    return sheet.sheet()


def _changing(records: Records, tool: str | None = None) -> Any:
    def behind() -> Sequence[Any]:
        calls = records.run.calls if tool is None else records.by_tool.get(tool, [])
        return [call for call in calls if call.state_changed]

    return behind


def sensitive(found: dict[str, Any], records: Records) -> Sheet:
    """Say which personal data and secrets are among the arguments, masked."""
    table = found["sensitive"]
    sheet = SheetWriter("Sensitive data in arguments", "sensitive")
    told = f"in {table.calls:,} of {table.total_calls:,} calls"
    count = Cell(fig.count(table.count), "warning" if table.count else "strong")
    sheet.field("found", count, told, behind=lambda: [call for call in records.run.calls if call.sensitive])
    heads = (
        Head("kind"),
        words("tool", 80),
        words("argument", 70),
        words("example, masked", 50),
        number("found", 90),
        number("tasks", 40),
    )
    sheet.table(heads, (_sensitive(one, records) for one in table.rows))
    sheet.remark(table.note)
    return sheet.sheet()


def _sensitive(one: Any, records: Records) -> Row:
    def behind() -> Sequence[Any]:
        from tau2_tui.analysis.calls.sensitive import sensitive as found_in

        return [
            call
            for call in records.by_tool.get(one.tool, [])
            if any((each.kind, each.path) == (one.kind, one.path) for each in found_in([call]).rows)
        ]

    told = map(named, (one.kind, one.tool, one.path, one.masked))
    return row(*told, fig.count(one.count), fig.count(one.tasks), behind=behind)

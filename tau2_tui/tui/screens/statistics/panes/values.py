"""The panes ``arguments``, ``results`` and ``sensitive``: what went into calls, and what came back."""

from __future__ import annotations

from typing import Any

from tau2_tui.analysis.shared import figures as fig
from tau2_tui.tui.format.runs import Run
from tau2_tui.tui.screens.sheet.items import Head, Writer, line
from tau2_tui.tui.screens.sheet.plots import bar
from tau2_tui.tui.screens.statistics.evidence import Evidence


def arguments(section: dict[str, Any], evidence: Evidence, sheet: Writer) -> None:
    """Write what arguments are given, and which go with failure."""
    sheet.heading("Arguments", "argument_profile")
    if not section["arguments"]:
        sheet.remark("no tool calls")
        return
    heads = (
        Head("tool", shrinks=True),
        Head("argument", shrinks=True, importance=90),
        Head("given", right=True, importance=80),
        Head("", importance=10),
        Head("declared", importance=60),
        Head("types", shrinks=True, importance=50),
        Head("distinct", right=True, importance=55),
    )
    lines = []
    for tool in section["arguments"]:
        name = tool.tool_name
        if not tool.arguments:
            lines.append(line(name, Run("none", "muted"), "", "", "", "", ""))
        calls = evidence.by_tool.get(tool.tool_name, [])
        for one in tool.arguments:
            types = ", ".join(f"{kind} {amount}" if len(one.types) > 1 else kind for kind, amount in one.types)
            given = (fig.percent(one.share), Run(bar(one.share, 8), "tool"), one.declared or "-", types)
            behind = evidence.calls([call for call in calls if one.name in call.args])
            lines.append(line(name, one.name, *given, fig.count(one.distinct), subject=behind))
            name = ""
    sheet.grid(heads, lines)
    _schema(section["arguments"], evidence, sheet)
    _association(section["argument_outcome"], evidence, sheet)


def _schema(tools: Any, evidence: Evidence, sheet: Writer) -> None:
    sheet.heading("Use of the signatures, and sizes", "argument_profile", "complexity")
    heads = (
        Head("tool", shrinks=True),
        Head("calls", right=True, importance=80),
        Head("missing", right=True, importance=75),
        Head("unexpected", right=True, importance=70),
        Head("optional used", right=True, importance=40),
        Head("median", right=True, importance=30),
        Head("largest", right=True, importance=35),
        Head("patterns", right=True, importance=20),
    )
    lines = []
    for tool in tools:
        signature = (fig.count(tool.missing_calls), fig.count(tool.unexpected_calls), fig.count(tool.optional_calls))
        sizes = (fig.size(tool.bytes_median), fig.size(tool.bytes_max), fig.count(tool.patterns.categories))
        calls = evidence.by_tool.get(tool.tool_name, [])
        wrong = [call for call in calls if call.missing_args or call.unexpected_args]
        behind = evidence.calls(wrong or calls)
        lines.append(line(tool.tool_name, fig.count(tool.calls), *signature, *sizes, subject=behind))
    sheet.grid(heads, lines)
    sheet.remark(*(tool.note for tool in tools))


def _association(found: Any, evidence: Evidence, sheet: Writer) -> None:
    sheet.heading("Arguments that go with failed simulations (within tasks; no cause)", "argument_outcome")
    tested = [row for row in found if row.test.p is not None]
    if not tested:
        sheet.remark(found[0].note if found else "no arguments")
        return
    heads = (
        Head("tool", shrinks=True),
        Head("feature", shrinks=True, importance=90),
        Head("effect", right=True, importance=80),
        Head("interval", importance=60),
        Head("p", right=True, importance=65),
        Head("p adjusted", right=True, importance=70),
        Head("n", right=True, importance=40),
    )
    lines = []
    for row in tested:
        effect = (fig.number(row.effect.value, 2), fig.number_range(row.effect))
        p = (fig.p_value(row.test.p), fig.p_value(row.test.p_adj), fig.count(row.n))
        behind = evidence.calls(evidence.by_tool.get(row.tool_name, []))
        lines.append(line(row.tool_name, row.feature, *effect, *p, subject=behind))
    sheet.grid(heads, lines)
    if len(found) > len(tested):
        without = fig.things(len(found) - len(tested), "feature")
        sheet.remark(f"{without} could not be tested: constant, or in one task only")


def results(section: dict[str, Any], evidence: Evidence, sheet: Writer) -> None:
    """Write what the tools gave back."""
    profile = section["results"]
    sheet.heading("Results of tool calls", "result_profile")
    heads = (
        Head("tool", shrinks=True),
        Head("calls", right=True, importance=80),
        Head("recorded", right=True, importance=40),
        Head("types", shrinks=True, importance=50),
        Head("mean", right=True, importance=60),
        Head("largest", right=True, importance=65),
        Head("distinct", right=True, importance=45),
        Head("empty", right=True, importance=30),
        Head("report errors", right=True, importance=35),
        Head("cut", right=True, importance=20),
    )
    lines = []
    for row in profile.tools:
        sizes = (fig.size(row.size.mean), fig.size(row.size.maximum))
        counts = [fig.count(value) for value in (row.distinct, row.empty, row.contain_errors, row.truncated)]
        types = ", ".join(name for name, _ in row.types)
        own = evidence.by_tool.get(row.tool_name, [])
        largest = evidence.calls(sorted(own, key=lambda call: -(call.result_size or 0)))
        told = (fig.count(row.calls), fig.count(row.recorded), types, *sizes, *counts)
        lines.append(line(row.tool_name, *told, subject=largest))
    sheet.grid(heads, lines)
    sheet.remark(profile.note)


def sensitive(section: dict[str, Any], evidence: Evidence, sheet: Writer) -> None:
    """Write the personal data and secrets among the arguments, masked."""
    found = section["sensitive"]
    sheet.heading("Sensitive data in arguments", "sensitive")
    calls = [call for call in evidence.run.calls if call.sensitive]
    told = f"in {found.calls:,} of {found.total_calls:,} calls"
    sheet.field("found", Run(fig.count(found.count), "strong"), told, subject=evidence.calls(calls))
    heads = (
        Head("kind"),
        Head("tool", shrinks=True, importance=80),
        Head("argument", shrinks=True, importance=70),
        Head("example", shrinks=True, importance=50),
        Head("found", right=True, importance=90),
        Head("tasks", right=True, importance=40),
    )
    sheet.grid(
        heads,
        (
            line(
                *(str(text) for text in (one.kind, one.tool, one.path, one.masked)),
                fig.count(one.count),
                fig.count(one.tasks),
                subject=evidence.calls([call for call in calls if call.name == one.tool]),
            )
            for one in found.rows
        ),
    )
    sheet.remark(found.note)

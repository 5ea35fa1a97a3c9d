"""Detail of a tool call: its arguments against the tool's signature, its result or its error."""

from __future__ import annotations

from typing import Any

from tau2_tui.events import ToolExecutionEvent
from tau2_tui.events.codec import loads
from tau2_tui.tui.cells import pad, width
from tau2_tui.tui.format.changes import change_lines
from tau2_tui.tui.format.detail.layout import Context, Lines, fields, section
from tau2_tui.tui.format.detail.state import DATABASES
from tau2_tui.tui.format.json_lines import json_lines, scalar
from tau2_tui.tui.format.runs import Run, TextLine, line, one_line, runs_width, safe, safe_lines
from tau2_tui.tui.format.signatures import Parameter, Signature
from tau2_tui.tui.format.times import duration
from tau2_tui.tui.format.values import objects

_INLINE = 48
"""Cells of a value that stands on the line of its argument."""


def tool_execution(event: ToolExecutionEvent, context: Context) -> Lines:
    """Yield the lines of a tool call after its header."""
    signature = context.signatures.find(event.tool_name, event.requestor)
    yield line()
    kind = f"  {signature.tool_type}" if signature and signature.tool_type else ""
    who = "  called by the user" if event.requestor == "user" else ""
    yield line((one_line(event.tool_name or "unknown tool", 120), "heading"), (kind + who, "muted"))
    if signature and signature.description:
        yield line((signature.description, "muted"), indent=2)
    yield from _error(event)
    yield from section(f"Arguments ({len(event.tool_args)})")
    yield from _arguments(event, signature, context)
    if event.success or event.result is not None:
        yield from _result(event, context)
    yield from _effect(event, context)
    for hit in objects(event.sensitive_args)[:20]:
        parts = (one_line(hit.get(key) or "", 80) for key in ("kind", "path", "preview"))
        yield line(("§ ", "muted"), ("sensitive argument: " + "  ".join(parts), "muted"), indent=2)


def _error(event: ToolExecutionEvent) -> Lines:
    if event.success:
        return
    yield from section("Error")
    yield line((f"✗ {one_line(event.error_type or 'the tool failed', 80)}", "error"))
    yield from safe_lines(event.error_message or "", "error")
    for problem in event.validation_errors:
        yield line(("✗ ", "error"), safe(problem, 2_000), indent=2)


def _arguments(event: ToolExecutionEvent, signature: Signature | None, context: Context) -> Lines:
    parameters = {parameter.name: parameter for parameter in signature.parameters} if signature else {}
    missing = [str(name) for name in event.missing_args]
    missing += [name for name, known in parameters.items() if known.required and name not in event.tool_args]
    names = {str(name): one_line(name, 80) for name in [*event.tool_args, *dict.fromkeys(missing)]}
    column = min(24, max((width(name) for name in names.values()), default=0)) + 2
    for raw, name in names.items():
        label = Run(pad(name, column), "key")
        if raw not in event.tool_args:
            yield TextLine((label, Run("✗ missing", "error"), _about(parameters.get(raw))), column)
            continue
        unexpected = raw in event.unexpected_args or (signature is not None and raw not in parameters)
        note = Run("  ✗ not in the signature", "warning") if unexpected else _about(parameters.get(raw))
        yield from _argument(label, event.tool_args[raw], note, f"args/{raw}:", context, column)
    if not names:
        yield line(("none", "muted"))


def _argument(label: Run, value: Any, note: Run, root: str, context: Context, column: int) -> Lines:
    short = scalar(value)
    if not (isinstance(value, (dict, list)) and value) and runs_width(short) <= _INLINE:
        yield TextLine((label, *short, note), column)
        return
    yield TextLine((label, note))
    yield from json_lines(value, context.folds, root=root, indent=2)


def _about(parameter: Parameter | None) -> Run:
    if parameter is None:
        return Run("")
    return Run(f"  {parameter.kind}{'' if parameter.required else ', optional'}", "muted")


def _result(event: ToolExecutionEvent, context: Context) -> Lines:
    size = f", {event.result_size:,} bytes" if event.result_size else ""
    took = f", {duration(event.execution_time)}" if event.execution_time is not None else ""
    yield line()
    yield line(("Result", "heading"), (f"  {one_line(event.result_type or 'unknown', 40)}{size}{took}", "muted"))
    if event.result_truncated:
        yield line(("✂ cut when it was recorded", "warning"))
    if event.result_contains_errors:
        yield line(("! it reports an error though the tool did not fail", "warning"))
    value = event.result
    if isinstance(value, str):
        value = _parsed(value)
    if isinstance(value, str):
        yield from safe_lines(value)
    else:
        yield from json_lines(value, context.folds, root="result:")


def _parsed(text: str) -> Any:
    """Return the object or array that a text holds as JSON, the text itself when it holds none."""
    if text[:1] not in ("{", "["):
        return text
    try:
        value = loads(text.encode("utf-8", "surrogatepass"))
    except ValueError:
        return text
    return value if isinstance(value, (dict, list)) else text


def _effect(event: ToolExecutionEvent, context: Context) -> Lines:
    if event.state_changed is None:
        return
    if not event.state_changed:
        yield from section("Effect")
        yield line("no state changed")
        return
    for change in context.effects:
        yield from section(f"Changes in {DATABASES.get(change.state_type, one_line(change.state_type, 40))}")
        yield from change_lines(change.changes)
    if not context.effects:
        yield from section("Effect")
        yield line(("Δ ", "warning"), "the state changed; no state change event near by says how", indent=2)
    yield line()
    yield from fields(("state before", event.pre_state_hash), ("state after", event.post_state_hash))

"""Details of what is said: messages, calls of language models, reductions of their context."""

from __future__ import annotations

from typing import Any

from tau2_tui.events import ContextReductionEvent, LLMCallEvent, MessageEvent
from tau2_tui.tui.format.detail.layout import Context, Lines, fields, section
from tau2_tui.tui.format.json_lines import json_lines
from tau2_tui.tui.format.runs import Run, TextLine, line, one_line, safe, safe_lines
from tau2_tui.tui.format.times import duration
from tau2_tui.tui.format.values import as_dict, as_list, compact, count, money


def message(event: MessageEvent, context: Context) -> Lines:
    """Yield a message's text whole, and the tool calls that it asks for."""
    usage = as_dict(event.usage)
    yield from section(
        {"assistant": "Agent says", "user": "User says", "tool": "Tool result"}.get(event.role, "Message")
    )
    if event.content:
        yield from safe_lines(event.content)
    elif not event.tool_calls:
        yield line(("no text", "muted"))
    for number, call in enumerate(as_list(event.tool_calls)):
        yield from _asked(call, number, context)
    facts = (
        ("answers", event.tool_call_id),
        ("tokens", ", ".join(f"{one_line(key, 40)} {compact(value, 40)}" for key, value in usage.items())),
        ("cost", money(event.cost) if event.cost is not None else None),
        ("took", duration(event.generation_time) if event.generation_time is not None else None),
    )
    if any(value for _, value in facts):
        yield line()
        yield from fields(*facts)
    if event.raw_data:
        yield from section("Raw answer of the model")
        yield from json_lines(event.raw_data, context.folds, root="raw:", folded=True)


def _asked(call: Any, number: int, context: Context) -> Lines:
    known = as_dict(call)
    yield from section("Asks for")
    name, call_id = one_line(known.get("name") or "unknown tool", 120), one_line(known.get("id") or "", 80)
    yield line((name, "strong"), (f"  {call_id}", "muted"))
    arguments = known.get("arguments") if known else call
    yield from json_lines(arguments, context.folds, root=f"call{number}:")


def llm_call(event: LLMCallEvent, context: Context) -> Lines:
    """Yield tokens, time and price of a model call, or its error."""
    yield from section("Model call")
    yield from fields(
        ("model", event.model),
        ("for", event.purpose),
        ("prompt", None if event.prompt_tokens is None else count(event.prompt_tokens, "token")),
        ("answer", None if event.completion_tokens is None else count(event.completion_tokens, "token")),
        ("total", None if event.total_tokens is None else count(event.total_tokens, "token")),
        ("latency", duration(event.latency)),
        ("cost", money(event.cost)),
        ("cached", {True: "yes", False: "no"}.get(event.cached) if event.cached is not None else None),
        ("retries", event.retries),
    )
    if event.error is not None:
        yield from section("Error")
        yield line((f"✗ {one_line(event.error_type or 'error', 80)}", "error"))
        yield from safe_lines(event.error, "error")


def context_reduction(event: ContextReductionEvent, context: Context) -> Lines:
    """Yield what an agent left out of its model's context, and why."""
    yield from section("Context reduced")
    yield from fields(
        ("tokens", f"{event.original_tokens:,} → {event.reduced_tokens:,}"),
        ("strategy", event.strategy_used),
        ("of", event.context_type),
        ("because", event.trigger_reason),
        ("left out", ", ".join(str(index) for index in as_list(event.dropped_messages))),
    )
    for warning in as_list(event.warnings):
        yield TextLine((Run("! ", "warning"), Run(safe(warning, 2_000))), 2)

"""One line of the list for one event: its lane, its kind, what it says, and its badges."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, NamedTuple, TypeVar

from tau2_tui.events import (
    ContextReductionEvent,
    ExecutionEvent,
    LLMCallEvent,
    LogLevel,
    MessageEvent,
    RunEndEvent,
    RunStartEvent,
    SimulationEndEvent,
    SimulationStartEvent,
    StateChangeEvent,
    StateSnapshotEvent,
    TaskEvent,
    ToolExecutionEvent,
)
from tau2_tui.runlog.shortened import whole_length
from tau2_tui.tui.format.outcome import Verdict, outcome_of
from tau2_tui.tui.format.runs import one_line
from tau2_tui.tui.format.times import duration
from tau2_tui.tui.format.values import as_dict, as_list, call_text, compact, count, money, objects


class Lane(str, Enum):
    """Who acts. The values are the style tokens, too."""

    AGENT = "agent"
    USER = "user"
    TOOL = "tool"
    ENVIRONMENT = "environment"
    MODEL = "model"
    RUN = "run"

    @property
    def label(self) -> str:
        """The lane's name in the list, at most five characters."""
        return "env" if self is Lane.ENVIRONMENT else self.value


class Badge(Enum):
    """A mark on an event: a symbol for narrow terminals and a word for wide ones."""

    ERROR = ("✗", "error", "error")
    FAILED = ("✗", "failed", "error")
    PASSED = ("✓", "passed", "success")
    UNKNOWN = ("?", "not evaluated", "warning")
    CHANGED = ("Δ", "changed", "warning")
    WARNING = ("!", "warning", "warning")
    SENSITIVE = ("§", "sensitive", "muted")
    CUT = ("✂", "cut", "muted")
    HISTORY = ("◷", "history", "muted")

    def __init__(self, symbol: str, word: str, token: str) -> None:
        self.symbol = symbol
        self.word = word
        self.token = token


class Summary(NamedTuple):
    """What the list says of an event; all texts are safe.

    Attributes:
        lane: who acts.
        kind: what sort of event it is, at most eight characters.
        text: what it says.
        badges: what is to be noticed, the gravest first.
        delimits: it starts or ends a simulation or the run.
        quiet: it says little that its neighbours do not say.
    """

    lane: Lane
    kind: str
    text: str
    badges: tuple[Badge, ...] = ()
    delimits: bool = False
    quiet: bool = False


def summarise(event: ExecutionEvent) -> Summary:
    """Return the summary of any event, also of a type that is not known."""
    for cls, function in _SUMMARIES:
        if isinstance(event, cls):
            return function(event)
    return _generic(event)


def _generic(event: ExecutionEvent) -> Summary:
    name = event.event_type.removesuffix("Event")
    kind = one_line("note" if name == "Execution" else name.lower(), 8)
    text = event.message or compact(event.extra or event.metadata)
    return Summary(Lane.RUN, kind, one_line(text), _level_badges(event))


def _level_badges(event: ExecutionEvent) -> tuple[Badge, ...]:
    if event.level in (LogLevel.ERROR, LogLevel.CRITICAL):
        return (Badge.ERROR,)
    return (Badge.WARNING,) if event.level is LogLevel.WARNING else ()


def _run_start(event: RunStartEvent) -> Summary:
    parts = [event.domain or "run", models_text(event.config)]
    parts += [count(len(event.tools), "tool")] if event.tools else []
    return Summary(Lane.RUN, "header", one_line(" · ".join(part for part in parts if part)), delimits=True)


def models_text(config: dict[str, Any]) -> str:
    """Return agent and user of a run's configuration as ``agent MODEL, user MODEL``, as far as it names them."""
    roles = (("agent", "llm_agent", "agent_llm"), ("user", "llm_user", "user_llm"))
    named = []
    for role, *keys in roles:
        model = next((config[key] for key in keys if config.get(key)), None) or config.get(role)
        if model:
            named.append(f"{role} {one_line(model, 60)}")
    return ", ".join(named)


def _run_end(event: RunEndEvent) -> Summary:
    totals = ", ".join(f"{one_line(key, 40)} {compact(value, 40)}" for key, value in event.totals.items())
    took = f"after {duration(event.duration)}" if event.duration is not None else ""
    return Summary(Lane.RUN, "run end", one_line(" · ".join(x for x in (totals, took) if x)), delimits=True)


def _task(event: TaskEvent) -> Summary:
    description = as_dict(event.task.get("description")).get("purpose")
    scenario = as_dict(as_dict(event.task.get("user_scenario")).get("instructions")).get("reason_for_call")
    text = description or scenario or event.task.get("ticket") or compact(event.task)
    return Summary(Lane.RUN, "task", one_line(text))


def _simulation_start(event: SimulationStartEvent) -> Summary:
    agent = event.agent_llm or event.agent
    user = event.user_llm or event.user
    parts = [f"task {event.task_id}, trial {'?' if event.trial is None else event.trial}"]
    parts += [f"agent {agent}"] if agent else []
    parts += ["solo"] if event.solo_mode else [f"user {user}"] if user else []
    parts += [f"attempt {event.attempt}"] if event.attempt != 1 else []
    return Summary(Lane.RUN, "start", one_line(" · ".join(parts)), _level_badges(event), delimits=True)


def _simulation_end(event: SimulationEndEvent) -> Summary:
    outcome = outcome_of(event)
    reward = "no reward" if outcome.reward is None else f"reward {outcome.reward:g}"
    skipped = "skipped" if event.metadata.get("skipped") is True else ""
    failed = "failed: " + ", ".join(outcome.reasons) if outcome.reasons and not skipped else ""
    parts = [
        reward,
        skipped,
        failed,
        outcome.termination,
        duration(event.duration) if event.duration is not None else "",
    ]
    badge = {Verdict.PASSED: Badge.PASSED, Verdict.FAILED: Badge.FAILED}.get(outcome.verdict, Badge.UNKNOWN)
    return Summary(Lane.RUN, "end", one_line(" · ".join(part for part in parts if part)), (badge,), delimits=True)


_ROLE_LANES = {"assistant": Lane.AGENT, "user": Lane.USER, "tool": Lane.TOOL, "system": Lane.ENVIRONMENT}


def _message(event: MessageEvent) -> Summary:
    lane = _ROLE_LANES.get(event.role, Lane.RUN)
    calls = objects(event.tool_calls)
    said = [one_line(event.content)] if event.content else []
    said += [call_text(call.get("name"), call.get("arguments")) for call in calls]
    kind = "result" if lane is Lane.TOOL else "request" if calls else "message"
    badges = [Badge.ERROR] if event.error else list(_level_badges(event))
    badges += [Badge.HISTORY] if event.history else []
    text = one_line(" · ".join(said) or event.message or "(empty)")
    return Summary(lane, kind, text, tuple(badges), quiet=lane is Lane.TOOL and not badges)


def _llm_call(event: LLMCallEvent) -> Summary:
    parts = [event.purpose, event.model or "unknown model"]
    if event.error is not None:
        parts.append(f"{event.error_type or 'error'}: {event.error}")
    else:
        parts.append(f"{_number(event.prompt_tokens)} → {_number(event.completion_tokens)} tokens")
    parts.append(duration(event.latency))
    parts += [money(event.cost)] if event.cost is not None else []
    parts += ["cached"] if event.cached else []
    parts += [count(event.retries, "retry", "retries")] if event.retries else []
    badges = (Badge.ERROR,) if event.error is not None else _level_badges(event)
    return Summary(Lane.MODEL, "llm call", one_line(" · ".join(map(str, parts))), badges, quiet=not badges)


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:,}"


def _tool(event: ToolExecutionEvent) -> Summary:
    call = call_text(event.tool_name, event.tool_args)
    if event.success:
        said = compact(event.result) if event.result is not None else "nothing"
    else:
        said = one_line(event.error_message or event.error_type or "failed")
    badges = [] if event.success else [Badge.ERROR]
    if event.success and event.result_contains_errors:
        badges.append(Badge.WARNING)
    badges += [Badge.CHANGED] if event.state_changed else []
    badges += [Badge.SENSITIVE] if event.sensitive_args_detected else []
    badges += [Badge.CUT] if event.result_truncated else []
    lane = Lane.USER if event.requestor == "user" else Lane.TOOL
    return Summary(lane, "call", one_line(f"{call} → {said}"), tuple(badges))


def _state_change(event: StateChangeEvent) -> Summary:
    name = {"database": "database", "user_database": "user's database"}.get(event.state_type, event.state_type)
    text = event.state_diff or event.change_summary or event.message or "changed"
    number = whole_length(event.changes)
    counted = f"{name}, {count(number, 'change')}: " if number != 1 else f"{name}: "
    return Summary(Lane.ENVIRONMENT, "change", one_line(counted + text), (*_level_badges(event), Badge.CHANGED))


def _snapshot(event: StateSnapshotEvent) -> Summary:
    parts = [event.action_trigger.replace("_", " ", 1), f"state {(event.state_hash or 'unknown')[:12]}"]
    parts += [f"user {event.user_state_hash[:12]}"] if event.user_state_hash else []
    badges = _level_badges(event)
    return Summary(Lane.ENVIRONMENT, "snapshot", one_line(" · ".join(parts)), badges, quiet=not badges)


def _context(event: ContextReductionEvent) -> Summary:
    text = f"context {event.original_tokens:,} → {event.reduced_tokens:,} tokens · {event.strategy_used}"
    warned = [one_line(warning, 120) for warning in as_list(event.warnings)[:3]]
    badges = _level_badges(event) or ((Badge.WARNING,) if warned else ())
    return Summary(Lane.AGENT, "context", one_line(" · ".join([text, *warned])), badges)


EventType = TypeVar("EventType", bound=ExecutionEvent)


def _for(cls: type[EventType], function: Callable[[EventType], Summary]) -> tuple[type[Any], Callable[[Any], Summary]]:
    return cls, function


_SUMMARIES = (
    _for(MessageEvent, _message),
    _for(ToolExecutionEvent, _tool),
    _for(LLMCallEvent, _llm_call),
    _for(StateChangeEvent, _state_change),
    _for(StateSnapshotEvent, _snapshot),
    _for(SimulationStartEvent, _simulation_start),
    _for(SimulationEndEvent, _simulation_end),
    _for(ContextReductionEvent, _context),
    _for(TaskEvent, _task),
    _for(RunStartEvent, _run_start),
    _for(RunEndEvent, _run_end),
)

__all__ = ["Badge", "Lane", "Summary", "models_text", "summarise"]

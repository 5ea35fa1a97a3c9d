"""Every request that tau2-bench makes to a language model, seen at the one function they all go through.

``tau2.utils.llm_utils.completion`` is replaced while at least one recording is open, and put back after the last.
Who is calling is known from a context variable that the recorded simulation sets around its agent, its user and the
evaluation; a call from elsewhere passes through unrecorded.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.util
import threading
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from tau2_tui.events import LLMCallEvent
from tau2_tui.recording.http_requests import RequestCount, VisibleRequests, counting_requests
from tau2_tui.recording.messages import error_text
from tau2_tui.recording.specs import ModelChoice
from tau2_tui.recording.tau2_api import Tau2

EmitCall = Callable[[LLMCallEvent], None]


@dataclass
class Caller:
    """Who calls a model, and what came of it.

    Attributes:
        emit: takes the event of each call.
        purpose: agent, user, judge or unknown.
        calls: calls made.
        failed_attempts: calls in a row, up to now, that raised or came back empty.
        unpriced: whether a call was made whose price is not known.
        model: asked in place of the one that tau2 names; tau2's own when None.
    """

    emit: EmitCall
    purpose: str
    calls: int = 0
    failed_attempts: int = 0
    unpriced: bool = False
    model: ModelChoice | None = None


_caller: ContextVar[Caller | None] = ContextVar("tau2_tui_llm_caller", default=None)
_lock = threading.Lock()
_open_recordings = 0
_requests = VisibleRequests()


@contextlib.contextmanager
def calling_for(purpose: str, emit: EmitCall, model: ModelChoice | None = None) -> Iterator[Caller]:
    """Record model calls made inside, in this thread and context, under ``purpose``; ``model`` answers if given."""
    caller = Caller(emit, purpose, model=model)
    token = _caller.set(caller)
    try:
        yield caller
    finally:
        _caller.reset(token)


@contextlib.contextmanager
def model_calls_recorded(tau2: Tau2) -> Iterator[None]:
    """Keep the hook in place; any number of recordings may be open at once."""
    global _open_recordings
    module = tau2.llm_utils
    _import_what_threads_would()
    with _lock:
        if not hasattr(module.completion, "_tau2_tui_original"):
            module.completion = _recorded(module.completion, tau2.litellm)
        if _open_recordings == 0:
            _requests.open()
        _open_recordings += 1
    try:
        yield
    finally:
        with _lock:
            _open_recordings -= 1
            original = getattr(module.completion, "_tau2_tui_original", None)
            if _open_recordings == 0:
                _requests.close()
                if original is not None:
                    module.completion = original


@contextlib.contextmanager
def calls_watched(tau2: Tau2, watch: EmitCall) -> Iterator[None]:
    """Show ``watch`` the event of each model call made inside, before it is recorded, and also when none is."""
    caller = _caller.get()
    with model_calls_recorded(tau2):
        if caller is None:
            with calling_for("agent", watch):
                yield
            return
        emit = caller.emit

        def watched(event: LLMCallEvent) -> None:
            watch(event)
            emit(event)

        caller.emit = watched
        try:
            yield
        finally:
            caller.emit = emit


def _import_what_threads_would() -> None:
    """Import what openai's client looks up half-imported when several threads make their first calls at once."""
    if importlib.util.find_spec("httpx2") is not None:
        importlib.import_module("httpx2")


def _recorded(completion: Callable[..., Any], litellm: Any) -> Callable[..., Any]:
    @functools.wraps(completion)
    def recorded(*args: Any, **kwargs: Any) -> Any:
        caller = _caller.get()
        if caller is None:
            return completion(*args, **kwargs)
        if caller.model is not None:
            kwargs = {**kwargs, **caller.model.llm_args, "model": caller.model.llm}
        event = LLMCallEvent(
            model=str(kwargs.get("model", args[0] if args else "")),
            purpose=caller.purpose,
            source="llm",
        )
        caller.calls += 1
        start = time.perf_counter()
        with counting_requests() as requests:
            try:
                response = completion(*args, **kwargs)
            except BaseException as error:
                event.latency = time.perf_counter() - start
                _count_attempts(event, caller, requests)
                _fail(event, error)
                caller.failed_attempts += 1
                caller.emit(event)
                raise
        event.latency = time.perf_counter() - start
        _count_attempts(event, caller, requests)
        _describe(event, response, litellm)
        caller.failed_attempts = caller.failed_attempts + 1 if _is_empty(response) else 0
        caller.unpriced = caller.unpriced or event.cost is None
        caller.emit(event)
        return response

    recorded._tau2_tui_original = completion  # type: ignore[attr-defined]
    return recorded


def _count_attempts(event: LLMCallEvent, caller: Caller, requests: RequestCount) -> None:
    """Note the attempts before the last one: tau2's own, and those of the libraries below as far as they are seen."""
    event.retries = caller.failed_attempts + max(requests.seen - 1, 0)
    if requests.seen:
        event.metadata["http_requests"] = requests.seen


def _fail(event: LLMCallEvent, error: BaseException) -> None:
    event.error, event.error_type = error_text(error), type(error).__name__
    event.__post_init__()
    event.message = f"{event.model} failed: {event.error_type}"


def _describe(event: LLMCallEvent, response: Any, litellm: Any) -> None:
    usage = getattr(response, "usage", None)
    for name in ("prompt_tokens", "completion_tokens", "total_tokens"):
        count = getattr(usage, name, None)
        setattr(event, name, count if isinstance(count, int) else None)
    hidden = getattr(response, "_hidden_params", None) or {}
    cache_hit = hidden.get("cache_hit")
    event.cached = bool(cache_hit) if cache_hit is not None else None
    event.cost = price_of(response, event.model, litellm)
    event.message = f"{event.model} answered {event.purpose}"


def price_of(response: Any, model: str, litellm: Any) -> float | None:
    """Return what an answer cost in US dollars; None when litellm does not know the model's price.

    Args:
        response: the answer, which names the model without its provider.
        model: the model as it was asked for.
        litellm: the module.
    """
    for names in ({}, {"model": model}):
        try:
            cost = float(litellm.completion_cost(completion_response=response, **names))
        except Exception:  # litellm raises many types for "unknown", none of them stable
            continue
        return cost if cost > 0 or _is_free(response, model, litellm) else None
    return None


def _is_free(response: Any, model: str, litellm: Any) -> bool:
    """Return whether the price list itself says that the model costs nothing."""
    name = str(getattr(response, "model", "") or "")
    provider = (getattr(response, "_hidden_params", None) or {}).get("custom_llm_provider")
    for key in (name, model, f"{provider}/{name}"):
        prices = litellm.model_cost.get(key)
        if isinstance(prices, dict) and "input_cost_per_token" in prices:
            return not prices["input_cost_per_token"] and not prices.get("output_cost_per_token")
    return False


def _is_empty(response: Any) -> bool:
    try:
        message = response.choices[0].message
    except (AttributeError, IndexError, TypeError):
        return True
    return not (message.content or "").strip() and not message.tool_calls

"""Watches one environment: each call with its time, outcome and effect on both databases."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from tau2_tui.events import ExecutionEvent, LogLevel, StateChangeEvent, StateSnapshotEvent, ToolExecutionEvent
from tau2_tui.events.changes import Change
from tau2_tui.recording.databases import DATABASE, USER_DATABASE, StateDelta, StateFingerprint, StateHashes
from tau2_tui.recording.messages import error_text, first_line
from tau2_tui.recording.results import describe_result
from tau2_tui.recording.tool_facts import ToolFacts, facts_of

SnapshotMode = Literal["changes", "all", "full"]
"""When the state is looked at and noted.

``changes``: after every call that may write; notes at start, end, errors and after each call that changed something.
``all``: before and after every call, reads included. ``full``: as ``changes``, with the databases' whole content.
"""

MAX_RESULT_BYTES = 1 << 20
"""Results of more bytes of JSON are cut, unless told otherwise."""

SYNC_TOOLS = "sync_tools"
UNTRACKED = "untracked"
"""Trigger of a change that no recorded call explains."""

_SOURCE = "environment"


class EventSink(Protocol):
    """Takes an environment's events and knows where they belong."""

    def emit(self, event: ExecutionEvent) -> None:
        """Write an event, or raise ``LogWriteError``."""

    def call_turn_idx(self) -> int | None:
        """Return the index in the conversation of the message that made the call under way."""


@dataclass
class _Call:
    """A tool call under way, and what is learned of it."""

    name: str
    requestor: str
    arguments: dict[str, Any]
    call_id: str | None
    facts: ToolFacts
    before: StateFingerprint
    turn_idx: int | None
    entered: bool = False
    finished: bool = False
    execution_time: float | None = None
    result: Any = None
    error: BaseException | None = None
    sync_error: BaseException | None = None
    deltas: list[tuple[str, StateDelta]] = field(default_factory=list)
    observer_error: Exception | None = None


class CallObserver:
    """Watches one environment from the moment it is made; one thread at a time.

    Args:
        environment: the environment.
        sink: takes the events.
        syncs: the environment carries state from one toolkit to the other after a call.
        snapshots: how often to look.
        max_result_bytes: longer results are cut.
        baseline: what the databases hold now, when that is known already.
    """

    def __init__(
        self,
        environment: Any,
        sink: EventSink,
        *,
        syncs: bool = True,
        snapshots: SnapshotMode = "changes",
        max_result_bytes: int = MAX_RESULT_BYTES,
        baseline: StateFingerprint | None = None,
    ) -> None:
        self._environment = environment
        self._sink = sink
        self._mode = snapshots
        self._max_result_bytes = max_result_bytes
        self._syncs = syncs
        self._pristine = baseline is not None and not syncs
        self._state = baseline if baseline is not None else StateFingerprint.of(environment)
        self._repeating = 0
        self._call: _Call | None = None
        self.on_state_set: Callable[[StateDelta], None] | None = None
        self.tool_calls = 0
        self.tool_errors = 0
        self.state_changes = 0

    def __deepcopy__(self, memo: dict[int, Any]) -> None:
        """Return None: a copy of the environment is not recorded."""

    @property
    def sink(self) -> EventSink:
        """What takes the events."""
        return self._sink

    @property
    def hashes(self) -> StateHashes:
        """Hashes of both databases when they were last looked at."""
        return self._state.hashes

    @property
    def state(self) -> StateFingerprint:
        """What both databases held when they were last looked at."""
        return self._state

    def look(self) -> StateDelta:
        """Look at both databases now and return what differs from the last look."""
        previous = self._state
        self._state = StateFingerprint.of(self._environment, previous)
        return previous.delta_to(self._state)

    @property
    def calling(self) -> str | None:
        """Name of the tool that is being called now."""
        return self._call.name if self._call is not None else None

    def look_for_untracked(self) -> None:
        """Look once more, and record changes that no call explains."""
        self.record_changes(UNTRACKED, self.look())

    def record_changes(self, trigger: str, delta: StateDelta) -> None:
        """Record what changed between calls."""
        self._emit_changes(trigger, delta, None, None)

    def snapshot(self, trigger: str, metadata: Mapping[str, Any] | None = None, turn_idx: int | None = None) -> None:
        """Record the state as it was last looked at."""
        hashes = self._state.hashes
        self._sink.emit(
            StateSnapshotEvent(
                action_trigger=trigger,
                state_hash=hashes.database,
                user_state_hash=hashes.user_database,
                state=self._state.content() if self._mode == "full" else None,
                metadata=dict(metadata or {}),
                turn_idx=turn_idx,
                level=LogLevel.DEBUG,
                source=_SOURCE,
                message=f"state: {trigger}",
            )
        )

    # Hooks: each is called in place of the environment's method, with the method as ``inner``

    def set_state(self, inner: Callable[[], Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Let the state be set; calls repeated from a history are not recorded."""
        self._repeating += 1
        try:
            answer = inner()
        finally:
            self._repeating -= 1
        if not self._repeating:
            unchanged = self._pristine and not any([*args, *kwargs.values()])
            delta = self._state.delta_to(self._state) if unchanged else self.look()
            self._pristine = False
            if self.on_state_set is not None:
                self.on_state_set(delta)
        return answer

    def get_response(self, inner: Callable[[], Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Answer a tool call and record it."""
        if self._repeating or self._call is not None:
            return inner()
        call = self._call = self._begin(args[0] if args else kwargs["message"])
        answer = None
        try:
            answer = inner()
        except BaseException as error:
            call.error = call.error or error
            raise
        finally:
            self._call = None
            self._end(call, answer)
        return answer

    def make_tool_call(self, inner: Callable[[], Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run the tool and take its time, outcome and effect.

        This runs where tau2 turns every exception into the tool's error: a failure of the observer itself is kept for
        later.
        """
        call = self._call
        if call is None or call.entered or self._repeating:
            return inner()
        call.entered = True
        start = time.perf_counter()
        try:
            call.result = inner()
        except BaseException as error:
            call.error = error
            raise
        finally:
            call.execution_time = time.perf_counter() - start
            call.finished = True
            if self._syncs and self._should_look(call):
                self._look_during(call, call.name)
        return call.result

    def sync_tools(self, inner: Callable[[], Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Let one database follow the other; between calls, record what that changed."""
        call = self._call
        if self._repeating:
            return inner()
        if call is None:
            answer = inner()
            self.record_changes(SYNC_TOOLS, self.look())
            return answer
        try:
            return inner()
        except BaseException as error:
            if call.finished and call.error is None:
                call.sync_error = error
            raise

    # One call

    def _begin(self, message: Any) -> _Call:
        call = _Call(
            name=message.name,
            requestor=message.requestor,
            arguments=_copied(message.arguments),
            call_id=message.id,
            facts=facts_of(self._environment, message.name, message.requestor),
            before=self._state,
            turn_idx=self._sink.call_turn_idx(),
        )
        if self._mode == "all":
            self.snapshot(f"before_{call.name}", turn_idx=call.turn_idx)
        return call

    def _end(self, call: _Call, answer: Any) -> None:
        if call.observer_error is not None:
            raise call.observer_error
        if call.error is None and call.sync_error is None and getattr(answer, "error", False) and not call.entered:
            text = str(answer.content or "")
            call.error = TypeError(text.removeprefix("Error: "))  # arguments that no call can be made with
        looked = self._syncs or self._should_look(call)
        if looked:
            delta = self.look()
            if delta:
                call.deltas.append((SYNC_TOOLS if self._syncs and call.error is None else call.name, delta))
        self.tool_calls += 1
        self.tool_errors += call.error is not None or call.sync_error is not None
        self._sink.emit(self._tool_event(call, looked))
        for trigger, delta in call.deltas:
            self._emit_changes(trigger, delta, call.call_id, call.turn_idx)
        if call.error is not None or call.sync_error is not None:
            self.snapshot("error", turn_idx=call.turn_idx)
        elif call.deltas or self._mode == "all":
            self.snapshot(f"after_{call.name}", turn_idx=call.turn_idx)

    def _should_look(self, call: _Call) -> bool:
        return call.facts.may_write or call.error is not None or call.sync_error is not None or self._mode == "all"

    def _look_during(self, call: _Call, trigger: str) -> None:
        try:
            delta = self.look()
        except Exception as error:
            call.observer_error = error  # raised again when tau2 no longer takes it for the tool's
            return
        if delta:
            call.deltas.append((trigger, delta))

    def _tool_event(self, call: _Call, looked: bool) -> ToolExecutionEvent:
        error = call.error or call.sync_error
        said = error_text(error) if error is not None else None
        own = USER_DATABASE if call.requestor == "user" else DATABASE
        before, after = call.before.hashes, self._state.hashes
        described = {} if error is not None else describe_result(call.result, self._max_result_bytes)
        return ToolExecutionEvent(
            tool_name=call.name,
            tool_args=call.arguments,
            tool_call_id=call.call_id,
            execution_time=call.execution_time,
            success=error is None,
            error_message=said,
            error_type=type(error).__name__ if error is not None else None,
            requestor=call.requestor,
            state_changed=bool(call.deltas) if looked else None,
            pre_state_hash=getattr(before, own) if looked else None,
            post_state_hash=getattr(after, own) if looked else None,
            validation_errors=_validation_errors(error),
            turn_idx=call.turn_idx,
            source=_SOURCE,
            message=f"{call.name} {'succeeded' if said is None else f'failed: {first_line(said)}'}",
            metadata={"failed_in": SYNC_TOOLS} if call.error is None and call.sync_error is not None else {},
            **call.facts.argument_names(call.arguments),
            **described,
        )

    def _emit_changes(self, trigger: str, delta: StateDelta, call_id: str | None, turn_idx: int | None) -> None:
        for state_type, changes in delta.changes.items():
            self.state_changes += 1
            self._sink.emit(_change_event(trigger, state_type, delta, changes, call_id, turn_idx))


def _change_event(
    trigger: str,
    state_type: str,
    delta: StateDelta,
    changes: list[Change],
    call_id: str | None,
    turn_idx: int | None,
) -> StateChangeEvent:
    event = StateChangeEvent(
        state_type=state_type,
        action_trigger=trigger,
        pre_state_hash=getattr(delta.before, state_type),
        post_state_hash=getattr(delta.after, state_type),
        changes=changes,
        tool_call_id=call_id,
        turn_idx=turn_idx,
        level=LogLevel.WARNING if trigger == UNTRACKED else LogLevel.INFO,
        source=_SOURCE,
    )
    event.message = event.change_summary
    return event


def _copied(value: Any) -> Any:
    """Return a copy of a call's arguments, which a tool may change: JSON values, as a rule."""
    if type(value) is dict:
        return {key: _copied(item) for key, item in value.items()}
    if type(value) is list:
        return [_copied(item) for item in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else copy.deepcopy(value)


def _validation_errors(error: BaseException | None) -> list[str]:
    """Return one text for each argument that pydantic refused; empty for any other error."""
    listed = getattr(error, "errors", None)
    if error is None or type(error).__name__ != "ValidationError" or not callable(listed):
        return []
    return [f"{'.'.join(str(part) for part in item.get('loc', ()))}: {item.get('msg', '')}" for item in listed()]

"""An environment in which recorded calls are made again, and what each of them does."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from tau2_tui.events import ExecutionEvent, StateChangeEvent, ToolExecutionEvent
from tau2_tui.recording.call_observer import CallObserver, SnapshotMode
from tau2_tui.recording.databases import StateDelta, StateFingerprint
from tau2_tui.recording.environment import LoggingEnvironment, observer_of, stop_recording
from tau2_tui.recording.gold import set_initial_state
from tau2_tui.recording.messages import error_line, error_text
from tau2_tui.recording.replay.answers import Answer
from tau2_tui.recording.tau2_api import Tau2
from tau2_tui.recording.tool_facts import ToolFacts, facts_of

_CALCULATOR, _POWER = "calculate", "**"
"""A tool of tau2's that evaluates what it is given, and what no limit of time can interrupt."""


@dataclass(frozen=True)
class ReplayedCall:
    """What came of a call that was made again.

    Attributes:
        answer: what it gave back; None when it was not made.
        problem: why it was not.
        facts: what the installed tau2 says of the tool.
        before: the events that the recorder writes before the call's own.
        event: the call's own event, None when it was not made.
        after: the events that it writes after it: changes and snapshots.
    """

    answer: Answer | None
    problem: str
    facts: ToolFacts
    before: tuple[ExecutionEvent, ...] = ()
    event: ToolExecutionEvent | None = None
    after: tuple[ExecutionEvent, ...] = ()

    @property
    def changes(self) -> list[StateChangeEvent]:
        """The changes that it made."""
        return [event for event in self.after if isinstance(event, StateChangeEvent)]


class _Sink:
    """Keeps the events of the environment until they are taken."""

    def __init__(self) -> None:
        self.turn_idx: int | None = None
        self._events: list[ExecutionEvent] = []

    def emit(self, event: ExecutionEvent) -> None:
        self._events.append(event)

    def call_turn_idx(self) -> int | None:
        return self.turn_idx

    def take(self) -> list[ExecutionEvent]:
        taken, self._events = self._events, []
        return taken


class ReplayEnvironment:
    """Makes calls in an environment of its own, observed as a recording observes them.

    Args:
        tau2: the installed tau2-bench.
        environment: a new environment; it is let go of by :meth:`close`.
        baseline: what its databases hold, when that is known already.
        snapshots: how often the state is looked at.
    """

    def __init__(
        self, tau2: Tau2, environment: Any, *, baseline: StateFingerprint | None, snapshots: SnapshotMode
    ) -> None:
        self._tau2 = tau2
        self._sink = _Sink()
        self._environment = environment
        LoggingEnvironment(environment, sink=self._sink, snapshots=snapshots, baseline=baseline)
        self.observer: CallObserver = observer_of(environment)
        self.initial: StateFingerprint | None = None
        self._initialization = StateDelta(self.observer.hashes, self.observer.hashes)

    def initialize(self, task: Any) -> None:
        """Set the initial state of a task, as the orchestrator does; None for the domain's own.

        Raises:
            Exception: whatever the domain's own code raises.
        """
        self.observer.on_state_set = self._state_set
        set_initial_state(self._environment, task)

    def _state_set(self, delta: StateDelta) -> None:
        self.initial = self.observer.state
        self._initialization = delta

    def start(self) -> list[ExecutionEvent]:
        """Return the events that the recorder writes after a simulation's first."""
        found = self._initialization
        self.observer.snapshot("simulation_start", metadata={"initialization": found.changes} if found else None)
        return self._sink.take()

    def call(self, recorded: ToolExecutionEvent) -> ReplayedCall:
        """Make a recorded call again."""
        facts = facts_of(self._environment, recorded.tool_name, recorded.requestor)
        if recorded.tool_name == _CALCULATOR and _POWER in str(recorded.tool_args):
            return ReplayedCall(None, "a power may take for ever to compute", facts)
        try:
            call = self._tau2.tool_call(
                recorded.tool_call_id or "", recorded.tool_name, copy.deepcopy(recorded.tool_args), recorded.requestor
            )
        except (ValueError, TypeError, RecursionError) as error:
            return ReplayedCall(None, f"{self._tau2.name} does not take it for a call: {error_line(error)}", facts)
        self._sink.turn_idx = recorded.turn_idx
        try:
            message = self._environment.get_response(call)
            answer = Answer(message.content, bool(message.error))
        except Exception as error:  # what tau2 does not turn into a tool's error would have ended the simulation
            answer = Answer(f"{type(error).__name__}: {error_text(error)}", True)
        return _arranged(answer, facts, self._sink.take())

    def sync(self) -> list[ExecutionEvent]:
        """Let one database follow the other, as after each step; return what that changed."""
        self._environment.sync_tools()
        return self._sink.take()

    def end(self) -> list[ExecutionEvent]:
        """Return the events that the recorder writes at the end of a conversation."""
        self.observer.look_for_untracked()
        self.observer.snapshot("simulation_end")
        return self._sink.take()

    def close(self) -> None:
        """Let go of the environment."""
        stop_recording(self._environment)


def _arranged(answer: Answer, facts: ToolFacts, events: list[ExecutionEvent]) -> ReplayedCall:
    """Return a call with its events before and after its own."""
    for place, event in enumerate(events):
        if isinstance(event, ToolExecutionEvent):
            return ReplayedCall(answer, "", facts, tuple(events[:place]), event, tuple(events[place + 1 :]))
    return ReplayedCall(answer, "", facts, tuple(events))

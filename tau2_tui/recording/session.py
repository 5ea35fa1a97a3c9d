"""One simulation being recorded: its orchestrator is instrumented, and only that one."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tau2_tui.events import (
    ContextReductionEvent,
    ExecutionEvent,
    LLMCallEvent,
    LogLevel,
    MessageEvent,
    SimulationStartEvent,
    ToolExecutionEvent,
)
from tau2_tui.recording.agents.noisy_oracle import MistakeMarks, marks_of
from tau2_tui.recording.call_observer import MAX_RESULT_BYTES, CallObserver, EventSink, SnapshotMode
from tau2_tui.recording.databases import StateDelta, StateFingerprint, StateHashes
from tau2_tui.recording.environment import LoggingEnvironment, observer_of, stop_recording, take_over
from tau2_tui.recording.event_writer import EventWriter
from tau2_tui.recording.llm_calls import calling_for
from tau2_tui.recording.messages import message_events
from tau2_tui.recording.reporting import Reporter, reporting_to
from tau2_tui.recording.specs import ModelChoice
from tau2_tui.recording.spending import Spending
from tau2_tui.recording.stopping import StopSwitch


class RecordingStopped(BaseException):
    """The run was told to stop: raised inside a simulation at its next step, or its next event.

    Not an ``Exception``, so that tau2 does not take it for a tool's failure.
    """


@dataclass(frozen=True)
class SimulationIdentity:
    """Where the events of one simulation belong, and how it is set up."""

    simulation_id: str
    task_id: str
    trial: int
    domain: str
    seed: int | None = None
    agent: str = ""
    agent_llm: str | None = None
    user: str = ""
    user_llm: str | None = None
    solo_mode: bool = False
    attempt: int = 1
    repeats: str | None = None
    """Id of the simulation of the same task and trial in whose place this one counts."""


def start_of(identity: SimulationIdentity, hashes: StateHashes) -> SimulationStartEvent:
    """Return the first event of a simulation."""
    return SimulationStartEvent(
        simulation_id=identity.simulation_id,
        task_id=identity.task_id,
        trial=identity.trial,
        domain=identity.domain,
        seed=identity.seed,
        agent=identity.agent,
        agent_llm=identity.agent_llm,
        user=identity.user,
        user_llm=identity.user_llm,
        solo_mode=identity.solo_mode,
        attempt=identity.attempt,
        state_hash=hashes.database,
        user_state_hash=hashes.user_database,
        source="recorder",
        message=f"task {identity.task_id}, trial {identity.trial}",
        metadata={"repeats": identity.repeats} if identity.repeats is not None else {},
    )


EventWatch = Callable[[SimulationIdentity, ExecutionEvent], None]


@dataclass(frozen=True)
class _Generated:
    """A message that an agent or user made: how long that took, and whether its price is unknown."""

    message: Any
    seconds: float
    unpriced: bool


class _BothSinks:
    """Takes the events of an environment that has a log of its own into both: the run's, and that one."""

    def __init__(self, session: EventSink, own_log: EventSink) -> None:
        self._session = session
        self._own_log = own_log

    def emit(self, event: ExecutionEvent) -> None:
        """Write the event twice; the run's log says where it belongs."""
        self._session.emit(event)
        self._own_log.emit(copy.copy(event))

    def call_turn_idx(self) -> int | None:
        """Return what the run knows of the conversation."""
        return self._session.call_turn_idx()


class SimulationSession:
    """Follows one orchestrator from before its first step to its end.

    Args:
        identity: written into every event.
        logger: takes the events.
        snapshots: how often the state is looked at.
        max_result_bytes: longer tool results are cut.
        stop: when set, the next step raises ``RecordingStopped``; when told to stop at once, the next event does.
        watch: is told of each event that was written.
    """

    def __init__(
        self,
        identity: SimulationIdentity,
        logger: EventWriter,
        *,
        snapshots: SnapshotMode = "changes",
        max_result_bytes: int = MAX_RESULT_BYTES,
        stop: StopSwitch | None = None,
        watch: EventWatch | None = None,
    ) -> None:
        self.identity = identity
        self._logger = logger
        self._snapshots = snapshots
        self._max_result_bytes = max_result_bytes
        self._stop = stop
        self._watch = watch
        self._orchestrator: Any = None
        self._started = False
        self._logged_messages = 0
        self._history_length = 0
        self._generated: dict[int, _Generated] = {}
        self._instruments: list[tuple[Any, str]] = []
        self._notices: list[str] = []
        self.observer: CallObserver | None = None
        self.initial_state: StateFingerprint | None = None
        self.unpriced: set[str] = set()
        self.spending: dict[str, Spending] = {}
        self.mistakes: list[dict[str, Any]] | None = None
        self._marks: MistakeMarks | None = None

    # Events

    def emit(self, event: ExecutionEvent) -> None:
        """Write an event of this simulation.

        Raises:
            LogWriteError: it cannot be written.
            RecordingStopped: the run was told to stop at once.
        """
        if self._stop is not None and self._stop.at_once:
            raise RecordingStopped
        event.simulation_id = self.identity.simulation_id
        event.task_id = self.identity.task_id
        event.trial = self.identity.trial
        if self._marks is not None and isinstance(event, ToolExecutionEvent):
            mistake = self._marks.of_call(event.tool_call_id)
            if mistake is not None:
                event.metadata["mistake"] = mistake
        self._logger.log_event(event)
        if isinstance(event, LLMCallEvent):
            sums = self.spending.get(event.purpose, Spending())
            self.spending[event.purpose] = sums + Spending.of_call(event)
        if self._watch is not None:
            self._watch(self.identity, event)

    def call_turn_idx(self) -> int | None:
        """Return the index in the conversation of the message that made the tool call under way."""
        return len(self._orchestrator.trajectory) - 1

    def emit_start(self) -> None:
        """Write the simulation's first event, once."""
        if self._started:
            return
        self._started = True
        self.emit(start_of(self.identity, self.observer.hashes if self.observer is not None else StateHashes()))
        for notice in self._notices:
            self.emit(ExecutionEvent(level=LogLevel.WARNING, source="recorder", message=notice))

    # Instrumentation

    def instrument(self, orchestrator: Any, baseline: StateFingerprint | None = None) -> None:
        """Watch an orchestrator that was built and not yet run.

        Args:
            orchestrator: tau2's orchestrator.
            baseline: what its environment's databases hold, when that is known already.
        """
        self._orchestrator = orchestrator
        self._marks = marks_of(orchestrator.agent)
        self.mistakes = None if self._marks is None else []
        start = orchestrator.task.initial_state
        self._history_length = len((start.message_history if start is not None else None) or [])
        environment = orchestrator.environment
        own_log = take_over(environment)
        LoggingEnvironment(
            environment,
            sink=self if own_log is None else _BothSinks(self, own_log),
            snapshots=self._snapshots,
            max_result_bytes=self._max_result_bytes,
            baseline=baseline,
        )
        self.observer = observer_of(environment)
        self.observer.on_state_set = self._state_set
        for name in ("initialize", "step"):
            self._replace(orchestrator, name, self._then_log_messages(getattr(orchestrator, name)))
        for participant, purpose in ((orchestrator.agent, "agent"), (orchestrator.user, "user")):
            name = "generate_next_message"
            self._replace(participant, name, self._generating(getattr(participant, name), purpose))

    def _replace(self, owner: Any, name: str, method: Callable[..., Any]) -> None:
        """Put a method on one instance; whoever has no place for one is left as it is, and the log says so."""
        try:
            object.__setattr__(owner, name, method)
        except AttributeError:
            self._notices.append(f"{type(owner).__name__}.{name} cannot be watched: the instance takes no attributes")
        else:
            self._instruments.append((owner, name))

    def run(self) -> Any:
        """Run the conversation and return tau2's ``SimulationRun``, with this session's id and trial."""
        with calling_for("judge", self._emit_call):
            simulation = self._orchestrator.run()
        simulation.id = self.identity.simulation_id
        simulation.trial = self.identity.trial
        observer = self._observer()
        observer.look_for_untracked()
        observer.snapshot("simulation_end")
        return simulation

    def evaluate(self, evaluation: Callable[[], Any], judge: ModelChoice | None = None) -> Any:
        """Return what ``evaluation`` returns, its model calls recorded as the judge's, after the conversation."""
        with calling_for("judge", self.emit, judge):
            return evaluation()

    def emit_last_messages(self) -> None:
        """Write what a step that failed left behind, and a message that tau2 refused to take into the conversation."""
        if self._orchestrator is None:
            return
        self._log_new_messages()
        for generated in self._generated.values():
            for event in message_events(generated.message, self._logged_messages):
                event.level = LogLevel.WARNING
                event.metadata = {"in_conversation": False}
                event.message = "refused by tau2, not part of the conversation"
                self.emit(event)

    def let_go(self) -> None:
        """Take the instruments off the orchestrator and drop it: its memory is free at once, without a collection."""
        if self._orchestrator is not None:
            stop_recording(self._orchestrator.environment)
            for owner, name in self._instruments:
                owner.__dict__.pop(name, None)
        self._instruments.clear()
        self._orchestrator = None
        self._marks = None
        self.observer = None
        self.initial_state = None
        self._generated.clear()

    def _observer(self) -> CallObserver:
        assert self.observer is not None, "instrument() comes first"
        return self.observer

    def _state_set(self, delta: StateDelta) -> None:
        observer = self._observer()
        if self._started:
            observer.record_changes("set_state", delta)
            return
        self.initial_state = observer.state
        self.emit_start()
        observer.snapshot("simulation_start", metadata={"initialization": delta.changes} if delta else None)

    def _then_log_messages(self, method: Callable[[], Any]) -> Callable[[], Any]:
        def recorded() -> Any:
            if self._stop is not None and self._stop.is_set:
                raise RecordingStopped
            answer = method()
            self._log_new_messages()
            return answer

        return recorded

    def _generating(self, method: Callable[..., Any], purpose: str) -> Callable[..., Any]:
        def recorded(*args: Any, **kwargs: Any) -> Any:
            start = time.perf_counter()
            reporter = Reporter(self._emit_report, self._pause)
            with calling_for(purpose, self._emit_call) as caller, reporting_to(reporter):
                answer = method(*args, **kwargs)
            elapsed = time.perf_counter() - start
            if caller.unpriced:
                self.unpriced.add(purpose)
            message = answer[0]
            self._generated[id(message)] = _Generated(message, elapsed, caller.unpriced)
            return answer

        return recorded

    def _emit_call(self, event: LLMCallEvent) -> None:
        length = len(self._orchestrator.trajectory)
        event.turn_idx = length - 1 if event.purpose == "judge" else length  # a judge looks back
        tool = self._observer().calling
        if tool is not None:
            event.purpose = "unknown"
            event.metadata["tool"] = tool
        self.emit(event)

    def _emit_report(self, event: ExecutionEvent, about: Sequence[Any]) -> None:
        """Write what an agent reports, at the message that it is making."""
        trajectory = self._orchestrator.trajectory
        event.turn_idx = len(trajectory)
        if isinstance(event, ContextReductionEvent):
            places = {id(message): index for index, message in enumerate(trajectory)}
            if all(id(message) in places for message in about):
                event.dropped_messages = [places[id(message)] for message in about]
        self.emit(event)

    def _pause(self, seconds: float) -> None:
        if self._stop is None:
            time.sleep(seconds)
        elif self._stop.wait(seconds):
            raise RecordingStopped

    def _log_new_messages(self) -> None:
        trajectory = self._orchestrator.trajectory
        for index in range(self._logged_messages, len(trajectory)):
            message = trajectory[index]
            generated = self._generated.pop(id(message), None)
            for event in message_events(message, index):
                event.history = index < self._history_length
                self._mark_message(event, message)
                if generated is not None:
                    event.generation_time = generated.seconds
                    event.cost = None if generated.unpriced else event.cost
                elif event.role != "tool" and not event.history:
                    event.source = "orchestrator"  # the greeting that opens every conversation
                self.emit(event)
        self._logged_messages = len(trajectory)

    def _mark_message(self, event: MessageEvent, message: Any) -> None:
        """Write a mistake that the agent made on purpose on its message, and keep it for the simulation's end."""
        mistake = self._marks.of_message(message) if self._marks is not None else None
        if mistake is None or self.mistakes is None:
            return
        event.metadata["mistake"] = mistake
        call_ids = [call["id"] for call in event.tool_calls or ()]
        place = {"turn_idx": event.turn_idx, "tool_call_id": call_ids[0] if call_ids else None}
        self.mistakes.append({**mistake, **place})

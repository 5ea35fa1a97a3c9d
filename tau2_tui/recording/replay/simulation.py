"""One recorded simulation, its tool calls made again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tau2_tui.events import (
    ExecutionEvent,
    MessageEvent,
    RunStartEvent,
    SimulationEndEvent,
    SimulationStartEvent,
    StateChangeEvent,
    StateSnapshotEvent,
    ToolExecutionEvent,
)
from tau2_tui.recording.call_observer import SnapshotMode
from tau2_tui.recording.ending import INFRASTRUCTURE_ERROR
from tau2_tui.recording.messages import error_line
from tau2_tui.recording.replay.answers import Answer, Difference, difference, recorded_answers
from tau2_tui.recording.replay.calls import ReplayedCall, ReplayEnvironment
from tau2_tui.recording.replay.completion import completed, differing, not_made
from tau2_tui.recording.replay.divergence import Write
from tau2_tui.recording.replay.reference import add_gold_diff
from tau2_tui.recording.replay.report import DifferingCall, SimulationReport
from tau2_tui.recording.replay.setting import Place, ReplaySetting, model_calls_refused
from tau2_tui.recording.replay.task import find_task

_HARMLESS = ("library_text", "error_text")
"""Differences of a failing call's words: the state is the same after it."""


@dataclass(frozen=True)
class RecordedSimulation:
    """The events of one simulation, and what they rest on.

    Attributes:
        events: in their order.
        run: the run's first event.
        task: the task as the log has it, None when it has not.
    """

    events: Sequence[ExecutionEvent]
    run: RunStartEvent | None = None
    task: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class ReplayedSimulation:
    """A simulation's events after the replay, and what it found."""

    events: list[ExecutionEvent]
    report: SimulationReport


def replay_simulation(
    recorded: RecordedSimulation, setting: ReplaySetting, *, snapshots: SnapshotMode = "changes"
) -> ReplayedSimulation:
    """Make the calls of a simulation again and return its events with what that tells.

    Recorded events are completed in place. Where the state was recorded too, what the replay tells replaces it.

    Args:
        recorded: the simulation.
        setting: what it is replayed with.
        snapshots: how often the state is looked at and noted.

    Raises:
        RecordingError: the installed tau2 lacks the domain, or cannot make an environment of it.
    """
    return _SimulationReplay(recorded, setting, snapshots).perform()


class _SimulationReplay:
    """One replay under way."""

    def __init__(self, recorded: RecordedSimulation, setting: ReplaySetting, snapshots: SnapshotMode) -> None:
        self._events = recorded.events
        self._task_data = recorded.task
        self._setting = setting
        self._snapshots = snapshots
        self._start = next((e for e in recorded.events if isinstance(e, SimulationStartEvent)), None)
        self._end = next((e for e in reversed(recorded.events) if isinstance(e, SimulationEndEvent)), None)
        self._place: Place = setting.place(recorded.run, self._start)
        first = recorded.events[0]
        self._report = SimulationReport(first.simulation_id, first.task_id, first.trial)
        self._task: Any = None
        self._out: list[ExecutionEvent] = []
        self._writes: list[Write] = []
        self._open_turn: int | None = None
        self._calls_open = False
        self._calls_left = Counter(e.turn_idx for e in recorded.events if isinstance(e, ToolExecutionEvent))
        self._first_differing_write: int | None = None
        if self._end is not None:
            self._end.metadata.pop("replay", None)  # of an earlier replay

    def perform(self) -> ReplayedSimulation:
        """Replay the simulation."""
        if self._start is not None and not any(isinstance(e, (MessageEvent, ToolExecutionEvent)) for e in self._events):
            return self._as_it_was("the log has nothing of its conversation")
        reward_info = self._end.reward_info if self._end is not None else None
        self._task, self._report.notes = find_task(
            self._setting, self._place, self._report.task_id, self._task_data, reward_info
        )
        environment = self._setting.environment(self._place, self._task)
        baseline = self._setting.baseline(self._place, environment)
        self._world = ReplayEnvironment(self._setting.tau2, environment, baseline=baseline, snapshots=self._snapshots)
        try:
            with model_calls_refused(self._setting.tau2):
                try:
                    self._world.initialize(self._task)
                except Exception as error:  # whatever a domain's own code raises
                    return self._as_it_was(self._no_initial_state(error, environment))
                self._walk()
        finally:
            self._world.close()
            self._setting.give_back(self._place, environment)
        return ReplayedSimulation(self._out, self._report)

    def _as_it_was(self, reason: str) -> ReplayedSimulation:
        self._report.not_replayed = reason
        events = list(self._events)
        self._tell(events)
        return ReplayedSimulation(events, self._report)

    def _no_initial_state(self, error: Exception, environment: Any) -> str:
        start = self._task.initial_state if self._task is not None else None
        actions = (start.initialization_actions if start is not None else None) or []
        if environment.user_tools is None and any(action.env_type == "user" for action in actions):
            tau2, domain = self._setting.tau2.name, self._place.domain
            return f"the task begins with an action of the user's tools, and {tau2} has none in {domain}"
        return f"the initial state of the task cannot be set: {error_line(error)}"

    # Messages and calls

    def _history_length(self) -> int:
        """Return how many messages of the conversation are the task's own, and mark them."""
        start = self._task.initial_state if self._task is not None else None
        history = (start.message_history if start is not None else None) or []
        messages = [event for event in self._events if isinstance(event, MessageEvent)][: len(history)]
        same = [(m.role, m.content) for m in history] == [(m.role, m.content) for m in messages]
        for message in messages if same else ():
            message.history = True
        return len(history) if same else 0

    # Events, one after the other

    def _walk(self) -> None:
        answers = recorded_answers(self._events)
        history = self._history_length()
        for place, event in enumerate(self._events):
            if isinstance(event, (StateChangeEvent, StateSnapshotEvent)):
                continue  # what the replay tells stands in their place
            if isinstance(event, ToolExecutionEvent):
                self._calls_left[event.turn_idx] -= 1
                self._take_call(event, answers.get(place), in_history=event.turn_idx in range(history))
                continue
            if isinstance(event, (MessageEvent, SimulationEndEvent)) and not self._calls_left[self._open_turn]:
                self._close_turn(event)
            if event is self._end:
                self._finish(self._end)
            self._out.append(event)
            if event is self._start:
                self._begin(self._start)
        if self._end is None:
            self._close_turn(self._events[-1])
            self._tell(self._out)

    def _add(self, events: Sequence[ExecutionEvent], beside: ExecutionEvent) -> None:
        """Add events of the replay, with the place and time of a recorded one."""
        for event in events:
            event.simulation_id, event.task_id, event.trial = beside.simulation_id, beside.task_id, beside.trial
            event.timestamp, event.stamped_on_creation = beside.timestamp, False
            self._out.append(event)

    def _begin(self, start: SimulationStartEvent) -> None:
        hashes = self._world.observer.hashes
        start.state_hash, start.user_state_hash = hashes.database, hashes.user_database
        self._add(self._world.start(), start)

    def _close_turn(self, event: ExecutionEvent) -> None:
        """Do what the orchestrator does when all calls of a message were made."""
        if not self._calls_open:
            return
        self._calls_open = False
        try:
            events = self._world.sync()
        except Exception as error:  # the domain's own code; in a recording it would have ended the simulation
            self._report.notes.append(f"sync_tools failed: {error_line(error)}")
            return
        self._add(events, event)
        if self._writes:
            self._writes[-1].changes.extend(e for e in events if isinstance(e, StateChangeEvent))

    # Calls

    def _take_call(self, event: ToolExecutionEvent, answer: Answer | None, *, in_history: bool) -> None:
        if in_history:
            event.metadata["replay"] = {"history": True}
            self._out.append(event)
            return
        place, report = self._report.calls, self._report
        report.calls += 1
        if answer is None:
            report.unanswered += 1
            self._out.append(not_made(event))
            return
        if self._calls_open and event.turn_idx != self._open_turn:
            self._close_turn(event)
        self._open_turn, self._calls_open = event.turn_idx, True
        self._make_call(place, event, answer)

    def _make_call(self, place: int, event: ToolExecutionEvent, answer: Answer) -> None:
        report, tau2 = self._report, self._setting.tau2.name
        made = self._world.call(event)
        report.replayed += made.answer is not None
        if made.answer is None:
            found: Difference | None = Difference("not_made", made.problem)
        else:
            found = difference(answer, made.answer, tool=event.tool_name, known=made.facts.known, tau2=tau2)
        compared = answer.failed is not None or answer.text is not None
        report.results += compared
        report.equal += compared and found is None
        self._add(made.before, event)
        if found is None:
            own = completed(event, made, compared=answer.text is not None)
        else:
            own = differing(event, made, found)
            self._note_difference(place, event, made, found)
        self._out.append(own)
        self._writes.append(Write(place, own, made.changes))
        self._add(made.after, event)

    def _note_difference(self, place: int, event: ToolExecutionEvent, made: ReplayedCall, found: Difference) -> None:
        after = self._first_differing_write
        self._report.differing.append(DifferingCall.of(place, event, found, after=after, tau2=self._setting.tau2.name))
        may_write = made.facts.may_write and found.kind not in _HARMLESS
        if after is None and may_write:
            self._first_differing_write = place

    # The end

    def _finish(self, end: SimulationEndEvent) -> None:
        failed = end.error is not None or end.termination_reason == INFRASTRUCTURE_ERROR
        if not failed:
            self._add(self._world.end(), end)
        observer, report = self._world.observer, self._report
        for name, value in (
            ("state_hash", observer.hashes.database),
            ("user_state_hash", observer.hashes.user_database),
        ):
            recorded = getattr(end, name)
            if recorded is not None and recorded != value:
                report.notes.append(f"{name} was {recorded} when recorded")
            setattr(end, name, value)
        if not failed:
            add_gold_diff(
                end,
                report,
                setting=self._setting,
                place=self._place,
                task=self._task,
                initial=self._world.initial,
                reached=observer.state,
                writes=[write for write in self._writes if write.changes],
            )
        end.metadata["replay"] = {**report.as_metadata(), **end.metadata.pop("replay", {})}

    def _tell(self, events: list[ExecutionEvent]) -> None:
        """Write what the replay found where the simulation ends, or after its last event when it has no end."""
        if self._end is not None:
            self._end.metadata["replay"] = self._report.as_metadata()
            return
        last = self._events[-1]
        events.append(
            ExecutionEvent(
                timestamp=last.timestamp,
                simulation_id=last.simulation_id,
                task_id=last.task_id,
                trial=last.trial,
                source="replay",
                message=f"replay: {self._report.in_words()}",
                metadata={"replay": self._report.as_metadata()},
            )
        )

"""What the progress display of ``tau2-tui record`` knows: plain numbers, without a terminal."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from tau2_tui.events import ExecutionEvent, LLMCallEvent, MessageEvent, ToolExecutionEvent
from tau2_tui.recording import RunPlan, SimulationOutcome
from tau2_tui.recording.session import SimulationIdentity
from tau2_tui.recording.spending import Spending, SpendingByPurpose, add_up

_Z_95 = 1.959963984540054
_KEPT_ERRORS = 5
_WHO = {"assistant": "agent", "user": "user"}


@dataclass(frozen=True)
class Trouble:
    """An error that ended an attempt.

    Attributes:
        where: task and trial.
        what: ``failed`` or ``repeated``.
        text: the error's first line.
    """

    where: str
    what: str
    text: str


@dataclass
class Lane:
    """One simulation under way.

    Attributes:
        identity: which one.
        started: when it began, in seconds of the state's clock.
        turn: index of the conversation's last message, None before the first.
        last: what happened last, in words.
        last_time: when that was.
        spending: what its model calls came to so far.
    """

    identity: SimulationIdentity
    started: float
    turn: int | None = None
    last: str = "begins"
    last_time: float = 0.0
    spending: dict[str, Spending] = field(default_factory=dict)


class RunState:
    """Follows a run as its listener is told of it.

    Attributes:
        plan: what is run, None before it begins.
        lanes: the simulations under way; each keeps its place, a free place is None.
        errors: the last few errors.
        failed: simulations that ended by an error.
        repeated: attempts that failed and were repeated.

    Args:
        clock: seconds, as ``time.monotonic``.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.plan: RunPlan | None = None
        self.lanes: list[Lane | None] = []
        self.errors: deque[Trouble] = deque(maxlen=_KEPT_ERRORS)
        self.done = self.passed = self.undecided = self.tool_calls = self.failed = self.repeated = 0
        self._done_here = 0
        self._started = clock()
        self._ended_spending: SpendingByPurpose = {}
        self._by_id: dict[str, Lane] = {}

    def run_started(self, plan: RunPlan) -> None:
        """Take the plan, and what an earlier session did of it."""
        self.plan = plan
        self._started = self._clock()
        for outcome in plan.kept:
            self._count(outcome)

    def simulation_started(self, identity: SimulationIdentity) -> None:
        """Give it a lane."""
        now = self._clock()
        lane = self._by_id[identity.simulation_id] = Lane(identity, now, last_time=now)
        for place, taken in enumerate(self.lanes):
            if taken is None:
                self.lanes[place] = lane
                return
        self.lanes.append(lane)

    def event_logged(self, identity: SimulationIdentity, event: ExecutionEvent) -> None:
        """Move its lane."""
        lane = self._by_id.get(identity.simulation_id)
        if lane is None:
            return
        if isinstance(event, LLMCallEvent):
            so_far = lane.spending.get(event.purpose, Spending())
            lane.spending = {**lane.spending, event.purpose: so_far + Spending.of_call(event)}
        said = _in_words(event)
        if said is not None:
            lane.last, lane.last_time = said, self._clock()
            lane.turn = event.turn_idx if event.turn_idx is not None else lane.turn

    def attempt_failed(self, outcome: SimulationOutcome) -> None:
        """Count an attempt that is repeated."""
        self.repeated += 1
        self._leave(outcome)
        self._keep_error(outcome, "repeated")

    def simulation_ended(self, outcome: SimulationOutcome) -> None:
        """Count it."""
        self._done_here += 1
        self._leave(outcome)
        self._count(outcome)
        self._keep_error(outcome, "failed")

    def _count(self, outcome: SimulationOutcome) -> None:
        self.done += 1
        self.passed += outcome.passed
        self.undecided += outcome.undecided
        self.tool_calls += outcome.tool_calls
        self.failed += outcome.error is not None

    def _leave(self, outcome: SimulationOutcome) -> None:
        self._ended_spending = add_up([self._ended_spending, outcome.spending])
        lane = self._by_id.pop(outcome.identity.simulation_id, None)
        self.lanes = [None if known is lane else known for known in self.lanes]

    def _keep_error(self, outcome: SimulationOutcome, what: str) -> None:
        if outcome.error is not None:
            where = f"{outcome.identity.task_id}:{outcome.identity.trial}"
            self.errors.append(Trouble(where, what, first_line(outcome.error)))

    @property
    def decided(self) -> int:
        """Simulations that count for the pass rate: all that ended, but for those that wait for a judge."""
        return self.done - self.undecided

    @property
    def elapsed(self) -> float:
        """Seconds since the run began."""
        return self._clock() - self._started

    @property
    def time_left(self) -> float | None:
        """Seconds until the end at the pace so far; None while there is none."""
        if self.plan is None or not self._done_here:
            return None
        return self.elapsed / self._done_here * (self.plan.simulations - self.done)

    def since(self, moment: float) -> float:
        """Return the seconds since a moment of the state's clock."""
        return max(self._clock() - moment, 0.0)

    def spending(self) -> Spending:
        """Return what this session's model calls came to so far, those of simulations under way included."""
        under_way = [lane.spending for lane in list(self._by_id.values())]
        return sum(add_up([self._ended_spending, *under_way]).values(), Spending())


def wilson_interval(passed: int, total: int) -> tuple[float, float]:
    """Return the 95 % interval of a proportion after Wilson (1927), as fractions; (0, 1) of nothing.

    Args:
        passed: successes.
        total: trials.
    """
    if total == 0:
        return 0.0, 1.0
    rate, weight = passed / total, _Z_95**2 / total
    middle = (rate + weight / 2) / (1 + weight)
    half = _Z_95 / (1 + weight) * math.sqrt(rate * (1 - rate) / total + weight / (4 * total))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def first_line(text: str) -> str:
    """Return the first line of an error's text, cut to 300 characters."""
    return text.strip().splitlines()[0][:300] if text.strip() else "unknown error"


def _in_words(event: ExecutionEvent) -> str | None:
    """Return what an event says about how far a simulation is; nothing of the conversation itself."""
    if isinstance(event, MessageEvent):
        who = _WHO.get(event.role)
        if who is None or event.history:
            return None
        names = [str(call.get("name", "")) for call in event.tool_calls or ()]
        return f"{who} calls {', '.join(names)}" if names else f"{who} speaks"
    if isinstance(event, ToolExecutionEvent):
        return f"{event.tool_name} {'answered' if event.success else 'failed'}"
    if isinstance(event, LLMCallEvent):
        return f"{event.purpose}'s model " + ("answered" if event.error is None else f"failed: {event.error_type}")
    return None

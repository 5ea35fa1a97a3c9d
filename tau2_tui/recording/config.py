"""What to record, and how."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tau2_tui.errors import RecordingError
from tau2_tui.logging.chained_file import FsyncPolicy
from tau2_tui.logging.redaction import RedactMode
from tau2_tui.recording.call_observer import MAX_RESULT_BYTES, SnapshotMode
from tau2_tui.recording.secrets import secret_values, without_secrets
from tau2_tui.recording.tau2_options import Tau2Options

_POSITIVE = (
    "num_tasks",
    "num_trials",
    "max_steps",
    "max_errors",
    "max_concurrency",
    "max_result_bytes",
    "processes",
    "judge_window_size",
    "timeout",
)

_NOT_NEGATIVE = ("max_retries", "retry_delay")


@dataclass(frozen=True)
class RecordConfig(Tau2Options):
    """A run's configuration, in tau2's own words where tau2 has them; more of it in :class:`Tau2Options`.

    Attributes:
        domain: tau2's name of the domain.
        task_set_name: set of tasks; the domain's own unless given.
        task_split_name: part of the set; None for all.
        task_ids: only these tasks.
        num_tasks: only the first so many.
        num_trials: simulations of each task.
        seed: what the trials' seeds are drawn from.
        max_steps: end a conversation after so many steps.
        max_errors: end it after so many failed tool calls.
        max_concurrency: simulations at once.
        agent: name of the agent: ``oracle``, or one registered with tau2.
        agent_llm: the agent's model.
        agent_llm_args: arguments of each of its calls.
        user: name of the user: ``scripted``, or one registered with tau2; the one that suits the agent unless given.
        user_llm: the user's model.
        user_llm_args: arguments of each of its calls.
        max_retries: how often a simulation that failed is tried again.
        retry_delay: seconds to wait before it is.
        processes: worker processes; 1 runs every simulation in threads of this one.
        snapshots: when the state is looked at: ``changes``, ``all``, ``full``.
        fsync: when the disk is waited for: ``always``, ``interval``, ``never``.
        max_result_bytes: longer tool results are cut.
        redact: what becomes of personal data: ``mask``, ``hash``, ``off``.
        error_rate: how often the ``noisy-oracle`` makes a mistake, 0 to 1; None for its own default.

    Raises:
        RecordingError: a number is not positive, or a rate not between 0 and 1.
    """

    domain: str
    task_set_name: str | None = None
    task_split_name: str | None = "base"
    task_ids: tuple[str, ...] | None = None
    num_tasks: int | None = None
    num_trials: int = 1
    seed: int | None = 300
    max_steps: int = 200
    max_errors: int = 10
    max_concurrency: int = 3
    agent: str = "oracle"
    agent_llm: str | None = None
    agent_llm_args: Mapping[str, Any] = field(default_factory=dict)
    user: str | None = None
    user_llm: str | None = None
    user_llm_args: Mapping[str, Any] = field(default_factory=dict)
    max_retries: int = 3
    retry_delay: float = 1.0
    processes: int = 1
    snapshots: SnapshotMode = "changes"
    fsync: FsyncPolicy = "interval"
    max_result_bytes: int = MAX_RESULT_BYTES
    redact: RedactMode = "off"
    error_rate: float | None = None

    def __post_init__(self) -> None:
        for name in _POSITIVE:
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise RecordingError(f"{name} must be greater than 0, not {value}")
        for name in _NOT_NEGATIVE:
            if getattr(self, name) < 0:
                raise RecordingError(f"{name} must not be negative, not {getattr(self, name)}")
        if self.error_rate is not None and not 0 <= self.error_rate <= 1:
            raise RecordingError(f"error_rate must be between 0 and 1, not {self.error_rate}")

    def trial_seeds(self) -> list[int]:
        """Return the seed of each trial, as tau2 draws them, without touching Python's global random numbers."""
        numbers = random.Random(self.seed)
        return [numbers.randint(0, 1_000_000) for _ in range(self.num_trials)]

    def secrets(self) -> set[str]:
        """Return the secret values among the models' arguments, the key options and the process's environment."""
        return secret_values([self.agent_llm_args, self.user_llm_args, *self.secret_sources()])

    def as_dict(self) -> dict[str, Any]:
        """Return the configuration as a JSON object, secrets removed."""
        plain = {item.name: getattr(self, item.name) for item in dataclasses.fields(self)}
        cleaned: dict[str, Any] = without_secrets(plain)
        return cleaned

"""``run_enhanced_simulation``: run tasks, and have tau2's results and the run log in one folder."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from tau2_tui.errors import RecordingError
from tau2_tui.events import ExecutionEvent
from tau2_tui.logging.streams import Streams
from tau2_tui.recording.config import RecordConfig
from tau2_tui.recording.enhanced.files import EnhancedFiles
from tau2_tui.recording.outcome import RunListener
from tau2_tui.recording.runner import record_run
from tau2_tui.recording.tau2_api.own_runner import load_results


def run_enhanced_simulation(
    domain: str,
    tasks: Sequence[Any] | None = None,
    agent: str | None = None,
    user: str | None = None,
    llm_agent: str | None = None,
    llm_user: str | None = None,
    num_trials: int = 1,
    save_dir: str | Path = "enhanced_logs",
    *,
    llm_args_agent: Mapping[str, Any] | None = None,
    llm_args_user: Mapping[str, Any] | None = None,
    save_to: str | None = None,
    logs_format: Literal["jsonl", "json"] = "jsonl",
    snapshots: Literal["changes", "all", "full"] = "all",
    on_event: Callable[[ExecutionEvent], None] | None = None,
    stream: str | None = None,
    console_output: bool = False,
    listener: RunListener | None = None,
    **options: Any,
) -> tuple[Any, tuple[Path, Path]]:
    """Run tasks of a domain, and write tau2's results and a run log.

    Without an agent and without a model, an oracle agent and a scripted user act out the reference solutions, and a
    warning says so.

    Args:
        domain: tau2's domain, with or without ``_enhanced`` behind its name.
        tasks: tau2's tasks, or ids of tasks; all of the domain unless given.
        agent: name of the agent; with a model and without a name, tau2's ``llm_agent``.
        user: name of the user; the one that suits the agent unless given.
        llm_agent: the agent's model.
        llm_user: the user's model.
        num_trials: simulations of each task.
        save_dir: folder for the files; made if it is not there.
        llm_args_agent: arguments of each of the agent's model calls.
        llm_args_user: arguments of each of the user's.
        save_to: name of the results file; ``enhanced_results_TIME.json`` unless given.
        logs_format: ``json`` also writes tau2-enhanced's document ``…_enhanced_logs.json``.
        snapshots: when the state is looked at: ``all`` means before and after each call, reads included.
        on_event: called with each event, in a thread of its own.
        stream: where other processes may read the log's lines as they come: ``unix:PATH`` or ``tcp:HOST:PORT``.
        console_output: print one line an event to standard error.
        listener: is told how the run goes on.
        options: further fields of :class:`~tau2_tui.recording.RecordConfig`: ``seed``, ``max_steps``, …

    Returns:
        tau2's ``Results``, and the paths of the results file and of the log (the document, when asked for).

    Raises:
        RecordingError: no tau2-bench, or it has no such domain, task, agent or user, or an agent lacks its model.
        LogWriteError: the files cannot be written.
        RunInterrupted: Ctrl-C; the log is closed, and what is done is in both files.
    """
    if logs_format not in ("jsonl", "json"):
        raise RecordingError(f"unknown logs_format {logs_format!r}: choose jsonl or json")
    given, ids = _tasks_and_ids(tasks)
    chosen_agent = agent or _default_agent(llm_agent, user, bool(options.get("solo_mode")))
    files = EnhancedFiles.new(save_dir, save_to)
    with files.begun():
        config = RecordConfig(
            domain=domain,
            agent=chosen_agent,
            user=user,
            agent_llm=llm_agent,
            user_llm=llm_user,
            agent_llm_args=dict(llm_args_agent or {}),
            user_llm_args=dict(llm_args_user or {}),
            num_trials=num_trials,
            snapshots=snapshots,
            save_to=str(files.results.absolute()),
            **{"task_ids": ids, **options},
        )
        record_run(
            config,
            files.log,
            listener=listener,
            command_line=sys.argv,
            tasks=given,
            streams=Streams(on_event=on_event, address=stream, console=console_output),
        )
    logs = files.write_document() if logs_format == "json" else files.log
    return load_results(files.results), (files.results, logs)


def _tasks_and_ids(tasks: Sequence[Any] | None) -> tuple[list[Any] | None, tuple[str, ...] | None]:
    """Return what was given as tau2's tasks, or as their ids."""
    if tasks is None:
        return None, None
    if all(isinstance(task, str) for task in tasks):
        return None, tuple(tasks)
    return list(tasks), None


def _default_agent(model: str | None, user: str | None, solo_mode: bool) -> str:
    if model is not None:
        return "llm_agent_solo" if solo_mode else "llm_agent"
    if user is None:
        acts = "an oracle agent acts" if solo_mode else "an oracle agent and a scripted user act"
        warnings.warn(f"no model given: {acts} out the reference solutions", stacklevel=3)
    return "oracle"

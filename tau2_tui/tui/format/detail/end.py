"""Detail of a simulation's end: its reward, which checks failed, and how its state differs from the reference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tau2_tui.events import SimulationEndEvent
from tau2_tui.tui.format.changes import change_lines
from tau2_tui.tui.format.detail.layout import Context, Lines, fields, section
from tau2_tui.tui.format.detail.state import DATABASES
from tau2_tui.tui.format.json_lines import json_lines
from tau2_tui.tui.format.outcome import Verdict, counts, failed_checks, outcome_of
from tau2_tui.tui.format.runs import Run, TextLine, line, one_line, safe, safe_lines
from tau2_tui.tui.format.times import duration
from tau2_tui.tui.format.values import as_dict, as_list, as_number, call_text, compact, count, money, objects

_TOKENS = {Verdict.PASSED: "success", Verdict.FAILED: "error", Verdict.UNKNOWN: "warning"}


def simulation_end(event: SimulationEndEvent, context: Context) -> Lines:
    """Yield the lines of a simulation's end after its header: the verdict first, then why."""
    outcome = outcome_of(event)
    info = as_dict(event.reward_info)
    yield line()
    reward = "no reward" if outcome.reward is None else f"reward {outcome.reward:g}"
    why = ", ".join(outcome.reasons)
    yield line((f"{outcome.symbol} {outcome.verdict.value}", _TOKENS[outcome.verdict]), f"  {reward}", indent=2)
    if why:
        yield line(("because of ", "muted"), (why, "error"), indent=2)
    yield from _breakdown(info)
    if event.error is not None:
        yield from _error(event)
    yield from _failed(info)
    yield from _gold(event)
    yield from section("Ended")
    yield from fields(
        ("by", event.termination_reason or "unknown"),
        ("after", duration(event.duration)),
        ("agent cost", money(event.agent_cost)),
        ("user cost", money(event.user_cost)),
        ("attempt", event.attempt if event.attempt != 1 else None),
        ("state", event.state_hash),
        ("user state", event.user_state_hash),
    )
    yield from _met(info)
    if info:
        yield from section("Reward info")
        yield from json_lines(info, context.folds, root="reward:", folded=True)


def _breakdown(info: dict[str, Any]) -> Lines:
    parts = as_dict(info.get("reward_breakdown"))
    basis = [one_line(name, 40) for name in as_list(info.get("reward_basis"))]
    if parts:
        yield line(("reward = ", "muted"), *_product(parts))
    elif basis:
        yield line(("reward counts ", "muted"), ", ".join(basis))
    for where, note in as_dict(info.get("info")).items():
        text = as_dict(note).get("note") if isinstance(note, dict) else note
        if isinstance(text, str) and text:
            yield line((f"{one_line(where, 40)}: {one_line(text, 400)}", "muted"), indent=2)


def _product(parts: dict[str, Any]) -> list[tuple[str, str]]:
    runs: list[tuple[str, str]] = []
    for name, value in parts.items():
        token = "error" if as_number(value) == 0 else "text"
        runs += [(" × ", "muted")] if runs else []
        runs.append((f"{one_line(name, 40)} {compact(value, 20)}", token))
    return runs


def _error(event: SimulationEndEvent) -> Lines:
    yield from section("Error")
    yield line((f"✗ {one_line(event.error_type or 'error', 80)}", "error"))
    yield from safe_lines(event.error or "", "error")
    if event.traceback:
        yield from safe_lines(event.traceback, "muted")


def _failed(info: dict[str, Any]) -> Lines:
    failed = failed_checks(info)
    if not failed:
        return
    for counted in (True, False):
        checks = [(kind, check) for kind in failed if counts(info, kind) is counted for check in failed[kind]]
        if checks:
            title = f"{count(len(checks), 'check')} failed".capitalize()
            yield from section(title if counted else f"{title} that the reward does not count")
        for kind, check in checks:
            yield from _check("✗", "error" if counted else "muted", kind, check)


def _met(info: dict[str, Any]) -> Lines:
    kinds = (
        ("environment", "env_assertions", "met"),
        ("actions", "action_checks", "action_match"),
        ("communication", "communicate_checks", "met"),
        ("assertions", "nl_assertions", "met"),
    )
    met = [(kind, check) for kind, key, flag in kinds for check in objects(info.get(key)) if check.get(flag) is True]
    if met:
        yield from section(f"{count(len(met), 'check')} passed".capitalize())
    for kind, check in met:
        yield from _check("✓", "success", kind, check)


def _check(symbol: str, token: str, kind: str, check: dict[str, Any]) -> Lines:
    said = _CHECKS[kind](check)
    yield TextLine((Run(f"{symbol} ", token), Run(f"{kind}: ", "muted"), Run(said)), 4)
    justification = check.get("justification")
    if isinstance(justification, str) and justification:
        yield line(("    " + safe(justification, 2_000), "muted"), indent=4)


def _database(check: dict[str, Any]) -> str:
    return "the state reached differs from the reference's final state"


def _environment(check: dict[str, Any]) -> str:
    assertion = as_dict(check.get("env_assertion"))
    call = call_text(assertion.get("func_name"), assertion.get("arguments"), 1_000)
    wanted = compact(assertion.get("assert_value", True))
    if check.get("met") is True:
        return f"{call} is {wanted}"
    message = one_line(assertion.get("message") or "")
    return f"{call} is not {wanted}{'  ' + message if message else ''}"


def _action(check: dict[str, Any]) -> str:
    action = as_dict(check.get("action"))
    who = "user: " if action.get("requestor") == "user" else ""
    return f"{who}{call_text(action.get('name'), action.get('arguments'), 1_000)}"


def _communication(check: dict[str, Any]) -> str:
    return f"say {compact(check.get('info'), 400)}"


def _assertion(check: dict[str, Any]) -> str:
    return safe(check.get("nl_assertion") or "?", 2_000)


_CHECKS: dict[str, Callable[[dict[str, Any]], str]] = {
    "database": _database,
    "environment": _environment,
    "actions": _action,
    "communication": _communication,
    "assertions": _assertion,
}


def _gold(event: SimulationEndEvent) -> Lines:
    """Yield how the final state differs from the reference's: ``-`` is the reference, ``+`` what was reached."""
    if event.gold_diff is None:
        return
    changed = [(name, changes) for name, changes in event.gold_diff.items() if as_list(changes)]
    if not changed:
        yield from section("Final state")
        yield line(("✓ ", "success"), "equal to the reference's final state")
    for name, changes in changed:
        yield from section(f"Final state of {DATABASES.get(name, one_line(name, 40))}")
        yield line(("- the reference's  ", "removed"), ("+ as it was reached", "added"))
        yield from change_lines(changes)

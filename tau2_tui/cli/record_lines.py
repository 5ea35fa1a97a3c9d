"""The lines of the progress display, for a terminal of any size: text that fits, and nothing that moves the cursor."""

from __future__ import annotations

from rich.cells import cell_len

from tau2_tui.cli.progress import fitted
from tau2_tui.cli.record_state import Lane, RunState, Trouble, wilson_interval
from tau2_tui.safe_text import visible

_BAR = 24
_TASK_WIDTH = 34
_SHOWN_ERRORS = 3
_STALE = 1.0
"""Seconds after which a lane says how long ago something happened."""


def display_lines(state: RunState, width: int, height: int) -> list[str]:
    """Return the display's lines: at most ``height`` - 1 of them, none wider than ``width`` - 1 cells."""
    width = max(width - 1, 10)
    if state.plan is None:
        return [fitted(f"loading tau2-bench … {clock(state.elapsed)}", width)]
    lines = [_bar_line(state, width), pass_rate(state), *_spending_lines(state)]
    errors = list(state.errors)[-_SHOWN_ERRORS:]
    room = height - 1 - len(lines)
    errors = errors[-max(room - 1, 0) :] if room > 1 else []
    lanes = [lane for lane in state.lanes if lane is not None]
    room -= len(errors)
    shown = state.lanes if len(state.lanes) <= room else [*lanes[: max(room - 1, 0)]]
    task_width = _task_width([*map(_task, lanes), *(visible(error.where) for error in errors)], width)
    lines += [_lane_line(state, lane, task_width) if lane is not None else "  –" for lane in shown]
    if len(shown) < len(state.lanes) and room > 0:
        lines.append(f"  … and {len(lanes) - len(shown)} more under way")
    lines += [f"! {_shortened(error.where, task_width)} {error.what}: {error.text}" for error in errors]
    return [fitted(visible(line), width) for line in lines][: max(height - 1, 1)]


def error_line(error: Trouble) -> str:
    """Return an error as a line of any length."""
    return visible(f"task {error.where} {error.what}: {error.text}")


def pass_rate(state: RunState) -> str:
    """Return how many passed, with the rate's 95 % interval, and how many failed to run."""
    low, high = wilson_interval(state.passed, state.decided)
    rate = f"passed {state.passed} of {state.decided}"
    if state.decided:
        share = f"{100 * state.passed / state.decided:.0f} %"
        rate += f" = {share} (95 % interval {100 * low:.0f}–{100 * high:.0f} %)"
    parts = [rate, f"errors {state.failed}"]
    if state.repeated:
        parts.append(f"repeated {state.repeated}")
    if state.undecided:
        parts.append(f"judge skipped {state.undecided}")
    parts.append(f"tool calls {state.tool_calls}")
    return ", ".join(parts)


def status_parts(state: RunState) -> list[str]:
    """Return how far a run is, the most important part first."""
    total = state.plan.simulations if state.plan is not None else 0
    left = state.time_left
    low, high = wilson_interval(state.passed, state.decided)
    share = f" = {100 * state.passed / state.decided:.0f} %" if state.decided else ""
    parts = [
        f"{state.done}/{total}",
        f"passed {state.passed} of {state.decided}{share}",
        f"errors {state.failed}",
        f"{clock(left)} left" if left is not None and state.done < total else None,
        f"calls {state.tool_calls}",
        f"95 % interval {100 * low:.0f}–{100 * high:.0f} %" if state.decided else None,
        f"repeated {state.repeated}" if state.repeated else None,
        f"judge skipped {state.undecided}" if state.undecided else None,
        spending_line(state),
    ]
    return [part for part in parts if part is not None]


def spending_line(state: RunState) -> str | None:
    """Return cost and tokens so far; None when no model was called."""
    spent = state.spending()
    if not spent.calls:
        return None
    if spent.cost is not None:
        cost = f"cost {dollars(spent.cost)}"
    elif spent.known_cost:
        cost = f"cost unknown (at least {dollars(spent.known_cost)})"
    else:
        cost = "cost unknown"
    failed = f" ({spent.failed_calls} failed)" if spent.failed_calls else ""
    tokens = f"tokens {count(spent.prompt_tokens)} in, {count(spent.completion_tokens)} out"
    return f"{cost}, {tokens}, model calls {spent.calls}{failed}"


def dollars(value: float) -> str:
    """Return a sum of US dollars with the digits that matter."""
    return f"${value:.2f}" if value >= 10 else f"${value:.4f}"


def count(number: int) -> str:
    """Return a number of tokens in at most six characters."""
    if number < 10_000:
        return str(number)
    if number < 1_000_000:
        return f"{number / 1000:.1f}k" if number < 100_000 else f"{number // 1000}k"
    return f"{number / 1e6:.2f}M" if number < 100_000_000 else f"{number // 1_000_000}M"


def clock(seconds: float) -> str:
    """Return a duration as a person reads it."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02} h" if hours else f"{minutes}:{rest:02} min"


def _spending_lines(state: RunState) -> list[str]:
    line = spending_line(state)
    return [] if line is None else [line]


def _bar_line(state: RunState, width: int) -> str:
    assert state.plan is not None
    total = max(state.plan.simulations, 1)
    counts = f"{state.done}/{state.plan.simulations}"
    left = state.time_left
    times = f"{clock(state.elapsed)}, " + (f"about {clock(left)} left" if left is not None else "time left unknown yet")
    bar_width = min(_BAR, max(width - cell_len(f"{state.plan.domain}  {counts}  {times}") - 2, 0))
    filled = bar_width * state.done // total
    bar = "█" * filled + "░" * (bar_width - filled)
    return "  ".join(part for part in (state.plan.domain, bar, counts, times) if part)


def _task_width(tasks: list[str], width: int) -> int:
    longest = max(map(cell_len, tasks), default=0)
    return min(longest, _TASK_WIDTH if width >= 100 else max(width // 3, 8))


def _task(lane: Lane) -> str:
    return f"{visible(lane.identity.task_id)}:{lane.identity.trial}"


def _shortened(task: str, width: int) -> str:
    """Return a task's name with its beginning and its end: what tells tasks apart is often there."""
    task = visible(task)
    if cell_len(task) <= width:
        return task
    tail = task[-(width // 2) :]
    while cell_len(tail) > width // 2:
        tail = tail[1:]
    return fitted(task, max(width - cell_len(tail), 1)) + tail


def _lane_line(state: RunState, lane: Lane, task_width: int) -> str:
    task = _shortened(_task(lane), task_width)
    padded = task + " " * (task_width - cell_len(task))
    turn = f"turn {lane.turn}" if lane.turn is not None else ""
    ago = state.since(lane.last_time)
    when = f", {ago:.0f} s ago" if ago >= _STALE else ""
    attempt = f", attempt {lane.identity.attempt}" if lane.identity.attempt > 1 else ""
    return f"  {padded}  {turn:<8} {clock(state.since(lane.started)):>9}  {lane.last}{when}{attempt}"

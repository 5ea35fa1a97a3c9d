"""How a simulation ended, in a few lines: the verdict, why, what it took."""

from __future__ import annotations

from collections.abc import Iterator

from tau2_tui.cli.moments import lasting, sum_text
from tau2_tui.cli.page import Page, hanging, wrap
from tau2_tui.events import SimulationEndEvent
from tau2_tui.runlog.conversation import Entry
from tau2_tui.safe_text import visible
from tau2_tui.tui.format.outcome import Verdict, outcome_of

_ERROR_TEXT = 1_000


def ending(events: list[Entry], paper: Page) -> Iterator[str]:
    """Yield the lines on how a simulation ended, or that it has not."""
    end = next((event for event in reversed(events) if isinstance(event, SimulationEndEvent)), None)
    if end is None:
        yield paper.paint("not ended: it is running, or was cut off", "warning")
        return
    outcome = outcome_of(end)
    token = {Verdict.PASSED: "passed", Verdict.FAILED: "failed"}.get(outcome.verdict, "warning")
    verdict = f"{outcome.symbol} {outcome.verdict.value}"
    parts = ["no reward" if outcome.reward is None else f"reward {outcome.reward:g}"]
    parts += [f"ended by {outcome.termination}"] if outcome.termination else []
    parts += [took] if (took := lasting(end.duration)) else []
    costs = [cost for cost in (end.agent_cost, end.user_cost) if cost is not None]
    parts += [f"{'≥' if len(costs) < 2 else ''}${sum_text(costs, '.4f')}"] if any(costs) else []
    first, *rest = hanging(" · ".join([verdict, *map(visible, parts)]), paper, 2)
    yield paper.paint(verdict, token) + first.removeprefix(verdict)
    yield from rest
    if outcome.reasons:
        yield from (f"  {line}" for line in wrap("because of: " + ", ".join(outcome.reasons), paper.text_width - 2))
    if end.error is not None:
        text = visible(end.error[:_ERROR_TEXT])
        yield from (paper.paint(f"  {line}", "error") for line in wrap(text, paper.text_width - 2))

"""What a run cost in money and tokens; what is unknown is counted and never taken for 0."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tau2_tui.analysis.data.records import Message, ModelCall, Run, Simulation
from tau2_tui.analysis.data.tables import Floats, Table
from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.analysis.shared.estimate import Estimate
from tau2_tui.analysis.shared.interval import DEFAULT_LEVEL, LARGEST, measured, ratio_of_sums

NOT_RECORDED = "cost not recorded"


@dataclass(frozen=True, slots=True)
class TokenRow:
    """Tokens of one side's messages.

    Attributes:
        role: ``assistant`` or ``user``.
        messages: how many messages.
        prompt_tokens: their sum where recorded, None when nowhere.
        completion_tokens: likewise.
        missing: messages without usage.
    """

    role: str
    messages: int
    prompt_tokens: int | None
    completion_tokens: int | None
    missing: int


@dataclass(frozen=True, slots=True)
class ModelRow:
    """Requests to one model for one purpose.

    Attributes:
        purpose: agent, user, judge or unknown.
        model: its name.
        requests: how many.
        failed: how many of them failed.
        retries: attempts before.
        cost: US dollars of those with a known cost, None when there are none.
        unpriced: requests that did not fail and whose cost is unknown.
        prompt_tokens: sum where recorded, None when nowhere.
        completion_tokens: likewise.
        missing: requests that did not fail and have no usage.
    """

    purpose: str
    model: str
    requests: int
    failed: int
    retries: int
    cost: float | None
    unpriced: int
    prompt_tokens: int | None
    completion_tokens: int | None
    missing: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run cost, in US dollars.

    Attributes:
        total: of agents, users and judges as far as known; None when nothing is.
        agent: of the agents as far as known.
        user: of the simulated users as far as known.
        judge: of the judges as far as known.
        simulations: how many simulations there are.
        priced: simulations whose cost is known, of agent and user.
        missing: simulations without a recorded cost.
        zero_priced: simulations with cost 0 though tokens were used: the price was most likely not known.
        per_simulation: mean cost of the priced simulations.
        per_success: cost of the priced and evaluated simulations / their successes.
        tokens: by side.
        models: by purpose and model, dearest first; empty when the log holds no requests.
        note: what is not known, or empty.
    """

    total: float | None
    agent: float | None
    user: float | None
    judge: float | None
    simulations: int
    priced: int
    missing: int
    zero_priced: int
    per_simulation: Estimate
    per_success: Estimate
    tokens: tuple[TokenRow, ...]
    models: tuple[ModelRow, ...]
    note: str = ""


def cost(run: Run, *, level: float = DEFAULT_LEVEL) -> Cost:
    """Return money and tokens of a run, the unknown kept apart."""
    messages, requests = Table.of(Message, run.messages), Table.of(ModelCall, run.model_calls)
    sides = _sides(messages)
    known: dict[int, float] = {}
    missing = zero_priced = 0
    for simulation in run.simulations:
        price = _price(simulation, sides)
        if price is None:
            missing += 1
        elif price == 0 and _tokens_used(simulation, sides):
            zero_priced += 1
        else:
            known[simulation.index] = price
    agent = _sum(simulation.agent_cost for simulation in run.simulations)
    user = _sum(simulation.user_cost for simulation in run.simulations)
    judge = _total(requests.number("cost")[requests.is_name("purpose", "judge")])
    if zero_priced and not known:
        agent = user = None
    return Cost(
        total=_sum((agent, user, judge)),
        agent=agent,
        user=user,
        judge=judge,
        simulations=len(run.simulations),
        priced=len(known),
        missing=missing,
        zero_priced=zero_priced,
        per_simulation=_per(run.simulations, known, False, level),
        per_success=_per(run.simulations, known, True, level),
        tokens=_tokens(messages),
        models=_models(requests),
        note=_note(len(run.simulations), len(known), missing, zero_priced),
    )


_Sides = dict[tuple[int, str], float | None]
"""By simulation and role that has messages: their tokens, None when no usage is recorded."""


def _sides(messages: Table[Message]) -> _Sides:
    names = messages.names["role"]
    key = messages.whole("simulation") * len(names) + messages.whole("role")
    keys, groups = np.unique(key, return_inverse=True)
    prompt, completion = messages.number("prompt_tokens"), messages.number("completion_tokens")
    known = ~(np.isnan(prompt) & np.isnan(completion))
    sums = np.bincount(groups, np.nan_to_num(prompt) + np.nan_to_num(completion), minlength=len(keys))
    recorded = np.bincount(groups[known], minlength=len(keys)) > 0
    return {
        (one // len(names), names[one % len(names)]): total if told else None
        for one, total, told in zip(keys.tolist(), sums.tolist(), recorded.tolist(), strict=True)
    }


def _price(simulation: Simulation, sides: _Sides) -> float | None:
    """Return what a simulation cost; None when that is not known of a side that said something."""
    prices = {"assistant": simulation.agent_cost, "user": simulation.user_cost}
    if any(not _is_amount(price) and (simulation.index, side) in sides for side, price in prices.items()):
        return None
    return _sum(prices.values())


def _tokens_used(simulation: Simulation, sides: _Sides) -> bool:
    return any(sides.get((simulation.index, side)) for side in ("assistant", "user"))


def _per(simulations: Iterable[Simulation], known: dict[int, float], success: bool, level: float) -> Estimate:
    """Return the cost of a success, or of a simulation, with the interval over tasks."""
    costs: defaultdict[str, float] = defaultdict(float)
    counts: defaultdict[str, int] = defaultdict(int)
    for simulation in simulations:
        if simulation.index in known and (simulation.counted or not success):
            costs[simulation.task_id] += known[simulation.index]
            counts[simulation.task_id] += bool(simulation.success) if success else 1
    if not costs:
        return Estimate(None, status="none", note=NOT_RECORDED, level=level)
    if sum(counts.values()) == 0:
        note = "no success: cost per success undefined"
        return Estimate(None, n_tasks=len(costs), status="none", note=note, level=level)
    return ratio_of_sums(list(costs.values()), [counts[task] for task in costs], level=level)


def _tokens(messages: Table[Message]) -> tuple[TokenRow, ...]:
    rows = []
    for role in ("assistant", "user"):
        own = messages.is_name("role", role)
        if own.any():
            prompts, completions = messages.number("prompt_tokens")[own], messages.number("completion_tokens")[own]
            missing = int((np.isnan(prompts) & np.isnan(completions)).sum())
            rows.append(TokenRow(role, len(prompts), _whole(_total(prompts)), _whole(_total(completions)), missing))
    return tuple(rows)


def _models(requests: Table[ModelCall]) -> tuple[ModelRow, ...]:
    rows = []
    everything = np.ones(len(requests), np.bool_)
    for purpose in requests.used("purpose", everything):
        wanted = requests.is_name("purpose", purpose)
        for model in requests.used("model", wanted):
            rows.append(_model(purpose, model, requests.taken(wanted & requests.is_name("model", model))))
    return tuple(sorted(rows, key=lambda row: (-(row.cost or 0.0), row.purpose, row.model)))


def _model(purpose: str, model: str, requests: Table[ModelCall]) -> ModelRow:
    answered = ~requests.flag("failed")
    prompts, completions = requests.number("prompt_tokens"), requests.number("completion_tokens")
    return ModelRow(
        purpose=purpose,
        model=model,
        requests=len(requests),
        failed=len(requests) - int(answered.sum()),
        retries=int(requests.whole("retries").sum()),
        cost=_total(requests.number("cost")),
        unpriced=int((~(requests.number("cost")[answered] >= 0)).sum()),
        prompt_tokens=_whole(_total(prompts)),
        completion_tokens=_whole(_total(completions)),
        missing=int((np.isnan(prompts) & np.isnan(completions))[answered].sum()),
    )


def _sum(values: Iterable[float | None]) -> float | None:
    """Return the sum of what is known, None when nothing is."""
    known = [value for value in values if value is not None and _is_amount(value)]
    return math.fsum(known) if known else None


def _is_amount(value: float | None) -> bool:
    """Return whether a price is known; nothing has a price below 0."""
    return value is not None and measured(value) and value >= 0


def _total(values: Floats) -> float | None:
    """Return the same of a column."""
    known = values[(values >= 0) & (values < LARGEST)]
    return math.fsum(known.tolist()) if len(known) else None


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def _note(simulations: int, priced: int, missing: int, zero_priced: int) -> str:
    if not simulations:
        return "no simulations"
    if priced == 0 and not zero_priced:
        return NOT_RECORDED
    notes = []
    if missing:
        notes.append(f"cost not recorded for {missing} of {simulations} simulations")
    if zero_priced:
        notes.append(f"cost 0 in spite of tokens used in {zero_priced} simulations: price not known")
    return "; ".join(notes)


EXPLANATIONS = {
    "cost": Explanation(
        "What did it cost, and what does one success cost?",
        "sums of what is recorded; sum of costs / sum of successes with the linearised standard error by task "
        "sqrt(G/(G-1) sum u^2) / sum S, u = sum(C - R S), and t with G - 1 degrees of freedom; tokens as recorded",
        "tasks independent; simulations without a price are like those with one",
        "Cochran 1977 (ratio estimator)",
        "'cost not recorded' (never 0); 'no success: cost per success undefined'; messages without usage are counted",
    ),
}

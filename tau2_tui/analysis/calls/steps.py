"""How many steps simulations take to succeed or fail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tau2_tui.analysis.data.records import Simulation
from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.analysis.shared.estimate import Status
from tau2_tui.analysis.shared.interval import measured
from tau2_tui.analysis.shared.quiet import quiet

SUCCESS, FAILURE, RUNNING = 1, 2, 0


@dataclass(frozen=True, slots=True)
class Incidence:
    """The share of simulations that have ended in one way by a number of steps.

    Attributes:
        end: ``success``, ``failure`` or ``any``.
        steps: where the curve rises.
        share: how high it is from there on.
        standard_error: of each share, simulations taken as independent; None where not computed.
        median: steps by which half of all simulations have ended so; None when fewer ever do.
        events: simulations that ended so.
    """

    end: str
    steps: tuple[float, ...]
    share: tuple[float, ...]
    standard_error: tuple[float, ...] | None
    median: float | None
    events: int


@dataclass(frozen=True, slots=True)
class StepsToEnd:
    """Cumulative incidence of success and failure, each competing with the other.

    Attributes:
        unit: ``messages`` or ``seconds``.
        n: simulations with a number of steps.
        running: of these, simulations not ended, or not evaluated: known to last so long at least.
        curves: success, failure and any end, as far as they happen.
        status: how much to make of it.
        note: what limits it.
    """

    unit: str
    n: int
    running: int
    curves: tuple[Incidence, ...]
    status: Status = "ok"
    note: str = ""


def steps_to_end(sims: Sequence[Simulation], unit: str = "messages") -> StepsToEnd:
    """Return the cumulative incidence of success and failure over steps (Aalen and Johansen).

    Failure is a competing event of success, not a censored one: a failed simulation will never succeed.

    Args:
        sims: the run's simulations; infrastructure failures are left out.
        unit: ``messages`` or ``seconds``.

    Raises:
        ValueError: another unit.
    """
    of = _UNITS.get(unit)
    if of is None:
        raise ValueError(f"unit must be one of {', '.join(_UNITS)}, not {unit}")
    rows = []
    for simulation in sims:
        time = of(simulation)
        if time is not None and measured(time) and time > 0 and not simulation.infrastructure:
            rows.append((time, _status(simulation)))
    n, running = len(rows), sum(status == RUNNING for _, status in rows)
    if n == 0:
        return StepsToEnd(unit, 0, 0, (), "none", "no finished simulations")
    if running == n:
        return StepsToEnd(unit, n, running, (), "none", "no simulation has ended")
    ends = {status for _, status in rows}
    curves = _curves(np.array([time for time, _ in rows]), np.array([status for _, status in rows]))
    one_sided = ends <= {SUCCESS, RUNNING} or ends <= {FAILURE, RUNNING}
    note = f"all ended in {curves[0].end}" if one_sided else ""
    return StepsToEnd(unit, n, running, curves, "degenerate" if one_sided else "ok", note)


_UNITS: dict[str, Callable[[Simulation], float | None]] = {
    "messages": lambda simulation: float(simulation.messages),
    "seconds": lambda simulation: simulation.duration,
}


def _status(simulation: Simulation) -> int:
    if not simulation.ended or simulation.success is None:
        return RUNNING
    return SUCCESS if simulation.success else FAILURE


def _curves(times: np.ndarray, status: np.ndarray) -> tuple[Incidence, ...]:
    from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

    causes = [(SUCCESS, "success"), (FAILURE, "failure")]
    present = [(code, end) for code, end in causes if (status == code).any()]
    renumbered = np.zeros(len(status), np.int64)
    for number, (code, _) in enumerate(present, 1):
        renumbered[status == code] = number
    curves = []
    with quiet():
        found = CumIncidenceRight(times, renumbered)
        for number, (_, end) in enumerate(present):
            errors = np.asarray(found.cinc_se[number], float) if found.cinc_se is not None else None
            curves.append(
                _incidence(end, found.times, found.cinc[number], errors, int((renumbered == number + 1).sum()))
            )
        ended = SurvfuncRight(times, (renumbered > 0).astype(np.int64))
    curves.append(
        _incidence("any", ended.surv_times, 1 - ended.surv_prob, ended.surv_prob_se, int((renumbered > 0).sum()))
    )
    return tuple(curves)


def _incidence(end: str, times: np.ndarray, share: np.ndarray, errors: np.ndarray | None, events: int) -> Incidence:
    """Return a curve with only the points at which it rises."""
    rises = np.flatnonzero(np.diff(np.concatenate([[0.0], share])) > 1e-12)
    half = np.flatnonzero(share >= 0.5 - 1e-12)
    known = errors is not None and bool(np.isfinite(errors[rises]).all())
    return Incidence(
        end=end,
        steps=tuple(np.asarray(times, float)[rises].tolist()),
        share=tuple(np.asarray(share, float)[rises].tolist()),
        standard_error=tuple(np.asarray(errors, float)[rises].tolist()) if known else None,
        median=float(times[half[0]]) if len(half) else None,
        events=events,
    )


EXPLANATIONS = {
    "steps_to_end": Explanation(
        "How long until success?",
        "Aalen-Johansen cumulative incidence of success and of failure over the number of messages, each a competing "
        "event of the other; simulations still running are censored",
        "simulations independent; running ones are like the others",
        "Aalen and Johansen 1978; Satagopan 2004 (why not Kaplan-Meier)",
        "'no finished simulations'; all ended in one way: that step curve only",
    ),
}

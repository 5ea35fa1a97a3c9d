"""Blame: why a simulation failed, from the log alone, with the lines that show it.

Each kind of evidence has a module; what they find is ranked in ``verdict``. Notes of the recorder on mistakes that were
made on purpose are never evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from tau2_tui.analysis.blame.case import Case, RunEvidence
from tau2_tui.analysis.blame.communicate import from_communication
from tau2_tui.analysis.blame.ends import from_ending, from_giving_up_unsaid, from_termination, left_at_the_end
from tau2_tui.analysis.blame.loops import from_loops, stuck
from tau2_tui.analysis.blame.pairing import pair
from tau2_tui.analysis.blame.policy import from_policy
from tau2_tui.analysis.blame.suspicious import from_nothing_wrong, from_reference, task_flags
from tau2_tui.analysis.blame.verdict import DECISIVE, KINDS, OWNERS, Cause, Verdict, ranked
from tau2_tui.analysis.blame.writes import from_writes
from tau2_tui.analysis.data.records import Run, Simulation
from tau2_tui.runlog.log import RunLog

__all__ = ["KINDS", "OWNERS", "Cause", "Verdict", "blame", "blame_runs"]


_EXPLAINED = 0.6
"""What is left of the confidence in a cause that the end of the conversation explains."""


def blame(log: RunLog, run: Run, *, progress: Callable[[float], None] | None = None) -> list[Verdict]:
    """Return why each simulation that ended without success did so, in the order of the run's simulations.

    Args:
        log: the log that the run was read from; texts of failed simulations are read from it.
        run: the run.
        progress: called with the share of failed simulations done, 0 to 1.
    """
    return blame_runs([(log, run)], progress=progress)[0]


def blame_runs(
    runs: Sequence[tuple[RunLog, Run]], *, progress: Callable[[float], None] | None = None
) -> list[list[Verdict]]:
    """Return the verdicts of several runs; a task that fails everywhere is flagged across all of them."""
    total = sum(_failed(simulation) for _, run in runs for simulation in run.simulations)
    done = 0
    verdicts: list[list[Verdict]] = []
    for log, run in runs:
        evidence = RunEvidence(log, run)
        found = []
        for simulation in run.simulations:
            if _failed(simulation):
                verdict = _verdict(evidence.case(simulation))
                if simulation.reward is not None or verdict.causes:  # else nobody said that it failed
                    found.append(verdict)
                done += 1
                if progress is not None:
                    progress(done / total)
        verdicts.append(found)
    flags = task_flags([run for _, run in runs], verdicts)
    return [
        [_flagged(verdict, flags.get((number, verdict.task_id))) for verdict in group]
        for number, group in enumerate(verdicts)
    ]


def _failed(simulation: Simulation) -> bool:
    return simulation.ended and simulation.success is not True


def _verdict(case: Case) -> Verdict:
    causes: list[Cause] = list(from_termination(case))
    if case.simulation.reward is not None and not case.simulation.infrastructure and case.messages:
        causes += _of_conversation(case)
    order = ranked(causes)
    turns = [one.turn for one in order if one.turn is not None and not one.flag]
    simulation = case.simulation
    return Verdict(
        simulation=simulation.index,
        simulation_id=simulation.simulation_id,
        task_id=simulation.task_id,
        trial=simulation.trial,
        failed_checks=case.failed_checks,
        causes=order,
        divergence_turn=turns[0] if turns else None,
        note=_note(case, order),
    )


def _of_conversation(case: Case) -> list[Cause]:
    causes = list(from_loops(case))
    if case.state_failed:
        pairing = pair(case)
        ending = list(from_ending(case, pairing))
        ended = any(one.confidence >= DECISIVE for one in ending) or (bool(causes) and stuck(case))
        explained = left_at_the_end(case, pairing) if ended else []
        causes += [*ending, *from_writes(case, pairing, explained)]
        causes += from_policy(case, pairing)
        if not causes:
            causes += from_nothing_wrong(case, pairing)
        causes += from_reference(case, pairing)
    said = list(from_communication(case))
    if not any(one.kind == "ended_early_by_agent" for one in causes):
        gave_up = list(from_giving_up_unsaid(case))
        said = [replace(one, confidence=one.confidence * _EXPLAINED) for one in said] if gave_up else said
        causes += gave_up
    return [*causes, *said]


def _note(case: Case, order: tuple[Cause, ...]) -> str:
    if not order:
        return "the log holds no evidence of a cause"
    if case.state_failed and case.simulation.reward is not None and case.gold_diff is None and case.gold:
        return "the reached state is not in the log: causes are from the calls alone"
    if order[0].confidence < 0.5 and not order[0].flag:
        return "the evidence does not decide between the causes"
    return ""


def _flagged(verdict: Verdict, flag: Cause | None) -> Verdict:
    return verdict if flag is None else replace(verdict, causes=ranked([*verdict.causes, flag]))

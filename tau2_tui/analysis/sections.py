"""The statistics of a run, section by section, under the names by which every reader of them knows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any

from tau2_tui.analysis.data.records import Run
from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.analysis.shared.interval import DEFAULT_LEVEL
from tau2_tui.natural import natural
from tau2_tui.runlog.log import RunLog

Section = dict[str, Any]
Maker = Callable[[Run, float], Section]


def _overview(run: Run, level: float) -> Section:
    from tau2_tui.analysis.runs.matrix import identical_trials
    from tau2_tui.analysis.runs.passes import pass_at, pass_hat
    from tau2_tui.analysis.runs.planning import plan
    from tau2_tui.analysis.runs.rewards import reward_parts
    from tau2_tui.analysis.runs.success import basic, success_new_tasks, success_same_tasks, terminations
    from tau2_tui.analysis.runs.variance import flaky, variance_split

    split, flipping = variance_split(run, level=level), flaky(run, level=level)
    again, identical = success_same_tasks(run, level=level), identical_trials(run)
    if identical.tasks:
        again = replace(again, note="; ".join(part for part in (again.note, identical.note) if part))
    return {
        "basic": basic(run),
        "success_new_tasks": success_new_tasks(run, level=level),
        "success_same_tasks": again,
        "pass_hat": pass_hat(run, level=level),
        "pass_at": pass_at(run, level=level),
        "icc": split.icc,
        "variance": split,
        "flaky_tasks": flipping.tasks,
        "flaky": flipping,
        "plan": plan(run, level=level),
        "reward_parts": reward_parts(run, level=level),
        "terminations": terminations(run),
    }


def _tasks(run: Run, level: float) -> Section:
    from tau2_tui.analysis.runs.difficulty import difficulty
    from tau2_tui.analysis.runs.matrix import identical_trials, task_matrix
    from tau2_tui.analysis.runs.subgroups import kind_of_task, subgroup
    from tau2_tui.analysis.runs.variance import agreement, trial_effect

    return {
        "matrix": task_matrix(run, level=level),
        "identical_trials": identical_trials(run),
        "agreement": agreement(run, level=level),
        "trial_effect": trial_effect(run, level=level),
        "difficulty": difficulty(run, level=level),
        "kinds": subgroup(run, lambda one: kind_of_task(one.task_id), level=level),
    }


def _tools(run: Run, level: float) -> Section:
    from tau2_tui.analysis.calls.diversity import diversity, inequality, tool_counts, tool_counts_by_task
    from tau2_tui.analysis.calls.requestor import by_requestor
    from tau2_tui.analysis.calls.tools import overall_error_rate, tool_table, tool_vs_rest

    counts = tool_counts(run.calls)
    known = {name for _, name in run.tools}
    return {
        "tools": tool_table(run.calls, level=level),
        "error_rate": overall_error_rate(run.calls, level=level),
        "tool_vs_rest": tool_vs_rest(run.calls),
        "by_requestor": by_requestor(run.calls, run.simulations, level=level),
        "inequality": inequality(counts),
        "inequality_of_all": inequality(counts, known) if known else None,
        "diversity": diversity(counts, tool_counts_by_task(run.calls), level=level),
    }


def _errors(run: Run, level: float) -> Section:
    from tau2_tui.analysis.calls.errors import error_table

    known = {name for _, name in run.tools} or None
    return {"errors": error_table(run.calls, known, level=level)}


def _arguments(run: Run, level: float) -> Section:
    from tau2_tui.analysis.calls.arguments import argument_profile
    from tau2_tui.analysis.calls.association import argument_outcome

    return {
        "arguments": argument_profile(run.calls, run.tools),
        "argument_outcome": argument_outcome(run.calls, run.simulations),
    }


def _results(run: Run, level: float) -> Section:
    from tau2_tui.analysis.calls.results import result_profile

    return {"results": result_profile(run.calls)}


def _sequence(run: Run, level: float) -> Section:
    from tau2_tui.analysis.calls.divergence import divergences
    from tau2_tui.analysis.calls.loops import loops
    from tau2_tui.analysis.calls.reference import agreement_table
    from tau2_tui.analysis.calls.sequence import ngrams, transitions

    return {
        "transitions": transitions(run.calls, level=level),
        "bigrams": ngrams(run.calls, 2),
        "trigrams": ngrams(run.calls, 3),
        "gold_agreement": agreement_table(run, level=level),
        "first_divergence": divergences(run),
        "loops": loops(run.calls),
    }


def _latency(run: Run, level: float) -> Section:
    from tau2_tui.analysis.calls.bottlenecks import bottlenecks
    from tau2_tui.analysis.calls.distribution import distribution
    from tau2_tui.analysis.calls.latency import all_gaps, latency

    gaps = all_gaps(run.messages, run.calls)
    return {
        "latency": latency(run, gaps, level=level),
        "bottlenecks": bottlenecks(run, gaps),
        "duration": distribution(simulation.duration for simulation in run.simulations if simulation.ended),
    }


def _cost(run: Run, level: float) -> Section:
    from tau2_tui.analysis.calls.cost import cost

    return {"cost": cost(run, level=level)}


def _temporal(run: Run, level: float) -> Section:
    from tau2_tui.analysis.calls.steps import steps_to_end
    from tau2_tui.analysis.calls.trends import change_point, trend
    from tau2_tui.analysis.runs.anytime import anytime_success
    from tau2_tui.analysis.runs.variance import trial_effect

    return {
        "success_trend": trend(run.simulations, "success", level=level),
        "duration_trend": trend(run.simulations, "duration", level=level),
        "change_point": change_point(run.simulations, "success"),
        "trial_effect": trial_effect(run, level=level),
        "steps_to_end": steps_to_end(run.simulations),
        "anytime": anytime_success(run, level=level),
    }


def _state(run: Run, level: float) -> Section:
    from tau2_tui.analysis.calls.state import state_changes

    return {"state": state_changes(run.calls, run.state_changes, run.tools)}


def _sensitive(run: Run, level: float) -> Section:
    from tau2_tui.analysis.calls.sensitive import sensitive

    return {"sensitive": sensitive(run.calls)}


_MAKERS: dict[str, Maker] = {
    "overview": _overview,
    "tasks": _tasks,
    "tools": _tools,
    "errors": _errors,
    "arguments": _arguments,
    "results": _results,
    "sequence": _sequence,
    "latency": _latency,
    "cost": _cost,
    "temporal": _temporal,
    "state": _state,
    "sensitive": _sensitive,
}

OF_CALLS = frozenset({"tools", "errors", "arguments", "results", "sequence", "state", "sensitive"})
"""The sections that need no messages and no model calls."""

CAUSES = "causes"
"""The section that needs the log itself: what was said in failed simulations is evidence."""

SECTIONS = (*_MAKERS, CAUSES)

_LIBRARIES = {
    "overview": ("statsmodels.stats.proportion",),
    "tasks": ("scipy.stats", "statsmodels.stats.contingency_tables", "statsmodels.stats.inter_rater"),
    "tools": ("scipy.stats", "statsmodels.stats.multitest"),
    "arguments": ("statsmodels.stats.multitest",),
    "temporal": (
        "scipy.stats",
        "statsmodels.duration.survfunc",
        "statsmodels.nonparametric.smoothers_lowess",
        "statsmodels.stats.diagnostic",
    ),
}
"""What sections use that takes longer to load than to use."""

OF_SIMULATIONS = frozenset({"overview", "tasks", "sequence", "temporal", CAUSES})
"""The sections that are wrong of a part of a simulation's events."""


def load(names: Iterable[str]) -> None:
    """Load the libraries that sections use, while something else is waited for: they take up to two seconds."""
    for name in names:
        for library in _LIBRARIES.get(name, ()):
            import_module(library)


def section(name: str, run: Run, *, level: float = DEFAULT_LEVEL, log: RunLog | None = None) -> Section:
    """Return the statistics of a section by their names.

    Args:
        name: one of ``SECTIONS``.
        run: the run.
        level: coverage of the intervals.
        log: the log that the run was read from; only ``causes`` needs it.

    Raises:
        KeyError: there is no such section.
        ValueError: the section needs the log.
    """
    if name == CAUSES:
        if log is None:
            raise ValueError("causes are found in the log itself")
        return causes([(log, run)])[0]
    return _MAKERS[name](run, level)


def causes(runs: Sequence[tuple[RunLog, Run]], *, progress: Callable[[float], None] | None = None) -> list[Section]:
    """Return why simulations failed, run by run: ``verdicts``, and how often each cause and owner comes first.

    Args:
        runs: logs and the runs that were read from them.
        progress: called with the share of failed simulations done, 0 to 1.
    """
    from tau2_tui.analysis.blame import KINDS, blame_runs

    found = []
    for verdicts in blame_runs(runs, progress=progress):
        firsts = [one.first for one in verdicts if one.first is not None]
        kinds, owners = Counter(one.kind for one in firsts), Counter(one.owner for one in firsts)
        found.append(
            {
                "failed": len(verdicts),
                "undecided": len(verdicts) - len(firsts),
                "first_causes": {kind: kinds[kind] for kind in KINDS if kinds[kind]},
                "owners": dict(owners.most_common()),
                "suspicious_tasks": sorted(
                    {one.task_id for one in verdicts if any(c.kind == "suspicious_task" for c in one.causes)},
                    key=lambda task_id: (natural(task_id), task_id),
                ),
                "verdicts": verdicts,
            }
        )
    return found


EXPLANATIONS = {
    "causes": Explanation(
        question="Why did this simulation fail, and whose fault is it?",
        formula=(
            "reached writes are paired with the reference's by tool, record and effect; how the conversation ended, "
            "failed calls, repetitions and what was said are weighed beside that; the first decisive cause in time "
            "comes first"
        ),
        assumption="confidences are judgements, not probabilities; whether the policy allows a write is not in the log",
        source="own; scored against noisy-oracle recordings in docs/blame.md",
        poor="'the log holds no evidence of a cause'; 'the evidence does not decide between the causes'",
    ),
}

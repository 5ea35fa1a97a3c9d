"""How often blame names the true cause, on recordings whose mistakes are known.

    python benchmarks/blame.py [--domains mock,airline,retail,telecom] [--seeds 300 7] [--error-rates 0.3] [LOG...]

Records noisy-oracle runs (needs tau2-bench, no model, no network), every domain with every seed and an error rate for
each of them (or one for all), or takes logs of such runs. The recorder's notes on
the mistakes that it made on purpose are the truth; blame never sees them. A mistake counts when it concerns something
that the reward looks at: a skipped read fails nothing. Printed are, by domain and in all, beside an
always-``missing_write`` baseline:

- first: the first cause is that of the first mistake that counts;
- acceptable: the first cause is one by which a mistake of the simulation can fairly be called (a failed call with a
  wrong id is a wrong argument as well as an error that was not recovered);
- owner: the first cause is the agent's fault, as all of these mistakes are;
- turn: the first place named is that of the first mistake that counts.

The exit code is 1 when ``first`` is under 90 %.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tau2_tui.analysis.blame import Verdict, blame
from tau2_tui.analysis.data.reading import read_run
from tau2_tui.analysis.data.records import Call, Run, Simulation
from tau2_tui.analysis.data.rows import writing_tools
from tau2_tui.runlog import RunLog

DOMAINS = ("mock", "airline", "retail", "telecom")
BASELINE = "missing_write"
LEAST = 0.9


@dataclass(frozen=True)
class Truth:
    """A mistake that counts: what it should be called, what it may be called, and where it was made."""

    kind: str
    acceptable: frozenset[str]
    turn: int | None


@dataclass
class Score:
    """Counts over failed simulations."""

    judged: int = 0
    without_truth: int = 0
    first: int = 0
    acceptable: int = 0
    owner: int = 0
    turn: int = 0
    baseline_first: int = 0
    baseline_acceptable: int = 0
    confusion: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_domain: dict[str, Score] = field(default_factory=dict)

    def add(self, verdict: Verdict, truths: Sequence[Truth], domain: str = "") -> None:
        """Count one failed simulation, in all and in its domain."""
        if domain:
            self.by_domain.setdefault(domain, Score()).add(verdict, truths)
        if not truths:
            self.without_truth += 1
            return
        named = verdict.first.kind if verdict.first else "none"
        self.judged += 1
        self.first += named == truths[0].kind
        self.acceptable += any(named in truth.acceptable for truth in truths)
        self.owner += verdict.first is not None and verdict.first.owner == "agent"
        self.turn += verdict.divergence_turn == truths[0].turn
        self.baseline_first += truths[0].kind == BASELINE
        self.baseline_acceptable += any(BASELINE in truth.acceptable for truth in truths)
        self.confusion[truths[0].kind, named] += 1

    def lines(self) -> Iterator[str]:
        """Yield the measures, by domain and in all, and the confusion table as Markdown."""
        total = max(1, self.judged)
        yield "| domain | failed simulations | first cause | acceptable | turn |"
        yield "|---|---|---|---|---|"
        for domain, own in sorted(self.by_domain.items()):
            shares = (f"{part / max(1, own.judged):.1%}" for part in (own.first, own.acceptable, own.turn))
            yield f"| {domain} | {own.judged} | {' | '.join(shares)} |"
        yield ""
        yield f"{self.judged} failed simulations with a known cause, {self.without_truth} without"
        yield ""
        yield "| measure | blame | always `missing_write` |"
        yield "|---|---|---|"
        yield f"| first cause | {self.first / total:.1%} | {self.baseline_first / total:.1%} |"
        yield f"| first cause acceptable | {self.acceptable / total:.1%} | {self.baseline_acceptable / total:.1%} |"
        yield f"| whose fault | {self.owner / total:.1%} | 100.0% |"
        yield f"| turn of divergence | {self.turn / total:.1%} | - |"
        yield ""
        named = sorted({name for _, name in self.confusion})
        yield f"| true cause | {' | '.join(named)} |"
        yield f"|{'---|' * (len(named) + 1)}"
        for truth in sorted({name for name, _ in self.confusion}):
            cells = (str(self.confusion[truth, name] or "") for name in named)
            yield f"| {truth} | {' | '.join(cells)} |"


def truths_of(log: RunLog, run: Run, simulation: Simulation) -> list[Truth]:
    """Return the mistakes of a simulation that count, in order."""
    event: Any = log.event(simulation.end_line or 0)
    calls = {getattr(log.event(c.line), "tool_call_id", None): c for c in run.calls if c.simulation == simulation.index}
    actions_checked = simulation.parts.get("ACTION", 1.0) < 1.0
    found = []
    for mistake in event.metadata.get("mistakes", ()):
        call = calls.get(mistake.get("tool_call_id")) if mistake.get("tool_call_id") else None
        truth = _truth(mistake, call, run, simulation, actions_checked)
        if truth is not None:
            found.append(Truth(truth[0], frozenset({*truth}), mistake.get("turn_idx")))
    return found


def _truth(
    mistake: Mapping[str, Any], call: Call | None, run: Run, simulation: Simulation, actions_checked: bool
) -> tuple[str, ...] | None:
    """Return what a mistake should be called first, then what else it may be called; None when it cannot matter."""
    reference, kind = mistake["reference"], mistake["kind"]
    writing = writing_tools(run.tools, run.calls)
    needed = actions_checked or writing.get((reference["requestor"], reference["name"]), False)
    if kind == "ended_early":
        left = [a for a in run.gold if a.task_id == simulation.task_id and a.i >= mistake["action_index"]]
        if simulation.parts.get("DB", 0.0) == 1.0 and simulation.parts.get("COMMUNICATE", 1.0) < 1.0:
            return ("ended_early_by_agent", "not_communicated")
        return ("ended_early_by_agent",) if any(actions_checked or a.writes for a in left) else None
    if kind == "skipped_action":
        missing = "user_action_missing" if reference["requestor"] == "user" else "missing_write"
        return (missing,) if needed else None
    if call is None:
        return None
    if kind in ("wrong_argument", "unknown_id"):
        named = ("tool_error_not_recovered", "wrong_argument") if call.error else ("wrong_argument",)
        return named if needed else None
    if kind == "repeated_call":
        return ("extra_write",) if call.state_changed else None
    if needed and not call.state_changed:
        return ("wrong_tool", "missing_write", *(("tool_error_not_recovered",) if call.error else ()))
    if call.state_changed:
        return ("wrong_tool",) if needed else ("wrong_tool", "extra_write")
    return None


def score_log(path: Path, score: Score) -> None:
    """Judge every failed simulation of a log."""
    with RunLog.open(path, index="now") as log:
        run = read_run(log)
        for verdict in blame(log, run):
            truths = truths_of(log, run, run.simulations[verdict.simulation])
            score.add(verdict, truths, run.domain or "unknown")


def recorded(
    domains: Sequence[str], error_rates: Sequence[float], seeds: Sequence[int], folder: Path
) -> Iterator[Path]:
    """Record noisy-oracle runs, a rate a seed, and yield their logs."""
    from tau2_tui.cli.main import cli

    for domain in domains:
        for seed, error_rate in zip(seeds, error_rates, strict=True):
            path = folder / f"{domain}-{seed}.jsonl"
            words = ["record", "--domain", domain, "--agent", "noisy-oracle", "--seed", str(seed), "-o", str(path)]
            cli.main([*words, "--error-rate", str(error_rate)], standalone_mode=False)
            yield path


def main() -> int:
    """Score and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("logs", nargs="*", type=Path)
    parser.add_argument("--domains", default=",".join(DOMAINS))
    parser.add_argument("--error-rates", type=float, nargs="+", default=[0.3], help="one for all seeds, or one each")
    parser.add_argument("--seeds", type=int, nargs="+", default=[300, 7])
    options = parser.parse_args()
    rates = options.error_rates * len(options.seeds) if len(options.error_rates) == 1 else options.error_rates
    if len(rates) != len(options.seeds):
        parser.error("as many error rates as seeds are needed, or one")
    score = Score()
    with tempfile.TemporaryDirectory() as folder:
        made = recorded(options.domains.split(","), rates, options.seeds, Path(folder))
        for path in options.logs or made:
            score_log(path, score)
    print("\n".join(score.lines()))
    return 0 if score.judged and score.first / score.judged >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())

"""The questions that screens ask about a whole log, and what answers them. What computes is imported by the answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tau2_tui.runlog.log import RunLog

if TYPE_CHECKING:
    from tau2_tui.analysis.blame.verdict import Verdict
    from tau2_tui.analysis.data.records import Run
    from tau2_tui.tui.screens.gold.alignment import Alignment
    from tau2_tui.tui.screens.overview.numbers import Numbers
    from tau2_tui.tui.screens.sheet.items import Sheet

FINDINGS, NUMBERS, ALIGNMENT, SHEET = "findings", "numbers", "alignment", "sheet"

State = tuple[int, ...]


@dataclass(frozen=True)
class Findings:
    """A run as the statistics see it.

    Attributes:
        run: its records; as an answer without calls and messages and what else there is by the hundred thousand.
        verdicts: why simulations failed, by simulation id.
    """

    run: Run
    verdicts: dict[str, Verdict]


class Study:
    """One log: its records are read, and the causes of failures found, once for each state that it has."""

    def __init__(self, log: RunLog) -> None:
        self._log = log
        self._reading, self._blaming = threading.Lock(), threading.Lock()
        self._run: tuple[State, Run] | None = None
        self._findings: tuple[State, Findings] | None = None

    def answer(self, question: str, *details: Any) -> Any:
        """Return the answer to a question, which may take as long as reading the log does."""
        return _ANSWERS[question](self, *details)

    def run(self) -> Run:
        """Return the records of the log as it is now."""
        from tau2_tui.analysis.data.reading import read_run

        with self._reading:
            state = self._state
            if self._run is None or self._run[0] != state:
                self._run = self._findings = None  # there need not be room for two runs
                self._run = state, read_run(self._log)
            return self._run[1]

    def findings(self) -> Findings:
        """Return the records of the log as it is now, and why its simulations failed."""
        from tau2_tui.analysis.blame import blame

        with self._blaming:
            state, known = self._state, self._findings
            if known is not None and known[0] == state:
                return known[1]
            known = self._findings = None  # its run goes before there is another one
            run = self.run()
            found = Findings(run, {one.simulation_id: one for one in blame(self._log, run)})
            if self._run is not None and self._run[1] is run:
                self._findings = state, found
            return found

    def close(self) -> None:
        """Nothing has to be closed here; what answers elsewhere has more to do."""

    @property
    def _state(self) -> State:
        return self._log.generation, self._log.whole, self._log.revision


def _findings(study: Study) -> Findings:
    found = study.findings()
    simulations = tuple(replace(one, reward_info=None, gold_diff=None) for one in found.run.simulations)
    thin = replace(found.run, simulations=simulations, calls=(), messages=(), model_calls=(), state_changes=())
    return Findings(replace(thin, tasks={}, gold=(), tools={}), found.verdicts)


def _numbers(study: Study) -> Numbers:
    from tau2_tui.tui.screens.overview.numbers import find_numbers

    return find_numbers(study.run())


def _alignment(study: Study, simulation_id: str) -> Alignment:
    from tau2_tui.tui.screens.gold.alignment import align

    return align(study.findings(), simulation_id)


def _sheet(study: Study, section: str) -> Sheet:
    from tau2_tui.tui.screens.statistics import writing
    from tau2_tui.tui.screens.statistics.sections import PANES

    return writing.write_sheet(next(pane for pane in PANES if pane.section == section), study.run())


_ANSWERS: Mapping[str, Callable[..., Any]] = {
    FINDINGS: _findings,
    NUMBERS: _numbers,
    ALIGNMENT: _alignment,
    SHEET: _sheet,
}

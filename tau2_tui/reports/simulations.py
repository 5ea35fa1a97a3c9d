"""The conversations of a report, made while they are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tau2_tui.analysis.runs.matrix import state_of
from tau2_tui.analysis.shared import figures as fig
from tau2_tui.analysis.sheets.behind import name_of
from tau2_tui.analysis.sheets.causes import in_words
from tau2_tui.reports.document import CauseLine, Cell, Entry, Part, Transcript
from tau2_tui.reports.places import Places, mark
from tau2_tui.reports.transcripts import Reading, change_text, read_conversation, shortened, value_text
from tau2_tui.reports.writer import Rows, SectionWriter, heads, marked

if TYPE_CHECKING:
    from tau2_tui.analysis.blame.verdict import Cause, Verdict
    from tau2_tui.analysis.calls.reference import GoldAgreement
    from tau2_tui.analysis.data.records import GoldAction, Simulation
    from tau2_tui.runlog import RunLog
    from tau2_tui.runlog.conversation import Turn

_LONGEST_VALUE = 400
_MOST_CHANGES = 60
_MOST_LINKS = 8

_OUTCOMES = {
    "matched": ("= made", ""),
    "wrong arguments": ("≠ other arguments", "failed"),
    "missing": ("✗ missing", "failed"),
}


@dataclass(frozen=True)
class Simulations:
    """Makes the conversations of a run.

    Attributes:
        log: the log.
        places: where things stand.
        verdicts: why simulations failed, by index.
        agreement: what became of the reference actions, by index.
        gold: the reference actions that each was evaluated against, by index.
        limit: characters of one conversation.
        advance: called after each.
    """

    log: RunLog
    places: Places
    verdicts: Mapping[int, Verdict]
    agreement: Mapping[int, GoldAgreement]
    gold: Mapping[int, tuple[GoldAction, ...]]
    limit: int
    advance: Callable[[], None]

    def transcripts(self) -> Iterator[Transcript]:
        """Yield the conversations in the order in which the simulations begin."""
        for simulation in self.places.run.simulations:
            if simulation.index in self.places.read:
                yield self._transcript(simulation)
                self.advance()

    def _transcript(self, simulation: Simulation) -> Transcript:
        verdict = self.verdicts.get(simulation.index)
        causes = () if verdict is None else verdict.causes
        evidence = frozenset(line for cause in causes for line in cause.lines)
        turns, lines = read_conversation(self.log, simulation.simulation_id)
        made = list(Reading(self.places.events, lines, evidence).entries(turns)) or _without_text(turns)
        entries = shortened(made, self.limit)
        standing = {one.anchor for one in entries if isinstance(one, Entry)}
        named = (self.places.event(simulation.index, line) for line in sorted(evidence))
        name = name_of(simulation.task_id, simulation.trial)
        return Transcript(
            anchor=self.places.transcript(simulation.index),
            title=name,
            outcome=mark(state_of(simulation)),
            said=_said(simulation),
            causes=tuple(self._cause(simulation, cause) for cause in causes),
            entries=entries,
            parts=tuple(self._parts(simulation)),
            note="" if verdict is None else verdict.note,
            others=tuple(anchor for anchor in named if anchor not in standing),
        )

    def _cause(self, simulation: Simulation, cause: Cause) -> CauseLine:
        places = tuple(
            Cell(f"line {line + 1}", target=self.places.event(simulation.index, line))
            for line in cause.lines[:_MOST_LINKS]
        )
        sure = f"{100 * cause.confidence:.0f} %"
        return CauseLine(f"{in_words(cause.kind)} ({cause.owner}, {sure})", cause.summary, places)

    def _parts(self, simulation: Simulation) -> Iterator[Part]:
        sheet = SectionWriter("", "")
        self._reference(simulation, sheet)
        _difference(simulation, sheet)
        yield from sheet.section().parts

    def _reference(self, simulation: Simulation, sheet: SectionWriter) -> None:
        """Write the task's reference actions, each with what became of it."""
        found = self.agreement.get(simulation.index)
        sheet.heading("Reference actions", "gold_agreement")
        if found is None or not found.actions:
            sheet.remark(found.note if found is not None and found.note else "no reference actions in the log")
            return
        gold = self.gold.get(simulation.index, ())
        rows: Rows = []
        for action in found.actions:
            said, tone = _OUTCOMES[action.outcome]
            arguments = _short(dict(gold[action.i].args)) if action.i < len(gold) else ""
            who = f"user: {action.name}" if action.requestor == "user" else action.name
            differing = ", ".join(action.differing)
            rows.append([Cell(who), arguments, marked(said, "failed", bool(tone)), differing])
        sheet.table(heads("reference action", "arguments", "what became of it", "arguments that differ"), rows)


def _without_text(turns: Sequence[Turn]) -> list[Entry]:
    """Return what stands in place of a conversation in which nobody's words are known, as of voice."""
    messages = sum(turn.message is not None for turn in turns)
    return [Entry("notice", "", f"{fig.things(messages, 'message')} without text")] if messages else []


def _difference(simulation: Simulation, sheet: SectionWriter) -> None:
    """Write what differs between the reached final state and the reference's."""
    sheet.heading("Difference from the reference state", "gold_agreement")
    if simulation.gold_diff is None:
        sheet.remark("the log holds no difference from the reference state; tau2-tui import --replay computes it")
        return
    rows: Rows = []
    for database, changes in simulation.gold_diff.items():
        for change in changes if isinstance(changes, list) else ():
            rows.append([Cell(str(database)), *_compared(change)])
    if not rows:
        sheet.remark("equal to the reference final state")
    sheet.table(heads("database", "place", "the reference has", "the simulation left"), rows[:_MOST_CHANGES])
    if len(rows) > _MOST_CHANGES:
        sheet.remark(f"{len(rows) - _MOST_CHANGES:,} more differences are left out")


def _compared(change: Any) -> tuple[str, str, str]:
    if not isinstance(change, dict):
        return change_text(change), "", ""
    path, operation = str(change.get("path") or "(everything)"), change.get("op")
    old = "nothing" if operation == "add" else _short(change.get("old"))
    return path, old, "nothing" if operation == "remove" else _short(change.get("value"))


def _short(value: Any) -> str:
    text = value_text(value)
    if len(text) <= _LONGEST_VALUE:
        return text
    return f"{text[:_LONGEST_VALUE]}… ({len(text) - _LONGEST_VALUE:,} characters more)"


def _said(simulation: Simulation) -> str:
    parts = ["no reward" if simulation.reward is None else f"reward {simulation.reward:g}"]
    parts += [f"ended by {simulation.termination}"] if simulation.termination else ["no end recorded"]
    parts += [f"{name} {value:g}" for name, value in simulation.parts.items()]
    parts += [fig.seconds(simulation.duration)] if simulation.duration is not None else []
    parts += [f"agent {fig.money(simulation.agent_cost)}"] if simulation.agent_cost is not None else []
    parts += [f"error: {simulation.error[:500]}"] if simulation.error else []
    return " · ".join(parts)

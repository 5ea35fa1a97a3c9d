"""``tau2-tui show``: a simulation as a conversation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tau2_tui.cli.choosing import choose, simulation_options
from tau2_tui.errors import Tau2TuiError
from tau2_tui.safe_text import visible

if TYPE_CHECKING:
    from tau2_tui.cli.page import Page
    from tau2_tui.cli.transcript import Transcript
    from tau2_tui.runlog import RunLog, SimulationRef
    from tau2_tui.runlog.conversation import Entry, Turn

_AROUND = 2


EXAMPLES = """\b
Examples:
  tau2-tui show run.jsonl --task 12
  tau2-tui show run.jsonl --task 12 --trial 2 --gold
  tau2-tui show run.jsonl --seq 4711
  tau2-tui show run.jsonl --task 12 --full | less
"""


@click.command("show", epilog=EXAMPLES)
@click.argument("log", type=click.Path(path_type=Path))
@simulation_options
@click.option(
    "--seq", type=click.IntRange(min=0), metavar="S", help="The event with this number, whole, and around it."
)
@click.option("--context", type=click.IntRange(min=0), default=_AROUND, metavar="N", help="Turns around --seq.")
@click.option("--gold", is_flag=True, help="Beside the reference actions of the task.")
@click.option("--full", is_flag=True, help="Results, values and texts whole.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document: the simulation's events, or the one of --seq."
)
def command(
    log: Path,
    task_id: str | None,
    trial: int | None,
    simulation_id: str | None,
    seq: int | None,
    context: int,
    gold: bool,
    full: bool,
    as_json: bool,
) -> None:
    """Read a simulation as a conversation: messages, tool calls with results, and what they changed.

    In front of each line stands its event's number, for --seq, search and events. → is a call, ← its result, ✗ a
    failure, Δ a change of a database (+ added, - removed, ~ replaced).
    """
    if gold and seq is not None:
        raise click.UsageError("--gold shows a whole simulation: it does not go with --seq")
    from tau2_tui.cli.reading import opened

    with opened(log) as opened_log:
        if seq is not None and task_id is None and simulation_id is None:
            line = line_of(opened_log, seq)
            owner = _owner(opened_log, line)
            if owner is None:
                _print_event(opened_log, line, as_json)
                return
        else:
            owner = choose(opened_log, task_id, trial, simulation_id)
        shown = _Shown(opened_log, owner)
        if as_json and seq is not None:
            _print_event(opened_log, shown.line_of(seq), as_json)
        elif as_json:
            shown.print_json(gold)
        else:
            shown.print_text(seq, context, gold=gold, full=full)


def line_of(log: RunLog, seq: int) -> int:
    """Return the line of the event with a number.

    Raises:
        Tau2TuiError: there is none.
    """
    import numpy as np

    lines = np.flatnonzero(log.columns.seq == seq)
    if not len(lines):
        raise Tau2TuiError(f"{log.path}: no event has the number {seq}")
    return int(lines[0])


def _owner(log: RunLog, line: int) -> SimulationRef | None:
    """Return the simulation that a line belongs to, None for an event of the whole run."""
    code = int(log.columns.simulation[line])
    if code < 0:
        return None
    name = log.columns.simulations[code]
    return next((ref for ref in log.simulations() if ref.simulation_id == name), None)


def _print_event(log: RunLog, line: int, as_json: bool) -> None:
    from tau2_tui.runlog.filters.selecting import fields_of

    if as_json:
        from tau2_tui.cli.json_output import print_line

        print_line(log.line(line))
        return
    from tau2_tui.cli.event_text import event_lines
    from tau2_tui.cli.page import page

    for text in event_lines(fields_of(log, line, log.line(line)), page()):
        click.echo(text)


class _Shown:
    """A simulation that is shown."""

    def __init__(self, log: RunLog, ref: SimulationRef) -> None:
        self.log = log
        self.ref = ref
        self.events: list[Entry] = [log.event(line) for line in log.lines_of(ref.simulation_id).tolist()]

    def print_json(self, gold: bool) -> None:
        from tau2_tui.cli.json_output import print_json
        from tau2_tui.runlog.filters.selecting import fields_of

        lines = self.log.lines_of(self.ref.simulation_id).tolist()
        document: dict[str, Any] = {
            "simulation_id": self.ref.simulation_id,
            "task_id": self.ref.task_id,
            "trial": self.ref.trial,
            "events": [fields_of(self.log, line, self.log.line(line)) for line in lines],
        }
        if gold:
            from tau2_tui.cli.gold import comparison_of

            document["gold"] = comparison_of(self.log, self.ref, self.turns()).document()
        print_json(document)

    def turns(self) -> list[Turn]:
        from tau2_tui.runlog.conversation import conversation

        return conversation(self.events)

    def print_text(self, seq: int | None, context: int, *, gold: bool, full: bool) -> None:
        from tau2_tui.cli.page import page
        from tau2_tui.cli.transcript import Transcript
        from tau2_tui.events import ExecutionEvent

        paper, turns = page(), self.turns()
        numbers = [event.seq for event in self.events if isinstance(event, ExecutionEvent) and event.seq is not None]
        transcript = Transcript(paper, full, len(str(max(numbers, default=0))) + 1, seq)
        whole = None if seq is None else self.line_of(seq)
        compared = None
        if gold:
            from tau2_tui.cli.gold import comparison_of

            compared = comparison_of(self.log, self.ref, turns)
        for line in self._header(paper):
            click.echo(line)
        if seq is not None and whole is not None:
            self._print_around(turns, transcript, seq, whole, context)
            return
        click.echo()
        for line in transcript.lines(turns, compared.notes() if compared else None):
            click.echo(line)
        click.echo()
        if compared is not None:
            for line in compared.lines(paper):
                click.echo(line)
        for line in self._end(paper):
            click.echo(line)

    def line_of(self, seq: int) -> int:
        """Return the line of the simulation's event with a number.

        Raises:
            Tau2TuiError: it has none.
        """
        line = line_of(self.log, seq)
        if line not in self.log.lines_of(self.ref.simulation_id):
            raise Tau2TuiError(f"event {seq} belongs to another simulation")
        return line

    def _print_around(self, turns: list[Turn], transcript: Transcript, seq: int, whole: int, context: int) -> None:
        from tau2_tui.cli.event_text import event_lines
        from tau2_tui.runlog.filters.selecting import fields_of

        place = next((place for place, turn in enumerate(turns) if seq in turn.seqs), None)
        if place is not None and context:
            click.echo()
            for line in transcript.lines(turns[max(0, place - context) : place + context + 1]):
                click.echo(line)
        click.echo()
        for line in event_lines(fields_of(self.log, whole, self.log.line(whole)), transcript.page):
            click.echo(line)

    def _header(self, paper: Page) -> Iterator[str]:
        from tau2_tui.cli.page import wrap
        from tau2_tui.events import SimulationStartEvent

        start = next((event for event in self.events if isinstance(event, SimulationStartEvent)), None)
        trial = "-" if self.ref.trial is None else str(self.ref.trial)
        domain = f"{start.domain} · " if start and start.domain else ""
        title = f"{domain}task {self.ref.task_id or '-'} · trial {trial}"
        yield from (paper.paint(line, "bold") for line in wrap(visible(title), paper.text_width))
        if start is not None:
            people = [("agent", start.agent, start.agent_llm), ("user", start.user, start.user_llm)]
            parts = [f"{role} {name}" + (f" ({model})" if model else "") for role, name, model in people if name]
            parts += ["solo"] if start.solo_mode else []
            parts += [f"attempt {start.attempt}"] if start.attempt > 1 else []
            said = visible(" · ".join([*parts, self.ref.simulation_id]))
            yield from (paper.paint(line, "muted") for line in wrap(said, paper.text_width))
        if self.ref.repeated:
            yield paper.paint("failed or cut off, and repeated: it does not count", "warning")

    def _end(self, paper: Page) -> Iterator[str]:
        from tau2_tui.cli.ending import ending

        yield from ending(self.events, paper)

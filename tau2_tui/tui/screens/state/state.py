"""The rows of the screen of state changes, without Textual."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from tau2_tui.events.changes import Change, join, parts
from tau2_tui.events.net_changes import net
from tau2_tui.tui.cells import cut, fit
from tau2_tui.tui.format.detail.state import DATABASES
from tau2_tui.tui.format.json_lines import Folds, json_lines
from tau2_tui.tui.format.runs import Run, TextLine, cut_runs, one_line, safe, wrap
from tau2_tui.tui.format.values import count
from tau2_tui.tui.screens.state.reading import History, Step

SIDE_BY_SIDE = 90
"""Columns from which on old and new values stand beside each other unless asked otherwise."""

_MOST_LINES = 400
"""Lines of one value that are shown."""

_NO_STATES = (
    "The log holds no states: it was imported without replaying its calls,"
    " which tau2-tui import does where tau2-bench is installed."
)


class Against(Enum):
    """What the state is compared with."""

    STEP = "change by change"
    START = "from start to end"
    REFERENCE = "end against reference"

    def next(self, direction: int = 1) -> Against:
        """Return the next way."""
        ways = list(Against)
        return ways[(ways.index(self) + direction) % len(ways)]


@dataclass(frozen=True)
class Row:
    """A row of the page.

    Attributes:
        runs: what it says.
        line: the line of the log that it speaks of, None for none.
        starts: it begins a change, or a record.
    """

    runs: tuple[Run, ...] = ()
    line: int | None = None
    starts: bool = False


@dataclass(frozen=True)
class Layout:
    """How changes are drawn.

    Attributes:
        width: cells.
        beside: old and new values stand beside each other.
    """

    width: int
    beside: bool


def rows_of(history: History, against: Against, layout: Layout) -> list[Row]:
    """Return the page about a simulation."""
    made = {Against.STEP: _steps, Against.START: _from_start, Against.REFERENCE: _from_reference}[against]
    return list(made(history, layout))


def _said(text: str, layout: Layout, token: str = "muted") -> Iterator[Row]:
    for runs in wrap(TextLine((Run(text, token),)), layout.width):
        yield Row(runs)


def _steps(history: History, layout: Layout) -> Iterator[Row]:
    if not history.looked:
        yield from _said(_NO_STATES, layout)
        return
    if not history.steps:
        yield from _said("Nothing was changed.", layout)
    for number, step in enumerate(history.steps, 1):
        if number > 1:
            yield Row()
        turn = "" if step.turn is None else f"turn {step.turn}  "
        head = (Run(f"{number:>3}  ", "heading"), Run(turn, "muted"), Run(step.cause, "tool"))
        yield Row(cut_runs(head, layout.width), step.line, starts=True)
        at = dict.fromkeys(map(_record, step.changes), step.line)
        yield from _records(step.changes, step.database, layout, at, start=False)
        if step.more:
            yield from _said(f"       … {count(step.more, 'more change')}: too many for this screen", layout)


def _from_start(history: History, layout: Layout) -> Iterator[Row]:
    if not history.looked:
        yield from _said(_NO_STATES, layout)
        return
    found, more = False, sum(step.more for step in history.steps)
    if more:
        yield from _said(f"Without {count(more, 'change')} that are too many for this screen.", layout, "warning")
    for database, steps in _by_database(history.steps).items():
        changes, contradictory = _net([change for step in steps for change in step.changes])
        if contradictory:
            yield from _said("The recorded changes contradict each other; each is shown.", layout, "warning")
        if not changes:
            continue
        found = True
        last = {_record(change): step.line for step in steps for change in step.changes}
        yield from _records(changes, database, layout, last)
    if not found:
        changed_back = " (what was changed was changed back)" if history.steps else ""
        yield from _said(f"The final state is the state at the start{changed_back}.", layout)


def _net(changes: list[Change]) -> tuple[list[Change], bool]:
    """Return what changes come to, or all of them when they cannot follow each other, and whether that is so."""
    try:
        return net(changes), False
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError):
        return changes, True


def _by_database(steps: Iterable[Step]) -> dict[str, list[Step]]:
    found: dict[str, list[Step]] = {}
    for step in steps:
        found.setdefault(step.database, []).append(step)
    return found


def _from_reference(history: History, layout: Layout) -> Iterator[Row]:
    reference = history.reference
    if reference is None:
        yield from _said("The simulation has not ended.", layout)
        return
    if reference.differences is None:
        why = f": {one_line(reference.reason)}" if reference.reason else ""
        yield from _said(f"The log does not hold the reference's final state{why}.", layout)
        if not history.looked and not why:
            yield from _said(_NO_STATES, layout)
        return
    if not any(reference.differences.values()):
        yield from _said("✓ The final state is the reference's.", layout, "success")
    else:
        legend = (Run("- the reference's  ", "removed"), Run("+ as it was reached", "added"))
        yield Row(cut_runs(legend, layout.width))
    for database, changes in reference.differences.items():
        if changes:
            at = dict.fromkeys(map(_record, changes), reference.line)
            yield from _records(changes, database, layout, at)
    if reference.synced is not None:
        number = sum(map(len, reference.synced.values()))
        yield Row()
        yield from _said(
            f"{count(number, 'difference')} remain when the reference's databases are synchronised after each action,"
            " as a conversation's are and the evaluator's are not.",
            layout,
        )


# Records


def _record(change: Change) -> tuple[str, ...]:
    """Return the record that a change is in: collection and key, where there are both."""
    return tuple(parts(change["path"])[:2])


def _records(
    changes: Sequence[Change],
    database: str,
    layout: Layout,
    lines: Mapping[tuple[str, ...], int],
    *,
    start: bool = True,
) -> Iterator[Row]:
    """Yield changes record by record.

    Args:
        changes: what changed.
        database: in which database.
        layout: how it is drawn.
        lines: the line of the log that each record leads to.
        start: a record is something to go to by itself.
    """
    groups: dict[tuple[str, ...], list[Change]] = {}
    for change in changes:
        groups.setdefault(_record(change), []).append(change)
    for record, group in groups.items():
        at = lines.get(record)
        name = " / ".join(one_line(part, 80) for part in record) or "everything"
        whose = "" if database == "database" else f"  {DATABASES.get(database, one_line(database, 40))}"
        head = (Run(f"     {name}", "strong"), Run(whose, "muted"))
        yield Row(cut_runs(head, layout.width), at, starts=start)
        for change in group:
            yield from _change(change, len(record), layout, at)


def _change(change: Change, depth: int, layout: Layout, line: int | None) -> Iterator[Row]:
    inner = parts(change["path"])[depth:]
    name = safe(join(*inner)[1:] if inner else {"add": "(added)", "remove": "(removed)"}.get(str(change.get("op")), ""))
    old = None if change.get("op") == "add" else _lines(change, "old")
    new = None if change.get("op") == "remove" else _lines(change, "value")
    short = all(side is None or len(side) == 1 for side in (old, new))
    label = Run(f"       {name}  " if name else "       ", "key")
    if short:
        yield from _short(label, old, new, layout, line)
        return
    yield Row(cut_runs((label,), layout.width), line)
    if layout.beside and old is not None and new is not None:
        yield from _beside(old, new, layout, line)
    else:
        yield from _unified(old, new, layout, line)


def _lines(change: Change, key: str) -> list[str]:
    if key not in change:
        return ["not recorded"]
    made = []
    for number, source in enumerate(json_lines(change[key], Folds())):
        if number >= _MOST_LINES:
            made.append("…")
            break
        made.append(source.text)
    return made


def _short(label: Run, old: list[str] | None, new: list[str] | None, layout: Layout, line: int | None) -> Iterator[Row]:
    runs = [label]
    if old is not None:
        runs.append(Run(f"- {old[0]}", "removed"))
    if new is not None:
        runs += [Run("  ")] if old is not None else []
        runs.append(Run(f"+ {new[0]}", "added"))
    for part in wrap(TextLine(tuple(runs), 9), layout.width):
        yield Row(part, line)


def _unified(old: list[str] | None, new: list[str] | None, layout: Layout, line: int | None) -> Iterator[Row]:
    for sign, token, side in (("-", "removed", old), ("+", "added", new)):
        for text in side or ():
            for runs in wrap(TextLine((Run(f"         {sign} {text}", token),), 13), layout.width):
                yield Row(runs, line)


def _beside(left: list[str], right: list[str], layout: Layout, line: int | None) -> Iterator[Row]:
    half = max(4, (layout.width - 12) // 2)
    for y in range(max(len(left), len(right))):
        before = f"- {left[y]}" if y < len(left) else ""
        after = f"+ {right[y]}" if y < len(right) else ""
        same = y < len(left) and y < len(right) and left[y] == right[y]
        tokens = ("muted", "muted") if same else ("removed", "added")
        yield Row(
            (Run("         "), Run(fit(before, half), tokens[0]), Run(" "), Run(cut(after, half), tokens[1])), line
        )


def step_rows(rows: Sequence[Row]) -> list[int]:
    """Return the places at which changes, or records, begin."""
    return [place for place, row in enumerate(rows) if row.starts]

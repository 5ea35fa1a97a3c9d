"""The section ``sequence``: what follows what, how near to the reference, and where simulations part from it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from tau2_tui.analysis.shared import figures as fig
from tau2_tui.analysis.sheets.behind import Event, Records, events
from tau2_tui.analysis.sheets.plots import Flow
from tau2_tui.analysis.sheets.sheet import Cell, Head, Row, Sheet
from tau2_tui.analysis.sheets.writer import SheetWriter, bar, named, number, row, words

_MOST_DRAWN = 14
"""Tools that the plot of transitions shows."""

_MOST = 40
"""Transitions and sequences that are worth reading."""

_START, _END = "<start>", "<end>"
_WRITES = {True: "writes", False: "", None: "?"}


def sequence(found: dict[str, Any], records: Records) -> Sheet:
    """Say where simulations part from the reference, how near they are to it, where they loop, what follows what."""
    sheet = SheetWriter("Sequence")
    _divergence(found["first_divergence"], sheet)
    _agreement(found["gold_agreement"], sheet)
    _loops(found["loops"], records, sheet)
    _transitions(found["transitions"], sheet)
    sheet.part("Three calls in a row", "ngrams")
    heads = words("calls"), number("count", 80), number("simulations", 60), number("tasks", 50)
    rows = []
    for one in found["trigrams"]:
        rows.append(row(" → ".join(one.tools), *map(fig.count, (one.count, one.simulations, one.tasks))))
    sheet.table(heads, rows, most=_MOST)
    return sheet.sheet()


def _divergence(found: Sequence[Any], sheet: SheetWriter) -> None:
    kinds: dict[str, list[Any]] = defaultdict(list)
    for one in found:
        kinds[one.kind].append(one)
    title = "Where simulations first part from the reference in what explains a failed database"
    sheet.part(title, "first_divergence")
    heads = words("first"), number("simulations", 80), number("share", 70)
    ordered = sorted(kinds.items(), key=lambda item: -len(item[1]))
    sheet.table(heads, (_parting(kind, members, len(found)) for kind, members in ordered))
    sheet.remark(*(one.note for one in found))


def _parting(kind: str, members: Sequence[Any], total: int) -> Row:
    def behind() -> Sequence[Any]:
        return events(*((one.simulation, one.line, kind) for one in members))

    return row(kind, fig.count(len(members)), bar(len(members) / total), behind=behind)


def _agreement(found: Any, sheet: SheetWriter) -> None:
    sheet.part("Reference actions that were made (tau2's rule: an equal call anywhere)", "agreement_table")
    for label, estimate in (("all", found.actions), ("writes", found.writes), ("reads", found.reads)):
        if estimate.value is not None:
            sheet.rate(label, estimate, f"of {estimate.n:,}")
    heads = (
        words("tool"),
        Head("writes", 60),
        number("in the reference", 70),
        number("made", 80),
        number("wrong arguments", 65),
        number("missing", 75),
    )
    wrong = cache(lambda: _wrong(found.simulations))
    sheet.table(heads, (_agreed(one, wrong) for one in found.tools))
    sheet.remark(found.note)


def _wrong(simulations: Sequence[Any]) -> dict[str, list[Event]]:
    """Return where tools were called with other arguments than the reference's."""
    made: dict[str, list[Event]] = defaultdict(list)
    for simulation in simulations:
        for action in simulation.actions:
            if action.outcome == "wrong arguments":
                said = f"{action.name}: {', '.join(action.differing)}"
                made[action.name] += events((simulation.simulation, action.line, said))
    return made


def _agreed(one: Any, wrong: Callable[[], dict[str, list[Event]]]) -> Row:
    counts = map(fig.count, (one.gold, one.matched, one.wrong_arguments, one.missing))
    return row(named(one.tool_name), _WRITES[one.writes], *counts, behind=lambda: wrong().get(one.tool_name, []))


def _rounds(one: Any) -> list[tuple[int, int | None, str]]:
    """Return where the cycles of a simulation are."""
    return [(one.simulation, cycle.line, f"{cycle.rounds} rounds of {' → '.join(cycle.tools)}") for cycle in one.cycles]


def _loops(found: Any, records: Records, sheet: SheetWriter) -> None:
    def rounds() -> Sequence[Any]:
        return events(*(place for one in found.simulations for place in _rounds(one)))

    sheet.part("Going in circles", "loops")
    repeat = f"{found.longest:,} times the same call in a row" if found.longest > 1 else "no call right after its like"
    sheet.field("longest repeat", repeat)
    sheet.field("retries", f"{fig.things(found.retries, 'identical call')} right after an error")
    sheet.field("cycles", f"{found.cycles:,}", behind=rounds)
    sheet.remark(found.note)
    heads = (
        words("simulation"),
        number("calls"),
        number("longest repeat", 80),
        words("of tool", 70),
        number("repeats"),
        number("retries", 50),
    )
    looping = [one for one in found.simulations if one.longest > 1 or one.cycles]
    sheet.table(heads, (_loop(one, records) for one in sorted(looping, key=lambda one: -one.longest)))


def _loop(one: Any, records: Records) -> Row:
    def start() -> Sequence[Any]:
        if one.longest < 2:
            return events(*_rounds(one))
        line = records.line_of.get((one.simulation, one.longest_i))
        return events((one.simulation, line, f"{one.longest_tool} again and again"))

    name = Cell(records.name_of(one.simulation, one.task_id), simulation=one.simulation)
    told = fig.count(one.calls), fig.count(one.longest), named(one.longest_tool)
    return row(name, *told, fig.count(one.repeats), fig.count(one.retries), behind=start, task=one.task_id)


def _transitions(found: Any, sheet: SheetWriter) -> None:
    sheet.part("What follows a call, within a simulation", "transitions")
    if found.entropy is not None:
        told = "bits that the next call leaves open when the last one is known"
        sheet.field("entropy", fig.number(found.entropy), told)
    sheet.remark(found.note)
    _flow(found, sheet)
    heads = words("after"), words("comes", 90), number("count", 80), number("share", 70), Head("interval", 60)
    rows = []
    for one in sorted(found.rows, key=lambda one: (-one.count, one.source, one.target)):
        share = bar(one.share.value, "tool", text=fig.share(one.share))
        rows.append(row(named(one.source), named(one.target), fig.count(one.count), share, fig.share_range(one.share)))
    sheet.table(heads, rows, most=_MOST)


def _flow(found: Any, sheet: SheetWriter) -> None:
    counts = {(one.source, one.target): one for one in found.rows}
    used: Counter[str] = Counter()
    for one in found.rows:
        used[one.source] += one.count
    every = [name for name, _ in used.most_common() if name not in (_START, _END)]
    names = every[:_MOST_DRAWN]
    if not names:
        return
    sources, targets = (_START, *names), (*names, _END)
    shares = tuple(
        tuple(
            counts[one, other].count / counts[one, other].row_total if (one, other) in counts else 0.0
            for other in targets
        )
        for one in sources
    )
    left_out = f" ({len(every) - len(names)} rarer tools left out)" if len(every) > len(names) else ""
    sheet.plot(Flow(f"Flow of tools: which call follows which{left_out}", sources, targets, shares))

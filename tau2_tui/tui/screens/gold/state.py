"""The rows of the screen of reference actions, without Textual."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from tau2_tui.tui.cells import fit
from tau2_tui.tui.format.runs import Run, cut_runs, one_line, runs_width
from tau2_tui.tui.format.short import short_rows
from tau2_tui.tui.format.values import call_text, count
from tau2_tui.tui.screens.gold.alignment import AS_EXPECTED, Alignment, Fate, Pair
from tau2_tui.tui.screens.gold.verdict import verdict_rows
from tau2_tui.tui.screens.gold.wording import Differing, differences
from tau2_tui.tui.screens.legend import legend_rows

SIDE_BY_SIDE = 100
"""Columns from which on reference and calls stand beside each other unless asked otherwise."""

_ROOMY = 50
"""Columns from which on turn and requestor have columns of their own."""

_WHO, _WHEN = 6, 10
_START = 12
"""Cells before the text of a reference action: number, mark and whose it is."""

_MOST_ROWS = 4
"""Rows that one call or value takes at most."""

MARKS = {
    Fate.MATCHED: Run("=", "success"),
    Fate.ALIKE: Run("≈", "success"),
    Fate.WRONG: Run("≠", "error"),
    Fate.FAILED: Run("!", "error"),
    Fate.MISSING: Run("✗", "error"),
    Fate.EXTRA_WRITE: Run("+", "warning"),
    Fate.EXTRA: Run("○", "text"),
    Fate.EXTRA_READ: Run("·", "muted"),
}


def mark_of(pair: Pair) -> Run:
    """Return the symbol of a pair, in a quieter colour where the difference does not matter."""
    mark = MARKS[pair.fate]
    return Run(mark.text, "warning") if mark.token == "error" and not pair.matters else mark


@dataclass(frozen=True)
class Row:
    """A row of the page.

    Attributes:
        runs: what it says.
        line: the line of the log that it speaks of, None for none.
        pair: the place among the pairs of what it speaks of, None when it speaks of none.
        starts: it begins something that is not as the reference has it.
    """

    runs: tuple[Run, ...] = ()
    line: int | None = None
    pair: int | None = None
    starts: bool = False


@dataclass(frozen=True)
class Layout:
    """How the page is drawn.

    Attributes:
        width: cells.
        beside: reference and calls stand beside each other, not under each other.
        unfolded: reads beyond the reference are shown one by one.
    """

    width: int
    beside: bool
    unfolded: bool = False


def rows_of(alignment: Alignment, layout: Layout) -> list[Row]:
    """Return the page about a simulation."""
    rows = [Row(runs, line) for runs, line in verdict_rows(alignment, layout.width)]
    if alignment.simulation is None:
        return rows
    rows += [Row(), *_heading(alignment, layout)]
    if layout.beside and alignment.pairs:
        half, _ = _columns(layout.width)
        titles = fit(" " * _START + "the reference", half) + " │ calls that were made"
        rows.append(Row(cut_runs((Run(titles, "muted"),), layout.width)))
    return rows + list(_body(alignment, layout))


def divergence_row(rows: Sequence[Row], alignment: Alignment) -> int | None:
    """Return the row of the first divergence, None when there is none."""
    if alignment.divergence is None:
        return None
    return next((place for place, row in enumerate(rows) if row.pair == alignment.divergence), None)


def difference_rows(rows: Sequence[Row]) -> list[int]:
    """Return the rows at which differences begin."""
    return [place for place, row in enumerate(rows) if row.starts]


def same_row(before: Sequence[Row], cursor: int, after: Sequence[Row]) -> int:
    """Return which of other rows about the same simulation speaks of what a row spoke of.

    A fold stands for all that is in it, and the other way round.
    """
    pair = before[cursor].pair if cursor < len(before) else None
    if pair is None:
        return min(cursor, max(0, len(after) - 1))
    to = _first_of(after, pair)
    for _ in range(cursor - _first_of(before, pair)):
        if to + 1 < len(after) and after[to + 1].pair == after[to].pair:
            to += 1
    return to


def _first_of(rows: Sequence[Row], pair: int) -> int:
    """Return the first row that speaks of a pair, or the fold that it is in."""
    nearest = max((row.pair for row in rows if row.pair is not None and row.pair <= pair), default=None)
    return next((place for place, row in enumerate(rows) if nearest is not None and row.pair == nearest), 0)


# What there is, in numbers


def _heading(alignment: Alignment, layout: Layout) -> Iterator[Row]:
    title = Run("Reference ", "heading")
    if not alignment.known:
        said = Run(" the log holds neither this task nor its reference actions", "warning")
        yield from map(Row, short_rows((title, said), layout.width, 3, 4))
    elif not any(pair.action for pair in alignment.pairs):
        yield from map(Row, short_rows((title, Run(" the task expects no actions")), layout.width, 3, 4))
    else:
        yield from map(Row, short_rows((title, Run(f" {_numbers(alignment.pairs)}")), layout.width, 3, 4))
    present = {pair.fate for pair in alignment.pairs}
    legend = ((MARKS[fate], Run(f" {fate.value}", "muted")) for fate in Fate if fate in present)
    yield from map(Row, legend_rows(legend, layout.width))


def _numbers(pairs: Sequence[Pair]) -> str:
    parts = [_made([pair for pair in pairs if pair.action is not None], "", "actions made")]
    for writes, noun in ((True, "writes"), (False, "reads")):
        parts.append(_made([pair for pair in pairs if pair.action is not None and pair.action.writes is writes], noun))
    fates = Counter(pair.fate for pair in pairs)
    parts += [count(fates[fate], fate.value) for fate in (Fate.EXTRA_WRITE, Fate.EXTRA, Fate.EXTRA_READ) if fates[fate]]
    return " · ".join(part for part in parts if part)


def _made(pairs: Sequence[Pair], noun: str, after: str = "") -> str:
    if not pairs:
        return ""
    made = sum(pair.fate in AS_EXPECTED for pair in pairs)
    return " ".join(part for part in (noun, f"{made} of {len(pairs)}", after) if part)


# Pair by pair


def _body(alignment: Alignment, layout: Layout) -> Iterator[Row]:
    pairs, place = alignment.pairs, 0
    while place < len(pairs):
        end = place
        while end < len(pairs) and pairs[end].fate is Fate.EXTRA_READ:
            end += 1
        if end - place > 1 and not layout.unfolded:
            yield _fold(pairs[place:end], place, layout)
            place = end
            continue
        if place == alignment.divergence:
            said = Run(f"▶ first divergence: {alignment.kind}", "warning")
            yield Row(cut_runs((said,), layout.width), pairs[place].line, place)
        yield from _pair(pairs[place], place, layout)
        place += 1


def _fold(pairs: Sequence[Pair], place: int, layout: Layout) -> Row:
    names = Counter(one_line(pair.call.name, 60) for pair in pairs if pair.call is not None)
    listed = ", ".join(name if number == 1 else f"{name} x{number}" for name, number in names.most_common(8))
    said = f"    ▸ {count(len(pairs), 'extra read')}: {listed}"
    return Row(cut_runs((Run(said, "muted"),), layout.width), pairs[0].line, place)


def _columns(width: int) -> tuple[int, int]:
    """Return the cells of the left and of the right column."""
    left = max(1, (width - 3) // 2)
    return left, max(1, width - 3 - left)


def _pair(pair: Pair, place: int, layout: Layout) -> Iterator[Row]:
    made = _beside(pair, layout.width) if layout.beside else _under(pair, layout.width)
    for number, runs in enumerate(made):
        yield Row(runs, pair.line, place, starts=number == 0 and pair.matters)


def _start(pair: Pair) -> tuple[Run, ...]:
    number = f"{pair.action.i + 1:>3}" if pair.action is not None else "   "
    return Run(number, "muted"), Run(" "), mark_of(pair), Run(" ")


def _who(requestor: str) -> Run:
    return Run(fit("user" if requestor == "user" else "agent", _WHO), "user" if requestor == "user" else "agent")


def _whose(pair: Pair) -> str:
    acting = pair.call if pair.action is None else pair.action
    return "assistant" if acting is None else acting.requestor


def _when(pair: Pair) -> Run:
    if pair.call is None:
        return Run(fit("never made", _WHEN) + " ", "error" if pair.matters else "muted")
    return Run(fit("made" if pair.call.turn is None else f"turn {pair.call.turn}", _WHEN) + " ", "muted")


def _note(pair: Pair) -> Run | None:
    """Return what is to say of a pair beyond its mark."""
    if pair.action is not None and pair.call is not None and pair.action.requestor != pair.call.requestor:
        return Run(f"by the {'user' if pair.call.requestor == 'user' else 'agent'}  ", "warning")
    if pair.again:
        return Run("the same call as before  ", "muted")
    if pair.call is not None and pair.call.error:
        return Run("failed  ", "error" if pair.matters else "muted")
    if pair.action is not None and pair.action.writes and pair.call is not None and pair.call.state_changed is False:
        return Run("changed nothing  ", "warning")
    return None


def _text(pair: Pair, *, of_call: bool) -> str:
    """Return a call in words, without the arguments that follow one by one because they differ."""
    one = pair.call if of_call else pair.action
    if one is None:
        return ""
    shared = {name: value for name, value in one.args.items() if name not in pair.differing}
    if pair.differing and not shared:
        return one_line(one.name, 120)
    return call_text(one.name, shared, 120 if pair.differing else 2_000)


def _error_of(pair: Pair) -> str:
    """Return why a call failed that the reference needs, empty for any other."""
    if pair.call is None or not pair.matters or not pair.call.error:
        return ""
    return one_line(pair.call.error_text or "", 300)


def _token(pair: Pair) -> str:
    if pair.fate is Fate.MISSING:
        return "error" if pair.matters else "text"
    return "muted" if pair.fate is Fate.EXTRA_READ else "text"


def _rows(runs: Sequence[Run], width: int, pair: Pair, indent: int) -> list[tuple[Run, ...]]:
    """Return a call as rows: what is as expected, or matters little, takes one."""
    most = _MOST_ROWS if pair.matters and not pair.differing else 1
    return short_rows(runs, width, most, indent)


# Under each other


def _under(pair: Pair, width: int) -> Iterator[tuple[Run, ...]]:
    runs = list(_start(pair))
    note = _note(pair)
    if width >= _ROOMY:
        runs += [_who(_whose(pair)), _when(pair)]
    elif _whose(pair) == "user":
        runs.append(Run("user ", "user"))
    indent = runs_width(runs)
    runs += [note] if note is not None else []
    runs.append(Run(_text(pair, of_call=pair.call is not None), _token(pair)))
    yield from _rows(runs, width, pair, indent)
    for differing in differences(pair):
        yield from _both_values(differing, width, indent)
    error = _error_of(pair)
    if error:
        yield from short_rows((Run(" " * indent), Run(error, "error")), width, 2, indent)


def _both_values(differing: Differing, width: int, indent: int) -> Iterator[tuple[Run, ...]]:
    pad = " " * min(indent, width // 3)
    for sign, value, token in (("-", differing.reference, "removed"), ("+", differing.made, "added")):
        runs = (Run(f"{pad}{sign} "), Run(f"{differing.path}: ", "key"), Run(value, token))
        yield from short_rows(runs, width, _MOST_ROWS, len(pad) + 4)


# Beside each other


def _beside(pair: Pair, width: int) -> Iterator[tuple[Run, ...]]:
    left_width, right_width = _columns(width)
    left = [*_start(pair), _who(_whose(pair)), Run(_text(pair, of_call=False), _token(pair))]
    right = [_when(pair)]
    note = _note(pair)
    right += [note] if note is not None else []
    if pair.call is not None:
        same = pair.action is not None and not pair.differing and pair.action.args == pair.call.args
        said = one_line(pair.call.name, 120) if pair.differing else _text(pair, of_call=True)
        right.append(Run("the same", "muted") if same else Run(said, _token(pair)))
    sides = [(_rows(left, left_width, pair, _START + 2), _rows(right, right_width, pair, _WHEN + 3))]
    for differing in differences(pair):
        sides.append(
            (
                _value(differing, "-", differing.reference, "removed", _START, left_width),
                _value(differing, "+", differing.made, "added", _WHEN + 1, right_width),
            )
        )
    error = _error_of(pair)
    if error:
        pad = _WHEN + 1
        sides.append(([], short_rows((Run(" " * pad), Run(error, "error")), right_width, 2, pad)))
    for one, other in sides:
        for reference, made in zip_longest(one, other, fillvalue=()):
            gap = Run(" " * max(0, left_width - runs_width(reference)))
            yield (*reference, gap, Run(" │ ", "muted"), *made)


def _value(differing: Differing, sign: str, value: str, token: str, indent: int, width: int) -> list[tuple[Run, ...]]:
    pad = " " * min(indent, width // 3)
    runs = (Run(f"{pad}{sign} "), Run(f"{differing.path}: ", "key"), Run(value, token))
    return short_rows(runs, width, _MOST_ROWS, len(pad) + 4)

"""Rows of the table of results: what was measured, what was promised of it, and how others do."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

HEADINGS = ("what", "measured", "against", "ratio", "promised", "of the limit", "others")
DIGITS = {"s": 3, "ms": 1, "MB": 0, "bytes": 0, "x": 2}


@dataclass(frozen=True)
class Row:
    """One thing that was measured; less is better, whatever the unit.

    Attributes:
        group: what belongs together.
        name: what it is, with the size of what it was done to.
        unit: ``s``, ``ms``, ``MB``, ``bytes``, or ``x`` for a ratio.
        values: one a run, or one a key press; none when it could not be measured.
        base: what it is compared with: the machine's or a library's own best at it.
        base_values: the same, measured in the same run.
        limit: at most so many times the base, or of the unit when there is no base; None when nothing is promised.
        peers: other programs, and their values in the same unit.
        absent: other programs that were not measured, and why.
        reason: why there are no values.
    """

    group: str
    name: str
    unit: str
    values: list[float] = field(default_factory=list)
    base: str = ""
    base_values: list[float] = field(default_factory=list)
    limit: float | None = None
    peers: dict[str, list[float]] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    reason: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times the base it is, by medians."""
        if not self.values or not self.base_values or not statistics.median(self.base_values):
            return None
        return statistics.median(self.values) / statistics.median(self.base_values)

    @property
    def of_limit(self) -> float | None:
        """Which part of the limit it takes: above 1 the promise is not held."""
        reached = self.ratio if self.base else statistics.median(self.values) if self.values else None
        if reached is None or self.limit is None:
            return None
        return reached / self.limit if self.limit else float(reached > 0) * 2

    @property
    def behind(self) -> list[str]:
        """The other programs that are better at it."""
        if not self.values:
            return []
        own = statistics.median(self.values)
        return [name for name, values in self.peers.items() if values and statistics.median(values) < own]

    def document(self) -> dict[str, Any]:
        """Return everything that is known of it, for JSON."""
        middle = statistics.median(self.values) if self.values else None
        worked_out = {"median": middle, "ratio": self.ratio, "of_limit": self.of_limit, "behind": self.behind}
        return {**asdict(self), **worked_out}


def failure(group: str, name: str, reason: str) -> Row:
    """Return the row of something that could not be measured."""
    return Row(group, name, "s", reason=reason)


def figure(values: Sequence[float], unit: str, *, spread: bool = False) -> str:
    """Return a median with its unit, and the least and the most of the values."""
    places, shown = DIGITS[unit], " ×" if unit == "x" else f" {unit}"
    text = f"{statistics.median(values):,.{places}f}{shown}"
    if spread and len(values) > 1:
        text += f" ({min(values):,.{places}f} to {max(values):,.{places}f})"
    return text


def cells(row: Row) -> Iterator[str]:
    """Yield the cells of a row under ``HEADINGS``."""
    yield row.name
    yield figure(row.values, row.unit, spread=True) if row.values else f"**not measured**: {row.reason}"
    yield f"{row.base}, {figure(row.base_values, row.unit)}" if row.base_values else ""
    yield "" if row.ratio is None else f"{row.ratio:.2f} ×"
    yield promised(row)
    of_limit = row.of_limit
    yield "" if of_limit is None else f"{of_limit:.2f}" if of_limit <= 1 else f"**{of_limit:.2f}**"
    yield "; ".join(others(row))


def promised(row: Row) -> str:
    if row.limit is None:
        return ""
    return f"≤ {row.limit:g} ×" if row.base else f"≤ {row.limit:g} {row.unit}" if row.limit else "none"


def others(row: Row) -> Iterator[str]:
    """Yield how each other program does, and whether it is ahead."""
    for name, values in row.peers.items():
        place = ": ahead of us" if name in row.behind else ": behind us" if row.values else ""
        yield f"{name} {figure(values, row.unit)}{place}"
    for name, reason in row.absent.items():
        yield f"{name} not measured: {reason}"


def escaped(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def tables(rows: Iterable[Row]) -> Iterator[str]:
    """Yield the lines of Markdown tables, one a group."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    for group, members in groups.items():
        yield from (f"### {group}", "", f"| {' | '.join(HEADINGS)} |", f"|{'---|' * len(HEADINGS)}")
        for row in members:
            yield f"| {' | '.join(map(escaped, cells(row)))} |"
        yield ""


def summary(rows: Sequence[Row]) -> Iterator[str]:
    """Yield a few lines: how many promises are held, which are not, and who is ahead of us where."""
    held = [row for row in rows if (part := row.of_limit) is not None and part <= 1]
    missed = [row for row in rows if (part := row.of_limit) is not None and part > 1]
    compared = [row for row in rows if row.values and row.peers]
    yield f"- {len(held)} of {len(held) + len(missed)} promises that were measured are held."
    for row in missed:
        yield f"- Not held: {row.group}, {row.name}: {row.of_limit:.2f} times the limit."
    yield f"- {sum(not row.behind for row in compared)} of {len(compared)} rows with others: nobody is ahead of us."
    for row in compared:
        if row.behind:
            yield f"- Ahead of us: {', '.join(row.behind)} in {row.group}, {row.name}."
    for row in rows:
        if not row.values:
            yield f"- Not measured: {row.group}, {row.name}: {' '.join(row.reason.split())}"

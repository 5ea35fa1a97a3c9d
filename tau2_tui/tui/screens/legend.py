"""Short sayings beside each other, such as what each mark of a page means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tau2_tui.tui.format.runs import Run, cut_runs, runs_width

_GAP = "  "


def legend_rows(sayings: Iterable[Sequence[Run]], width: int) -> list[tuple[Run, ...]]:
    """Return sayings in as few rows of so many cells as hold them whole."""
    rows: list[list[Run]] = []
    for saying in sayings:
        if rows and runs_width([*rows[-1], Run(_GAP), *saying]) <= width:
            rows[-1] += [Run(_GAP), *saying]
        else:
            rows.append(list(saying))
    return [cut_runs(row, max(1, width)) for row in rows]

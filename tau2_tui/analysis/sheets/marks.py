"""What became of a simulation, as one symbol."""

from __future__ import annotations

from tau2_tui.analysis.sheets.sheet import Cell, Tone

_MARKS: dict[str, tuple[str, str, Tone]] = {
    "passed": ("✓", "passed", "passed"),
    "failed": ("✗", "failed", "failed"),
    "undecided": ("?", "not decided: a judge was not asked", "warning"),
    "infrastructure": ("!", "failed outside agent and user", "warning"),
    "unevaluated": ("·", "no reward", "muted"),
    "running": ("…", "not ended", "muted"),
}

LEGEND = ",  ".join((*(f"{symbol} {meaning}" for symbol, meaning, _ in _MARKS.values()), "- none"))

NONE = Cell("-", "muted", spoken="none")
"""There is no such simulation."""


def mark(state: str, about: str = "", simulation: int | None = None) -> Cell:
    """Return the symbol of a state of ``runs.matrix.state_of`` with its meaning.

    Args:
        state: the state.
        about: how the simulation is called.
        simulation: its index.
    """
    symbol, meaning, tone = _MARKS[state]
    return Cell(symbol, tone, spoken=f"{about}: {meaning}" if about else meaning, simulation=simulation)

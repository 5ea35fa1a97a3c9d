"""What else two runs say beside the difference of their success: whether it holds, and what else changed."""

from __future__ import annotations

from dataclasses import dataclass

from tau2_tui.analysis.comparison.models import ModelComparison, compare_model
from tau2_tui.analysis.comparison.shift import ToolShift, tools_shift
from tau2_tui.analysis.comparison.simpson import Simpson, simpson
from tau2_tui.analysis.data.records import Run
from tau2_tui.analysis.shared.interval import DEFAULT_LEVEL


@dataclass(frozen=True, slots=True)
class Further:
    """What else there is to say of two runs.

    Attributes:
        tools_shift: tools that the second run uses more, and less.
        simpson: the difference inside kinds of tasks, and over all.
        model: the difference in models of the single simulations.
    """

    tools_shift: tuple[ToolShift, ...]
    simpson: Simpson
    model: ModelComparison


def further(a: Run, b: Run, *, level: float = DEFAULT_LEVEL) -> Further:
    """Return what else two runs say.

    Args:
        a: the first run.
        b: the second.
        level: coverage of the intervals.
    """
    return Further(tuple(tools_shift(a.calls, b.calls)), simpson(a, b, level=level), compare_model(a, b, level=level))

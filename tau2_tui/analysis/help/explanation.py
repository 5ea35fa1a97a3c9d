"""What a statistic answers, how it is computed, what it assumes and where that comes from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Explanation:
    """One statistic, explained; each module of statistics has a dictionary ``EXPLANATIONS`` of them by name.

    Attributes:
        question: the person's question that it answers.
        formula: how it is computed.
        assumption: what must hold for its interval or p-value to mean what it says.
        source: where the method comes from.
        poor: what is printed when the data are too few, constant or missing.
    """

    question: str
    formula: str
    assumption: str
    source: str
    poor: str

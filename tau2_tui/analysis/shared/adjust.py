"""Adjusting p-values for having made many tests at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from tau2_tui.analysis.shared.estimate import Test

AdjustMethod = Literal["fdr_bh", "holm"]


def adjusted(p_values: Sequence[float | None], method: AdjustMethod = "fdr_bh") -> list[float | None]:
    """Return the p-values adjusted for all of them together, in their order.

    What is None or NaN was no test: it stays None and does not count.

    Args:
        p_values: one a test.
        method: ``fdr_bh`` for Benjamini and Hochberg's false discovery rate, ``holm`` for Holm's familywise error.
    """
    places = [index for index, p in enumerate(p_values) if p is not None and not math.isnan(p)]
    result: list[float | None] = [None] * len(p_values)
    if not places:
        return result
    from statsmodels.stats.multitest import multipletests

    corrected = multipletests([p_values[index] for index in places], method=method)[1]
    for index, p in zip(places, corrected, strict=True):
        result[index] = float(p)
    return result


def adjust_tests(tests: Sequence[Test], method: AdjustMethod = "fdr_bh") -> list[Test]:
    """Return the tests with ``p_adj`` set, adjusted for all of them together."""
    corrected = adjusted([test.p for test in tests], method)
    return [replace(test, p_adj=p) for test, p in zip(tests, corrected, strict=True)]

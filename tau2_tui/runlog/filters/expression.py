"""A filter: parsed once, then asked about rows, or for the lines of a log that it lets through."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tau2_tui.runlog.filters.names import EVENTS, Vocabulary
from tau2_tui.runlog.filters.terms import And, Node

if TYPE_CHECKING:
    from tau2_tui.runlog.columns import Array
    from tau2_tui.runlog.log import RunLog


@dataclass(frozen=True)
class Filter:
    """What is asked for of events or rows; from :func:`parse`.

    Attributes:
        text: the expression.
        node: what it says.
    """

    text: str
    node: Node

    def matches(self, row: Mapping[str, Any]) -> bool:
        """Return whether an event, given as the object of its line, or a row of a list is what is asked for."""
        return self.node.matches(row)

    def lines(
        self,
        log: RunLog,
        *,
        start: int = 0,
        stop: int | None = None,
        backwards: bool = False,
        cancelled: Callable[[], bool] | None = None,
    ) -> Iterator[int]:
        """Yield the numbers of the lines whose events are what is asked for, as they are found.

        Columns decide where they suffice; then lines are left out that lack bytes which any match holds; only what is
        left is read and parsed.

        Args:
            log: the log, as far as it is indexed now.
            start: the first line looked at.
            stop: the line after the last one looked at; None for all that are indexed now.
            backwards: from the last line to the first.
            cancelled: asked often; no more lines come when it returns true.
        """
        from tau2_tui.runlog.filters.selecting import matching_lines

        return matching_lines(self.node, log, start, stop, backwards, cancelled)

    def select(self, log: RunLog, *, cancelled: Callable[[], bool] | None = None) -> Array:
        """Return the numbers of the lines whose events are what is asked for, rising, int64."""
        import numpy as np

        return np.fromiter(self.lines(log, cancelled=cancelled), np.int64)


def parse(text: str, vocabulary: Vocabulary = EVENTS) -> Filter:
    """Return the filter that an expression stands for; an empty one lets everything through.

    Args:
        text: the expression.
        vocabulary: the names that mean something; others are taken for mistakes.

    Raises:
        FilterError: it means nothing; the error says what is wrong in which column.
    """
    if not text.strip():
        return Filter(text, And(()))
    from tau2_tui.runlog.filters.grammar import tree_of

    return Filter(text, tree_of(text, vocabulary))

"""What is wrong with a filter expression, and where."""

from __future__ import annotations

from tau2_tui.errors import Tau2TuiError


class FilterError(Tau2TuiError):
    """A filter expression that means nothing.

    Attributes:
        column: where the mistake stands, from 1.
        reason: what is wrong there, for a person.
    """

    def __init__(self, column: int, reason: str) -> None:
        super().__init__(f"filter, column {column}: {reason}")
        self.column = column
        self.reason = reason

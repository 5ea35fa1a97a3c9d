"""Numbers: pure functions from a run's records to frozen results, on statsmodels, scipy and numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tau2_tui.analysis.analyzer import LogAnalyzer

__all__ = ["LogAnalyzer"]


def __getattr__(name: str) -> Any:
    """Import :class:`LogAnalyzer` when it is first asked for: numpy and the readers come with it."""
    if name == "LogAnalyzer":
        from tau2_tui.analysis.analyzer import LogAnalyzer

        return LogAnalyzer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

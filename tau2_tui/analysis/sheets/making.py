"""The sheet of a section by the section's name."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from tau2_tui.analysis.sheets.behind import Records
from tau2_tui.analysis.sheets.sheet import Sheet

_WRITTEN_IN = {
    "overview": "success",
    "tasks": "success",
    "tools": "calls",
    "errors": "calls",
    "arguments": "values",
    "results": "values",
    "sequence": "order",
    "latency": "times",
    "cost": "times",
    "temporal": "drift",
    "state": "values",
    "sensitive": "values",
}
"""The module that writes each section's sheet, in a function of the section's name."""


def sheet_of(name: str, found: dict[str, Any], records: Records) -> Sheet:
    """Return what is said of a section.

    Args:
        name: the section; one of ``sections.SECTIONS``, but for the causes, which each reader shows in its own way.
        found: what ``sections.section`` found.
        records: of the run.
    """
    module = importlib.import_module(f"tau2_tui.analysis.sheets.{_WRITTEN_IN[name]}")
    write: Callable[[dict[str, Any], Records], Sheet] = getattr(module, name)
    return write(found, records)

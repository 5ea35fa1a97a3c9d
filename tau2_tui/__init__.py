"""tau2-tui: record tau2-bench runs and see why a simulation failed.

The public names are imported when they are first asked for, so that ``import tau2_tui`` costs nothing.
"""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"

_PUBLIC = {"LogAnalyzer": "tau2_tui.analysis.analyzer"}

__all__ = ["LogAnalyzer", "__version__"]


def __getattr__(name: str) -> Any:
    """Import a public name from where it is."""
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_PUBLIC[name]), name)

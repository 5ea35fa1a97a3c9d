"""tau2-tui: record tau2-bench runs and see why a simulation failed."""

from __future__ import annotations

__version__ = "0.1.0"

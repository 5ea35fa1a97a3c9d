"""tau2-tui: record tau2-bench runs and see why a simulation failed.

The public names are imported when they are first asked for, so that ``import tau2_tui`` costs nothing.
"""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"

_PUBLIC = {
    "EnhancedDomainRegistry": "tau2_tui.recording.enhanced.registry",
    "ExecutionLogger": "tau2_tui.logging.execution_logger",
    "LogAnalyzer": "tau2_tui.analysis.analyzer",
    "LoggingEnvironment": "tau2_tui.recording.environment",
    "RunLog": "tau2_tui.runlog.log",
    "StateTracker": "tau2_tui.logging.state_tracker",
    "register_enhanced_domains": "tau2_tui.recording.enhanced.registry",
    "run_enhanced_simulation": "tau2_tui.recording.enhanced.simulation_runner",
}

__all__ = [
    "EnhancedDomainRegistry",
    "ExecutionLogger",
    "LogAnalyzer",
    "LoggingEnvironment",
    "RunLog",
    "StateTracker",
    "__version__",
    "register_enhanced_domains",
    "run_enhanced_simulation",
]


def __getattr__(name: str) -> Any:
    """Import a public name from where it is."""
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_PUBLIC[name]), name)

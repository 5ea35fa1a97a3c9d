"""Real results files to test against, where they are at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

VARIABLE = "TAU2_TUI_TEST_DATA"
"""Environment variable with the directory of the files."""


def real_data(*parts: str) -> Path:
    """Return a file or directory among the real data; skips the test where it is not at hand."""
    root = os.environ.get(VARIABLE)
    path = Path(root, *parts) if root else None
    if path is None or not path.exists():
        pytest.skip(f"real data are not at hand: set {VARIABLE}")
    return path


_SIDE_FILES = ("_side_results.json", "_side_termination_summary.json", "expected_metrics.json")
"""What lies beside results and is none: metrics of a run."""


def results_files(*, logs: bool = True) -> list[Path]:
    """Return every results file and directory among the real data, none where they are not at hand.

    Args:
        logs: also the logs of the predecessor that lie beside its results.
    """
    root = os.environ.get(VARIABLE)
    found = sorted(Path(root).rglob("*.json")) if root else []
    return [
        path.parent if path.name == "results.json" else path
        for path in found
        if "simulations" not in path.parts
        and not path.name.endswith(_SIDE_FILES)
        and (logs or not path.name.endswith("_enhanced_logs.json"))
    ]

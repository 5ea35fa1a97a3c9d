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

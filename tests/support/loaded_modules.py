"""Which costly packages a piece of code loads, asked of a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable

from tests.support.program import PATIENCE

HEAVY = ("tau2", "litellm", "statsmodels", "pandas", "scipy", "textual", "numpy", "rich", "matplotlib")


def loaded_after(code: str, names: Iterable[str] = HEAVY) -> set[str]:
    """Return which of the packages and modules are loaded when some code has run."""
    report = f"import sys\nprint('LOADED', *[name for name in {tuple(names)!r} if name in sys.modules])"
    command = [sys.executable, "-c", f"{code}\n{report}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split()[1:])


def loaded_by_command(*words: str) -> set[str]:
    """Return which of the heavy ones a command of the program loads."""
    return loaded_after(f"from tau2_tui.cli.main import main\ntry: main({list(words)!r})\nexcept SystemExit: pass")

"""The package's own names: there, and cheap until they are used."""

from __future__ import annotations

import subprocess
import sys

import pytest

import tau2_tui

HEAVY = ("tau2", "litellm", "statsmodels", "scipy", "pandas", "numpy", "textual", "matplotlib")
INVOKE = "from click.testing import CliRunner\nfrom tau2_tui.cli.main import cli"


def heavy_modules_after(code: str) -> str:
    """Return which costly packages are loaded after some code, one a line."""
    report = f"import sys; print(*[name for name in {HEAVY!r} if name in sys.modules], sep='\\n', file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", f"{code}\n{report}"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stderr.strip()


@pytest.mark.parametrize(
    "code",
    [
        "import tau2_tui",
        "import tau2_tui.analysis.visualizer",
        "from tau2_tui.logging import ExecutionLogger, StateTracker",
        "from tau2_tui import ExecutionLogger, StateTracker",
        "from tau2_tui import LoggingEnvironment, EnhancedDomainRegistry, run_enhanced_simulation",
        f"{INVOKE}\nCliRunner().invoke(cli, ['--help'])",
        f"{INVOKE}\nCliRunner().invoke(cli, ['run', '--help'])",
    ],
)
def test_nothing_costly_is_imported_before_it_is_used(code: str) -> None:
    assert heavy_modules_after(code) == ""


def test_every_public_name_is_there() -> None:
    for name in tau2_tui.__all__:
        assert getattr(tau2_tui, name) is not None
    with pytest.raises(AttributeError, match="nothing_of_that_name"):
        tau2_tui.nothing_of_that_name  # noqa: B018 - looking it up is the test

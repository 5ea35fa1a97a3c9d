"""The package's own names: there, and cheap until they are used."""

from __future__ import annotations

import pytest

import tau2_tui
from tests.support.loaded_modules import loaded_after

HEAVY = ("tau2", "litellm", "statsmodels", "scipy", "pandas", "numpy", "textual", "matplotlib")
INVOKE = "from click.testing import CliRunner\nfrom tau2_tui.cli.main import cli"


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
    assert loaded_after(code, HEAVY) == set()


def test_every_public_name_is_there() -> None:
    for name in tau2_tui.__all__:
        assert getattr(tau2_tui, name) is not None
    with pytest.raises(AttributeError, match="nothing_of_that_name"):
        tau2_tui.nothing_of_that_name  # noqa: B018 - looking it up is the test

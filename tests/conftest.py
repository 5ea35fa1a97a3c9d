from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("default")


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell that starts pytest in the background turns interrupts off, for the programs under test too.
    signal.signal(signal.SIGINT, signal.default_int_handler)


for name in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TAU2_TUI_THEME", "TAU2_TUI_DEBUG"):
    os.environ.pop(name, None)  # what is printed must not depend on who runs the tests, and where


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="also run the tests that take minutes")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--slow"):
        return
    skip = pytest.mark.skip(reason="slow: give --slow")
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep indexes, converted copies and the places of logs out of the user's directories."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture
def small_log(tmp_path: Path) -> Path:
    """A finished run of two simulations, one passed and one failed, as the recorder writes it."""
    from tests.support.small_log import write_small_log

    return write_small_log(tmp_path / "small.jsonl")

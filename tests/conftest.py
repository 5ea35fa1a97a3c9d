from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("default")


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell that starts pytest in the background turns interrupts off, for the programs under test too.
    signal.signal(signal.SIGINT, signal.default_int_handler)


OF_THE_TESTS = {"TAU2_TUI_TEST_DATA", "TAU2_TUI_UPDATE_PICTURES"}
OF_THE_USER = {"COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "SOURCE_DATE_EPOCH", "STY", "TMUX"}

for name in set(os.environ) - OF_THE_TESTS:
    # What is printed must not depend on who runs the tests, and where; nor may anything cost money.
    if name in OF_THE_USER or name.startswith("TAU2_TUI_") or name.endswith("_API_KEY"):
        del os.environ[name]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="also run the tests that take minutes")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--slow"):
        return
    skip = pytest.mark.skip(reason="slow: give --slow")
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(autouse=True)
def process_as_found() -> Iterator[None]:
    """Undo what commands do to a process of their own: the collector at rest, threads' turns, signals."""
    collecting, thresholds, switching = gc.isenabled(), gc.get_threshold(), sys.getswitchinterval()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in handlers.items():
        if signal.getsignal(number) is not handler:
            signal.signal(number, handler)
    sys.setswitchinterval(switching)
    gc.set_threshold(*thresholds)
    (gc.enable if collecting else gc.disable)()


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

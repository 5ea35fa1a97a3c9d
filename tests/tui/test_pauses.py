from __future__ import annotations

import asyncio
import selectors
import sys
from collections.abc import Iterator

import pytest

from tau2_tui.tui import pauses


@pytest.fixture(autouse=True)
def switching() -> Iterator[None]:
    """Threads take turns afterwards as before."""
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


def test_others_get_the_interpreter_soon_while_the_loop_waits_and_late_while_it_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waiting: list[float] = []

    def select(selector: object, timeout: float | None = None) -> list[object]:
        waiting.append(sys.getswitchinterval())
        return []

    monkeypatch.setattr(selectors.DefaultSelector, "select", select)
    with pauses.AttentiveSelector() as selector:
        assert selector.select(1.0) == []
    assert waiting == [pytest.approx(pauses._SWITCH_SECONDS)]
    assert sys.getswitchinterval() == pytest.approx(pauses._UNDISTURBED_SECONDS)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="there, nobody chooses the loop")
def test_an_app_is_run_so_and_threads_take_turns_as_before_afterwards() -> None:
    sys.setswitchinterval(0.004)
    seen = []

    async def app() -> None:
        await asyncio.sleep(0)
        seen.append(sys.getswitchinterval())

    pauses.run(app())
    assert seen == [pytest.approx(pauses._UNDISTURBED_SECONDS)]
    assert sys.getswitchinterval() == pytest.approx(0.004)


def test_what_ends_an_app_is_passed_on() -> None:
    async def app() -> None:
        raise KeyError("gone")

    with pytest.raises(KeyError, match="gone"):
        pauses.run(app())

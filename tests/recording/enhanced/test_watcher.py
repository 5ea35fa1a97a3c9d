"""Which simulation of tau2's own runner is whose, when many of them come and go at once."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.errors import LogWriteError
from tau2_tui.recording.enhanced import watcher
from tau2_tui.recording.enhanced.batches import TwinSettings
from tau2_tui.recording.enhanced.watcher import Watcher


class Simulation:
    """What tau2's orchestrator returns; nobody keeps it."""


class Watched:
    """Stands for a recorded simulation."""

    def __init__(self, log: object, orchestrator: object) -> None:
        self.became: list[str] = []
        EVERY.append(self)

    def run(self) -> Simulation:
        return NEXT.pop() if NEXT else Simulation()

    def evaluate(self, *arguments: object) -> None:
        self.became.append("evaluated")

    def leave(self) -> None:
        self.became.append("left")


EVERY: list[Watched] = []
NEXT: list[Simulation] = []
"""What the next one that is run returns, if it matters."""


@pytest.fixture
def watching(monkeypatch: pytest.MonkeyPatch) -> Watcher:
    EVERY.clear()
    NEXT.clear()
    monkeypatch.setattr(watcher, "WatchedSimulation", Watched)
    monkeypatch.setattr(Watcher, "_log_of", lambda self, orchestrator: object())
    nothing: Any = None
    return Watcher(nothing, TwinSettings(), {})


def elsewhere(act: Any) -> Any:
    """Return what ``act`` returns in a thread of its own."""
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(act()))
    thread.start()
    thread.join()
    return answers[0]


def test_a_simulation_that_has_the_place_of_a_forgotten_one_in_memory_stays_its_own(watching: Watcher) -> None:
    def nothing() -> None: ...

    first = watching.conversation(object(), nothing)
    watching.evaluation(first, {"domain": "d"}, nothing)
    place = id(first)
    del first
    made = [Simulation() for _ in range(1000)]
    NEXT.append(next((one for one in made if id(one) == place), made[0]))
    other = elsewhere(lambda: watching.conversation(object(), nothing))
    own = watching.conversation(object(), nothing)  # leaves this thread's last one, and nobody else's
    for simulation in (other, own):
        watching.evaluation(simulation, {"domain": "d"}, nothing)
    assert [watched.became for watched in EVERY] == [["evaluated"]] * 3


def test_one_that_nobody_evaluates_is_left_when_its_thread_goes_on(watching: Watcher) -> None:
    for _ in range(2):
        watching.conversation(object(), lambda: None)
    assert [watched.became for watched in EVERY] == [["left"], []]
    watching.close()
    assert [watched.became for watched in EVERY] == [["left"], ["left"]]


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LogWriteError, match="cannot make the folder"):
        TwinSettings(log_dir=tmp_path / "file" / "logs").folder()

"""``tau2-tui open`` on results of tau2-bench in a real terminal."""

from __future__ import annotations

from pathlib import Path

from tests.runlog.formats.results_documents import answer, asks, call, results, says, simulation, written
from tests.support.terminal import ALTERNATE_ON, opened


def test_results_open_in_the_inspector(tmp_path: Path) -> None:
    spoken = [says("How can I help?"), asks(call("get_user", id=4)), answer("Error: no user 4", error=True)]
    path = written(tmp_path, results(simulation(*spoken, reward_info={"reward": 0.0})))
    with opened(str(path), ready="event 0 of 10") as session:
        before = session.written[: session.written.index(ALTERNATE_ON)].decode()
        assert f"{path}: tau2 0.x results, converted" in before.replace("\r\n", "")
        screen = session.wait_for(lambda text: "1 simulation: ✓ 0  ✗ 1" in text)
        assert "mock · agent gpt-a, user gpt-u" in screen
        assert "How can I help?" in screen and "get_user(id=4) → no user 4" in screen
        session.press("e")
        session.wait_for(lambda text: "event 5 of 10" in text)
        session.press("q")
        assert session.end() == 0

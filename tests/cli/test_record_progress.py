"""The progress display of ``tau2-tui record``: what it says, that it fits, that the terminal is left as it was."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from statsmodels.stats.proportion import proportion_confint

from tau2_tui.cli import record_progress
from tau2_tui.cli.progress import fitted
from tau2_tui.cli.record_lines import count, display_lines, spending_line
from tau2_tui.cli.record_progress import Aside, DrawnProgress, LineProgress, printed_beside, progress_on
from tau2_tui.cli.record_state import RunState, wilson_interval
from tau2_tui.events import LLMCallEvent, MessageEvent, ToolExecutionEvent
from tau2_tui.recording import RunPlan, SimulationOutcome
from tau2_tui.recording.session import SimulationIdentity
from tau2_tui.recording.spending import Spending
from tau2_tui.safe_text import visible

PLAN = RunPlan("r", "mock", 5, 10, Path("run.jsonl"))


class Clock:
    """Time that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def identity_of(number: int, task: str = "task", attempt: int = 1) -> SimulationIdentity:
    return SimulationIdentity(f"s{number}", f"{task}_{number}", 0, "mock", attempt=attempt)


def outcome_of(identity: SimulationIdentity, reward: float | None, error: str | None = None) -> SimulationOutcome:
    return SimulationOutcome(identity, reward, "user_stop", error, 2, 0, 1, 0.5)


def started(clock: Clock, simulations: int = 3) -> tuple[RunState, list[SimulationIdentity]]:
    state = RunState(clock)
    state.run_started(PLAN)
    identities = [identity_of(number) for number in range(simulations)]
    for identity in identities:
        state.simulation_started(identity)
    return state, identities


def test_a_lane_tells_task_turn_and_what_happened_last_and_when() -> None:
    clock = Clock()
    state, (first, *_) = started(clock)
    state.event_logged(first, MessageEvent(role="user", content="my secret plan", turn_idx=4))
    clock.now += 3
    state.event_logged(first, ToolExecutionEvent(tool_name="get_users", turn_idx=5, success=False))
    clock.now += 2
    text = "\n".join(display_lines(state, 100, 24))
    assert "task_0:0" in text and "turn 5" in text and "get_users failed, 2 s ago" in text and "5.0 s" in text
    assert "my secret plan" not in text
    state.event_logged(first, LLMCallEvent(purpose="agent", turn_idx=6))
    assert "turn 6" in display_lines(state, 100, 24)[3] and "agent's model answered" in display_lines(state, 100, 24)[3]
    state.event_logged(first, LLMCallEvent(purpose="agent", error="no", error_type="Timeout"))
    assert "agent's model failed: Timeout" in display_lines(state, 100, 24)[3]


def test_simulations_keep_their_lanes_and_free_ones_are_taken_again() -> None:
    state, (first, second, third) = started(Clock())
    state.simulation_ended(outcome_of(second, 1.0))
    assert [lane and lane.identity.task_id for lane in state.lanes] == ["task_0", None, "task_2"]
    state.simulation_started(identity_of(7))
    assert [lane and lane.identity.task_id for lane in state.lanes] == ["task_0", "task_7", "task_2"]
    del first, third


def test_the_pass_rate_has_its_interval_and_leaves_out_what_waits_for_a_judge() -> None:
    state, identities = started(Clock())
    state.simulation_ended(outcome_of(identities[0], 1.0))
    state.simulation_ended(outcome_of(identities[1], None, "boom"))
    undecided = outcome_of(identities[2], None)
    state.simulation_ended(
        SimulationOutcome(**{**undecided.__dict__, "judge": "judge skipped"}),
    )
    text = "\n".join(display_lines(state, 120, 24))
    low, high = wilson_interval(1, 2)
    assert f"passed 1 of 2 = 50 % (95 % interval {100 * low:.0f}–{100 * high:.0f} %)" in text
    assert "errors 1" in text and "judge skipped 1" in text and "3/10" in text


@given(total=st.integers(1, 3000), data=st.data())
def test_the_interval_is_wilsons(total: int, data: st.DataObject) -> None:
    passed = data.draw(st.integers(0, total))
    expected = proportion_confint(passed, total, alpha=0.05, method="wilson")
    assert wilson_interval(passed, total) == pytest.approx(expected, abs=1e-12)


def test_the_time_left_follows_the_pace_of_this_session() -> None:
    clock = Clock()
    kept = tuple(outcome_of(identity_of(number, "kept"), 1.0) for number in range(4))
    state = RunState(clock)
    state.run_started(RunPlan("r", "mock", 5, 10, Path("run.jsonl"), kept))
    assert (state.done, state.passed, state.time_left) == (4, 4, None)
    state.simulation_started(identity_of(1))
    clock.now += 30
    state.simulation_ended(outcome_of(identity_of(1), 0.0))
    assert state.time_left == 30 * 5


def test_cost_and_tokens_include_what_is_under_way_and_nothing_twice() -> None:
    state, (first, second, _) = started(Clock())
    call = LLMCallEvent(model="m", purpose="agent", prompt_tokens=1000, completion_tokens=10, cost=0.25)
    state.event_logged(first, call)
    state.event_logged(second, call)
    assert spending_line(state) == "cost $0.5000, tokens 2000 in, 20 out, model calls 2"
    ended = outcome_of(first, 1.0)
    state.simulation_ended(SimulationOutcome(**{**ended.__dict__, "spending": {"agent": Spending.of_call(call)}}))
    assert spending_line(state) == "cost $0.5000, tokens 2000 in, 20 out, model calls 2"
    state.event_logged(second, LLMCallEvent(model="m", purpose="user", prompt_tokens=1, completion_tokens=1))
    line = spending_line(state)
    assert line is not None and line.startswith("cost unknown (at least $0.5000)")
    assert spending_line(RunState()) is None


texts = st.text(st.characters(blacklist_categories=["Cs"]), max_size=60)


@given(
    width=st.integers(5, 200),
    height=st.integers(2, 40),
    lanes=st.integers(0, 50),
    task=texts,
    error=texts,
)
def test_the_display_fits_any_terminal_and_moves_nothing(
    width: int, height: int, lanes: int, task: str, error: str
) -> None:
    state = RunState(Clock())
    state.run_started(PLAN)
    for number in range(lanes):
        state.simulation_started(identity_of(number, task))
    state.simulation_started(identity_of(99, task))
    state.simulation_ended(outcome_of(identity_of(99, task), None, error))
    lines = display_lines(state, width, height)
    assert 1 <= len(lines) <= max(height - 1, 1)
    for line in lines:
        assert cell_len(line) <= max(width - 1, 10)
        assert visible(line) == line


def test_what_has_no_room_is_counted() -> None:
    state, _ = started(Clock(), simulations=30)
    lines = display_lines(state, 80, 12)
    assert len(lines) == 11 and lines[-1] == "  … and 22 more under way"


def test_long_names_keep_both_ends() -> None:
    state = RunState(Clock())
    state.run_started(PLAN)
    state.simulation_started(
        identity_of(1, "[mobile_data_issue]" + "user_abroad_roaming_enabled_off|" * 3 + "[PERSONA")
    )
    (line,) = display_lines(state, 80, 24)[2:]
    assert "[mobile_data…" in line and "PERSONA_1:0" in line


def test_numbers_of_tokens_stay_short() -> None:
    assert [count(number) for number in (999, 9999, 12_345, 123_456, 1_234_567, 123_456_789)] == [
        "999",
        "9999",
        "12.3k",
        "123k",
        "1.23M",
        "123M",
    ]
    assert fitted("日本語のテスト", 6) == "日本…"


class Terminal(io.StringIO):
    """A terminal that remembers everything, and what a person would see of it."""

    def __init__(self, columns: int = 80, lines: int = 24) -> None:
        super().__init__()
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.Stream(self.screen)

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self._stream.feed(text.replace("\n", "\r\n"))
        return super().write(text)

    @property
    def seen(self) -> list[str]:
        return [line.rstrip() for line in self.screen.display if line.strip()]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    terminal = Terminal()
    monkeypatch.setattr(record_progress, "_DRAW_EVERY", 3600.0)
    monkeypatch.setattr(record_progress.shutil, "get_terminal_size", lambda: os.terminal_size((80, 24)))
    return terminal


def test_each_drawing_overwrites_the_one_before_without_clearing_first(terminal: Terminal) -> None:
    progress = DrawnProgress(terminal, "a note")
    progress.run_started(PLAN)
    for number in range(4):
        progress.simulation_started(identity_of(number))
    progress.draw()
    before = terminal.seen
    assert before[0] == "a note" and before[1].startswith("mock") and len(before) == 7
    progress.simulation_ended(outcome_of(identity_of(0), 1.0))
    progress.draw()
    assert terminal.seen[0] == "a note" and "1/10" in terminal.seen[1] and terminal.seen[3] == "  –"
    assert "\x1b[2J" not in terminal.getvalue() and "\x1b[2K" not in terminal.getvalue()
    progress.close()
    progress.close()
    assert terminal.seen == ["a note"]
    assert terminal.screen.cursor.y == 1


def test_nothing_is_written_when_nothing_changed(terminal: Terminal) -> None:
    progress = DrawnProgress(terminal, None)
    progress.state = RunState(Clock())
    progress.run_started(PLAN)
    progress.draw()
    written = len(terminal.getvalue())
    progress.draw()
    assert len(terminal.getvalue()) == written
    progress.close()


def test_lines_said_stand_above_the_display_and_errors_stay_when_it_is_gone(terminal: Terminal) -> None:
    progress = DrawnProgress(terminal, None)
    progress.run_started(PLAN)
    progress.simulation_started(identity_of(1))
    progress.say("one line\x1b[31m")
    progress.run_stopping()
    progress.simulation_ended(outcome_of(identity_of(1), None, "broke\x1b[2J\nsecond line"))
    progress.draw()
    seen = terminal.seen
    assert seen[0] == "one line␛[31m" and seen[1].startswith("interrupted") and seen[2].startswith("mock")
    progress.close()
    assert terminal.seen[2:] == ["task task_1:0 failed: broke␛[2J"]


def test_what_libraries_print_goes_beside_the_display_without_secrets(terminal: Terminal) -> None:
    progress = DrawnProgress(terminal, None)
    progress.run_started(PLAN)
    progress.draw()
    with printed_beside(progress, lambda text: text.replace("sk-123", "[secret]")):
        print("a warning with sk-123")
        print("half", end="")
    assert terminal.seen[:2] == ["a warning with [secret]", "half"]
    assert terminal.seen[2].startswith("mock")
    progress.close()


def test_without_a_terminal_there_are_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_progress, "_LINE_EVERY", 0.0)
    stream = io.StringIO()
    with progress_on(stream, "a note") as progress:
        assert isinstance(progress, LineProgress)
        progress.run_started(PLAN)
        for number in range(9):
            progress.simulation_started(identity_of(number))
            progress.simulation_ended(outcome_of(identity_of(number), None, "broke\x1b[2J\nsecond line"))
    text = stream.getvalue()
    assert text.splitlines()[:2] == ["a note", "mock: 5 tasks, 10 simulations, log run.jsonl"]
    assert text.count("broke") == 5 and text.count("further failures are in the log only") == 1
    assert "9/10: passed 0 of 9 = 0 % (95 % interval 0–30 %), errors 9, tool calls 18" in text
    assert "\x1b" not in text and "second line" not in text


def test_a_terminal_that_cannot_move_its_cursor_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    with progress_on(Terminal()) as progress:
        assert isinstance(progress, LineProgress)


def test_a_stream_beside_the_progress_is_one_to_write_on() -> None:
    said: list[str] = []

    class Listening(LineProgress):
        def say(self, text: str) -> None:
            said.append(text)

    aside: Any = Aside(Listening(io.StringIO(), None), str.upper)
    assert aside.writable() and not aside.isatty()
    aside.write("one\ntw")
    aside.write("o\n")
    assert said == ["ONE", "TWO"]

"""``tau2-tui open`` in a real terminal: a process in a pty, its screen replayed through an emulator."""

from __future__ import annotations

import os
import random
import re
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.support.loaded_modules import loaded_after
from tests.support.program import COMMAND
from tests.support.terminal import (
    ALTERNATE_OFF,
    ALTERNATE_ON,
    Session,
    environment,
    open_without_terminal,
    opened,
)
from tests.tui.emulator import Emulator
from tests.tui.logs import airline, long_run

SGR = re.compile(rb"\x1b\[([0-9;]*)m")


def test_open_move_search_and_quit(log: Path) -> None:
    with opened(str(log)) as session:
        assert "whole run · airline" in session.screen.text
        session.press("jj")
        session.wait_for(lambda text: "event 2 of 31" in text)
        session.press("/urgent\r")
        session.wait_for(lambda text: "event 4 of 31" in text)
        session.press("q")
        assert session.end() == 0
    assert session.written.startswith(ALTERNATE_ON)
    assert session.written.rindex(ALTERNATE_OFF) > session.written.rindex(ALTERNATE_ON)
    assert b"\x1b[?25h" in session.written[session.written.rindex(ALTERNATE_OFF) :]


def test_at_opens_a_simulation(log: Path) -> None:
    with opened(str(log), "--at", "7:1", ready="task 7 trial 1") as session:
        session.wait_for(lambda text: "✗ failed reward 0" in text)


def test_control_c_restores_the_terminal_and_ends_with_130(log: Path) -> None:
    with opened(str(log)) as session:
        session.press("\x03")
        assert session.end() == 130
    assert ALTERNATE_OFF in session.written


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_restores_the_terminal(number: signal.Signals, log: Path) -> None:
    with opened(str(log)) as session:
        os.kill(session.process.pid, number)
        assert session.end() == 128 + number
    assert ALTERNATE_OFF in session.written


def test_it_comes_back_from_the_background(log: Path) -> None:
    with opened(str(log)) as session:
        inspector = psutil.Process(session.process.pid)
        session.press("j\x1a")
        session.until(lambda: inspector.status() == psutil.STATUS_STOPPED)
        assert ALTERNATE_OFF in session.written
        session.written = b""
        inspector.send_signal(signal.SIGCONT)
        session.wait_for(lambda text: "event 1 of 31" in text and "whole run" in text)


def test_at_rest_it_writes_nothing(log: Path) -> None:
    with opened(str(log)) as session:
        session.rest()
        assert session.read(2.0, 3) == b""
        session.press("j")
        session.rest()
        assert session.read(1.0, 2) == b""
        session.process.send("\x1b[O")
        session.process.send("\x1b[I")
        assert session.read(0.5, 2) == b""


def test_keys_write_few_bytes(tmp_path: Path) -> None:
    with opened(str(long_run(tmp_path / "run.jsonl")), size=(120, 40), ready="event 0 of 1,321") as session:
        session.rest()  # outcomes may still come in on a busy machine: they are not what a key writes
        lines = [len(session.press("j")) for _ in range(8)]
        session.press("G")
        session.press("g")
        pages = [len(session.press("\x1b[6~")) for _ in range(5)]
        scrolled = [len(session.press("j")) for _ in range(5)]
    assert max(lines) < 700
    assert max(scrolled) < 900
    assert max(pages) < 6_500


def test_a_slow_terminal_gets_the_latest_screen_and_not_all_of_them(tmp_path: Path) -> None:
    with opened(str(long_run(tmp_path / "run.jsonl")), size=(120, 40), ready="event 0 of 1,321") as session:
        for _ in range(30):
            session.process.send("\x1b[6~")
            time.sleep(0.03)  # as a held key does
        time.sleep(0.5)
        assert len(session.read()) < 30 * 4_000
        session.wait_for(lambda text: "event 1,050 of 1,321" in text)


def test_what_was_written_piece_by_piece_is_what_a_full_redraw_shows(tmp_path: Path) -> None:
    rng = random.Random(11)
    keys = [
        "j",
        "k",
        "\x1b[6~",
        "\x1b[5~",
        "G",
        "g",
        "e",
        "s",
        "]",
        "}",
        "\t",
        "J",
        "w",
        "\r",
        "\x1b",
        "t",
        "v",
        "jjjj",
    ]
    with opened(str(airline(tmp_path / "run.jsonl")), size=(100, 30)) as session:
        session.rest()
        for _ in range(12):
            session.press(rng.choice(keys))
            before = session.screen.cells()
            start = len(session.written)
            session.press("\x0c")
            redrawn = Emulator(100, 30)
            redrawn.feed(session.written[start:].decode())
            assert redrawn.cells() == before


def test_resizing_redraws(log: Path) -> None:
    with opened(str(log)) as session:
        for width, height in [(20, 5), (200, 60), (120, 40)]:
            session.width, session.height = width, height
            session.written = b""
            session.process.setwinsize(height, width)
            session.wait_for(lambda text: "run" in text)
        session.wait_for(lambda text: "event 0 of 31" in text)


def test_no_color_means_no_colours(log: Path) -> None:
    with opened(str(log), env=environment(NO_COLOR="1")) as session:
        session.press("}\t")
    codes = {word for match in SGR.finditer(session.written) for word in match.group(1).split(b";")}
    assert codes <= {b"", b"0", b"1", b"2", b"4", b"7"}


def test_sixteen_colours_do(log: Path) -> None:
    with opened(str(log), env=environment(TERM="xterm")) as session:
        session.press("}\t")
        session.until(lambda: re.search(rb"[\[;]91m", session.written))
    assert not re.search(rb"[34]8;[25]", session.written)


@pytest.mark.parametrize(("variables", "tracked"), [({}, False), ({"SSH_CONNECTION": ""}, True)])
def test_the_mouse_belongs_to_the_terminal_over_ssh(variables: dict[str, str], tracked: bool, log: Path) -> None:
    env = environment(**variables)
    if not env["SSH_CONNECTION"]:
        del env["SSH_CONNECTION"]
    with opened(str(log), env=env) as session:
        assert (b"\x1b[?1000h" in session.written) is tracked
        start = len(session.written)
        session.press("M")
        owner = "the terminal" if tracked else "the inspector"
        session.wait_for(lambda text: f"the mouse belongs to {owner}" in text)
        assert (b"\x1b[?1000l" if tracked else b"\x1b[?1000h") in session.written[start:]


def test_without_a_terminal_it_prints_the_summary(log: Path) -> None:
    done = open_without_terminal(str(log))
    assert done.returncode == 0
    assert "airline" in done.stdout and "\x1b" not in done.stdout


def test_a_terminal_that_cannot_place_text_gets_the_summary(log: Path) -> None:
    with Session([*COMMAND, "open", str(log)], (80, 24), environment(TERM="dumb")) as session:
        assert session.end() == 0
    assert b"airline" in session.written and ALTERNATE_ON not in session.written


@pytest.mark.parametrize("kind", ["missing", "directory", "empty", "binary"])
def test_what_is_no_log_ends_in_one_line_before_the_terminal_is_touched(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    if kind == "directory":
        path.mkdir()
    elif kind != "missing":
        path.write_bytes(b"" if kind == "empty" else bytes(range(256)) * 100)
    with Session([*COMMAND, "open", str(path)], (80, 24), environment()) as session:
        assert session.end() == 2
    lines = session.written.decode().strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("tau2-tui: ") and "run.jsonl" in lines[0]
    assert b"\x1b" not in session.written


BROKEN = """
from tau2_tui.tui.screens.timeline.state import TimelineState
def move(self, rows):
    raise RuntimeError("out of \\x1b[31morder")
TimelineState.move = move
from tau2_tui.cli.main import main
main(["open", {path!r}])
"""


@pytest.mark.parametrize("debug", [False, True])
def test_a_failure_restores_the_terminal_and_is_one_line(debug: bool, log: Path) -> None:
    env = environment(**({"TAU2_TUI_DEBUG": "1"} if debug else {}))
    with Session([sys.executable, "-c", BROKEN.format(path=str(log))], (80, 24), env) as session:
        session.wait_for(lambda text: "event 0 of 31" in text)
        session.press("j")
        assert session.end() == 1
    after = session.written[session.written.rindex(ALTERNATE_OFF) :]
    assert "the inspector failed: RuntimeError: out of ␛[31morder".encode() in after
    assert (b"Traceback" in after) is debug


def test_opening_imports_neither_numpy_nor_anything_heavier(log: Path) -> None:
    program = (
        "from tau2_tui.runlog import RunLog\n"
        "import tau2_tui.cli.open, tau2_tui.tui.app\n"
        "from tau2_tui.tui.source import EventSource\n"
        f"source = EventSource(RunLog.open({str(log)!r}, index='off'))\n"
        "app = tau2_tui.tui.app.InspectorApp(source)\n"
    )
    heavy = ("numpy", "pandas", "scipy", "statsmodels", "tau2", "litellm", "rich.markdown")
    assert loaded_after(program, heavy) == set()

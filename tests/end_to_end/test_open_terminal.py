"""``tau2-tui open`` in a real terminal: a process in a pty, its screen replayed through an emulator."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import psutil
import pytest

from tests.support.recorder_process import PATIENCE
from tests.tui.emulator import Emulator
from tests.tui.logs import airline, long_run

ALTERNATE_ON, ALTERNATE_OFF = b"\x1b[?1049h", b"\x1b[?1049l"
SGR = re.compile(rb"\x1b\[([0-9;]*)m")


HANDED_ON = ("PATH", "HOME", "XDG_DATA_HOME", "PYTHONPATH", "TAU2_DATA_DIR")


def environment(**changes: str) -> dict[str, str]:
    plain = {name: os.environ[name] for name in HANDED_ON if name in os.environ}
    return {**plain, "TERM": "xterm-256color", "LANG": "C.UTF-8", "SSH_CONNECTION": "1.2.3.4", **changes}


class Session:
    """The inspector in a terminal."""

    COMMAND = "open"

    def __init__(self, arguments: list[str], size: tuple[int, int], env: dict[str, str]) -> None:
        self.width, self.height = size
        command = ["-m", "tau2_tui", self.COMMAND, *arguments]
        self.process: pexpect.spawn[bytes] = pexpect.spawn(
            sys.executable, command, env=env, dimensions=(self.height, self.width), timeout=PATIENCE
        )
        self.process.delayafterterminate = 2.0
        self.written = b""

    def read(self, quiet: float = 0.35, limit: float = 20.0) -> bytes:
        """Read until nothing came for ``quiet`` seconds in which the inspector had nothing to do."""
        start, end = len(self.written), time.monotonic() + limit
        while (now := time.monotonic()) < end:
            worked = self.seconds_worked
            try:
                self.written += self.process.read_nonblocking(1 << 16, quiet)
            except pexpect.TIMEOUT:
                # When the tests themselves were kept from running, nothing is known of the time that went by.
                watched = time.monotonic() - now < quiet + 0.3
                if watched and self.waits and self.seconds_worked - worked < 0.03:
                    break
            except pexpect.EOF:
                break
        return self.written[start:]

    @property
    def seconds_worked(self) -> float:
        """CPU time of the inspector, 0 when it has ended."""
        try:
            return sum(psutil.Process(self.process.pid).cpu_times()[:2])
        except psutil.Error:
            return 0.0

    @property
    def waits(self) -> bool:
        """Whether the inspector waits for a key, and not for a processor that others keep busy."""
        try:
            return psutil.Process(self.process.pid).status() not in (psutil.STATUS_RUNNING, psutil.STATUS_DISK_SLEEP)
        except psutil.Error:
            return True

    def press(self, keys: str) -> bytes:
        """Press keys and return what that made the inspector write."""
        self.process.send(keys)
        return self.read()

    def wait_for(self, shown: Callable[[str], bool]) -> str:
        """Wait until the screen is as asked for."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self.read(0.2, 0.5)
            if shown(self.screen.text):
                return self.screen.text
        raise AssertionError(self.screen.text)

    @property
    def screen(self) -> Emulator:
        """The screen after all that was written."""
        emulator = Emulator(self.width, self.height)
        emulator.feed(self.written.decode("utf-8", "ignore"))
        return emulator

    def end(self) -> int:
        """Wait for the end of the process and return its exit code."""
        self.read(0.5, 10)
        self.process.expect(pexpect.EOF)
        self.process.close()
        return int(self.process.exitstatus if self.process.exitstatus is not None else -self.process.signalstatus)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return airline(tmp_path / "run.jsonl")


@contextmanager
def opened(
    *arguments: str, size: tuple[int, int] = (80, 24), env: dict[str, str] | None = None, ready: str = "event 0 of 31"
) -> Iterator[Session]:
    try:
        session = Session(list(arguments), size, env or environment())
    except OSError as error:
        pytest.skip(f"no pseudo-terminal here: {error}")
    try:
        session.wait_for(lambda text: ready in text and ("✓" in text or "✗" in text))
        yield session
    finally:
        session.process.ptyproc.delayafterterminate = 2.0  # a busy machine is slow to bury
        session.process.close(force=True)


def test_open_move_search_and_quit(log: Path) -> None:
    with opened(str(log)) as session:
        assert "whole run · airline" in session.screen.text
        session.press("jj")
        assert "event 2 of 31" in session.screen.text
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
        session.press("j\x1a")
        assert ALTERNATE_OFF in session.written
        start = len(session.written)
        os.kill(session.process.pid, signal.SIGCONT)
        session.read()
        emulator = Emulator(80, 24)
        emulator.feed(session.written[start:].decode())
        assert "event 1 of 31" in emulator.text and "whole run" in emulator.text


def test_at_rest_it_writes_nothing(log: Path) -> None:
    with opened(str(log)) as session:
        session.read(1.0)
        assert session.read(2.0, 3) == b""
        session.press("j")
        assert session.read(1.0, 2) == b""
        session.process.send("\x1b[O")
        session.process.send("\x1b[I")
        assert session.read(0.5, 2) == b""


def test_keys_write_few_bytes(tmp_path: Path) -> None:
    with opened(str(long_run(tmp_path / "run.jsonl")), size=(120, 40), ready="event 0 of 1,321") as session:
        session.read(1.0)  # outcomes may still come in on a busy machine: they are not what a key writes
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
            time.sleep(0.03)
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
            text = session.wait_for(lambda text: "run" in text)
        assert "event 0 of 31" in text


def test_no_color_means_no_colours(log: Path) -> None:
    with opened(str(log), env=environment(NO_COLOR="1")) as session:
        session.press("}\t")
    codes = {word for match in SGR.finditer(session.written) for word in match.group(1).split(b";")}
    assert codes <= {b"", b"0", b"1", b"2", b"4", b"7"}


def test_sixteen_colours_do(log: Path) -> None:
    with opened(str(log), env=environment(TERM="xterm")) as session:
        session.press("}\t")
    assert not re.search(rb"[34]8;[25]", session.written)
    assert b"\x1b[91m" in session.written or b";91m" in session.written


@pytest.mark.parametrize(("variables", "tracked"), [({}, False), ({"SSH_CONNECTION": ""}, True)])
def test_the_mouse_belongs_to_the_terminal_over_ssh(variables: dict[str, str], tracked: bool, log: Path) -> None:
    env = environment(**variables)
    if not env["SSH_CONNECTION"]:
        del env["SSH_CONNECTION"]
    with opened(str(log), env=env) as session:
        assert (b"\x1b[?1000h" in session.written) is tracked
        answer = session.press("M")
        assert (b"\x1b[?1000l" if tracked else b"\x1b[?1000h") in answer
        assert f"the mouse belongs to {'the terminal' if tracked else 'the inspector'}" in session.screen.text


def run(*arguments: str, **environment_changes: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tau2_tui", "open", *arguments]
    env = environment(**environment_changes)
    return subprocess.run(command, capture_output=True, text=True, env=env, timeout=PATIENCE)


def test_without_a_terminal_it_prints_the_summary(log: Path) -> None:
    done = run(str(log))
    assert done.returncode == 0
    assert "airline" in done.stdout and "\x1b" not in done.stdout


def test_a_terminal_that_cannot_place_text_gets_the_summary(log: Path) -> None:
    process = pexpect.spawn(
        sys.executable, ["-m", "tau2_tui", "open", str(log)], env=environment(TERM="dumb"), timeout=PATIENCE
    )
    process.expect(pexpect.EOF)
    process.close()
    assert process.exitstatus == 0
    assert b"airline" in process.before and ALTERNATE_ON not in process.before


@pytest.mark.parametrize("kind", ["missing", "directory", "empty", "binary"])
def test_what_is_no_log_ends_in_one_line_before_the_terminal_is_touched(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    if kind == "directory":
        path.mkdir()
    elif kind != "missing":
        path.write_bytes(b"" if kind == "empty" else bytes(range(256)) * 100)
    process = pexpect.spawn(sys.executable, ["-m", "tau2_tui", "open", str(path)], env=environment(), timeout=PATIENCE)
    process.expect(pexpect.EOF)
    process.close()
    assert process.exitstatus == 2
    lines = process.before.decode().strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("tau2-tui: ") and "run.jsonl" in lines[0]
    assert b"\x1b" not in process.before


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
    process = pexpect.spawn(
        sys.executable, ["-c", BROKEN.format(path=str(log))], env=env, dimensions=(24, 80), timeout=PATIENCE
    )
    process.expect_exact("whole")
    time.sleep(0.5)
    process.send("j")
    process.expect(pexpect.EOF)
    process.close()
    after = process.before[process.before.rindex(ALTERNATE_OFF) :]
    assert process.exitstatus == 1
    assert "the inspector failed: RuntimeError: out of ␛[31morder".encode() in after
    assert (b"Traceback" in after) is debug


def test_opening_imports_neither_numpy_nor_anything_heavier(log: Path) -> None:
    program = (
        "import sys, gc\n"
        "from tau2_tui.runlog import RunLog\n"
        "import tau2_tui.cli.open, tau2_tui.tui.app\n"
        "from tau2_tui.tui.source import EventSource\n"
        f"source = EventSource(RunLog.open({str(log)!r}, index='off'))\n"
        "app = tau2_tui.tui.app.InspectorApp(source)\n"
        "print([name for name in ('numpy', 'pandas', 'scipy', 'statsmodels', 'tau2', 'litellm', 'rich.markdown')"
        " if name in sys.modules])\n"
    )
    assert subprocess.check_output([sys.executable, "-c", program], text=True, env=environment()).strip() == "[]"

"""The inspector in a real terminal: a process in a pty, its screen replayed through an emulator."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import pexpect
import psutil
import pytest

from tests.support.program import COMMAND, PATIENCE
from tests.tui.emulator import Emulator

ALTERNATE_ON, ALTERNATE_OFF = b"\x1b[?1049h", b"\x1b[?1049l"
_HANDED_ON = ("PATH", "HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "PYTHONPATH", "TAU2_DATA_DIR")
_BUSY = {psutil.STATUS_RUNNING, psutil.STATUS_DISK_SLEEP}
_BUSY_LETTERS = {"R", "D"}

SomeSession = TypeVar("SomeSession", bound="Session")


def environment(**changes: str) -> dict[str, str]:
    """Return variables of somebody who looks at a log over SSH."""
    plain = {name: os.environ[name] for name in _HANDED_ON if name in os.environ}
    return {**plain, "TERM": "xterm-256color", "LANG": "C.UTF-8", "SSH_CONNECTION": "1.2.3.4", **changes}


class Session:
    """A program in a terminal, closed at the end of a ``with`` block; skips the test where there is no terminal.

    Args:
        words: the program and its arguments.
        size: columns and rows.
        env: its variables.
        folder: where it runs, if not here.
    """

    def __init__(
        self, words: Sequence[str], size: tuple[int, int], env: dict[str, str], folder: Path | None = None
    ) -> None:
        self.width, self.height = size
        self.written = b""
        self._drawn: tuple[bytes, int, int] | None = None
        self._over = False
        try:
            self.process: pexpect.spawn[bytes] = pexpect.spawn(
                words[0],
                list(words[1:]),
                env=env,
                cwd=folder and str(folder),
                dimensions=(self.height, self.width),
                timeout=PATIENCE,
            )
        except OSError as error:
            pytest.skip(f"no pseudo-terminal here: {error}")

    def __enter__(self: SomeSession) -> SomeSession:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.ptyproc.delayafterterminate = 2.0  # a busy machine is slow to bury
        self.process.close(force=True)

    def read(self, quiet: float = 0.35, limit: float = 20.0) -> bytes:
        """Read until nothing came for ``quiet`` seconds in which the program had nothing to do."""
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
                self._over = True
                break
        return self.written[start:]

    @property
    def seconds_worked(self) -> float:
        """CPU time of the program, 0 when it has ended."""
        try:
            return sum(psutil.Process(self.process.pid).cpu_times()[:2])
        except psutil.Error:
            return 0.0

    @property
    def waits(self) -> bool:
        """Whether every thread of the program waits for something, and none for a processor that others keep busy."""
        threads = list(Path(f"/proc/{self.process.pid}/task").glob("*/stat"))
        if threads:
            return not _BUSY_LETTERS & {_state(thread) for thread in threads}
        try:
            return psutil.Process(self.process.pid).status() not in _BUSY
        except psutil.Error:
            return True

    def press(self, keys: str) -> bytes:
        """Press keys and return what that made the program write."""
        self.process.send(keys)
        return self.read()

    def until(self, condition: Callable[[], object], quiet: float = 0.05, limit: float = 0.2) -> None:
        """Wait, reading what the program writes."""
        deadline = time.monotonic() + PATIENCE
        self.read(quiet, limit)
        while not condition():
            assert not self._over, f"it has ended:\n{self.screen.text}"
            assert time.monotonic() < deadline, self.screen.text
            self.read(quiet, limit)

    def wait_for(self, shown: Callable[[str], bool]) -> str:
        """Wait until the screen is as asked for; return its text."""
        self.until(lambda: shown(self.screen.text), 0.2, 0.5)
        return self.screen.text

    def rest(self) -> None:
        """Wait until nothing is left to do, so that what is written next answers what is done next."""
        self.read(1.0)

    @property
    def screen(self) -> Emulator:
        """The screen after all that was written."""
        drawn = (self.written, self.width, self.height)
        if drawn != self._drawn:
            self._drawn, self._screen = drawn, Emulator(self.width, self.height)
            self._screen.feed(self.written.decode("utf-8", "ignore"))
        return self._screen

    def end(self) -> int:
        """Wait for the end of the process, keep its last words and return its exit code."""
        if not self._over:
            self.process.expect(pexpect.EOF)
            self.written += self.process.before or b""
        self.process.wait()
        self.process.close()
        return int(self.process.exitstatus if self.process.exitstatus is not None else -self.process.signalstatus)


def _state(thread: Path) -> str:
    with suppress(OSError):  # it has ended meanwhile
        return thread.read_text().rpartition(")")[2].split()[0]
    return ""


@contextmanager
def opened(
    *arguments: str, size: tuple[int, int] = (80, 24), env: dict[str, str] | None = None, ready: str = "event 0 of 31"
) -> Iterator[Session]:
    """Open logs in the inspector; the first of them is read when the test begins."""
    with Session([*COMMAND, "open", *arguments], size, env or environment()) as session:
        session.wait_for(lambda text: ready in text and ("✓" in text or "✗" in text))
        yield session


def open_without_terminal(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``open`` where nothing can be shown."""
    command = [*COMMAND, "open", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=PATIENCE)

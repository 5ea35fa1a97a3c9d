"""The inspector in a pseudo-terminal that is watched: what it writes, whether it has something to do, what it takes."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyte

MARGIN = 6
"""Columns and rows that the emulated terminal has beyond what the inspector knows of: nothing must appear there."""

QUIET_SECONDS = 0.04
PATIENCE_SECONDS = 20.0
CALM_LOOKS = 2
"""How often in a row it is seen at rest: its threads are looked at one after the other, and may wait for each other."""
LOOK_SECONDS = 0.02
IDLE_LOOKS = 400
"""How often in a row the inspector is seen with nothing to do until no answer is expected from it any more."""
REPAINT_CPU_SECONDS = 20.0
RESTLESS_SECONDS = 4.0
"""How long to wait for a screen to rest; one that follows a log may never do."""
RESTLESS_CPU_SECONDS = 3.0
"""How much of the processor it must have had by then: on a busy machine it may not have come to its answer."""
UNKNOWN_TO_PYTE = re.compile(r"\x1b\[[<>=][0-9;]*[a-zA-Z]|\x1b\[\?[0-9;]*\$p")
REPAINT, ALTERNATE_OFF = b"\x1b[2J", b"\x1b[?1049l"


class Broken(Exception):
    """The inspector did what it must not."""


@dataclass
class Session:
    """The inspector in a terminal, and a terminal's screen that says more than a terminal would."""

    command: list[str]
    env: dict[str, str]
    folder: Path
    size: tuple[int, int] = (80, 24)
    written: bytes = b""
    pid: int = 0
    fd: int = -1
    exit_code: int | None = None
    screen: Any = None

    def start(self) -> None:
        """Open the inspector."""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(self.folder)
            os.execvpe(self.command[0], self.command, self.env)
        self.exit_code, self.written, self._fed, self.screen = None, b"", 0, None
        self.resize(self.size)
        self.await_repaint()
        self.settle(0.3)

    def await_repaint(self) -> None:
        """Wait until the whole screen is written: what has nothing to do any more will not write it.

        No clock tells how long to wait. Where other programs have the processors, or everything is stopped for a
        while, an answer can take any time; then there are threads that would run if they could.

        Raises:
            Broken: it is not.
        """
        start, used, idle = len(self.written), self.cpu_seconds, 0
        while REPAINT not in self.written[start:] and self.exit_code is None:
            idle = 0 if self.read(LOOK_SECONDS) or self.busy else idle + 1
            taken = self.cpu_seconds - used
            if idle > IDLE_LOOKS or taken > REPAINT_CPU_SECONDS:
                raise Broken(f"a change of size was not answered: {taken:.1f} s of CPU since, {self.threads}")

    def resize(self, size: tuple[int, int]) -> None:
        """Change the terminal's size; what it showed is lost."""
        if size == self.size and self.screen is not None:
            return
        self.size = size
        columns, rows = size
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen = pyte.Screen(columns + MARGIN, rows + MARGIN)
        self.stream = pyte.Stream(self.screen)
        self.stream.feed("\x1b[?7l")

    def send(self, data: bytes) -> None:
        """Type bytes, reading meanwhile what is written."""
        while data and self.exit_code is None:
            _, writable, _ = select.select([self.fd], [self.fd], [], PATIENCE_SECONDS)
            self.read(0)
            if writable and self.exit_code is None:
                data = data[os.write(self.fd, data[:512]) :]

    def read(self, quiet: float) -> bytes:
        """Read until nothing came for ``quiet`` seconds; return what came."""
        start = len(self.written)
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end and select.select([self.fd], [], [], quiet)[0]:
            try:
                data = os.read(self.fd, 1 << 16)
            except OSError:
                data = b""
            if not data:
                self._ended()
                break
            self.written += data
        else:
            self._ended(os.WNOHANG | os.WUNTRACED)
        return self.written[start:]

    def settle(self, quiet: float = QUIET_SECONDS) -> None:
        """Let the inspector answer, and show that on the screen."""
        begun, used, calm = time.monotonic(), self.cpu_seconds, 0
        while self.exit_code is None and calm < CALM_LOOKS:
            before, waited = self.cpu_seconds, time.monotonic() - begun
            if waited > 2 * PATIENCE_SECONDS or (waited > RESTLESS_SECONDS and before - used > RESTLESS_CPU_SECONDS):
                break
            rests = not self.read(quiet) and self.cpu_seconds == before and not self.busy
            calm = calm + 1 if rests else 0  # because there is nothing to do, and not as the machine is busy elsewhere
        text = self.written[self._fed :].decode("utf-8", "surrogateescape")
        if text:
            self.stream.feed(UNKNOWN_TO_PYTE.sub("", text))
        self._fed = len(self.written)

    def _ended(self, options: int = 0) -> None:
        pid, status = os.waitpid(self.pid, options)
        if pid and os.WIFSTOPPED(status):
            os.kill(self.pid, signal.SIGCONT)
        elif pid:
            self.exit_code = os.waitstatus_to_exitcode(status)

    @property
    def busy(self) -> bool:
        """Whether any thread of the process has something to do."""
        return any(state != "S" for _, state in self._states())

    @property
    def threads(self) -> str:
        """The threads of the process and what the kernel says of each, for a person."""
        return "threads " + ", ".join(f"{name} {state}" for name, state in self._states())

    def _states(self) -> Iterator[tuple[str, str]]:
        for stat in Path(f"/proc/{self.pid}/task").glob("*/stat"):
            with contextlib.suppress(OSError):
                name, words = stat.read_text().rsplit(")", 1)
                yield name.split("(", 1)[1], words.split()[0]

    def of_process(self, name: str) -> list[str]:
        """Return the words of a file that the kernel keeps about the process, zeros when that has ended."""
        if self.exit_code is not None:
            return ["0"] * 40
        return Path(f"/proc/{self.pid}/{name}").read_text().rsplit(")", 1)[-1].split()

    @property
    def cpu_seconds(self) -> float:
        """The processor time that the process has taken."""
        words = self.of_process("stat")
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def memory(self) -> float:
        """The memory of the process, in MB."""
        return int(self.of_process("statm")[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def shown(self) -> list[str]:
        """Return the screen as text."""
        return [row.rstrip() for row in self.screen.display[: self.size[1]]]

    def stray(self) -> str:
        """Return what is drawn outside of the screen that the inspector knows of, empty for nothing."""
        width, height = self.size
        for y, row in self.screen.buffer.items():
            for x, cell in row.items():
                if (x >= width or y >= height) and cell.data.strip():
                    return f"{cell.data!r} in column {x} of row {y}"
        return ""

    def close(self) -> None:
        """End the process."""
        if self.exit_code is None:
            os.kill(self.pid, signal.SIGKILL)
            self._ended()
        os.close(self.fd)

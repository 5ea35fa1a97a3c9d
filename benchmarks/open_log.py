"""How fast the inspector shows a log, and how many bytes its keys send, against an empty Textual app.

    python benchmarks/open_log.py LOG [--runs 5] [--keys 20]

Everything runs in a pseudo-terminal of 120x40 with 256 colours, as over plain SSH, with the page cache warm. First
paint is the time from starting the process to the bytes after which the screen shows the app's text: ten rows of the
log, or the one word of the empty app. Idle bytes are counted for two seconds after the index is complete. A move with
the detail open is painted twice: at once in the list, and, when the cursor rests, as the detail of the other event.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import re
import select
import statistics
import struct
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pyte

COLUMNS, ROWS = 120, 40
IDLE_SECONDS = 2.0
PAUSE_SECONDS = 0.03
"""Nothing comes for so long between two paintings; the detail rests for twice as long."""
PAGE_DOWN = b"\x1b[6~"

EMPTY_APP = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("hello")
Empty().run(mouse=False)
"""

UNKNOWN_TO_PYTE = re.compile(rb"\x1b\[[<>=][0-9;]*[a-zA-Z]|\x1b\[\?[0-9;]*\$p|\x1b\[>[0-9;]*[a-zA-Z]")


class Terminal:
    """A process in a pseudo-terminal; what it writes is kept with the time at which it arrived."""

    def __init__(self, command: list[str]) -> None:
        self.chunks: list[tuple[float, bytes]] = []
        self.started = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
            environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
            environment |= {"TERM": "xterm-256color", "LANG": "C.UTF-8", "SSH_CONNECTION": "benchmark"}
            os.execvpe(command[0], command, environment)

    def read(self, quiet: float, limit: float) -> bytes:
        """Read until nothing came for ``quiet`` seconds, at most ``limit`` seconds; return what came."""
        start, end = len(self.chunks), time.perf_counter() + limit
        while time.perf_counter() < end and select.select([self.fd], [], [], quiet)[0]:
            try:
                data = os.read(self.fd, 1 << 16)
            except OSError:
                break
            self.chunks.append((time.perf_counter() - self.started, data))
        return b"".join(data for _, data in self.chunks[start:])

    def press(self, key: bytes) -> int:
        """Press a key and return how many bytes it made the process write."""
        return sum(self.paintings(key))

    def paintings(self, key: bytes) -> list[int]:
        """Press a key and return how many bytes each painting has that follows from it."""
        start, last, sizes = len(self.chunks), 0.0, list[int]()
        os.write(self.fd, key)
        self.read(0.3, 5)
        for moment, data in self.chunks[start:]:
            if not sizes or moment - last > PAUSE_SECONDS:
                sizes.append(0)
            sizes[-1] += len(data)
            last = moment
        return sizes

    def first_time(self, shown: Callable[[list[str]], bool]) -> float | None:
        """Return the seconds from the start to the chunk after which the screen is as asked for."""
        screen = pyte.Screen(COLUMNS, ROWS)
        stream = pyte.ByteStream(screen)
        for moment, data in self.chunks:
            stream.feed(UNKNOWN_TO_PYTE.sub(b"", data))
            if shown(screen.display):
                return moment
        return None

    def close(self) -> None:
        """Leave the app and wait for its end."""
        os.write(self.fd, b"\x11")
        self.read(1.0, 5)
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def empty_paint() -> float | None:
    """Return the first paint of an empty Textual app, in seconds."""
    terminal = Terminal([sys.executable, "-c", EMPTY_APP])
    terminal.read(1.5, 20)
    moment = terminal.first_time(lambda rows: any("hello" in row for row in rows))
    terminal.close()
    return moment


def log_run(log: Path, keys: int) -> dict[str, float | None]:
    """Open the log once and return what was measured: seconds and bytes."""
    terminal = Terminal([sys.executable, "-m", "tau2_tui", "open", str(log)])
    start = terminal.read(1.5, 60)
    found: dict[str, float | None] = {"start bytes": len(start)}
    found["first paint"] = terminal.first_time(lambda rows: sum(len(row.split()) > 4 for row in rows[2:-2]) >= 10)
    found["idle bytes"] = len(terminal.read(IDLE_SECONDS, IDLE_SECONDS + 1))
    found["page bytes"] = statistics.median(terminal.press(PAGE_DOWN) for _ in range(keys))
    terminal.press(b"g")
    found["line bytes"] = statistics.median(terminal.press(b"j") for _ in range(keys))
    terminal.press(PAGE_DOWN)
    os.write(terminal.fd, b"j" * ROWS)
    terminal.read(0.5, 5)
    found["scrolled line bytes"] = statistics.median(terminal.press(b"j") for _ in range(keys))
    found["end bytes"] = terminal.press(b"G")
    terminal.press(b"g")
    terminal.press(b"v")
    both = [terminal.paintings(b"j") for _ in range(keys)]
    found["line bytes with detail"] = statistics.median(sum(sizes[:1]) for sizes in both)
    found["detail bytes"] = statistics.median(sum(sizes[1:]) for sizes in both)
    terminal.close()
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--keys", type=int, default=20)
    arguments = parser.parse_args()
    with arguments.log.open("rb") as file:
        while file.read(1 << 24):
            pass
    empty: list[float | None] = []
    runs: list[dict[str, float | None]] = []
    for _ in range(arguments.runs):
        empty.append(empty_paint())
        runs.append(log_run(arguments.log, arguments.keys))
    base = statistics.median(value for value in empty if value is not None)
    print(f"{arguments.log.name}, {arguments.log.stat().st_size / 1e6:.0f} MB, medians of {arguments.runs} runs")
    print(f"  {'first paint, empty Textual app':32} {base:9.3f} s")
    for name in runs[0]:
        values = [value for run in runs if (value := run[name]) is not None]
        middle = statistics.median(values) if values else float("nan")
        if name == "first paint":
            print(f"  {name:32} {middle:9.3f} s   {middle / base:.2f} x the empty app")
        else:
            print(f"  {name:32} {middle:9.0f} bytes")


if __name__ == "__main__":
    main()

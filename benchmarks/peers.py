"""The inspector against other viewers of big logs, on the same file in the same run, as their users see it.

    python benchmarks/make_log.py /tmp/big.jsonl 1GB
    python benchmarks/peers.py /tmp/big.jsonl [--runs 3] [--only NAME ...] [--toolong PATH]

Peers that are not installed are left out: less and lnav are packages of most systems, toolong (``tl``) is on PyPI and
needs an environment of its own, ``--toolong ENV/bin/tl``. Everything runs in a pseudo-terminal of 120x40 with 256
colours, the page cache warm; runs of the programs alternate, and medians are shown.

first paint   start of the process to a screen with at least ten rows of the log
end reached   start to a screen with the last line, its key pressed as soon as the first paint was there
indexed       start until the program has read the whole file: it says so (tau2-tui), or uses no more processor time
jump to end   from the key to the last line, once everything is read; the median of several from the start
search        from the last key to the line with a rare string at the file's end (lnav: to its number of hits)
memory        resident megabytes that are not pages of files, after all of this
page, line    bytes written to the terminal for a page or a line down, which is what SSH carries
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pyte
from growth import anonymous
from open_log import COLUMNS, EMPTY_APP, ROWS, UNKNOWN_TO_PYTE
from read_log import NEEDLE

LIMIT_SECONDS = 120.0
QUIET_SECONDS = 0.4
IDLE_SHARE = 0.03
"""Share of one processor below which a program has nothing more to read."""

FRAME_SECONDS = 1 / 60
KEYS = 5

Rows = list[str]
Shown = Callable[[Rows], bool]


@dataclass(frozen=True)
class Viewer:
    """A program, its keys, and what its screens look like."""

    name: str
    command: list[str]
    painted: Shown
    last: Shown
    found: Shown
    top: bytes = b"g"
    end: bytes = b"G"
    page: bytes = b" "
    line: bytes = b"j"
    search: tuple[bytes, ...] = (b"/", NEEDLE, b"\r")
    indexed: Shown | None = None
    environment: dict[str, str] = field(default_factory=dict)


class Screen:
    """A program in a pseudo-terminal and what its screen shows."""

    def __init__(self, command: list[str], environment: dict[str, str], home: str) -> None:
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self.started = self._fed = time.perf_counter()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
            known = {"PATH": os.environ["PATH"], "HOME": home, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
            os.execvpe(command[0], command, known | {"SSH_CONNECTION": "benchmark"} | environment)

    def press(self, key: bytes) -> float:
        """Press a key; return when."""
        now = time.perf_counter()
        os.write(self._fd, key)
        return now

    def until(self, shown: Shown, limit: float = LIMIT_SECONDS) -> float | None:
        """Wait for a screen; return when the last bytes came before it was there, None when it never was."""
        if shown(self.rows):
            return self._fed
        end = time.perf_counter() + limit
        while (left := end - time.perf_counter()) > 0:
            if not select.select([self._fd], [], [], left)[0]:
                return None
            moment, _ = self._feed()
            if moment is None:
                return None
            if shown(self.rows):
                return moment
        return None

    @property
    def rows(self) -> Rows:
        """What the screen shows; half of a wide character, of which only a part has come yet, is nothing."""
        columns = range(COLUMNS)
        return ["".join([row[x].data for x in columns]) for row in (self._screen.buffer[y] for y in range(ROWS))]

    def drain(self, seconds: float) -> int:
        """Read for so long, whatever comes; return how many bytes came."""
        count, end = 0, time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            if select.select([self._fd], [], [], left)[0]:
                count += self._feed()[1]
        return count

    def load(self, seconds: float) -> float:
        """Read for so long; return the share of a processor that the program used meanwhile."""
        before, began = self._processor(), time.perf_counter()
        self.drain(seconds)
        return (self._processor() - before) / (time.perf_counter() - began)

    def quiet(self, limit: float = 2.0) -> int:
        """Read until nothing comes for a moment; return how many bytes came."""
        count, end = 0, time.perf_counter() + limit
        while time.perf_counter() < end and select.select([self._fd], [], [], QUIET_SECONDS)[0]:
            moment, length = self._feed()
            if moment is None:
                break
            count += length
        return count

    def answer(self, key: bytes, shown: Shown, limit: float) -> float | None:
        """Press a key; return the seconds to the bytes after which the screen is as asked for, None if it never is.

        What comes is read at once and looked at when no more comes, so that the looking delays nothing.
        """
        pressed = self.press(key)
        answered: float | None = None
        while answered is None and time.perf_counter() < pressed + limit:
            chunks = []
            while time.perf_counter() < pressed + limit and select.select([self._fd], [], [], 0.1)[0]:
                chunks.append(self._read())
            for moment, data in chunks:
                self._show(moment, data)
                if answered is None and shown(self.rows):
                    answered = moment - pressed
        return answered

    def _read(self) -> tuple[float, bytes]:
        """Return what comes next and when; nothing when the program has ended."""
        try:
            data = os.read(self._fd, 1 << 16)
        except OSError:
            data = b""
        return time.perf_counter(), data

    def _show(self, moment: float, data: bytes) -> None:
        self._stream.feed(UNKNOWN_TO_PYTE.sub(b"", data))
        self._fed = moment

    def _feed(self) -> tuple[float | None, int]:
        moment, data = self._read()
        if not data:
            return None, 0
        self._show(moment, data)
        return moment, len(data)

    def rested(self, limit: float = LIMIT_SECONDS) -> float | None:
        """Wait until the program uses next to no processor time; return when that began."""
        end, last, since = time.perf_counter() + limit, self._processor(), time.perf_counter()
        while time.perf_counter() < end:
            began = time.perf_counter()
            while time.perf_counter() < began + 0.5:
                if select.select([self._fd], [], [], 0.1)[0]:
                    self._feed()
            now = self._processor()
            if now - last > IDLE_SHARE * (time.perf_counter() - began):
                since = time.perf_counter()
            last = now
            if time.perf_counter() - since > 1.2:
                return since
        return None

    def _processes(self) -> list[int]:
        found, waiting = [], [self.pid]
        while waiting:
            found.append(waiting.pop())
            for path in Path(f"/proc/{found[-1]}/task").glob("*/children"):
                waiting += map(int, path.read_text().split())
        return found

    def _processor(self) -> float:
        ticks = 0
        for pid in self._processes():
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def anonymous(self) -> float:
        """Return the megabytes that are resident and no pages of a file."""
        return sum(map(anonymous, self._processes()))

    def kill(self) -> None:
        """End the program and its children."""
        for pid in self._processes():
            os.kill(pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._fd)


def has(text: str, first: int = 0, last: int = ROWS) -> Shown:
    return lambda rows: any(text in row for row in rows[first:last])


def full(text: str) -> Shown:
    return lambda rows: sum(text in row for row in rows) >= 10


def viewers(log: Path, toolong: str) -> list[Viewer]:
    with log.open("rb") as file:
        file.seek(-4096, os.SEEK_END)
        lines = file.read().split(b"\n")[-4:-1]
    last, needle = (b'"seq":' + line.split(b":", 2)[1].split(b",")[0] for line in (lines[-1], lines[0]))
    if NEEDLE not in lines[0]:
        raise SystemExit(f"{log}: make it with benchmarks/make_log.py")
    raw, end, found = full('"timestamp"'), has(last.decode()), has(needle.decode())
    events = re.compile(r"\d\d:\d\d:\d\d\.\d{3} ")
    ours = Viewer(
        "tau2-tui",
        [sys.executable, "-m", "tau2_tui", "open", str(log)],
        painted=lambda rows: sum(events.search(row) is not None for row in rows) >= 10,
        last=has("run end "),
        found=lambda rows: any("NEEDLE" in row and events.search(row) for row in rows),
        indexed=lambda rows: "indexing" not in rows[-2] and "event" in rows[-2],
        page=b"\x1b[6~",
        search=(b"/", NEEDLE),  # found while it is typed
    )
    peers = [
        Viewer("less", ["less", "-S", str(log)], raw, end, has(NEEDLE.decode(), last=ROWS - 1)),  # it moves sideways
        Viewer("lnav", ["lnav", str(log)], raw, end, has("1 hits for")),
        Viewer("toolong", [toolong, str(log)], raw, end, found, top=b"\x1b[H", end=b"\x1b[F",
               search=(b"/", NEEDLE, b"\x1b[B")),
    ]  # fmt: skip
    return [ours, *(peer for peer in peers if shutil.which(peer.command[0]))]


def measure(viewer: Viewer, home: str) -> dict[str, float | None]:
    """Use a program once as its user would; return seconds, megabytes and bytes."""
    screen = Screen(viewer.command, viewer.environment, home)
    found: dict[str, float | None] = {}
    try:
        painted = screen.until(viewer.painted)
        found["first paint"] = since(painted, screen.started)
        screen.press(viewer.end)
        found["end reached"] = since(screen.until(viewer.last), screen.started)
        indexed = screen.until(viewer.indexed, 30) if viewer.indexed else None
        rested = screen.rested()
        found["indexed"] = since(indexed or rested, screen.started)
        jumps = [jump for _ in range(KEYS) if (jump := jump_to_end(viewer, screen)) is not None]
        found["jump to end"] = statistics.median(jumps) if jumps else None
        screen.quiet()
        screen.press(viewer.top)
        screen.quiet()
        found["page bytes"] = statistics.median(bytes_of(screen, viewer.page) for _ in range(KEYS))
        found["line bytes"] = statistics.median(bytes_of(screen, viewer.line) for _ in range(KEYS))
        screen.press(viewer.top)
        for key in viewer.search:
            screen.quiet()
            pressed = screen.press(key)
        found["search"] = since(screen.until(viewer.found), pressed)
        screen.quiet()
        found["memory MB"] = screen.anonymous()
    finally:
        screen.kill()
    return found


def jump_to_end(viewer: Viewer, screen: Screen) -> float | None:
    """Go to the first line, then to the last one; return the seconds that the latter takes."""
    screen.quiet()
    screen.press(viewer.top)
    screen.until(lambda rows: not viewer.last(rows))
    screen.quiet()
    return screen.answer(viewer.end, viewer.last, LIMIT_SECONDS)


def bytes_of(screen: Screen, key: bytes) -> int:
    screen.press(key)
    return screen.quiet()


def since(moment: float | None, start: float) -> float | None:
    return None if moment is None else moment - start


def empty_app(home: str) -> dict[str, float | None]:
    screen = Screen([sys.executable, "-c", EMPTY_APP], {}, home)
    try:
        return {"first paint": since(screen.until(has("hello")), screen.started)}
    finally:
        screen.kill()


Results = dict[str, list[dict[str, float | None]]]


def middle(results: Results, name: str, row: str) -> float | None:
    values = [value for one in results.get(name, []) if (value := one.get(row)) is not None]
    return statistics.median(values) if values else None


def print_table(results: Results) -> None:
    rows = ["first paint", "end reached", "indexed", "jump to end", "search", "memory MB", "page bytes", "line bytes"]
    print(f"{'':12}" + "".join(f"{name:>22}" for name in results))
    base = middle(results, "empty app", "first paint") or float("nan")
    for row in rows:
        cells = []
        for name in results:
            value = middle(results, name, row)
            if value is None:
                cells.append("-")
            elif row in ("first paint", "end reached", "indexed"):
                cells.append(f"{value:.2f} s = {value / base:.2f} x app")
            elif row == "jump to end":
                cells.append(f"{1000 * value:.0f} ms = {value / FRAME_SECONDS:.1f} frames")
            else:
                cells.append(f"{value:.3f} s" if row == "search" else f"{value:,.0f}")
        print(f"{row:12}" + "".join(f"{cell:>22}" for cell in cells))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--toolong", default="tl", metavar="PATH", help="the tl command of toolong")
    options = parser.parse_args()
    log = options.log.absolute()
    chosen = [one for one in viewers(log, options.toolong) if not options.only or one.name in options.only]
    results: Results = {"empty app": []}
    with log.open("rb") as file:
        while file.read(1 << 24):
            pass
    for run in range(options.runs):
        with tempfile.TemporaryDirectory() as home:  # so that nobody has kept an index, or a position
            results["empty app"].append(empty_app(home))
            for viewer in chosen:
                print(f"run {run + 1}: {viewer.name}", file=sys.stderr)
                results.setdefault(viewer.name, []).append(measure(viewer, home))
                if viewer.name == "tau2-tui":
                    results.setdefault("tau2-tui again", []).append(measure(viewer, home))
    print(f"{log.name}, {log.stat().st_size / 1e6:,.0f} MB, medians of {options.runs} runs")
    print_table(results)
    print("\nWithout a screen, against what the machine can do at best:")
    sys.stdout.flush()
    command = [sys.executable, str(Path(__file__).with_name("read_log.py")), str(log), "index", "cache", "search"]
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()

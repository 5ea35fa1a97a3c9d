"""Measure how the inspector keeps up with a log that is being written.

    python benchmarks/follow.py [--rate 2000] [--seconds 30] [--before LOG] [--filter EXPR]

A process writes the lines of a log of ``make_log.py`` one by one, so many a second, behind those of ``--before``. The
inspector follows them in a pseudo-terminal of 120x40. Printed are how far its screen is behind the file, once a second
and at the end, and what the inspector costs: processor time, memory, bytes written to the terminal.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pexpect
import psutil
import pyte
from growth import anonymous

WIDTH, HEIGHT = 120, 40
LINE_BYTES = 1100
SHOWN = re.compile(r"event ([0-9,]+) of ([0-9,]+)")
NOT_PYTE = re.compile(r"\x1b\[[<>=][0-9;]*[a-zA-Z]|\x1b\[\?[0-9;]*\$p")
PATIENCE = 10.0

WRITER = """
import os, sys, time
lines = open(sys.argv[1], "rb").read().splitlines(keepends=True)[: int(sys.argv[3])]
log, rate = os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND), float(sys.argv[4])
begun = time.monotonic()
for number, line in enumerate(lines):
    os.write(log, line)
    ahead = begun + number / rate - time.monotonic()
    if ahead > 0.002:
        time.sleep(ahead)
"""


@dataclass(frozen=True)
class Followed:
    """How the inspector kept up.

    Attributes:
        behind: seconds of the writer's work that the screen lacked, once a second.
        late: seconds from the writer's end to the last line on the screen.
        processor: the share of one processor that it used.
        megabytes: its own memory at the end.
        kilobytes: what it wrote to the terminal, a second.
        missing: lines that the screen never knew of.
    """

    behind: list[float]
    late: float
    processor: float
    megabytes: float
    kilobytes: float
    missing: int


class Watched:
    """The inspector in a pseudo-terminal."""

    def __init__(self, log: Path, home: Path, expression: str) -> None:
        environment = {**os.environ, "TERM": "xterm-256color", "XDG_DATA_HOME": str(home)}
        environment.pop("COLUMNS", None)
        arguments = ["-m", "tau2_tui", "open", "--follow", str(log)] + (["--filter", expression] if expression else [])
        self.child = pexpect.spawn(sys.executable, arguments, env=environment, dimensions=(HEIGHT, WIDTH))
        self.process = psutil.Process(self.child.pid)
        self.screen = pyte.Screen(WIDTH, HEIGHT)
        self.stream = pyte.ByteStream(self.screen)
        self.bytes = 0

    def read(self, seconds: float) -> None:
        """Take what the inspector writes for so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                data = self.child.read_nonblocking(1 << 16, left)
            except pexpect.TIMEOUT:
                return
            self.bytes += len(data)
            self.stream.feed(NOT_PYTE.sub("", data.decode("utf-8", "replace")).encode())

    def shown(self) -> tuple[int, int]:
        """Return the number of the event that is selected, and how many it says there are."""
        found = SHOWN.search("\n".join(self.screen.display))
        return (-1, -1) if found is None else tuple(int(text.replace(",", "")) for text in found.groups())  # type: ignore[return-value]

    def cpu(self) -> float:
        """Return the seconds of processor time that it has used."""
        times = self.process.cpu_times()
        return times.user + times.system

    def memory(self) -> float:
        """Return the megabytes of its own memory."""
        return anonymous(self.child.pid)


def follow(before: Path | None, rate: int, seconds: int, expression: str, folder: Path) -> Followed:
    source, log = folder / "source.jsonl", folder / "run.jsonl"
    make = [sys.executable, str(Path(__file__).with_name("make_log.py")), str(source)]
    subprocess.run([*make, f"{max(1, rate * seconds * LINE_BYTES // 1_000_000)}MB"], check=True, capture_output=True)
    if before is None:
        log.touch()
    else:
        shutil.copyfile(before, log)
    watched = Watched(log, folder / "home", expression)
    had = 0 if before is None else int(subprocess.check_output(["wc", "-l", str(log)]).split()[0])
    started = time.monotonic()
    while watched.shown()[0] < had - 1 and time.monotonic() - started < 120:
        watched.read(0.3)
    watched.read(3.0)
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(source), str(log), str(rate * seconds), str(rate)])
    cpu, memory, sent, begun = watched.cpu(), watched.memory(), watched.bytes, time.monotonic()
    written, size = had, log.stat().st_size
    behind = []
    print("  s    written  on screen   behind   cpu s     MB     kB")
    while writer.poll() is None:
        watched.read(1.0)
        with log.open("rb") as file:
            file.seek(size)
            data = file.read()
        written, size = written + data.count(b"\n"), size + len(data)
        total = watched.shown()[1]
        behind.append((written - total) / rate)
        print(f"{time.monotonic() - begun:5.1f} {written:9,} {total:10,} {written - total:8,}"
              f" {watched.cpu() - cpu:7.2f} {watched.memory():6.1f} {(watched.bytes - sent) / 1000:6.0f}")  # fmt: skip
    ended = time.monotonic()
    lines = had + len(source.read_bytes().splitlines()[: rate * seconds])
    while watched.shown()[1] < lines and time.monotonic() - ended < PATIENCE:
        watched.read(0.05)
    late, spent = time.monotonic() - ended, watched.cpu() - cpu
    event, total = watched.shown()
    kilobytes = (watched.bytes - sent) / (ended - begun) / 1000
    found = Followed(behind, late, spent / (ended - begun), watched.memory(), kilobytes, lines - total)
    print(f"the writer's last line is number {lines - 1:,}; the screen shows event {event:,} of {total:,},"
          f" {late:.2f} s after the writer's end")  # fmt: skip
    print(f"{found.processor:.0%} of one processor, memory {memory:.1f} to {found.megabytes:.1f} MB,"
          f" {kilobytes:.1f} kB/s to the terminal")  # fmt: skip
    watched.child.send("q")
    watched.child.expect(pexpect.EOF)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=2000)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--before", type=Path)
    parser.add_argument("--filter", default="")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        follow(arguments.before, arguments.rate, arguments.seconds, arguments.filter, Path(folder))


if __name__ == "__main__":
    main()

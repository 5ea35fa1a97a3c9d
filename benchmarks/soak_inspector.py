"""The inspector for a long time, in a real pseudo-terminal, on a log that is being written.

    python benchmarks/soak_inspector.py [--minutes 10] [--rate 50] [--against LOG]

A process writes so many lines a second of a log of ``make_log.py``. The inspector follows it, and compares it with a
second log. Every action of the registry is done on every main screen, in tours that end where they began, between
screens of different sizes. At the end of each tour the writer is held for a moment, what is on the screen is checked
as ``random_keys.py`` does, and memory, descriptors, threads and processes are taken down. It fails when one of them
grows faster than is tolerated after the first quarter of the time, when a check fails, and when lines are missing.

The log begins with nearly as many bytes as the inspector studies in its own process. So the process that studies a
bigger log, which takes 110 MB once, begins in the first quarter of the time.
"""

from __future__ import annotations

import argparse
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from follow import LINE_BYTES, SHOWN, WRITER
from growth import Tolerance, Watch, verdict
from random_keys import Torture, session_on
from random_steps import ESCAPES, Step
from watched_terminal import PATIENCE_SECONDS, Broken, Session

from tau2_tui.tui import actions
from tau2_tui.tui.actions import Action, valid_on
from tau2_tui.tui.study.studies import LEAST_BYTES

SAMPLE = Path(__file__).parents[1] / "sample_logs" / "airline.jsonl"
SCREENS = {
    "1": actions.OVERVIEW,
    "2": actions.SIMULATIONS,
    "3": actions.TIMELINE,
    "4": actions.STATE,
    "5": actions.GOLD,
    "6": actions.STATISTICS,
    "7": actions.COMPARE,
}
SIZES = ((120, 40), (80, 24), (160, 50))
MOST_MEMORY = 600.0
LINE_KEEPS = 300.0
"""Bytes that may be kept of each line: its columns in the index, and its part in what is known of its simulation."""

BEFORE_BYTES = LEAST_BYTES - 1_000_000
"""Bytes that the log has at first."""

LEFT_OUT = {"quit", "interrupt", "suspend_process", "screen", "open_log", "log", "mouse", "export", "copy"}
"""What leaves, what changes screens, what the next tour would find changed, and what writes files."""

PROMPTS = {
    "go_to": (b"0\r", b"50%\r"),
    "search": (b"flight\r", b"\x1b"),
    "filter": (b"type:tool error\r", b"f\x15\r"),
    "bookmark": (b"\x15kept\r",),
    "follow": (b"F",),
}
"""What is typed after a key that asks something or turns it off, and then to undo it."""

ON_TOP = {"help", "palette", "bookmarks", "conversation"}
BETWEEN_KEYS = 0.05
REST = 1.0


def tour() -> Iterator[Step]:
    """Return the steps of one tour over all screens and actions; it begins and ends in the timeline, unfiltered."""
    for number, screen in SCREENS.items():
        yield typed(number.encode())
        if screen == actions.TIMELINE:
            yield typed(b"g")
        for action in valid_on(screen):
            if action.name not in LEFT_OUT:
                yield from doing(action)
                yield typed(number.encode())
    yield typed(b"3")
    for _ in range(3):
        yield typed(b"\x1b")
    yield typed(b"G")


def doing(action: Action) -> Iterator[Step]:
    """Return the steps that do an action and undo what would stay."""
    yield typed(ESCAPES[action.keys[0]].encode())
    for text in PROMPTS.get(action.name, ()):
        yield typed(text)
    if action.name in ON_TOP:
        yield typed(ESCAPES["pagedown"].encode())
    if action.name in ON_TOP or action.name == "open":
        yield typed(b"\x1b")


def typed(data: bytes) -> Step:
    """Return the step of typing."""
    return {"send": data.decode("latin-1")}


def begin(source: Path, log: Path) -> None:
    """Move the first lines of a source to the log that is to be written from it."""
    data = source.read_bytes()
    end = data.index(b"\n", min(BEFORE_BYTES, len(data) - 1)) + 1
    log.write_bytes(data[:end])
    source.write_bytes(data[end:])


class Writer:
    """The process that writes the log."""

    def __init__(self, folder: Path, log: Path, rate: int, seconds: float) -> None:
        source, lines = folder / "source.jsonl", int(rate * seconds)
        make = [sys.executable, str(Path(__file__).with_name("make_log.py")), str(source)]
        size = f"{(BEFORE_BYTES + lines * LINE_BYTES) // 1_000_000 + 1}MB"
        subprocess.run([*make, size], check=True, capture_output=True)
        begin(source, log)
        self.log, self._counted, self._at = log, 0, 0
        command = [sys.executable, "-c", WRITER, str(source), str(log), str(lines), str(rate)]
        self.process = subprocess.Popen(command)

    def hold(self) -> None:
        """Let it write nothing."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it write again."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)

    def lines(self) -> int:
        """Return how many lines the log has."""
        with self.log.open("rb") as file:
            file.seek(self._at)
            data = file.read()
        self._at, self._counted = self._at + len(data), self._counted + data.count(b"\n")
        return self._counted

    def end(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()


def at_rest(torture: Torture, writer: Writer, watch: Watch) -> None:
    """Hold the writer, check the screen, and take down what the inspector holds.

    Raises:
        Broken: the screen is not as it must be, or lines are missing on it.
    """
    writer.hold()
    try:
        torture.session.settle(REST)
        lines = writer.lines()
        await_lines(torture.session, lines)
        torture.check()
        watch.look(torture.session.pid, lines)
    finally:
        writer.go_on()


def await_lines(session: Session, lines: int) -> None:
    """Wait until the screen knows of all lines of the log.

    Raises:
        Broken: it does not come to.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        session.settle(REST)
        found = SHOWN.search("\n".join(session.shown()))
        if found and int(found[2].replace(",", "")) == lines:
            return
        if session.exit_code is not None or time.monotonic() > end:
            raise Broken(f"the log has {lines:,} lines, the screen says {found[0] if found else 'nothing of them'}")


def soak(torture: Torture, writer: Writer, watch: Watch, minutes: float) -> None:
    """Make tours for so long."""
    end = time.monotonic() + minutes * 60
    for size in itertools.cycle(SIZES):
        torture.do({"resize": size})
        for step in tour():
            torture.do(step)
            torture.session.read(BETWEEN_KEYS)
        torture.do({"resize": SIZES[0]})
        at_rest(torture, writer, watch)
        if time.monotonic() > end:
            return


def main() -> int:
    """Soak the inspector; return 0 when it stands it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rate", type=int, default=50, help="lines a second")
    parser.add_argument("--against", type=Path, default=SAMPLE, metavar="LOG", help="what it is compared with")
    arguments = parser.parse_args()
    watch, faults = Watch("inspector", Tolerance(line_bytes=LINE_KEEPS)), []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log, other = folder / "run.jsonl", folder / "other.jsonl"
        shutil.copy(arguments.against, other)
        writer = Writer(folder, log, arguments.rate, 60 * (arguments.minutes + 5))
        session = session_on(log, folder, argparse.Namespace(follow=True))
        session.command.append(str(other))
        torture = Torture(session, MOST_MEMORY)
        try:
            session.start()
            soak(torture, writer, watch, arguments.minutes)
        except Broken as broken:
            faults.append(f"{broken}\nscreen {session.size}:\n" + "\n".join(session.shown()))
            faults.append(f"last steps: {torture.trail[-20:]}")
        finally:
            session.close()
            writer.end()
        left = sorted(path.name for path in (folder / "here").iterdir())
        if left:
            faults.append(f"files are left where it was started: {left}")
    print(f"{torture.keys:,} keys, {torture.checks:,} checks; slowest answer to a size {torture.slowest:.2f} s of CPU")
    return verdict([watch], faults)


if __name__ == "__main__":
    os.environ.pop("COLUMNS", None)
    sys.exit(main())

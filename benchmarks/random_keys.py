"""Random keys for the inspector, in a real pseudo-terminal: whether anything can break it.

    python benchmarks/random_keys.py LOG... [--minutes 10] [--seed 1] [--follow]
    python benchmarks/random_keys.py LOG --replay TRAIL [--last 200]

Every key of the registry, text and pastes at prompts, mouse, sizes from 20x5 to 300x100 and bytes that no terminal
sends, seeded. After every few steps it is checked that the process is alive, that it wrote nothing but the control
sequences of the inspector itself, that no cell lies outside of the screen, that what the terminal shows is what a
repaint shows, that a change of size is answered, and that its memory is bounded. A failure prints its seed and
leaves the trail of steps, which --replay plays again. Logs are copied first, so that nothing is left beside them.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from random_steps import LARGEST, NOISE, Keys, Step
from watched_terminal import ALTERNATE_OFF, CALM_LOOKS, Broken, Session

BOTTOM_ROWS = 2
"""Rows with messages that any key takes away, that for a repaint too."""

CHECK_EVERY = 30
TIMER_SECONDS = 0.3
"""Longer than what the inspector puts off until no further key comes: a screen at rest so long stays as it is."""

OURS = re.compile(
    r"\x1b\[[0-9;]*[mHJKGBCLMr]|\x1b\[\?(?:7|25|1000|1002|1003|1004|1006|1015|1016|1049|2004|2026|2048)[hl]"
    r"|\x1b\[\?20(?:26|48)\$p|\x1b\[[<>=][0-9;]*u|\x1b\]52;c;[A-Za-z0-9+/=]*\x07|\x1b\]22;[a-z-]*\x07|\r\n|\r"
)
"""The control sequences that the inspector writes. The clipboard's may hold base64 only."""
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
WORKING = re.compile("computing|reading|indexing|looking|looked at")
"""What the title says of a screen that changes by itself."""
EVENTS = re.compile(r"event [\d,]+ of ([\d,]+)")


@dataclass
class Torture:
    """One log under random keys."""

    session: Session
    most_memory: float
    follows: bool = False
    trail: list[Step] = field(default_factory=list)
    keys: int = 0
    checks: int = 0
    slowest: float = 0.0
    memory: list[float] = field(default_factory=list)

    def do(self, step: Step) -> None:
        """Do a step."""
        self.trail.append(step)
        if "resize" in step:
            self.session.resize(tuple(step["resize"]))
        elif "send" in step:
            data = step["send"].encode("latin-1")
            self.session.send(data)
            self.keys += 1
            if data == b"\x1b" or data in NOISE:
                self.session.read(0.15)  # sooner, the next key would be one with alt
            elif data == b"\x1a":
                self.session.settle(0.3)  # what is typed to a stopped process is the terminal's to edit
        if self.session.exit_code is not None:
            self.left()

    def left(self) -> None:
        """Open the inspector again after it was left by a key that leaves it."""
        code = self.session.exit_code
        end = self.session.written[self.session.written.rfind(ALTERNATE_OFF) :].decode("utf-8", "replace")
        asked = any(set(step.get("send", "")) & {"q", "\x11", "\x03"} for step in self.trail[-2 * CHECK_EVERY :])
        if code not in (0, 130) or not asked or "Traceback" in end or not end.startswith(ALTERNATE_OFF.decode()):
            raise Broken(f"it ended with {code}:\n{end}")
        os.close(self.session.fd)
        self.trail.append({"open": True})
        self.session.start()

    def check(self) -> None:
        """Check everything.

        Raises:
            Broken: something is not as it must be.
        """
        session = self.session
        session.settle(TIMER_SECONDS / CALM_LOOKS)
        if session.exit_code is not None:
            self.left()
        self.checks += 1
        self._controls(session)
        self._cells(session)
        self._same_after_repaint(session)
        if session.exit_code is not None:
            self.left()
            return
        before = session.cpu_seconds
        width, height = session.size
        session.resize((width + (1 if width < LARGEST[0] else -1), height))
        session.await_repaint()
        if session.exit_code is not None:
            self.left()
            return
        self.slowest = max(self.slowest, session.cpu_seconds - before)
        self.memory.append(session.memory)
        if self.memory[-1] > self.most_memory:
            raise Broken(f"it takes {self.memory[-1]:.0f} MB")
        session.written, session._fed = session.written[session._fed :], 0

    def _controls(self, session: Session) -> None:
        text = session.written.decode("utf-8", "surrogateescape")
        rest = OURS.sub("", text)
        found = CONTROL.search(rest)
        if found and not text.endswith("\x1b" + rest[found.start() + 1 :]):
            raise Broken(f"it wrote {rest[max(0, found.start() - 60) : found.end() + 60]!r}")

    def _cells(self, session: Session) -> None:
        if session.stray():
            session.settle(1.0)  # on a busy machine the answer to a change of size can take long
            stray = session.stray()
            # One that is leaving draws nothing for a new size any more, and what is typed meanwhile the terminal shows.
            leaving = session.exit_code is not None or ALTERNATE_OFF in session.written
            if stray and not leaving:
                raise Broken(f"{stray} on a screen of {session.size}")

    def _same_after_repaint(self, session: Session) -> None:
        """Hold what was written bit by bit against the whole screen; one that changes by itself is left alone."""
        before, after = session.shown(), self._repainted(session)
        if self.follows and (_count(before) is None or _count(before) != _count(after)):
            return  # the log has grown meanwhile, or it may have
        if before != after == self._repainted(session) and session.exit_code is None and not WORKING.search(before[0]):
            rows = zip(before[:-BOTTOM_ROWS], after[:-BOTTOM_ROWS], strict=True)
            lines = [f"{old!r}\n{new!r}" for old, new in rows if old != new]
            if lines:
                raise Broken("drawn otherwise than by a repaint:\n" + "\n".join(lines[:10]))

    def _repainted(self, session: Session) -> list[str]:
        session.send(b"\x0c")
        session.settle()
        return session.shown()


def _count(rows: list[str]) -> str | None:
    """Return of how many events the status line speaks, None where it speaks of none."""
    found = EVENTS.search(rows[-BOTTOM_ROWS]) if len(rows) > BOTTOM_ROWS else None
    return found.group(1) if found else None


def copied(log: Path, folder: Path) -> Path:
    """Return a copy of a log, of a big one a link."""
    target = folder / log.name
    if log.is_dir():
        shutil.copytree(log, target)
    elif log.stat().st_size > 100_000_000:
        target.symlink_to(log.resolve())
    else:
        shutil.copy(log, target)
    return target


def session_on(log: Path, folder: Path, arguments: argparse.Namespace) -> Session:
    """Return the inspector on a log, all that it keeps in a folder."""
    where = log.resolve() if arguments.follow else copied(log, folder)
    more = ["--follow"] if arguments.follow else []
    env = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    env |= {"TERM": "xterm-256color", "LANG": "C.UTF-8", "TAU2_TUI_DEBUG": "1"}
    env |= {"XDG_DATA_HOME": str(folder / "data"), "XDG_CACHE_HOME": str(folder / "cache")}
    (folder / "here").mkdir()
    return Session([sys.executable, "-m", "tau2_tui", "open", str(where), *more], env, folder / "here")


def play(torture: Torture, arguments: argparse.Namespace, seed: int) -> None:
    """Press keys for as long as is asked for, or those of a trail."""
    if arguments.replay:
        for number, step in enumerate(json.loads(arguments.replay.read_text())[-arguments.last :]):
            if "open" not in step:
                torture.do(step)
            if number % CHECK_EVERY == 0:
                torture.check()
        torture.check()
        return
    keys, end = Keys(seed), time.monotonic() + arguments.minutes * 60
    while time.monotonic() < end and torture.keys < arguments.keys:
        at = len(torture.trail)
        while len(torture.trail) < at + CHECK_EVERY:
            for step in keys.steps(torture.session.size):
                torture.do(step)
        torture.check()


def run(log: Path, seed: int, arguments: argparse.Namespace) -> bool:
    """Torture the inspector on one log; return whether it stood it."""
    with tempfile.TemporaryDirectory() as name:
        torture = Torture(session_on(log, Path(name), arguments), arguments.most_memory, arguments.follow)
        torture.session.start()
        began, reason = time.monotonic(), ""
        try:
            play(torture, arguments, seed)
        except Broken as broken:
            reason = str(broken)
            trail = Path(tempfile.gettempdir()) / f"random-keys-{log.stem}-{seed}.trail"
            trail.write_text(json.dumps(torture.trail))
            print(f"BROKEN {log.name} seed {seed}, trail {trail}\n{reason}\nscreen {torture.session.size}:")
            print("\n".join(torture.session.shown()), "\nlast steps:", torture.trail[-30:])
        finally:
            torture.session.close()
        half = len(torture.memory) // 2
        growth = torture.memory[-1] - torture.memory[half] if torture.memory else 0.0
        print(
            f"{'broken' if reason else 'stood '} {log.name}: seed {seed}, {time.monotonic() - began:.0f} s, "
            f"{torture.keys:,} keys, {torture.checks:,} checks; slowest answer {torture.slowest:.2f} s of CPU; "
            f"memory at most {max(torture.memory, default=0):.0f} MB, second half {growth:+.0f} MB",
            flush=True,
        )
    return not reason


def main() -> int:
    """Torture the inspector on each log."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("logs", metavar="LOG", type=Path, nargs="+")
    parser.add_argument("--minutes", type=float, default=10.0, help="for each log")
    parser.add_argument("--keys", type=int, default=1 << 62, help="at most, for each log")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--follow", action="store_true", help="follow the logs, which are not copied")
    parser.add_argument("--most-memory", type=float, default=600.0, metavar="MB")
    parser.add_argument("--replay", type=Path, metavar="TRAIL", help="play the steps of a failure again")
    parser.add_argument("--last", type=int, default=1 << 62, metavar="STEPS", help="only so many last steps of it")
    arguments = parser.parse_args()
    stood = [run(log, arguments.seed + place, arguments) for place, log in enumerate(arguments.logs)]
    return 0 if all(stood) else 1


if __name__ == "__main__":
    sys.exit(main())

"""How long a key of the inspector takes until the screen shows what it does, and how many bytes it sends.

    python benchmarks/make_log.py /tmp/big.jsonl 1GB
    python benchmarks/keys.py /tmp/big.jsonl [--presses 60] [--peer lnav]

Everything runs in a pseudo-terminal of 120x40 with 256 colours, as over plain SSH, with the page cache warm and without
anything kept from earlier: no index, no place. A key is pressed at a random moment; its time ends with the bytes after
which a terminal shows the result: another event in the status line, or the detail's text. Each key is measured in three
states: quiet, while the log is indexed (the inspector is started as often as it takes), and while the statistics of
screen 6 are computed in the background. Bytes are counted when quiet only, where nothing else is drawn: all that a key
sends until nothing more comes. With the detail open that is the move and, as the cursor then rests, the detail of the
other event; a key that is held sends the moves alone, and the detail once, when it is let go.

A stall is told by the slowest key; a frame is 1/60 s, the goal a median below two of them.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from open_log import COLUMNS, ROWS
from peers import FRAME_SECONDS, Rows, Screen, has

IDLE_SECONDS = 5.0
REPEAT_SECONDS = 1 / 30
"""Pause between two repetitions of a key that is held, as terminals have it."""

HELD_PRESSES = 40
HELD = "move held with detail"
PATIENCE_SECONDS = 5.0
LEAST_LOAD = 0.1
"""Share of a processor from which on statistics are taken to be computed still."""

PAGE_DOWN, ESCAPE = b"\x1b[6~", b"\x1b"

EVENT = re.compile(r"event ([\d,]+) of")
DETAIL_TEXT = re.compile(r"detail formatted.*\d of \d")

Samples = dict[str, list[float]]


class Key(NamedTuple):
    """A key that is measured.

    Attributes:
        name: what it does.
        press: what the terminal sends.
        before: keys that make it do something.
    """

    name: str
    press: bytes
    before: tuple[bytes, ...] = ()


KEYS = (
    Key("cursor move", b"j"),
    Key("page", PAGE_DOWN),
    Key("jump to end", b"G", (b"g",)),
    Key("jump to start", b"g", (b"G",)),
    Key("next error", b"e"),
    Key("open detail", b"v", (b"v",)),
    Key("move with detail", b"j"),
    Key("page with detail", PAGE_DOWN),
)


def shown_event(rows: Rows) -> str | None:
    found = EVENT.search(rows[-2])
    return found.group(1) if found else None


def has_detail(rows: Rows) -> bool:
    return any(DETAIL_TEXT.search(row) for row in rows)


def indexing(rows: Rows) -> bool:
    return "indexing" in rows[-2]


def press(screen: Screen, key: bytes, done: Callable[[Rows], bool]) -> float | None:
    """Press a key at a random moment; return the seconds until its result is shown, None when it never is."""
    screen.drain(random.uniform(0.03, 0.12))
    return screen.answer(key, done, PATIENCE_SECONDS)


def changed(screen: Screen, key: bytes) -> Callable[[Rows], bool]:
    """Return what the screen shows once a key has done its work."""
    before, said = shown_event(screen.rows), screen.rows[-1]
    if key == b"v":
        return (lambda rows: not has_detail(rows)) if has_detail(screen.rows) else has_detail
    return lambda rows: shown_event(rows) not in (None, before) or rows[-1] != said


def presses(screen: Screen, key: Key, count: int, going: Callable[[Screen], bool]) -> Iterator[float]:
    """Press a key up to ``count`` times as long as the state lasts; yield the seconds of each."""
    if key.name.endswith("detail") and key.press != b"v" and not has_detail(screen.rows):
        press(screen, b"v", has_detail)
    elif not key.name.endswith("detail") and has_detail(screen.rows):
        press(screen, b"v", lambda rows: not has_detail(rows))
    for _ in range(count):
        for other in key.before:
            if other != b"v" or has_detail(screen.rows):
                press(screen, other, changed(screen, other))
        if not going(screen):
            return
        taken = press(screen, key.press, changed(screen, key.press))
        if taken is not None:
            yield taken


def opened(log: Path, home: str) -> Screen:
    """Open a log as for the first time; return the screen with its first events."""
    kept = {"XDG_CACHE_HOME": tempfile.mkdtemp(dir=home), "XDG_DATA_HOME": tempfile.mkdtemp(dir=home)}
    screen = Screen([sys.executable, "-m", "tau2_tui", "open", str(log)], kept, home)
    screen.until(lambda rows: shown_event(rows) is not None)
    return screen


def while_indexing(log: Path, home: str, count: int) -> Samples:
    """Press each key while the log is indexed, opening it again whenever that is done."""
    found: Samples = {key.name: [] for key in KEYS}
    screen = opened(log, home)
    for key in KEYS:
        for _ in range(10):
            found[key.name] += presses(screen, key, count - len(found[key.name]), is_indexing)
            if len(found[key.name]) >= count:
                break
            screen.kill()
            screen = opened(log, home)
    screen.kill()
    return found


def is_indexing(screen: Screen) -> bool:
    return indexing(screen.rows)


def is_computing(screen: Screen) -> bool:
    return screen.load(0.1) > LEAST_LOAD


def quiet(log: Path, home: str, count: int) -> tuple[Samples, dict[str, float]]:
    """Press each key when nothing else is done; return the seconds, and the bytes that each sends."""
    found: Samples = {}
    sent: dict[str, float] = {}
    screen = opened(log, home)
    screen.until(lambda rows: not indexing(rows))
    screen.rested()
    sent["idle"] = screen.drain(IDLE_SECONDS)
    for key in KEYS:
        found[key.name] = list(presses(screen, key, count, lambda _: True))
        sent[key.name] = statistics.median(sizes(screen, key, 7))
    sent[HELD] = held(screen)
    screen.kill()
    return found, sent


def sizes(screen: Screen, key: Key, count: int) -> Iterator[int]:
    """Press a key ``count`` times; yield the bytes that it sends."""
    for _ in range(count):
        for other in key.before:
            if other != b"v" or has_detail(screen.rows):
                screen.press(other)
                screen.quiet()
        screen.press(key.press)
        yield screen.quiet()


def held(screen: Screen) -> float:
    """Hold the key of a move with the detail open; return the bytes of each repetition before it rests."""
    if not has_detail(screen.rows):
        press(screen, b"v", has_detail)
    screen.press(b"g")
    screen.quiet()
    sent = 0
    for _ in range(HELD_PRESSES):
        screen.press(b"j")
        sent += screen.drain(REPEAT_SECONDS)
    return sent / HELD_PRESSES


def while_computing(log: Path, home: str, count: int) -> Samples:
    """Press each key while the statistics are computed, which screen 6 asks for when it is shown."""
    found: Samples = {key.name: [] for key in KEYS}
    for key in KEYS:
        for _ in range(10):
            screen = opened(log, home)
            screen.until(lambda rows: not indexing(rows))
            screen.press(b"6")
            screen.until(lambda rows: shown_event(rows) is None)
            screen.press(b"3")
            screen.until(lambda rows: shown_event(rows) is not None)
            found[key.name] += presses(screen, key, count - len(found[key.name]), is_computing)
            screen.kill()
            if len(found[key.name]) >= count:
                break
    return found


def of_peer(name: str, log: Path, home: str, count: int) -> list[float]:
    """Return the seconds that lnav's or less's jump to the end takes."""
    with log.open("rb") as file:
        file.seek(-4096, 2)
        last = b'"seq":' + file.read().split(b"\n")[-2].split(b":", 2)[1].split(b",")[0]
    screen = Screen([name, *(["-S"] if name == "less" else []), str(log)], {}, home)
    screen.rested()
    at_end = has(last.decode())
    taken = []
    for _ in range(count):
        press(screen, b"g", lambda rows: not at_end(rows))
        seconds = press(screen, b"G", at_end)
        if seconds is not None:
            taken.append(seconds)
    screen.kill()
    return taken


def line(name: str, seconds: list[float], more: str = "") -> str:
    """Return a row of the table: milliseconds."""
    if not seconds:
        return f"  {name:28} no result"
    ordered = sorted(seconds)
    middle, high = statistics.median(ordered), ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    frames = f"{middle / FRAME_SECONDS:5.2f}"
    return f"  {name:28}{middle * 1e3:8.1f}{frames:>8}{high * 1e3:8.1f}{ordered[-1] * 1e3:8.1f}{len(ordered):6}{more}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log", type=Path)
    parser.add_argument("--presses", type=int, default=60)
    parser.add_argument("--states", nargs="*", default=["quiet", "indexing", "statistics"])
    parser.add_argument("--peer", nargs="*", default=[], metavar="NAME", help="lnav, less: their jump to the end")
    options = parser.parse_args()
    with options.log.open("rb") as file:
        while file.read(1 << 24):
            pass
    print(f"{options.log.name}, {options.log.stat().st_size / 1e6:,.0f} MB, {COLUMNS}x{ROWS}; milliseconds")
    print(f"  {'':28}{'median':>8}{'frames':>8}{'p99':>8}{'most':>8}{'of':>6}   bytes")
    with tempfile.TemporaryDirectory() as home:
        if "quiet" in options.states:
            print_state("quiet", *quiet(options.log, home, options.presses))
        if "indexing" in options.states:
            print_state("while it is indexed", while_indexing(options.log, home, options.presses), {})
        if "statistics" in options.states:
            print_state("while statistics are computed", while_computing(options.log, home, options.presses), {})
        for name in options.peer:
            print(line(f"{name}, jump to end", of_peer(name, options.log, home, options.presses)))


def print_state(title: str, found: Samples, sent: dict[str, float]) -> None:
    """Print what was measured in one state."""
    print(title)
    for name, seconds in found.items():
        print(line(name, seconds, f"{sent[name]:8,.0f}" if name in sent else ""))
    if "idle" in sent:
        print(f"  {HELD}: {sent[HELD]:,.0f} bytes a repetition")
        print(f"  idle, {IDLE_SECONDS:g} s: {sent['idle']:,.0f} bytes")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

"""How long a key of the inspector takes until the screen shows what it does, and how many bytes it sends.

    python benchmarks/make_log.py /tmp/big.jsonl 1GB
    python benchmarks/keys.py /tmp/big.jsonl [--presses 60] [--peer lnav]

Everything runs in a pseudo-terminal of 120x40 with 256 colours, as over plain SSH, with the page cache warm and without
anything kept from earlier: no index, no place. A key is pressed at a random moment; its time ends with the bytes after
which a terminal shows its answer: another event in the status line, the detail's text, or, for a jump to where nothing
is known yet, that it will be made. How long such a jump takes from a key pressed with the first events to the event
that it leads to is measured apart. Each key is measured in three states: quiet, while the log is indexed (the inspector
is started as often as it takes), and while the statistics of screen 6 are computed in the background. Bytes are counted
when quiet only, where nothing else is drawn: all that a key sends until nothing more comes. With the detail open that
is the move and, as the cursor then rests, the detail of the other event; a key that is held sends the moves alone, and
the detail once, when it is let go.

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
MOST_STARTS = 20
"""How often the inspector is started for one key while the log is indexed."""

LEAST_LOAD = 0.1
"""Share of a processor from which on statistics are taken to be computed still."""

PAGE_DOWN = b"\x1b[6~"

EVENT = re.compile(r"event ([\d,]+) of")
DETAIL_TEXT = re.compile(r"detail formatted.*\d of \d")

Samples = dict[str, list[float]]


def shown_event(rows: Rows) -> str | None:
    found = EVENT.search(rows[-2])
    return found.group(1) if found else None


def has_detail(rows: Rows) -> bool:
    return any(DETAIL_TEXT.search(row) for row in rows)


def has_no_detail(rows: Rows) -> bool:
    return not has_detail(rows)


def at_start(rows: Rows) -> bool:
    return shown_event(rows) == "0"


def away_from_start(rows: Rows) -> bool:
    return shown_event(rows) not in (None, "0")


def indexing(rows: Rows) -> bool:
    return "indexing" in rows[-2]


def settled(rows: Rows) -> bool:
    """Return whether no jump waits for the index: the same key again would say what is said already."""
    return ", then to " not in rows[-1]


class Key(NamedTuple):
    """A key that is measured.

    Attributes:
        name: what it does.
        press: what the terminal sends.
        ready: whether the screen is such that the key changes it.
        before: the key that makes it so.
    """

    name: str
    press: bytes
    ready: Callable[[Rows], bool] = settled
    before: bytes = b""


JUMPS = ("jump to end", "next error")
"""Keys that may lead to what is not known yet."""

STARTS = 5

KEYS = (
    Key("cursor move", b"j"),
    Key("page", PAGE_DOWN),
    Key("jump to end", b"G", at_start, b"g"),
    Key("jump to start", b"g", away_from_start, b"G"),
    Key("next error", b"e"),
    Key("open detail", b"v", has_no_detail, b"v"),
    Key("move with detail", b"j"),
    Key("page with detail", PAGE_DOWN),
)


def press(screen: Screen, key: bytes, done: Callable[[Rows], bool] | None = None) -> float | None:
    """Press a key at a random moment; return the seconds until it is answered, None when it never is."""
    screen.drain(random.uniform(0.03, 0.12))
    return screen.answer(key, done or changed(screen, key), PATIENCE_SECONDS)


def changed(screen: Screen, key: bytes) -> Callable[[Rows], bool]:
    """Return what the screen shows once a key is answered."""
    if key == b"v":
        return has_no_detail if has_detail(screen.rows) else has_detail
    moved, said = elsewhere(shown_event(screen.rows)), screen.rows[-1]
    return lambda rows: moved(rows) or rows[-1] != said


def elsewhere(before: str | None) -> Callable[[Rows], bool]:
    """Return whether another event is selected."""
    return lambda rows: shown_event(rows) not in (None, before)


def presses(screen: Screen, key: Key, count: int, going: Callable[[Screen], bool]) -> Iterator[float]:
    """Press a key up to ``count`` times as long as the state lasts; yield the seconds of each."""
    with_detail = key.name.endswith(" with detail")
    if key.press != b"v" and has_detail(screen.rows) != with_detail:
        press(screen, b"v")
    for _ in range(count):
        if not key.ready(screen.rows):
            press(screen, key.before, key.ready)
        screen.until(settled, PATIENCE_SECONDS)
        if not going(screen):
            return
        taken = press(screen, key.press)
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
        for _ in range(MOST_STARTS):
            found[key.name] += presses(screen, key, count - len(found[key.name]), is_indexing)
            if len(found[key.name]) >= count:
                break
            screen.kill()
            screen = opened(log, home)
    screen.kill()
    return found


def at_once(log: Path, home: str, key: Key, count: int) -> list[float]:
    """Open the log ``count`` times, press a key with the first events; return the seconds until its jump is made."""
    found = []
    for _ in range(count):
        screen = opened(log, home)
        taken = screen.answer(key.press, elsewhere(shown_event(screen.rows)), PATIENCE_SECONDS)
        found += [] if taken is None else [taken]
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
        if not key.ready(screen.rows):
            screen.press(key.before)
            screen.quiet()
        screen.press(key.press)
        yield screen.quiet()


def held(screen: Screen) -> float:
    """Hold the key of a move with the detail open; return the bytes of each repetition before it rests."""
    if not has_detail(screen.rows):
        press(screen, b"v")
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
            for key in KEYS:
                if key.name in JUMPS:
                    print(line(f"{key.name}: there", at_once(options.log, home, key, STARTS)))
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

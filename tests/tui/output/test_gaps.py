"""Long gaps in a row that is written anew are erased at once, not blank by blank."""

from __future__ import annotations

import random

from tau2_tui.tui.output.difference import encode
from tau2_tui.tui.output.frame import Frame
from tau2_tui.tui.output.sgr import PLAIN, Sgr
from tests.tui.emulator import Emulator, Shown

REVERSED, GREY, BLUE = Sgr("7"), Sgr("", "38;5;246"), Sgr("", "", "44")


def frame_of(*runs: tuple[str, Sgr], width: int = 60) -> Frame:
    frame = Frame.blank(width, 2)
    frame.put(0, 0, runs)
    return frame


def shown(*written: str) -> Shown:
    terminal = Emulator(60, 2)
    for data in written:
        terminal.feed(data)
    return terminal.cells()


def test_a_row_that_is_no_longer_selected_is_erased_before_it_is_written() -> None:
    text = "time 1:2" + " " * 20 + "call" + " " * 9 + "x" * 19
    old, new = frame_of((text, REVERSED)), frame_of((text[:40], GREY), (text[40:], PLAIN))
    data, _ = encode(old, new)
    assert "\x1b[K" in data and " " * 6 not in data
    assert shown(encode(None, old)[0], data) == shown(encode(None, new)[0])


def test_a_gap_in_a_colour_is_written() -> None:
    old, new = frame_of(("y" * 60, PLAIN)), frame_of(("a" + " " * 30 + "b" * 29, BLUE))
    data, _ = encode(old, new)
    assert " " * 30 in data
    assert shown(encode(None, old)[0], data) == shown(encode(None, new)[0])


def test_what_is_unchanged_before_it_stays() -> None:
    old, new = frame_of(("same text " + "y" * 50, PLAIN)), frame_of(("same text " + "a" + " " * 30 + "b" * 19, PLAIN))
    data, _ = encode(old, new)
    assert "same" not in data and " " * 6 not in data
    assert shown(encode(None, old)[0], data) == shown(encode(None, new)[0])


def test_any_row_with_gaps_is_shown_as_it_is() -> None:
    rng = random.Random(4)
    texts = ["word", " " * 7, " " * 15, "日本", "🦾", "…", "x"]
    before = frame_of()
    terminal, sgr = Emulator(60, 2), PLAIN
    terminal.feed(encode(None, before)[0])
    for _ in range(300):
        runs = [
            (rng.choice(texts), rng.choice([PLAIN, PLAIN, GREY, REVERSED, BLUE])) for _ in range(rng.randrange(1, 9))
        ]
        after = frame_of(*runs)
        data, sgr = encode(before, after, sgr)
        terminal.feed(data)
        assert terminal.cells() == shown(encode(None, after)[0]), runs
        before = after

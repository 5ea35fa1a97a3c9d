from __future__ import annotations

import random

import pytest

from tau2_tui.tui.output import shift
from tau2_tui.tui.output.difference import encode
from tau2_tui.tui.output.frame import Frame
from tau2_tui.tui.output.sgr import PLAIN, Sgr
from tests.tui.emulator import Emulator, Shown

WIDTH, HEIGHT = 30, 12
STYLES = [
    PLAIN,
    Sgr("", "35"),
    Sgr("1", "31"),
    Sgr("7"),
    Sgr("", "32", "44"),
    Sgr("4"),
    Sgr("", "38;5;200", "48;5;17"),
    Sgr("2"),
]
TEXTS = ["hello world", "   ", "x", "日本語", "é", "    ", "─│", "ab  cd", "❤", "🦾 arm", "…✗Δ"]


def written(old: Frame | None, new: Frame, *, erases_in_colour: bool = True) -> str:
    return encode(old, new, erases_in_colour=erases_in_colour)[0]


def some_frame(rng: random.Random) -> Frame:
    frame = Frame.blank(WIDTH, HEIGHT)
    for _ in range(rng.randrange(1, 14)):
        runs = [(rng.choice(TEXTS), rng.choice(STYLES)) for _ in range(rng.randrange(1, 4))]
        frame.put(rng.randrange(-4, WIDTH), rng.randrange(-1, HEIGHT + 1), runs)
    return frame


def changed(frame: Frame, rng: random.Random) -> Frame:
    new = frame.copy()
    if rng.random() < 0.5:
        rows = rng.randrange(1, 4) * rng.choice([-1, 1])
        top = rng.randrange(0, HEIGHT - 4)
        bottom = rng.randrange(top + 3, HEIGHT)
        region = new.rows[top : bottom + 1]
        new.rows[top : bottom + 1] = region[rows:] + region[:rows]
    else:
        new.put(rng.randrange(WIDTH), rng.randrange(HEIGHT), [(rng.choice(TEXTS), rng.choice(STYLES))])
    return new


def written_plainly(frame: Frame) -> Shown:
    terminal = Emulator(WIDTH, HEIGHT)
    for y, row in enumerate(frame.rows):
        for x, (text, style) in enumerate(row):
            if text:
                parameters = ";".join(word for word in style if word)
                terminal.feed(f"\x1b[{y + 1};{x + 1}H\x1b[0;{parameters or 0}m{text}")
    return terminal.cells()


@pytest.mark.parametrize("block", range(6))
def test_the_terminal_shows_each_frame_after_its_difference(block: int) -> None:
    for seed in range(block * 20, block * 20 + 20):
        rng = random.Random(seed)
        terminal = Emulator(WIDTH, HEIGHT)
        terminal.feed("rubbish from before")
        shown: Frame | None = None
        sgr = PLAIN
        for _ in range(6):
            new = some_frame(rng) if shown is None or rng.random() < 0.3 else changed(shown, rng)
            data, sgr = encode(shown, new, sgr, erases_in_colour=seed % 2 == 0)
            terminal.feed(data)
            assert not sgr.attributes and not sgr.background, "blanks that the terminal makes would be drawn in it"
            assert terminal.cells() == written_plainly(new), seed
            shown = new


def frame_of(*rows: str, style: Sgr = PLAIN) -> Frame:
    frame = Frame.blank(WIDTH, len(rows))
    for y, row in enumerate(rows):
        frame.put(0, y, [(row, style)])
    return frame


def test_equal_frames_write_nothing() -> None:
    assert written(frame_of("a", "b"), frame_of("a", "b")) == ""


def test_one_changed_character_writes_one_character() -> None:
    assert written(frame_of("event 11"), frame_of("event 12")) == "\x1b[1;8H2"


def test_rows_that_moved_up_are_moved_by_the_terminal() -> None:
    rows = [f"row {number} of many rows" for number in range(12)]
    data = written(frame_of("title", *rows[:10], "status"), frame_of("title", *rows[1:11], "status"))
    assert "\x1b[2;11r" in data and "\x1b[1M" in data
    assert "row 10" in data and "row 5" not in data
    assert len(data) < 60


def test_a_long_blank_end_is_erased_not_written() -> None:
    assert written(frame_of("a long text at first"), frame_of("a")) == "\x1b[1;2H\x1b[K"


def test_a_coloured_blank_end_is_written_where_the_terminal_erases_without_colour() -> None:
    blue = Sgr("", "", "44")
    data = written(frame_of("x" * WIDTH), frame_of(" " * WIDTH, style=blue), erases_in_colour=False)
    assert "\x1b[K" not in data and " " * WIDTH in data


def test_after_a_character_of_doubtful_width_the_column_is_set_and_the_rest_written_again() -> None:
    old, new = frame_of("👍🏽 thumb and more"), frame_of("🦾 thumb and more")
    data = written(old, new)
    assert "\x1b[3G" in data and "thumb and more" in data


@pytest.mark.parametrize("width", [1, 3, 4])
def test_columns_hold_in_a_terminal_that_draws_joined_emoji_apart(width: int) -> None:
    family = "👨‍👩‍👧‍👦"
    new = frame_of(f"{'x' * width}{family}| end")
    terminal = Emulator(WIDTH, 1)
    terminal.feed(written(None, new))
    assert terminal.screen.display[0].index("| end") <= width + 2
    assert terminal.screen.buffer[0][width + 2].data == "|"


def test_drawing_over_half_of_a_wide_character_blanks_the_other_half() -> None:
    frame = frame_of("日本語")
    frame.put(1, 0, [("x", PLAIN)])
    assert "".join(text for text, _ in frame.rows[0]).rstrip() == " x本語"


def test_a_shift_that_saves_too_little_is_not_made() -> None:
    old = [*frame_of("a", "b", "c", "d").rows]
    assert shift.find(old, frame_of("b", "c", "x", "y").rows) is None


def test_after_a_wide_character_the_next_change_stands_in_its_column() -> None:
    old, new = frame_of("日 unchanged a"), frame_of("本 unchanged b")
    terminal = Emulator(WIDTH, 1)
    terminal.feed(written(None, old) + written(old, new))
    assert (
        terminal.cells() == written_plainly(Frame(WIDTH, HEIGHT, [*new.rows, *Frame.blank(WIDTH, HEIGHT - 1).rows]))[:1]
    )


def test_a_colour_that_the_next_frame_begins_with_is_not_set_again() -> None:
    grey = Sgr("", "38;5;246")
    frames = [frame_of(text, style=grey) for text in ("a", "b", "c")]
    data, sgr = encode(frames[0], frames[1])
    assert sgr == grey and data.endswith("b")
    assert encode(frames[1], frames[2], sgr) == ("\x1b[1Hc", grey)

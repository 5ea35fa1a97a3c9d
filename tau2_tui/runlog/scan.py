"""The envelopes of a block of lines, read with array operations instead of a parser.

The format fixes the first keys of a line, their order and their spelling. So the eighth comma of a line ends its
envelope, unless an id holds commas; where the expected literals do not stand around the commas, the line is not
vouched for here and goes through the JSON parser. Array operations let go of the interpreter's lock, so that a thread
which scans hardly delays the thread that draws.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]
Bools = npt.NDArray[np.bool_]

_MIN_WIDTH = 208
_MAX_WIDTH = 1024
"""Bytes of the longest envelope that is read here."""

_PAD = _MAX_WIDTH + 64
_FEED = 10
_COMMAS = 8
_CHAIN_LENGTH = 44
_SEQ_AT = 7
_TIME_AT = 13
_TURN_AT = 12
_EPOCH_DIGITS = 10
"""Digits before the decimal point of a time from 2001 to 2286."""


def _literal(text: bytes) -> tuple[tuple[int, np.uint64], ...]:
    """Return 8-byte words that together cover ``text``, each with its place in it."""
    last = len(text) - 8
    places = sorted({*range(0, last, 8), last})
    return tuple((at, np.uint64(int.from_bytes(text[at : at + 8], "little"))) for at in places)


_AFTER_COMMA = {
    0: _literal(b',"timestamp":'),
    1: _literal(b',"event_type":"'),
    5: _literal(b',"turn_idx":'),
    6: _literal(b',"level":"'),
    7: _literal(b',"source":'),
}
_CHAIN = _literal(b',"chain":"')
_START = np.uint64(int.from_bytes(b'{"seq":', "little"))
_NULL = np.uint64(int.from_bytes(b"null", "little"))

_LOW_BYTES = np.array([(1 << (8 * count)) - 1 for count in range(9)], np.uint64)
_ZEROS = np.uint64(0x3030303030303030)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_EIGHT = np.uint64(8)
_TEN = np.uint64(10)
_POWERS = 10.0 ** np.arange(9)


class Spans(NamedTuple):
    """One part of each line: where it stands in the buffer, and a hash of its bytes."""

    starts: Ints
    ends: Ints
    hashes: Words


class Scanned(NamedTuple):
    """What a block holds.

    Attributes:
        starts: first byte of each line in the buffer.
        ends: place of each line's line feed.
        rows: which lines are vouched for; the arrays below are for these only.
        seq: their numbers.
        timestamp: their times, equal to the last bit to what a JSON parser gives.
        turn: their turns, -1 for null.
        event_type: the bytes of the key and value of ``event_type``.
        scope: the bytes from ``simulation_id`` to ``trial``.
        level: the bytes of ``level``.
    """

    starts: Ints
    ends: Ints
    rows: Ints
    seq: Ints
    timestamp: npt.NDArray[np.float64]
    turn: Ints
    event_type: Spans
    scope: Spans
    level: Spans


class BlockScanner:
    """A buffer for one block of a file, and the reading of the envelopes in it."""

    def __init__(self, block_bytes: int, like: BlockScanner | None = None) -> None:
        """Make room for blocks of that many bytes; ``like`` is a scanner whose hashes this one shares."""
        self._bytes = np.zeros((block_bytes + _PAD + 7) // 8 * 8, np.uint8)
        self._words = self._bytes.view("<u8")
        self._controls = np.empty(block_bytes, np.bool_)
        self._width = _MIN_WIDTH
        self._windows = self._windows_of(self._width)
        random = np.uint64(int.from_bytes(os.urandom(8), "little") | 1)
        self._multiplier: np.uint64 = random if like is None else like._multiplier
        self.buffer = self._bytes.data[:block_bytes]

    @property
    def envelope_bytes(self) -> int:
        """The length of the envelopes that there is room for."""
        return self._width

    def text(self, start: int, end: int) -> bytes:
        """Return the bytes of the buffer from ``start`` to ``end``."""
        return self.buffer[start:end].tobytes()

    def widen(self, envelope_bytes: int) -> None:
        """Make room for envelopes of that length from the next block on; they were longer than expected."""
        width = min(_MAX_WIDTH, (envelope_bytes + 63) // 64 * 64)
        if width > self._width:
            self._width, self._windows = width, self._windows_of(width)

    def scan(self, length: int, expected: tuple[Ints, Ints] | None = None) -> Scanned | None:
        """Read the envelopes of the whole lines in the first ``length`` bytes of the buffer.

        Args:
            length: how much of the buffer is looked at.
            expected: where the line feeds were when they were looked for, and the other control characters.

        Returns:
            None when there is no line feed among them.
        """
        starts, ends, clean = self._split(length, expected)
        if not len(ends):
            return None
        commas = self._commas(starts)
        seq, ok = self._number(starts + _SEQ_AT, commas[0], 16)
        good = clean & ok & (commas[7] < ends) & ((self._word(starts) & _LOW_BYTES[_SEQ_AT]) == _START)
        for index, literal in _AFTER_COMMA.items():
            good &= self._has(commas[index], literal)
        good &= self._has(ends - _CHAIN_LENGTH, _CHAIN)
        timestamp, ok = self._time(commas[0] + _TIME_AT, commas[1])
        good &= ok
        turn, ok = self._turn(commas[5] + _TURN_AT, commas[6])
        good &= ok
        rows = np.flatnonzero(good)
        if len(rows) < len(good):
            commas, seq, timestamp, turn = commas[:, rows], seq[rows], timestamp[rows], turn[rows]
        return Scanned(
            starts,
            ends,
            rows,
            seq.astype(np.int64),
            timestamp,
            turn,
            self._spans(commas[1], commas[2]),
            self._spans(commas[2], commas[5]),
            self._spans(commas[6], commas[7]),
        )

    def _windows_of(self, width: int) -> npt.NDArray[np.uint8]:
        return np.lib.stride_tricks.sliding_window_view(self._bytes, width)

    def _split(self, length: int, expected: tuple[Ints, Ints] | None) -> tuple[Ints, Ints, Bools]:
        """Return the start and the end of each line, and whether it is free of control characters."""
        if expected is not None and self._are_feeds(expected[0], length):
            ends, others = expected
        else:
            controls = np.flatnonzero(np.less(self._bytes[:length], 32, out=self._controls[:length]))
            feeds = self._bytes[controls] == _FEED
            ends, others = (controls, controls[:0]) if feeds.all() else (controls[feeds], controls[~feeds])
        starts = np.empty_like(ends)
        starts[:1] = 0
        starts[1:] = ends[:-1] + 1
        clean = np.ones(len(ends), np.bool_)
        if len(others):
            dirty = np.searchsorted(ends, others)
            clean[dirty[dirty < len(ends)]] = False
        return starts, ends, clean

    def _are_feeds(self, places: Ints, length: int) -> bool:
        """Return whether there still is a line feed at each of these places, and at the end."""
        if not len(places) or places[-1] != length - 1:
            return False
        return bool((self._bytes[places] == _FEED).all())

    def _commas(self, starts: Ints) -> Ints:
        """Return the places of each line's first eight commas; far beyond the buffer where there are fewer."""
        count = len(starts)
        windows = self._windows[starts]
        places = np.flatnonzero(windows.reshape(-1) == 44)
        row_starts = np.arange(count) * self._width
        first = np.searchsorted(places, row_starts)
        places = np.append(places, np.full(_COMMAS, len(self._bytes) * count))
        nth = places[first + np.arange(_COMMAS)[:, None]] - row_starts
        return np.where(nth < self._width, nth + starts, len(self._bytes))

    def _word(self, at: Ints) -> Words:
        """Return the eight bytes from each place on, the first one lowest; what they are outside the buffer is moot."""
        index = at >> 3
        shift = ((at & 7) << 3).astype(np.uint64)
        low = self._words.take(index, mode="clip") >> shift
        word: Words = low | (self._words.take(index + 1, mode="clip") << (np.uint64(64) - shift))
        return word

    def _has(self, at: Ints, literal: tuple[tuple[int, np.uint64], ...]) -> Bools:
        found = np.ones(len(at), np.bool_)
        for place, word in literal:
            found &= self._word(at + place) == word
        return found

    def _number(self, start: Ints, end: Ints, most: int) -> tuple[Words, Bools]:
        """Return the decimal numbers between the places, and whether each is one, of up to ``most`` digits."""
        digits = end - start
        value, ok = self._digits(end, np.clip(digits, 0, 8))
        if most > 8 and int(digits.max(initial=0)) > 8:
            high, high_ok = self._digits(end - 8, np.clip(digits - 8, 0, 8))
            value, ok = value + high * np.uint64(10**8), ok & high_ok
        ok &= (digits >= 1) & (digits <= most)
        return value, ok & ((digits == 1) | (self._bytes.take(start, mode="clip") != 48))

    def _digits(self, end: Ints, count: Ints) -> tuple[Words, Bools]:
        """Return the value of the ``count`` (0 to 8) digits before each place, and whether they are digits.

        Eight digits at once: bytes are summed to pairs, pairs to fours, fours to eight.
        """
        shift = ((8 - count) << 3).astype(np.uint64)
        word = (self._word(end - 8) >> shift) << shift
        word = (word | (_ZEROS & ~(_ALL << shift))) - _ZEROS
        bad = ((word + np.uint64(0x7676767676767676)) | word) & np.uint64(0x8080808080808080)
        word = word * _TEN + (word >> _EIGHT)
        low = (word & np.uint64(0x000000FF000000FF)) * np.uint64(0x000F424000000064)
        high = ((word >> np.uint64(16)) & np.uint64(0x000000FF000000FF)) * np.uint64(0x0000271000000001)
        return (low + high) >> np.uint64(32), bad == 0

    def _time(self, start: Ints, end: Ints) -> tuple[npt.NDArray[np.float64], Bools]:
        """Return the times between the places, and whether each is ten digits, a point and one to seven digits.

        The sum is correctly rounded: a decimal of seven digits lies too far from any midpoint between two doubles
        of this size for the rounding of its fraction to matter.
        """
        point = start + _EPOCH_DIGITS
        whole, ok = self._number(start, point, 16)
        places = end - point - 1
        fraction, fraction_ok = self._digits(end, np.clip(places, 0, 8))
        ok &= fraction_ok & (places >= 1) & (places <= 7) & (self._bytes.take(point, mode="clip") == 46)
        return whole.astype(np.float64) + fraction.astype(np.float64) / _POWERS[np.clip(places, 0, 8)], ok

    def _turn(self, start: Ints, end: Ints) -> tuple[Ints, Bools]:
        value, ok = self._number(start, end, 8)
        null = (end - start == 4) & ((self._word(start) & _LOW_BYTES[4]) == _NULL)
        return np.where(null, -1, value.astype(np.int64)), ok | null

    def _spans(self, comma: Ints, end: Ints) -> Spans:
        """Return the bytes after ``comma`` and before ``end`` with a hash of each; every process hashes differently."""
        start = comma + 1
        length = end - start
        hashes = length.astype(np.uint64)
        index, shift = start >> 3, ((start & 7) << 3).astype(np.uint64)
        back, least = np.uint64(64) - shift, int(length.min(initial=_MAX_WIDTH))
        low = self._words.take(index, mode="clip")
        for at in range(0, int(length.max(initial=0)), 8):
            index += 1
            high = self._words.take(index, mode="clip")
            word = (low >> shift) | (high << back)
            if at + 8 > least:
                word &= _LOW_BYTES[np.clip(length - at, 0, 8)]
            hashes = (hashes ^ word) * self._multiplier
            hashes ^= hashes >> np.uint64(29)
            low = high
        return Spans(start, end, hashes)


class Coder:
    """Codes for the different texts of one part of the lines; a text is parsed once, when it is first met.

    Args:
        parse: returns the code of a text, or -1 when it cannot be read.
    """

    def __init__(self, parse: Callable[[bytes], int]) -> None:
        self._parse = parse
        self._codes: dict[int, int] = {}

    def tidy(self) -> None:
        """Forget the codes: each text that is met again is parsed once more."""
        self._codes.clear()

    def codes(self, spans: Spans, scanner: BlockScanner) -> Ints:
        """Return the code of each span, -1 for those that cannot be read; new ones are parsed in file order."""
        unique, first, inverse = np.unique(spans.hashes, return_index=True, return_inverse=True)
        codes = np.empty(len(unique), np.int64)
        for place in np.argsort(first).tolist():
            codes[place] = self._code(int(unique[place]), int(first[place]), spans, scanner)
        return codes[inverse]

    def _code(self, hash_: int, row: int, spans: Spans, scanner: BlockScanner) -> int:
        code = self._codes.get(hash_)
        if code is None:
            code = self._parse(scanner.text(int(spans.starts[row]), int(spans.ends[row])))
            self._codes[hash_] = code
        return code

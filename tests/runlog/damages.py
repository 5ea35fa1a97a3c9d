"""What is done to the bytes of files to see that nothing in them ends the program, and bounds for what it may take."""

from __future__ import annotations

import gzip
import random
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import zstandard

CASE_SECONDS = 20
_STANDS_STILL_SECONDS = 600
UNPACKED_BYTES = 4 << 20

WRONG_VALUES = [
    b"null", b"true", b"-1", b"1e999", b"-1e999", b"NaN", b"-Infinity", b"9" * 400, b"0.1e-400", b"[]", b"{}", b'""',
    b"[[[[]]]]", b'{"a":{"a":{}}}', b'"\\ud800"', b'"\\udc00\\ud800"', b'"\\u0000"', b'"\xff\xfe"', b'"\xed\xa0\x80"',
    b"'x'", b"01", b"+1", b"1.", b"tru", b'"' + b"x" * 5000 + b'"', b"[" * 100_000, b'{"a":' * 50_000,
    b"[" * 900 + b"]" * 900, b"1" + b"0" * 5000, b"{" + b",".join(b'"%d":0' % n for n in range(2000)) + b"}",
]  # fmt: skip


Damage = Callable[[random.Random, bytearray], None]


def place(rng: random.Random, data: bytearray) -> int:
    return rng.randrange(len(data) + 1)


def truncated(rng: random.Random, data: bytearray) -> None:
    del data[place(rng, data) :]


def flipped(rng: random.Random, data: bytearray) -> None:
    for _ in range(rng.choice([1, 1, 2, 8, 60]) if data else 0):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def spliced(rng: random.Random, data: bytearray) -> None:
    low, high = sorted((place(rng, data), place(rng, data)))
    piece = data[low : min(high, low + 2000)]
    at = place(rng, data)
    data[at : at + rng.choice([0, 0, len(piece)])] = piece


def retyped(rng: random.Random, data: bytearray) -> None:
    """Replace the value of a key by another one."""
    colons = [match.end() for match in re.finditer(rb'":', data)]
    if colons:
        start = rng.choice(colons)
        ends = [at for at in (data.find(mark, start) for mark in (b",", b"}", b"\n")) if at >= 0]
        data[start : min(ends, default=len(data))] = rng.choice(WRONG_VALUES)


def swapped(rng: random.Random, data: bytearray) -> None:
    lines = data.split(b"\n")
    one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    if rng.random() < 0.3:
        lines.pop(one)
    data[:] = b"\n".join(lines)


def inserted(rng: random.Random, data: bytearray) -> None:
    at = place(rng, data)
    junk = [b"\0", b"\0" * 4096, b"\n", b"\r\n", b"\r", b"\xef\xbb\xbf", b"\xff", b"[" * 3000, b'{"a":' * 3000 + b"\n",
            b"\xe2\x80\xa8", b"\x1b]52;c;eA==\a", b'"chain":', b"}\n{", b"\n\n\n", rng.randbytes(40),
            b"x" * 70_000]  # fmt: skip
    data[at:at] = rng.choice(junk)


DAMAGES: list[Damage] = [truncated, flipped, flipped, spliced, retyped, retyped, swapped, inserted]


def damaged(rng: random.Random, data: bytes) -> bytes:
    broken = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 2, 3, 6])):
        rng.choice(DAMAGES)(rng, broken)
    return bytes(broken)


def packed(rng: random.Random, data: bytes) -> bytes:
    """Compress, now and then with much that shrinks to nothing, and damage what comes out."""
    if rng.random() < 0.1:
        data += bytes(rng.choice([1, 2, 40]) * UNPACKED_BYTES)
    result = gzip.compress(data, 1) if rng.random() < 0.5 else zstandard.ZstdCompressor(1).compress(data)
    result = result * 2 if rng.random() < 0.1 else result
    return damaged(rng, result) if rng.random() < 0.6 else result


@contextmanager
def no_hang(seconds: int) -> Iterator[None]:
    """Fail when what is done inside takes so much of the processors' time, or stands still.

    How long it takes by the clock says more of what else the machine does.

    Args:
        seconds: of processor time, of all threads together.
    """

    def stop(number: int, _: FrameType | None) -> None:
        raise AssertionError(f"took more than {seconds} seconds" if number == signal.SIGPROF else "stands still")

    former = {number: signal.signal(number, stop) for number in (signal.SIGPROF, signal.SIGALRM)}
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.alarm(_STANDS_STILL_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.setitimer(signal.ITIMER_PROF, 0)
        for number, handler in former.items():
            signal.signal(number, handler)

"""The reading of a stretch of a log's file, in this process or in one of its own.

Started as a program, it takes its job from standard input and gives parts to standard output, each with the number of
bytes before it.
"""

from __future__ import annotations

import gc
import os
import pickle
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from tau2_tui.analysis.data.collecting import Collector, Part, Tools

LENGTH = struct.Struct("<q")
"""The number of bytes of a pickle that follows."""

LONGEST_LINE = 32 << 20
"""A log with a longer line is not read in stretches."""

_BLOCK_BYTES = 1 << 17
"""Bytes that are read at once; what is split off more of them no longer lies in the cache when it is parsed."""

_TOLD_BYTES = 1 << 20
"""Bytes that are read before the waiting process is told, which wakes it."""

_PART_BYTES = 1 << 22
"""Bytes of the file to a part. To unpack one keeps the thread that draws waiting: 2 ms, eight times as many 12."""


class LineTooLong(Exception):
    """A line is longer than ``LONGEST_LINE``."""


@dataclass(frozen=True, slots=True)
class Job:
    """A stretch of a file to read.

    Attributes:
        descriptor: the open file.
        start: its first byte: that of a line.
        stop: the byte after its last line.
        tools: the tools that the log lists.
        messages: whether messages and model calls are kept.
    """

    descriptor: int
    start: int
    stop: int
    tools: Tools
    messages: bool = True


def parts(job: Job) -> Iterator[tuple[int, Part | None]]:
    """Read a stretch; yield every so often how many bytes of it are done, and less often what they held.

    Lines are counted from 0, the stretch's first.

    Raises:
        LineTooLong: there is such a line.
    """
    collector = Collector(job.tools, job.messages)
    line, since, told = 0, 0, 0
    for done, lines in _blocks(job):
        collector.take_lines(lines, line)
        line += len(lines)
        if done - since >= _PART_BYTES or done >= job.stop - job.start:
            since = told = done
            yield done, collector.part()
        elif done - told >= _TOLD_BYTES:
            told = done
            yield done, None


def _blocks(job: Job) -> Iterator[tuple[int, list[bytes]]]:
    """Yield the lines of a stretch block by block, each time with the number of bytes done."""
    at, rest = job.start, b""
    while at < job.stop:
        data = os.pread(job.descriptor, min(_BLOCK_BYTES, job.stop - at), at)
        if not data:
            break  # the file was shortened
        at += len(data)
        *lines, rest = (rest + data).split(b"\n")
        if len(rest) > LONGEST_LINE:
            raise LineTooLong
        yield at - job.start - len(rest), lines


def main() -> None:
    """Do the job on standard input."""
    out, sys.stdout = sys.stdout.buffer, sys.stderr  # what a library prints is no part
    do(pickle.load(sys.stdin.buffer), out)


def do(job: Job, out: IO[bytes]) -> None:
    """Do a job; write its parts, each with the number of bytes before it."""
    gc.disable()
    for step in parts(job):
        data = pickle.dumps(step, pickle.HIGHEST_PROTOCOL)
        out.write(LENGTH.pack(len(data)) + data)
        out.flush()

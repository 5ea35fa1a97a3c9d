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
from typing import IO, Any

import orjson

from tau2_tui.analysis.data.collecting import LEFT_OUT, RUN_LEVEL, Collector, Part, Tools
from tau2_tui.events.codec import loads

LENGTH = struct.Struct("<q")
"""The number of bytes of a pickle that follows."""

_BLOCK_BYTES = 1 << 20
_PART_BYTES = 1 << 22
"""Bytes of the file to a part. To unpack one keeps the thread that draws waiting: 2 ms, eight times as many 12."""


@dataclass(frozen=True, slots=True)
class Job:
    """A stretch of a file to read.

    Attributes:
        descriptor: the open file.
        start: its first byte: that of a line.
        stop: the byte after its last line.
        line: the number of its first line.
        simulations: the index of each simulation that counts, by id.
        left_out: the ids of those that do not.
        skipped: numbers of lines that are known to be no events.
        tools: the tools that the log lists.
    """

    descriptor: int
    start: int
    stop: int
    line: int
    simulations: dict[str, int]
    left_out: frozenset[str]
    skipped: frozenset[int]
    tools: Tools


def parts(job: Job) -> Iterator[tuple[int, Part | None]]:
    """Read a stretch; yield after every block how many bytes of it are done, and every so often what they held."""
    collector = Collector(job.tools)
    line, since = job.line, 0
    for done, lines in _blocks(job):
        _take(collector, job, lines, line)
        line += len(lines)
        if done - since >= _PART_BYTES or done >= job.stop - job.start:
            since = done
            yield done, collector.part()
        else:
            yield done, None


def parsed(raw: bytes) -> Any:
    """Return the value of a line, None when it is no JSON at all."""
    try:
        return orjson.loads(raw)
    except ValueError:
        try:
            return loads(raw)
        except ValueError:
            return None


def _take(collector: Collector, job: Job, lines: list[bytes], first: int) -> None:
    indices, left_out, skipped = job.simulations, job.left_out, job.skipped
    for line, raw in enumerate(lines, first):
        if line in skipped:
            continue
        event = parsed(raw)
        if type(event) is not dict:
            collector.unreadable += 1
            continue
        name = event.get("simulation_id")
        index = indices.get(name, RUN_LEVEL) if type(name) is str else RUN_LEVEL
        if index == RUN_LEVEL and name in left_out:
            index = LEFT_OUT
        if index != LEFT_OUT:
            collector.take(line, index, event)


def _blocks(job: Job) -> Iterator[tuple[int, list[bytes]]]:
    """Yield the lines of a stretch block by block, each time with the number of bytes done."""
    at, rest = job.start, b""
    while at < job.stop:
        data = os.pread(job.descriptor, min(_BLOCK_BYTES, job.stop - at), at)
        if not data:
            break  # the file was shortened
        at += len(data)
        *lines, rest = (rest + data).split(b"\n")
        yield at - job.start - len(rest), lines


def main() -> None:
    """Do the job on standard input."""
    gc.disable()
    given, out = sys.stdin.buffer, sys.stdout.buffer
    job: Job = pickle.load(given)
    for step in parts(job):
        send(out, step)


def send(out: IO[bytes], value: object) -> None:
    """Write a value with its length."""
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    out.write(LENGTH.pack(len(data)) + data)
    out.flush()

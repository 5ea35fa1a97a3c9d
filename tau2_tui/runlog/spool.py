"""A run log made in one go, from events or from a log: how foreign files become logs that everything can read."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from tau2_tui.events import ExecutionEvent, chain
from tau2_tui.events.codec import encode_after_timestamp, to_dict
from tau2_tui.runlog.blocks import BLOCK_BYTES
from tau2_tui.runlog.envelope import finite_of
from tau2_tui.runlog.log import RunLog
from tau2_tui.whole_file import new_file


def write_events(events: Iterable[ExecutionEvent], target: Path | IO[bytes]) -> Counter[str]:
    """Write events as a run log with its hash chain; their ``seq`` is set, their timestamps stand.

    A file at a path appears whole or not at all, readable by its owner only, in place of what was there.

    Args:
        events: in the order of the log.
        target: the file to make, or an open binary file.

    Returns:
        How many events of each type were written.

    Raises:
        LogWriteError: the file cannot be written.
    """
    if not isinstance(target, Path):
        return _write(events, target)
    with new_file(target) as file:
        return _write(events, file)


def copy_log(log: RunLog, target: Path) -> Counter[str]:
    """Write a log as it is to a file, which appears as one of :func:`write_events` does.

    Args:
        log: the log, indexed; what is appended to it meanwhile is left out.
        target: the file to make.

    Returns:
        How many lines of each type were written.

    Raises:
        LogWriteError: the file cannot be written.
    """
    columns, left, at = log.columns, log.size, 0
    with new_file(target) as file:
        while left and (data := os.pread(log.descriptor, min(left, BLOCK_BYTES), at)):
            file.write(data)
            at += len(data)
            left -= len(data)
    return Counter({name: int(columns.of_type(name).sum()) for name in columns.types[1:]})


def _write(events: Iterable[ExecutionEvent], file: IO[bytes]) -> Counter[str]:
    counts: Counter[str] = Counter()
    link = chain.ZERO
    for seq, event in enumerate(events):
        event.seq = seq
        rest = encode_after_timestamp(to_dict(event))
        time = finite_of(event.timestamp) or 0.0
        line, link = chain.seal(link, b'{"seq":%d,"timestamp":%b,%b' % (seq, repr(time).encode(), rest))
        file.write(line)
        counts[event.event_type] += 1
    return counts

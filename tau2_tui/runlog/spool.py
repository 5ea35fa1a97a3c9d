"""A run log made from events, in one go: how foreign files become logs that everything else can read."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from tau2_tui.errors import LogWriteError
from tau2_tui.events import ExecutionEvent, chain
from tau2_tui.events.codec import encode_after_timestamp, to_dict
from tau2_tui.whole_file import whole_file


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
    if target.exists() and not target.is_file():
        raise LogWriteError(f"{target}: cannot be written: is not a regular file")  # a device is not to be replaced
    try:
        with whole_file(target) as file:
            return _write(events, file)
    except OSError as error:
        raise _write_error(target, error) from error


def _write(events: Iterable[ExecutionEvent], file: IO[bytes]) -> Counter[str]:
    counts: Counter[str] = Counter()
    link = chain.ZERO
    for seq, event in enumerate(events):
        event.seq = seq
        rest = encode_after_timestamp(to_dict(event))
        time = float(event.timestamp) if math.isfinite(event.timestamp) else 0.0
        line, link = chain.seal(link, b'{"seq":%d,"timestamp":%b,%b' % (seq, repr(time).encode(), rest))
        file.write(line)
        counts[event.event_type] += 1
    return counts


def _write_error(path: Path, error: OSError) -> LogWriteError:
    return LogWriteError(f"{path}: cannot be written: {error.strerror or error}")

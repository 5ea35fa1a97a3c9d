"""Indexes kept in the user's cache directory, so that a big log opened again is indexed at once.

An entry is one file: a fixed start, a JSON header, the columns as they are in memory. It counts only when the log has
the size and time that it had and the same bytes at both ends and at places between; or when it has grown, and what
was indexed is still there. Writing is atomic, and whatever goes wrong here only costs the time of indexing anew.
"""

from __future__ import annotations

import os
import stat
import zlib
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from io import FileIO
from typing import Any, BinaryIO

import numpy as np
import orjson

from tau2_tui.runlog.cache import index_entry, make_private, prune
from tau2_tui.runlog.columns import COLUMN_TYPES, Array, types_of
from tau2_tui.runlog.source import LogFile
from tau2_tui.whole_file import whole_file

LEAST_LOG_BYTES = 4 << 20
"""Smaller logs are indexed faster than it would be worth to keep their index."""

MOST_CACHE_BYTES = 512 << 20
"""What all entries may take; those not used for longest go first."""

_MAGIC = b"tau2-tui index 3\n"
_HEADER_LIMIT = 1 << 26
_EDGE_BYTES = 1 << 16
_PAGE_BYTES = 1 << 12
_SAMPLES = 16
_SAMPLE_BYTES = 1 << 12


@dataclass(frozen=True, eq=False)
class KeptIndex:
    """What an index is made of.

    Attributes:
        arrays: the columns of the whole lines, by name.
        end: the byte after the last of them.
        checked: how many lines, from the first one on, were parsed to their end.
        types: names of the event types by code.
        simulations: simulation ids by code.
        tasks: task ids by code.
        scopes: simulation code, task code and trial by scope code.
    """

    arrays: dict[str, Array]
    end: int
    checked: int
    types: list[str]
    simulations: list[str]
    tasks: list[str]
    scopes: list[tuple[int, int, int]]


def load(file: LogFile) -> KeptIndex | None:
    """Return the index kept for a log, None when there is none that fits it."""
    if file.size < LEAST_LOG_BYTES or file.transient:
        return None
    path = index_entry(file.path)
    with suppress(OSError, ValueError, KeyError, TypeError, MemoryError), path.open("rb", buffering=0) as entry:
        if not _is_private(entry):
            return None
        kept = _read(entry, file)
        if kept is not None:
            os.utime(path)
        return kept
    return None


def store(file: LogFile, kept: KeptIndex) -> None:
    """Keep the index of a log, in place of one kept before, and drop old ones of others when there are too many."""
    if kept.end < LEAST_LOG_BYTES or file.transient:
        return
    with suppress(OSError, ValueError, TypeError):
        path = index_entry(file.path)
        make_private(path.parent)
        with whole_file(path) as entry:
            _write(entry, file, kept)
        prune(path.parent, MOST_CACHE_BYTES)


def _is_private(entry: FileIO) -> bool:
    """Return whether nobody but this user, or root, can have written an entry."""
    info = os.fstat(entry.fileno())
    return info.st_uid in (os.geteuid(), 0) and not info.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _write(entry: BinaryIO, file: LogFile, kept: KeptIndex) -> None:
    columns = [np.ascontiguousarray(kept.arrays[name]) for name in COLUMN_TYPES]
    header = {
        "size": file.size,
        "modified": file.modified,
        "end": kept.end,
        "content": _content(file, kept.end),
        "lines": len(columns[0]),
        "checked": kept.checked,
        "types": kept.types,
        "simulations": kept.simulations,
        "tasks": kept.tasks,
        "scopes": kept.scopes,
        "sums": [_sum(column) for column in columns],
        "columns": {name: column.dtype.str for name, column in zip(COLUMN_TYPES, columns, strict=True)},
    }
    data = orjson.dumps(header)
    entry.write(_MAGIC + len(data).to_bytes(8, "little") + zlib.crc32(data).to_bytes(4, "little") + data)
    for column in columns:
        entry.write(column.data.cast("B") if len(column) else b"")


def _read(entry: FileIO, file: LogFile) -> KeptIndex | None:
    header = _header(entry)
    if header is None or not _fits(header, file):
        return None
    count, arrays = int(header["lines"]), {}
    left = os.fstat(entry.fileno()).st_size - entry.tell()
    if not 0 <= count <= left:
        return None
    for (name, dtype), total in zip(header["columns"].items(), header["sums"], strict=True):
        array = np.empty(count, dtype)
        if entry.readinto(array.data.cast("B")) != array.nbytes:
            return None
        if _sum(array) != total:
            return None
        arrays[name] = array
    return KeptIndex(
        arrays=arrays,
        end=int(header["end"]),
        checked=int(header["checked"]),
        types=header["types"],
        simulations=header["simulations"],
        tasks=header["tasks"],
        scopes=[(simulation, task, trial) for simulation, task, trial in header["scopes"]],
    )


def _sum(column: Array) -> int:
    """Return a checksum: the CRC of what the words of each page add up to, six times as fast as that of all bytes."""
    data = column.view(np.uint8)
    whole = len(data) - len(data) % _PAGE_BYTES
    pages = data[:whole].view(np.uint64).reshape(-1, _PAGE_BYTES // 8).sum(axis=1, dtype=np.uint64)
    return zlib.crc32(data[whole:].tobytes(), zlib.crc32(pages.tobytes()))


def _header(entry: FileIO) -> dict[str, Any] | None:
    start = entry.read(len(_MAGIC) + 12)
    if len(start) < len(_MAGIC) + 12 or not start.startswith(_MAGIC):
        return None
    length = int.from_bytes(start[len(_MAGIC) : len(_MAGIC) + 8], "little")
    if length > _HEADER_LIMIT:
        return None
    data = entry.read(length)
    if zlib.crc32(data) != int.from_bytes(start[-4:], "little"):
        return None
    header = orjson.loads(data)
    return header if isinstance(header, dict) and _are_columns(header["columns"]) else None


def _are_columns(types: dict[str, str]) -> bool:
    """Return whether these are the types that columns can have here, in the order in which they are kept."""
    possible = {name: [dtype.str for dtype in types_of(name)] for name in COLUMN_TYPES}
    return list(types) == list(possible) and all(types[name] in known for name, known in possible.items())


def _fits(header: dict[str, Any], file: LogFile) -> bool:
    """Return whether what was indexed still is what the log begins with."""
    size = file.size
    if size < header["size"] or (size == header["size"] and file.modified != header["modified"]):
        return False
    return bool(header["content"] == _content(file, header["end"]))


def _content(file: LogFile, end: int) -> str:
    """Return a hash of both ends of the first ``end`` bytes, and of some pieces between them."""
    pieces = [(0, _EDGE_BYTES), (max(0, end - _EDGE_BYTES), _EDGE_BYTES)]
    pieces += [(end * number // _SAMPLES, _SAMPLE_BYTES) for number in range(1, _SAMPLES)]
    digest = blake2b(digest_size=16)
    for offset, length in pieces:
        digest.update(file.read(offset, min(length, end - offset)))
    return digest.hexdigest()

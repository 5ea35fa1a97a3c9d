"""A second, plain reading of the log format, to hold the writer against."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any


def check(path: Path) -> list[dict[str, Any]]:
    """Return the lines' objects after checking chain, numbers and line ends as the format's text says."""
    previous = bytes(16)
    rows = []
    data = path.read_bytes()
    assert data == b"" or data.endswith(b"\n")
    for number, line in enumerate(data.splitlines()):
        body, chain = line.rsplit(b',"chain":"', 1)
        assert len(chain) == 34 and chain.endswith(b'"}')
        previous = hashlib.blake2b(previous + body, digest_size=16).digest()
        assert chain[:-2].decode() == previous.hex(), f"line {number + 1}"
        row = json.loads(line)
        assert list(row)[:3] == ["seq", "timestamp", "event_type"]
        assert row["seq"] == number
        rows.append(row)
    return rows

"""Files that appear whole or not at all, readable by their owner only."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_BUFFER_BYTES = 1 << 20
_NAME_BYTES = 100


@contextmanager
def whole_file(path: Path, *, sync: bool = False) -> Iterator[BinaryIO]:
    """Give a file to write, which takes the place of what is at a path when all is written.

    It is made under a name that nobody can foresee, and removed when anything fails. A link at the path is replaced,
    not followed.

    Args:
        path: where the file belongs.
        sync: see to it that it is on the disk before it takes its place.

    Raises:
        OSError: it cannot be written; what was there is as it was.
    """
    prefix = os.fsdecode(b".%b." % os.fsencode(path.name)[:_NAME_BYTES])
    handle, name = tempfile.mkstemp(prefix=prefix, suffix=".tmp", dir=path.parent)  # 0600, O_EXCL
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb", buffering=_BUFFER_BYTES) as file:
            yield file
            if sync:
                file.flush()
                os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise

"""What crosses the border between the process that writes a log and those that simulate: frames on a pipe.

A frame is its kind, the job that it belongs to, a time and its bytes. Events cross as the bytes that will stand in the
log, everything else pickled: both ends are the same program, one forked from the other.
"""

from __future__ import annotations

import os
import pickle
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

_HEADER = struct.Struct("<BIId")
_READ_BYTES = 1 << 18


class Kind(IntEnum):
    """What a frame holds."""

    EVENT = 0
    FAILURE_EVENT = 1
    """An event of level error or critical."""
    STARTED = 2
    ATTEMPT_FAILED = 3
    ENDED = 4
    STOPPED = 5
    """The job was given up because the run was told to stop."""
    CRASHED = 6
    """The recorder itself failed; holds the traceback."""
    PRINTED = 7
    """Text that something printed in the worker."""
    JOB = 8
    STOP_AFTER_TURN = 9


@dataclass(frozen=True)
class Frame:
    """One message.

    Attributes:
        kind: what it is.
        job: number of the job, 0 when it belongs to none.
        time: seconds since the epoch, of an event.
        data: its bytes.
    """

    kind: Kind
    job: int
    time: float
    data: bytes

    def value(self) -> Any:
        """Return the object that was sent."""
        return pickle.loads(self.data)


class FrameWriter:
    """Sends frames, from any number of threads.

    Args:
        fd: the pipe's end to write to.
        gone: called when nobody reads any more, before the error is raised.
    """

    def __init__(self, fd: int, gone: Callable[[], None] = lambda: None) -> None:
        self.fd = fd
        self._gone = gone
        self._lock = threading.Lock()

    def send(self, kind: Kind, job: int = 0, data: bytes = b"", time: float = 0.0) -> None:
        """Send a frame; waits while the pipe is full.

        Raises:
            OSError: nobody reads any more.
        """
        left = memoryview(_HEADER.pack(kind, job, len(data), time) + data)
        with self._lock:
            try:
                while left:
                    left = left[os.write(self.fd, left) :]
            except OSError:
                self._gone()
                raise

    def send_value(self, kind: Kind, job: int, value: Any) -> None:
        """Send an object.

        Raises:
            OSError: nobody reads any more.
        """
        self.send(kind, job, pickle.dumps(value))

    def close(self) -> None:
        """Close the pipe's end."""
        os.close(self.fd)


class FrameReader:
    """Receives frames, in one thread.

    Args:
        fd: the pipe's end to read from.
    """

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self._buffer = bytearray()
        self.open = True

    def receive(self) -> Iterator[Frame]:
        """Wait for bytes, and yield the whole frames received so far; ``open`` is false when the sender has gone."""
        data = os.read(self.fd, _READ_BYTES)
        if not data:
            self.open = False
            return
        self._buffer += data
        at = 0
        while len(self._buffer) - at >= _HEADER.size:
            kind, job, length, time = _HEADER.unpack_from(self._buffer, at)
            end = at + _HEADER.size + length
            if end > len(self._buffer):
                break
            yield Frame(Kind(kind), job, time, bytes(self._buffer[at + _HEADER.size : end]))
            at = end
        del self._buffer[:at]

    def close(self) -> None:
        """Close the pipe's end."""
        os.close(self.fd)

"""A results file in tau2's own format that grows with the run and can be loaded at every moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from tau2_tui.errors import LogWriteError
from tau2_tui.events.codec import dumps_for_tau2, loads
from tau2_tui.whole_file import whole_file

_TAIL = b"\n]}\n"

_SMALL = 1 << 20
"""A file of fewer bytes is written anew with each simulation."""

_SHARE = 8
"""A larger one when what is new makes up a share of it: all copies together come to a few times its final size."""

_LONGEST_WAIT = 30.0
"""Seconds after which what is new is written however little it is."""


class ResultsFile:
    """Takes simulations as JSON, and keeps a whole file of them in place.

    The file is replaced in one step each time, so that a reader never sees half of it and a crash never leaves half of
    it. It does not have to be replaced with every simulation: see :data:`_SHARE`.

    Args:
        path: the file; replaced if it is there.
        head: the file's beginning, up to and including the bracket that opens the list of simulations.
        simulations: simulations to begin with.

    Raises:
        LogWriteError: it cannot be written.
    """

    def __init__(self, path: Path, head: bytes, simulations: Iterable[bytes] = ()) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._pending: list[bytes] = [head]
        self._count = 0
        self._kept = 0
        self._written_at = 0.0
        self._folder_made()
        for simulation in simulations:
            self._append(simulation)
        self._write()

    def add(self, simulation: bytes) -> None:
        """Take one more simulation.

        Raises:
            LogWriteError: it cannot be written; the file is as it was before.
        """
        with self._lock:
            self._append(simulation)
            if self._is_due():
                self._write()

    def close(self) -> None:
        """Write what is not in the file yet; more calls do nothing."""
        with self._lock:
            if self._pending:
                self._write()

    def _append(self, simulation: bytes) -> None:
        self._pending += [b",\n" if self._count else b"\n", simulation]
        self._count += 1

    def _is_due(self) -> bool:
        new = sum(map(len, self._pending))
        waited = time.monotonic() - self._written_at
        return self._kept < _SMALL or new * _SHARE >= self._kept or waited >= _LONGEST_WAIT

    def _folder_made(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._failure(error) from error

    def _write(self) -> None:
        """Put a copy of the file with what is new in its place."""
        try:
            with whole_file(self.path, sync=True) as target:
                if self._kept:
                    with self.path.open("rb") as source:
                        _copy(source, target, self._kept)
                new = b"".join(self._pending)
                target.write(new + _TAIL)
        except OSError as error:
            raise self._failure(error) from error
        self._kept += len(new)
        self._pending.clear()
        self._written_at = time.monotonic()

    def _failure(self, error: OSError) -> LogWriteError:
        return LogWriteError(f"{self.path}: cannot write the results: {error.strerror or error}")


def _copy(source: BinaryIO, target: BinaryIO, size: int) -> None:
    """Copy the first bytes of a file to the end of another one."""
    while size and (part := source.read(min(size, _SMALL))):
        target.write(part)
        size -= len(part)


def simulations_in(path: Path, wanted: Iterable[str]) -> dict[str, bytes]:
    """Return those simulations of a results file whose id is wanted, by id; none when there is no such file.

    Raises:
        LogWriteError: the file cannot be read as a results file, and so must not be replaced.
    """
    ids = set(wanted)
    try:
        found = loads(path.read_bytes())["simulations"]
        return {simulation["id"]: dumps_for_tau2(simulation) for simulation in found if simulation["id"] in ids}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LogWriteError(f"{path}: is no results file of this run; take another --save-to") from error

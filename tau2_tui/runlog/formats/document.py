"""Where the parts of a results file are: read once to find them, then part by part."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, NamedTuple

from tau2_tui.errors import LogFormatError, UnreadableFileError
from tau2_tui.runlog.formats.json_pieces import LARGEST_BYTES, BrokenJsonError, Piece, exact, holds_infinities, pieces
from tau2_tui.runlog.formats.moments import is_local, seconds_of

ARRAYS = frozenset({"tasks", "simulations"})
"""Members of results that may be long: they are read element by element."""


class Loaded(NamedTuple):
    """The content of a part.

    Attributes:
        value: the JSON value.
        replaced: bytes that are no UTF-8 were replaced.
        not_finite: numbers in it are not finite.
    """

    value: Any
    replaced: bool
    not_finite: bool


@dataclass(frozen=True)
class Part:
    """A task or simulation of a file.

    Attributes:
        where: where it is, for a person.
        load: returns its bytes; raises ``OSError``.
        start: seconds since the epoch when it began, None when not known.
    """

    where: str
    load: Callable[[], bytes]
    start: float | None = None

    def value(self) -> Loaded:
        """Return its content.

        Raises:
            ValueError: it cannot be read or parsed; its message says why.
        """
        try:
            data = self.load()
        except OSError as error:
            raise ValueError(f"cannot be read: {error.strerror or error}") from error
        value, replaced = exact(data)
        return Loaded(value, replaced, holds_infinities(data))


@dataclass
class Document:
    """A results file by its parts.

    Attributes:
        members: what it holds at its top level beside tasks and simulations.
        tasks: in the order of the file.
        simulations: in the order of the file.
        arrays: which of tasks and simulations the file holds, be it without elements.
        simulation_keys: names of what simulations hold.
        task_keys: names of what tasks hold.
        task_ids: the ids of the tasks; of one without an id its place.
        is_array: the document is an array; its elements are its simulations.
        damage: what is wrong with it, None when it is whole.
        local_times: a time in it names no zone.
    """

    members: dict[str, Any] = field(default_factory=dict)
    tasks: list[Part] = field(default_factory=list)
    simulations: list[Part] = field(default_factory=list)
    arrays: set[str] = field(default_factory=set)
    simulation_keys: set[str] = field(default_factory=set)
    task_keys: set[str] = field(default_factory=set)
    task_ids: set[str | int] = field(default_factory=set)
    is_array: bool = False
    damage: str | None = None
    local_times: bool = False

    def add_task(self, where: str, load: Callable[[], bytes], value: Any) -> None:
        """Take note of a task; ``value`` as with :meth:`add_simulation`."""
        written = value.get("id") if isinstance(value, dict) else None
        self.task_keys.update(map(str, value) if isinstance(value, dict) else ())
        self.task_ids.add(str(written) if isinstance(written, (str, int)) else len(self.tasks))
        self.tasks.append(Part(where, load))

    def add_simulation(self, where: str, load: Callable[[], bytes], value: Any) -> None:
        """Take note of a simulation; ``value`` is its content, in which only ASCII texts need be right."""
        start = None
        if isinstance(value, dict):
            self.simulation_keys.update(map(str, value))
            written = value.get("start_time") or value.get("timestamp")
            start = seconds_of(written)
            self.local_times |= isinstance(written, str) and is_local(written)
        self.simulations.append(Part(where, load, start))

    def in_order(self) -> list[Part]:
        """Return the simulations by the time at which they began; one without a time follows the one before it."""
        last, keyed = -math.inf, []
        for part in self.simulations:
            last = part.start if part.start is not None else last
            keyed.append((last, part))
        return [part for _, part in sorted(keyed, key=lambda pair: pair[0])]


def read_document(file: IO[bytes], path: Path) -> Document:
    """Find the parts of a JSON file; the file must stay open for its parts to be loaded.

    Raises:
        LogFormatError: it cannot be read, or is no JSON from its first byte on.
    """
    document = Document()
    try:
        for piece in pieces(file, ARRAYS):
            _add(document, file, piece)
    except BrokenJsonError as error:
        if not document.members and not document.simulations:
            raise LogFormatError(f"{path}: is no JSON {error}") from error
        document.damage = str(error)
    except OSError as error:
        raise UnreadableFileError(f"{path}: cannot be read: {error.strerror or error}") from error
    return document


def _add(document: Document, file: IO[bytes], piece: Piece) -> None:
    if piece.kind == "array":
        document.arrays.add(str(piece.key))
        return

    def load() -> bytes:
        return read_at(file, piece_start, piece_end)

    piece_start, piece_end = piece.start, piece.end
    where = f"bytes {piece.start:,} to {piece.end:,}"
    if piece.kind == "member":
        if piece.key is not None:
            document.members[piece.key] = _member(load, piece)
    elif piece.key == "tasks":
        document.add_task(where, load, piece.value)
    else:
        document.is_array |= piece.key is None
        document.add_simulation(where, load, piece.value)


def _member(load: Callable[[], bytes], piece: Piece) -> Any:
    if piece.value is None or isinstance(piece.value, (int, float)):
        return piece.value
    try:
        return exact(load())[0]
    except ValueError:
        return piece.value


def read_at(file: IO[bytes], start: int, end: int) -> bytes:
    """Return the bytes of an open file from ``start`` up to ``end``; where the file stands is left as it is.

    Raises:
        OSError: there are fewer.
    """
    data = b""
    while len(data) < end - start:
        more = os.pread(file.fileno(), end - start - len(data), start + len(data))
        if not more:
            raise OSError("the file was shortened while it was read")
        data += more
    return data


def read_whole(path: Path) -> bytes:
    """Return a file's bytes.

    Raises:
        OSError: it cannot be read, or is larger than a part may be.
    """
    with path.open("rb") as file:
        data = file.read(LARGEST_BYTES + 1)
    if len(data) > LARGEST_BYTES:
        raise OSError(f"larger than {LARGEST_BYTES >> 20} MiB")
    return data


def simulation_files(folder: Path) -> Iterator[Path]:
    """Yield the files of single simulations in a folder, by name; those still being written are hidden ones."""
    try:
        found = sorted(path for path in folder.iterdir() if path.suffix == ".json" and not path.name.startswith("."))
    except OSError:
        return
    yield from (path for path in found if path.is_file())

"""Events of lines of megabytes, shortened to what can be shown of them.

The JSON parser holds the interpreter's lock until it is done, and a line of 20 MB takes it half a second: keys would
wait. So another process parses such a line, shortens it and sends what is left. It is started as a program that takes
where the line is from standard input.
"""

from __future__ import annotations

import gc
import os
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from tau2_tui.events import ExecutionEvent, ToolExecutionEvent, decode
from tau2_tui.events.codec import loads, to_dict
from tau2_tui.runlog.envelope import LINE_LIMIT, is_object, parse_object
from tau2_tui.runlog.heap import collector_at_rest
from tau2_tui.runlog.line_events import SHOWN_BYTES
from tau2_tui.runlog.refs import UnreadableLine
from tau2_tui.runlog.shortened import shortened

if TYPE_CHECKING:
    from tau2_tui.runlog.log import RunLog
    from tau2_tui.runlog.merged import MergedLog

LONG_BYTES = 1 << 20
"""Lines of more bytes are long: to decode one takes longer than a frame."""

_ELSEWHERE_BYTES = 2 << 20
"""Lines of more bytes are worth another process, which takes a fifth of a second to start."""

_CHECKED_ELSEWHERE_BYTES = 4 << 20
"""The same for parsing only, which is faster."""

_IS_OBJECT, _IS_NONE = 10, 11
_LONG_TEXT = 1 << 18
_PROGRAM = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer);from tau2_tui.runlog.long_line import main; main()"
)

_CHECK = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer);"
    "from tau2_tui.runlog.long_line import check; check()"
)

Entry = ExecutionEvent | UnreadableLine


class _Where(NamedTuple):
    descriptor: int
    start: int
    size: int


def read_event(log: RunLog | MergedLog, line: int) -> Entry:
    """Return the event of a line, a long one shortened: for a worker.

    Raises:
        IndexError: there is no such line, or it is not indexed yet.
    """
    start, end = log.span(line)
    if end - start <= LONG_BYTES:
        return log.decoded(line)
    if _ELSEWHERE_BYTES < end - start <= LINE_LIMIT:
        found = _read_elsewhere(_Where(_descriptor(log, line), start, end - start))
        if isinstance(found, str):
            return UnreadableLine(line, start, end - start - 1, found, log.line(line)[:SHOWN_BYTES])
        if found is not None:
            return decode(found)
    with collector_at_rest():
        entry = log.decoded(line)
        return entry if isinstance(entry, UnreadableLine) else decode(_short(to_dict(entry)))


def holds_object(line: bytes) -> bool:
    """Return whether a line holds one JSON object, without keeping other threads waiting for it."""
    if len(line) > _CHECKED_ELSEWHERE_BYTES:
        done = _run(_CHECK, line)
        if done is not None and done.returncode in (_IS_OBJECT, _IS_NONE):
            return done.returncode == _IS_OBJECT
    return is_object(line)


def check() -> None:
    """Tell by the exit code whether standard input holds one JSON object."""
    gc.disable()
    os._exit(_IS_OBJECT if is_object(sys.stdin.buffer.read()) else _IS_NONE)


def main() -> None:
    """Send what the line holds that standard input names: its values, why it is no event, or None to do it there."""
    gc.disable()
    where: _Where = pickle.load(sys.stdin.buffer)
    data = os.pread(where.descriptor, where.size, where.start)
    found: dict[str, Any] | str | None = None
    if len(data) == where.size and data.endswith(b"\n"):
        try:
            found = _short(parse_object(data[:-1]))
        except ValueError as error:
            found = str(error)
    pickle.dump(found, sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)
    sys.stdout.buffer.flush()
    os._exit(0)  # millions of values need not be freed one by one


def _descriptor(log: RunLog | MergedLog, line: int) -> int:
    from tau2_tui.runlog.merged import MergedLog

    return log.logs[log.source_of(line)[0]].descriptor if isinstance(log, MergedLog) else log.descriptor


def _run(program: str, given: bytes, *descriptors: int) -> subprocess.CompletedProcess[bytes] | None:
    """Run a program of ours; None when there is no room for another process."""
    try:
        return subprocess.run(
            [sys.executable, "-I", "-c", program],
            input=pickle.dumps(sys.path) + given,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=descriptors,
            check=False,
        )
    except (OSError, ValueError):
        return None


def _read_elsewhere(where: _Where) -> dict[str, Any] | str | None:
    """Return what another process reads; None when it could not."""
    done = _run(_PROGRAM, pickle.dumps(where), where.descriptor)
    if done is None or done.returncode != 0:
        return None
    try:
        found: dict[str, Any] | str | None = pickle.loads(done.stdout)
    except (ValueError, EOFError, pickle.UnpicklingError):
        return None
    return found


def _short(values: dict[str, Any]) -> dict[str, Any]:
    result = values.get("result")
    if values.get("event_type") == ToolExecutionEvent.__name__ and isinstance(result, str):
        values["result"] = _parsed(result)
    return {key: shortened(value) for key, value in values.items()}


def _parsed(text: str) -> Any:
    """Return what a text holds as JSON, which can be shortened as a text cannot; the text when it holds none."""
    if text[:1] not in ("{", "[") or len(text) < _LONG_TEXT:
        return text
    try:
        return loads(text.encode("utf-8", "surrogatepass"))
    except ValueError:
        return text

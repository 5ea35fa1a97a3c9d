"""``tau2-tui record --open``: a recording in a process of its own, and the inspector on its log while it is written."""

from __future__ import annotations

import gc
import shlex
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tau2_tui.cli.open import has_screen, inspect
from tau2_tui.cli.output import ExitCode, fail, notice, write_if_heard
from tau2_tui.cli.record_order import Order
from tau2_tui.safe_text import visible

if TYPE_CHECKING:
    from tau2_tui.cli.record_process import RecordingProcess
    from tau2_tui.runlog import RunLog


def record_and_open(order: Order) -> int:
    """Start the recording, show its log, and say afterwards where it is and how it ended.

    Returns:
        The exit code of the recording; 0 when it goes on without the inspector.

    Raises:
        LogFormatError: the log to be continued cannot be read.
    """
    if not has_screen():
        fail("record --open needs a terminal for the inspector; leave --open out, and tau2-tui open --follow the log")
    gc.disable()  # as for open: turned on again after the first paint
    from tau2_tui.cli.record_process import RecordingProcess
    from tau2_tui.runlog.opening import await_log, open_log

    path = Path(order.path)
    there = order.existing["resume"] and path.is_file() and path.stat().st_size > 0
    earlier = open_log(path, index="off") if there else None
    recording = RecordingProcess(order, log_is_there=earlier is not None)
    with earlier or await_log(path, ready=lambda: recording.begun) as log:
        code = _watch(log, recording)
    return _finish(order, recording, code)


def _watch(log: RunLog, recording: RecordingProcess) -> int:
    """Show the log until the user leaves; a failure of the inspector is none of the recording."""
    try:
        return inspect([log], follow=True, recording=recording)
    except SystemExit as failed:
        recording.keep()
        return int(failed.code or 0)


def _finish(order: Order, recording: RecordingProcess, left: int) -> int:
    """Say what became of the recording, after its end unless it goes on without us."""
    ended = recording.status.ended
    if recording.kept and not ended:
        path = shlex.quote(order.path)
        done = ", ".join(recording.status.parts[:2]) or recording.status.phase.value
        notice(f"the recording goes on as process {recording.pid}: {done}")
        notice(f"watch it: tau2-tui open --follow {path}   stop it: kill -TERM {recording.pid}")
        return left
    code = _wait(recording)
    said = recording.printed()
    if said:
        write_if_heard(sys.stderr, visible(said, newlines=True) + "\n")
    elif not recording.begun:
        notice("stopped before anything was recorded")
    return left if ended and left != ExitCode.OK else code


def _wait(recording: RecordingProcess) -> int:
    """Wait until the recording has ended, which it is asked for when it runs; Ctrl-C then ends it at once."""
    if not recording.status.ended:
        if not recording.stopped:
            recording.stop()
        if recording.begun:
            notice("finishing the turns under way; press Ctrl-C to stop at once")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the recording is ending already
    while True:
        try:
            return recording.wait()
        except KeyboardInterrupt:
            recording.stop()

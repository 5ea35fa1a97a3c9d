"""A recording in a process of its own, seen from the process that started it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from typing import Any

from tau2_tui.cli.output import ExitCode
from tau2_tui.cli.record_order import Order
from tau2_tui.tui.recording import Phase, Recording, RecordingStatus

_PROGRAM = """
import json, sys
sys.path[:] = json.loads(sys.argv.pop())
from tau2_tui.cli.record_watched import main
main()
"""
"""What the process runs: with the paths of this one, so that it finds the same packages and nothing else."""

_PREFIX = "tau2-tui: "
_PRINTED_BYTES = 1 << 14
"""How much of what the recording printed is said at its end; a log level may make it print very much."""

_LAST_WORDS_SECONDS = 2.0


class RecordingProcess(Recording):
    """A recording that was started by this process and may outlive it."""

    def __init__(self, order: Order, *, log_is_there: bool = False) -> None:
        """Start the recording; returns at once, long before the process has loaded tau2-bench.

        Args:
            order: what to record.
            log_is_there: it continues a log that can already be looked at.
        """
        self.kept = False
        self.stopped = False
        self._status = RecordingStatus()
        self._begun = log_is_there
        self._changed: Callable[[], object] = lambda: None
        self._printed = tempfile.TemporaryFile()  # noqa: SIM115 - read until the program ends
        reading, writing = os.pipe()
        self._process = subprocess.Popen(
            # Isolated: else a json.py in the folder of the log would be what the program imports first.
            [sys.executable, "-I", "-c", _PROGRAM, str(writing), json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=self._printed,
            stderr=self._printed,
            pass_fds=(writing,),
            start_new_session=True,  # keys and a lost terminal are for the inspector alone
        )
        os.close(writing)
        assert self._process.stdin is not None
        with self._process.stdin as stdin, contextlib.suppress(BrokenPipeError):
            stdin.write(json.dumps(order.as_json()).encode())
        self._reader = threading.Thread(target=self._read, args=(reading,), name="recording's progress", daemon=True)
        self._reader.start()
        threading.Thread(target=self._wait, name="recording's end", daemon=True).start()

    @property
    def status(self) -> RecordingStatus:
        """What is to be said of it now."""
        return self._status

    @property
    def begun(self) -> bool:
        """Whether its log is there."""
        return self._begun

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    def on_change(self, callback: Callable[[], object]) -> None:
        """Have ``callback`` called when ``status`` has changed."""
        self._changed = callback

    def stop(self) -> None:
        """Ask it to end as Ctrl-C does; asked again, to end at once."""
        self.stopped = True
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def keep(self) -> None:
        """Let it go on after this process."""
        self.kept = True

    def wait(self) -> int:
        """Wait for its end; return its exit code.

        Raises:
            KeyboardInterrupt: Ctrl-C meanwhile.
        """
        code = self._process.wait()
        return code if code >= 0 else int(ExitCode.INTERRUPTED if self.stopped else ExitCode.NO)

    def printed(self) -> str:
        """Return what it printed, the end of it when that is much."""
        size = os.fstat(self._printed.fileno()).st_size
        data = os.pread(self._printed.fileno(), _PRINTED_BYTES, max(0, size - _PRINTED_BYTES))
        return data.decode("utf-8", "replace").strip()

    def _read(self, reading: int) -> None:
        with os.fdopen(reading, encoding="utf-8") as lines:
            for line in lines:
                with contextlib.suppress(ValueError, KeyError, TypeError):
                    self._take(json.loads(line))

    def _take(self, told: dict[str, Any]) -> None:
        self._begun = True
        if not self._status.ended:
            self._set(RecordingStatus(Phase[told["phase"]], tuple(map(str, told["parts"]))))

    def _wait(self) -> None:
        code = self._process.wait()
        self._reader.join(_LAST_WORDS_SECONDS)  # a worker that lives on may hold the pipe open
        if code == 0:
            self._set(RecordingStatus(Phase.DONE, self._status.parts))
        elif self.stopped or code == ExitCode.INTERRUPTED:
            self._set(RecordingStatus(Phase.STOPPED, self._status.parts))
        else:
            last = self.printed().rpartition("\n")[2].removeprefix(_PREFIX)
            self._set(RecordingStatus(Phase.FAILED, (last or f"it ended with code {code}", *self._status.parts)))

    def _set(self, status: RecordingStatus) -> None:
        self._status = status
        self._changed()

"""Which study answers for a log: one in a process of its own for a big log, one here for any other."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from tau2_tui.runlog.log import RunLog

if TYPE_CHECKING:
    from tau2_tui.analysis.data.records import Run
    from tau2_tui.tui.study.answers import Study
    from tau2_tui.tui.study.process import StudyProcess

LEAST_BYTES = 16 << 20
"""Of a smaller log everything is found out sooner than another process has begun."""


class Studies:
    """The studies of the logs that are open."""

    def __init__(self) -> None:
        self._choosing = threading.Lock()
        self._here: dict[RunLog, Study] = {}
        self._elsewhere: dict[RunLog, tuple[int, StudyProcess]] = {}
        self._closed = False

    def answer(self, log: RunLog, question: str, *details: Any) -> Any:
        """Return what is found out about a log that is indexed; for a worker."""
        process = self._process(log)
        if process is not None:
            from tau2_tui.tui.study.process import ProcessGone

            try:
                return process.answer(question, *details)
            except ProcessGone:
                if self._closed:
                    raise
        return self._study_here(log).answer(question, *details)

    def run(self, log: RunLog) -> Run:
        """Return the whole records of a log that is indexed, read once for each state that it has; for a worker."""
        return self._study_here(log).run()

    def _study_here(self, log: RunLog) -> Study:
        from tau2_tui.tui.study.answers import Study

        with self._choosing:
            return self._here.setdefault(log, Study(log))

    def close(self) -> None:
        """Let nobody wait for an answer any longer."""
        with self._choosing:
            self._closed = True
            for _, process in self._elsewhere.values():
                process.close()

    def _process(self, log: RunLog) -> StudyProcess | None:
        """Return the process for a log, None when it is not worth one; a file that was replaced needs another one."""
        if not isinstance(log, RunLog) or log.size < LEAST_BYTES:
            return None
        from tau2_tui.tui.study.process import ProcessGone, StudyProcess, Subject

        with self._choosing:
            generation, process = self._elsewhere.get(log, (-1, None))
            if process is not None and generation == log.generation:
                return process
            if process is not None:
                process.close()
            if self._closed or log.closed:
                return None
            try:
                process = StudyProcess(Subject(log.descriptor, str(log.path), log.origin))
            except ProcessGone:
                return None
            self._elsewhere[log] = log.generation, process
            self._here.pop(log, None)  # it was smaller when it was studied here
            return process

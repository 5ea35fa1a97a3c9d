"""The timeline's key for following a log that is being written: a worker looks at the file, the screen only at news."""

from __future__ import annotations

import time

from textual import on
from textual.worker import Worker, get_current_worker

from tau2_tui.errors import LogFormatError
from tau2_tui.runlog.follow import INTERVAL_SECONDS, follow
from tau2_tui.tui.format.runs import one_line
from tau2_tui.tui.messages import FollowEnded, LogGrew
from tau2_tui.tui.screens.timeline.filter_keys import FilterKeys


class FollowKeys(FilterKeys):
    """A screen that keeps up with its log."""

    _following: Worker[None] | None = None

    def action_follow(self) -> None:
        """Follow the log, or end that."""
        self.state.begin()
        if self.state.source.merged:
            self.state.say("merged logs are not followed")
        elif self.state.following:
            self.state.unfollow()
            self._stop_following()
        else:
            self.follow()
        self.sync()

    def follow(self) -> None:
        """Go to the end of the log, and on as it grows."""
        self.state.follow()
        self._stop_following()
        log = self.state.source.log

        def work() -> None:
            worker = get_current_worker()
            try:
                for growth in follow(log, log.whole, cancelled=lambda: worker.is_cancelled):
                    self.post_message(LogGrew(growth.restarted))
                    time.sleep(INTERVAL_SECONDS)
            except (LogFormatError, OSError) as error:
                if not worker.is_cancelled:
                    self.post_message(FollowEnded(str(error)))

        self._following = self.run_worker(work, thread=True, group="follow", exit_on_error=False)

    def _stop_following(self) -> None:
        if self._following is not None:
            self._following.cancel()
            self._following = None

    def grown(self, restarted: bool) -> None:
        """Take note that the log holds more; ``restarted`` that it is another one."""

    @on(LogGrew)
    def _log_grew(self, message: LogGrew) -> None:
        self.grown(message.restarted)

    @on(FollowEnded)
    def _follow_ended(self, message: FollowEnded) -> None:
        self.state.unfollow()
        self.state.say(f"following ended: {one_line(message.reason, 200)}")
        self.sync()

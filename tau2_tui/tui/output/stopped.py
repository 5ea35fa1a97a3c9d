"""Coming back after the process was stopped by somebody else, as batch systems do with jobs, and not by its own key."""

from __future__ import annotations

import signal
from typing import Any


def come_back_whole(driver: Any) -> None:
    """Have Textual's driver take the terminal anew when the process goes on, whoever stopped it.

    Textual 8.2 takes it for suspended by its own key whenever it goes on: its threads for keyboard and terminal would
    run beside those that there are, keys be shared out between them, and the terminal be left as it is now at the end.
    """
    if not hasattr(driver, "_sigcont_application"):
        return

    def go_on(*received: Any) -> None:
        if driver._key_thread is None:
            return  # the terminal is not taken yet
        if not driver._must_signal_resume:
            if not driver._key_thread.is_alive():
                return  # it is being left
            driver.suspend_application_mode()
            driver._must_signal_resume = True
        driver._sigcont_application(*received)

    signal.signal(signal.SIGCONT, go_on)

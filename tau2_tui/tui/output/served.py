"""The driver of an inspector whose screen is a browser's: textual-serve's end of the pipe to the web server."""

from __future__ import annotations

from textual import messages
from textual.drivers.web_driver import WebDriver


class ServedDriver(WebDriver):
    """Ends the inspector when the server is gone, which Textual's own driver would outlive."""

    def run_input_thread(self) -> None:
        """Pass on what comes, and at its end leave."""
        super().run_input_thread()
        self._app.post_message(messages.ExitApp())

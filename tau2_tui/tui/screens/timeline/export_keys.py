"""The timeline's keys that take something out of it: a copy for the clipboard, a file with what is shown."""

from __future__ import annotations

from pathlib import Path

from textual import on
from textual.worker import get_current_worker

from tau2_tui.runlog.refs import UnreadableLine
from tau2_tui.safe_text import harmless_json, visible
from tau2_tui.tui.format.runs import one_line
from tau2_tui.tui.format.values import count
from tau2_tui.tui.messages import Exported
from tau2_tui.tui.output.clipboard import TooLong
from tau2_tui.tui.screens.prompting import Question
from tau2_tui.tui.screens.timeline.exporting import export
from tau2_tui.tui.screens.timeline.follow_keys import FollowKeys
from tau2_tui.tui.screens.timeline.state import Pane


class ExportKeys(FollowKeys):
    """A screen whose events can be taken along."""

    def action_copy(self) -> None:
        """Copy the selected event, as JSON, or the selected line of the detail to the terminal's clipboard."""
        self.state.begin()
        try:
            what, text = self._selected_text()
            if text:
                self.inspector.copy(text)
        except TooLong as error:
            self.state.say(f"too long to copy: {error}; x exports it")
        else:
            copied = f"{what} copied, {count(len(text), 'character')}, if the terminal allows it"
            self.state.say(copied if text else "nothing to copy here")
        self.sync()

    def _selected_text(self) -> tuple[str, str]:
        """Return what is selected and its text, in which nothing acts on a terminal.

        Raises:
            TooLong: it is so long that reading it would keep the keys waiting.
        """
        state = self.state
        if state.pane is Pane.DETAIL:
            row = state.detail.selected_text
            return "line", visible(row).strip()
        line = state.line
        if line is None:
            return "event", ""
        long = state.source.long.of(line)
        if long is not None:
            raise TooLong(long.size)
        data = state.source.data(line)
        broken = isinstance(state.entry, UnreadableLine)
        return "event", visible(data.decode("utf-8", "backslashreplace")) if broken else harmless_json(data)

    def action_export(self) -> None:
        """Ask for the file that the events shown are written to."""
        state = self.state
        if not state.source.complete or (state.view.filtered and state.filtering.version is None):
            state.begin()
            state.say("not all events that are shown are known yet")
            self.sync()
            return
        name = f"{state.source.log.path.name.split('.')[0] or 'log'}-events.jsonl"
        label = f"export {count(state.view.count, 'event')} to: "
        self.ask(Question(label, self._export_to, text=name))

    def _export_to(self, name: str) -> None:
        if not name.strip():
            return
        log, lines = self.state.source.log, self.state.view.lines()

        def work() -> None:
            worker = get_current_worker()
            try:
                path = Path(name.strip()).expanduser()
                written = export(log, lines, path, lambda: worker.is_cancelled)
            except FileExistsError:
                self.post_message(Exported(f"nothing written, this is there already: {name}"))
            except (OSError, ValueError, RuntimeError) as error:
                reason = getattr(error, "strerror", None) or str(error)
                self.post_message(Exported(f"nothing written, {reason}: {name}"))
            else:
                self.post_message(Exported(f"{count(written, 'event')} written to {name}"))

        self.run_worker(work, thread=True, group="export", exit_on_error=False)

    @on(Exported)
    def _exported(self, message: Exported) -> None:
        self.state.say(one_line(message.outcome, 300))
        self.sync()

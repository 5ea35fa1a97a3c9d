"""The timeline's keys that move in it, show it another way, or lead to what workers find out about it."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from tau2_tui.tui.actions import CONVERSATION
from tau2_tui.tui.format.runs import one_line
from tau2_tui.tui.screens.main import failure_of
from tau2_tui.tui.screens.prompting import Question
from tau2_tui.tui.screens.timeline import bars
from tau2_tui.tui.screens.timeline.jumps import Target
from tau2_tui.tui.screens.timeline.search_keys import SearchKeys
from tau2_tui.tui.screens.timeline.state import TimelineState
from tau2_tui.tui.study.answers import FINDINGS, Findings


class WalkingKeys(SearchKeys):
    """A screen to walk about in."""

    def _do(self, action: Callable[[TimelineState], object]) -> None:
        self.state.begin()
        action(self.state)
        self.sync()

    def _step(self, step: Callable[[TimelineState], object]) -> None:
        """Take a step, with those of its kind that wait, and look for no hit of a search any more."""
        self._look_for(None)
        step(self.state)
        self.sync()

    def _jump(self, jump: Callable[[TimelineState], object]) -> None:
        """Go elsewhere, and look for no hit of a search any more."""
        self._look_for(None)
        self._do(jump)

    def action_move(self, rows: int) -> None:
        """Move the cursor by rows."""
        self._do(lambda state: state.move(rows))

    def action_page(self, pages: int) -> None:
        """Move by pages."""
        self._do(lambda state: state.page(pages))

    def action_first(self) -> None:
        """Go to the first event or line."""
        self._jump(lambda state: state.first())

    def action_last(self) -> None:
        """Go to the last event or line."""
        self._jump(lambda state: state.last())

    def action_open(self) -> None:
        """Go one step deeper."""
        self._do(lambda state: state.open())

    def action_back(self) -> None:
        """Go one step back; from the whole run there is only leaving. A search that takes long is ended instead."""
        if self.stop_search():
            self._do(lambda state: state.say("search stopped"))
        else:
            self._do(lambda state: state.back())

    def action_pane(self, _direction: int) -> None:
        """Let the keys move in the other pane."""
        self._do(lambda state: state.switch_pane())

    def action_detail(self) -> None:
        """Show or hide the detail."""
        self._do(lambda state: state.toggle_detail())

    def action_json(self) -> None:
        """Show the event as text or as JSON."""
        self._do(lambda state: state.detail.toggle_raw())

    def action_fold(self) -> None:
        """Fold or unfold a part of the detail."""
        self._do(lambda state: state.fold())

    def action_wrap(self) -> None:
        """Wrap or cut the detail's lines."""
        self._do(lambda state: state.detail.toggle_wrap())

    def action_sideways(self, cells: int) -> None:
        """Move cut lines of the detail."""
        self._do(lambda state: state.detail.move_sideways(cells))

    def action_time(self) -> None:
        """Show times another way."""
        self._do(lambda state: state.next_time_format())

    def action_error(self, direction: int) -> None:
        """Go to another error."""
        self._step(lambda state: state.jump(Target.ERROR, direction))

    def action_change(self, direction: int) -> None:
        """Go to another state change."""
        self._step(lambda state: state.jump(Target.CHANGE, direction))

    def action_simulation(self, direction: int) -> None:
        """Go to another simulation."""
        self._step(lambda state: state.simulation(direction))

    def action_failed(self, direction: int) -> None:
        """Go to another failed simulation."""
        self._step(lambda state: state.failed(direction))

    def action_go_to(self) -> None:
        """Ask where to go."""
        self._look_for(None)
        self.ask(Question(":", lambda text: self.state.go_to(text) if text else None))

    def action_divergence(self) -> None:
        """Go to where the simulation first went wrong."""
        self._jump(lambda state: self._to_divergence())

    def _to_divergence(self) -> None:
        findings = self.asked(FINDINGS)
        if isinstance(findings, Findings):
            self.state.diverged(findings)
        elif findings is None:
            self.state.waiting = self._to_divergence
            self.state.message = "looking where simulations went wrong"
        else:
            self.state.message = one_line(failure_of(findings) or "", 300)

    def action_conversation(self) -> None:
        """Show the simulation as a conversation."""
        self._do(lambda state: self._converse())

    def _converse(self) -> None:
        from tau2_tui.tui.screens.conversation.rows import Reading, read_conversation
        from tau2_tui.tui.screens.conversation.screen import ConversationScreen

        state, name = self.state, self.state.simulation_id
        if name is None:
            state.message = "no simulation here: ] goes to the next one"
            return
        reading = self.fact((CONVERSATION, name), lambda log: read_conversation(log, name))
        if reading is None:
            state.waiting = self._converse
            state.message = "reading the conversation"
        elif isinstance(reading, Reading):
            title = "".join(run.text for run in bars.named(state, name))
            self.app.push_screen(ConversationScreen(title, reading, self._chosen, state.line))
        else:
            state.message = one_line(failure_of(reading) or "", 300)

    def fact_known(self, name: Hashable) -> None:
        """Make the jump that waited for what a worker found out."""
        self.state.resume()

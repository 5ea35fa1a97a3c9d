from __future__ import annotations

from collections import Counter

import pytest

from tau2_tui.tui.actions import (
    ACTIONS,
    BOOKMARKS,
    CONVERSATION,
    EVERYWHERE,
    HELP,
    LEAVING,
    TIMELINE,
    hints,
    keys_of,
    symbol_of,
    valid_on,
)
from tau2_tui.tui.app import InspectorApp
from tau2_tui.tui.screens.bookmarks import BookmarksScreen
from tau2_tui.tui.screens.conversation.screen import ConversationScreen
from tau2_tui.tui.screens.help.screen import HelpScreen
from tau2_tui.tui.screens.help.state import help_lines
from tau2_tui.tui.screens.timeline.screen import TimelineScreen
from tests.support.loaded_modules import loaded_after

SCREENS = {TIMELINE: TimelineScreen, BOOKMARKS: BookmarksScreen, CONVERSATION: ConversationScreen, HELP: HelpScreen}


@pytest.mark.parametrize("screen", SCREENS)
def test_every_action_of_a_screen_is_something_the_screen_or_the_app_can_do(screen: str) -> None:
    for action in valid_on(screen):
        method = f"action_{action.name}"
        assert hasattr(SCREENS[screen], method) or hasattr(InspectorApp, method), action


@pytest.mark.parametrize("screen", SCREENS)
def test_no_key_means_two_things_among_a_screens_own_actions(screen: str) -> None:
    for place in (screen, EVERYWHERE):
        keys = Counter(key for action in ACTIONS if place in action.where for key in action.keys)
        assert [key for key, count in keys.items() if count > 1] == []


def test_a_screens_own_action_comes_before_one_that_is_valid_everywhere() -> None:
    assert keys_of(TIMELINE)["q"].name == "quit"
    assert keys_of(HELP)["q"].name == "close"


def test_the_help_names_every_key_of_the_screen() -> None:
    text = "\n".join(line.text for line in help_lines(TIMELINE))
    for action in valid_on(TIMELINE):
        assert action.help in text
        for key in action.keys:
            assert symbol_of(key) in text


def test_a_hint_says_what_its_key_does_on_that_screen() -> None:
    for screen in {where for action in ACTIONS for where in action.where} - {EVERYWHERE}:
        keys = [key for key, _ in hints(screen)]
        assert len(keys) == len(set(keys)), screen
    assert ("q", "back") in hints(BOOKMARKS) and ("q", "stay") in hints(LEAVING)


def test_hints_are_in_the_order_of_the_registry_and_name_leaving() -> None:
    assert hints(TIMELINE)[0] == ("enter", "open")
    assert hints(TIMELINE)[-1] == ("q", "quit")


def test_the_registry_needs_no_textual() -> None:
    assert loaded_after("import tau2_tui.tui.actions", ["textual"]) == set()

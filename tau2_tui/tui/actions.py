"""The one registry of actions: keys, label, help text and where each is valid.

The keys, the hint line, the help screen and the documentation's key table are made from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from textual.binding import Binding

OVERVIEW = "overview"
SIMULATIONS = "simulations"
TIMELINE = "timeline"
STATE = "state"
GOLD = "gold"
STATISTICS = "statistics"
COMPARE = "compare"
BOOKMARKS = "bookmarks"
CONVERSATION = "conversation"
LEAVING = "leaving"
PALETTE = "palette"
OPENING = "opening"
HELP = "help"
EVERYWHERE = "everywhere"


class Action(NamedTuple):
    """Something a user can do.

    Attributes:
        name: the method ``action_<name>`` of the screen, or of the app, that does it.
        argument: what it is called with, None for nothing.
        keys: the keys that do it, by Textual's names.
        label: one or two words, for the hint line.
        help: one sentence, for the help screen.
        group: heading in the help screen under which it stands.
        where: the screens on which it is valid.
        hint: its place in the hint line, the lowest first; None when it is not shown there.
        shown: how the help screen shows its keys, when that is not each key's own symbol.
    """

    name: str
    argument: int | None
    keys: tuple[str, ...]
    label: str
    help: str
    group: str
    where: tuple[str, ...] = (TIMELINE,)
    hint: int | None = None
    shown: str = ""

    @property
    def key_text(self) -> str:
        """The keys as a person reads them: ``j ↓``."""
        return self.shown or " ".join(symbol_of(key) for key in self.keys)


_SYMBOLS = {
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "slash": "/",
    "question_mark": "?",
    "colon": ":",
    "apostrophe": "'",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "space": "space",
    "escape": "esc",
    "shift+tab": "shift+tab",
}


def symbol_of(key: str) -> str:
    """Return what is written on a key that Textual calls ``key``."""
    return _SYMBOLS.get(key, key.replace("ctrl+", "^"))


_SHEETS = (STATISTICS, COMPARE)
_ONE_SIMULATION = (TIMELINE, STATE, GOLD)
_OF_SIMULATIONS = (OVERVIEW, SIMULATIONS, *_ONE_SIMULATION)
_MAIN = (*_OF_SIMULATIONS, *_SHEETS)
"""The screens that the number keys change between."""

_OVERLAYS = (BOOKMARKS, CONVERSATION)
"""The screens that lie over the timeline for a while."""

_LISTS = (*_MAIN, *_OVERLAYS, LEAVING, HELP)
_TABLES = (SIMULATIONS,)

_ALL = (EVERYWHERE,)
_CHOOSING = (PALETTE, OPENING)
"""The screens to type and to choose in, where letters are text."""

ACTIONS: tuple[Action, ...] = (
    Action("move", 1, ("j", "down"), "down", "Next row", "Move", _LISTS),
    Action("move", -1, ("k", "up"), "up", "Row before", "Move", _LISTS),
    Action("page", 1, ("pagedown", "ctrl+f"), "page down", "One page on", "Move", _LISTS),
    Action("page", -1, ("pageup", "ctrl+b"), "page up", "One page back", "Move", _LISTS),
    Action("first", None, ("g", "home"), "first", "First row", "Move", _LISTS),
    Action("last", None, ("G", "end"), "last", "Last row", "Move", _LISTS),
    Action(
        "go_to", None, ("colon",), "go to", "Event number, task:trial, #simulation, 14:05, @timestamp", "Move", hint=70
    ),
    Action("open", None, ("enter",), "open", "Into the event's simulation, then into its detail", "Look", hint=10),
    Action("open", None, ("enter",), "timeline", "The simulation's timeline", "Look", (OVERVIEW, SIMULATIONS), hint=10),
    Action("open", None, ("enter",), "timeline", "The event in the simulation's timeline", "Look", (STATE, GOLD), 10),
    Action(
        "against", 1, ("a",), "against", "Against the state before, the start, the reference's", "Look", (STATE,), 20
    ),
    Action("against", -1, ("A",), "against, back", "The same, the other way round", "Look", (STATE,)),
    Action("beside", None, ("v",), "beside", "Old and new beside or under each other", "Look", (STATE,), 40),
    Action("beside", None, ("v",), "beside", "Reference and calls beside or under each other", "Look", (GOLD,), 50),
    Action("fold", None, ("space",), "reads", "Reads beyond the reference one by one, or as one", "Look", (GOLD,), 40),
    Action("divergence", None, ("d",), "divergence", "Where it first parted from the reference", "Find", (GOLD,), 15),
    Action("difference", 1, ("e",), "difference", "Next difference from the reference", "Find", (GOLD,), 20),
    Action("difference", -1, ("E",), "difference before", "Difference before", "Find", (GOLD,)),
    Action("back", None, ("escape",), "back", "Out of the detail, of a search, of the simulation", "Look", _LISTS),
    Action("open", None, ("enter",), "explain", "What the number means, and the events behind it", "Look", _SHEETS, 10),
    Action("pane", 1, ("tab", "right", "l"), "pane", "Next pane", "Look", _SHEETS, 20),
    Action("pane", -1, ("shift+tab", "left", "h"), "pane before", "Pane before", "Look", _SHEETS),
    Action("order", 1, ("greater_than_sign",), "order", "Order by the next column", "Look", _TABLES, hint=20),
    Action("order", -1, ("less_than_sign",), "order back", "Order by the column before", "Look", _TABLES),
    Action("reverse", None, ("r",), "reverse", "Turn the order round", "Look", _TABLES, hint=30),
    Action("pane", 1, ("tab",), "detail", "To the other pane; opens the detail", "Look", hint=20),
    Action("pane", -1, ("shift+tab",), "pane back", "To the other pane, the other way round", "Look"),
    Action("detail", None, ("v",), "show", "Show or hide the detail", "Look"),
    Action("conversation", None, ("c",), "talk", "The simulation as a conversation", "Look", hint=38),
    Action("json", None, ("J",), "JSON", "Detail as formatted text or as raw JSON", "Look", hint=60),
    Action("fold", None, ("space",), "fold", "Fold or unfold the part of the detail at its cursor", "Look"),
    Action("wrap", None, ("w",), "wrap", "Wrap long lines of the detail, or cut them", "Look"),
    Action("sideways", -8, ("left", "h"), "left", "Cut lines of the detail: to the left", "Look"),
    Action("sideways", 8, ("right", "l"), "right", "Cut lines of the detail: to the right", "Look"),
    Action("time", None, ("t",), "time", "Clock (UTC), since the start, since the event before", "Look"),
    Action("follow", None, ("F",), "follow", "Follow a log that is being written; moving up pauses, G goes on", "Find"),
    Action("search", None, ("slash",), "search", "Search the text of the log; case matters", "Find", hint=50),
    Action(
        "filter",
        None,
        ("f",),
        "filter",
        "Show only some events: type:tool error task:7; empty for all",
        "Find",
        hint=55,
    ),
    Action("divergence", None, ("d",), "divergence", "Where the simulation first went wrong, and how", "Find", hint=35),
    Action("bookmark", None, ("m",), "bookmark", "Mark the event, with a note; again changes it", "Take along"),
    Action("bookmarks", None, ("apostrophe",), "bookmarks", "List of the bookmarks", "Take along"),
    Action("copy", None, ("y",), "copy", "Event, or line of the detail, to the terminal's clipboard", "Take along"),
    Action("export", None, ("x",), "export", "The events shown, to a file of JSON Lines", "Take along"),
    Action("again", 1, ("n",), "next hit", "Next hit of the search", "Find"),
    Action("again", -1, ("N",), "hit before", "Hit before", "Find"),
    Action("error", 1, ("e",), "error", "Next error", "Find", hint=40),
    Action("error", -1, ("E",), "error before", "Error before", "Find"),
    Action("change", 1, ("s",), "state change", "Next state change", "Find", (TIMELINE, STATE)),
    Action("change", -1, ("S",), "change before", "State change before", "Find", (TIMELINE, STATE)),
    Action("simulation", 1, ("right_square_bracket",), "simulation", "Next simulation", "Find", _ONE_SIMULATION),
    Action(
        "simulation", -1, ("left_square_bracket",), "simulation before", "Simulation before", "Find", _ONE_SIMULATION
    ),
    Action(
        "failed",
        1,
        ("right_curly_bracket",),
        "failed",
        "End of the next failed simulation",
        "Find",
        _OF_SIMULATIONS,
        30,
    ),
    Action(
        "failed", -1, ("left_curly_bracket",), "failed before", "The failed simulation before", "Find", _OF_SIMULATIONS
    ),
    Action("open", None, ("enter",), "event", "The event in the timeline", "Look", _OVERLAYS, hint=10),
    Action("close", None, ("q", "c"), "back", "Back to the timeline", "Look", (CONVERSATION,), hint=20),
    Action("close", None, ("q", "apostrophe"), "back", "Back to the timeline", "Look", (BOOKMARKS,), hint=20),
    Action("open", None, ("enter",), "choose", "What the row says", "Recording", (LEAVING,), hint=10),
    Action("close", None, ("q",), "stay", "Back to where you were", "Recording", (LEAVING,), hint=20),
    Action("keep", None, ("b",), "background", "Leave; the recording goes on to its end", "Recording", (LEAVING,), 30),
    Action("stop", None, ("s",), "stop", "Leave and stop the recording", "Recording", (LEAVING,), hint=40),
    Action("close", None, ("q", "question_mark"), "close", "Back to where you were", "Look", (HELP,), hint=10),
    *(
        Action("screen", number, (str(number),), label, f"Screen {number}: {label}", "Screens", _MAIN)
        for number, label in (
            (1, "overview"),
            (2, "simulations"),
            (3, "timeline"),
            (4, "state"),
            (5, "gold"),
            (6, "statistics"),
            (7, "compare"),
        )
    ),
    Action("move", 1, ("down", "ctrl+n"), "down", "Next row", "Move", _CHOOSING),
    Action("move", -1, ("up", "ctrl+p"), "up", "Row before", "Move", _CHOOSING),
    Action("page", 1, ("pagedown",), "page down", "One page on", "Move", _CHOOSING),
    Action("page", -1, ("pageup",), "page up", "One page back", "Move", _CHOOSING),
    Action("open", None, ("enter",), "do it", "Do what the row says", "Look", (PALETTE,), hint=10),
    Action("open", None, ("enter",), "open", "Open what is typed, or the row", "Look", (OPENING,), hint=10),
    Action("complete", None, ("tab",), "complete", "Complete the path", "Look", (OPENING,), hint=20),
    Action("back", None, ("escape",), "back", "Back to where you were", "Look", _CHOOSING, hint=30),
    Action("open_log", None, ("o",), "open log", "Open another log, or change to one that is open", "Inspector", _MAIN),
    Action("log", 1, ("L",), "next log", "The next one of several open logs", "Inspector", _MAIN),
    Action(
        "palette",
        None,
        ("ctrl+p",),
        "palette",
        "Find any command, simulation or log by its name",
        "Inspector",
        _ALL,
        75,
    ),
    Action("help", None, ("question_mark", "f1"), "keys", "What the keys do", "Inspector", _ALL, hint=80),
    Action("mouse", None, ("M",), "mouse", "Mouse for the inspector, or for the terminal", "Inspector", _ALL),
    Action("redraw", None, ("ctrl+l",), "redraw", "Draw the screen again", "Inspector", _ALL),
    Action("suspend_process", None, ("ctrl+z",), "suspend", "To the shell; fg comes back", "Inspector", _ALL),
    Action("quit", None, ("q", "ctrl+q"), "quit", "Leave the inspector", "Inspector", _ALL, hint=90),
    Action("interrupt", None, ("ctrl+c",), "interrupt", "Leave at once, with exit code 130", "Inspector", _ALL),
)


def valid_on(screen: str) -> tuple[Action, ...]:
    """Return the actions of one screen, those that are valid everywhere included."""
    return tuple(action for action in ACTIONS if screen in action.where or EVERYWHERE in action.where)


@cache
def keys_of(screen: str) -> Mapping[str, Action]:
    """Return the action of each key on a screen; a screen's own actions come before those that are valid everywhere."""
    own_last = sorted(valid_on(screen), key=lambda action: screen in action.where)
    return {key: action for action in own_last for key in action.keys}


def chords() -> list[Binding]:
    """Return Textual's bindings for leaving with a control key: they work whatever has the keys."""
    from textual.binding import Binding

    everywhere = (action for action in ACTIONS if EVERYWHERE in action.where)
    pairs = ((action, key) for action in everywhere for key in action.keys if key in ("ctrl+c", "ctrl+q"))
    return [Binding(key, action.name, action.help, show=False, priority=True) for action, key in pairs]


def hinted(screen: str) -> list[Action]:
    """Return the actions that the hint line of a screen names, the most useful first."""
    valid = valid_on(screen) if screen not in _CHOOSING else [action for action in ACTIONS if screen in action.where]
    keys = keys_of(screen)
    shown = [action for action in valid if action.hint is not None and keys[action.keys[0]] is action]
    return sorted(shown, key=lambda action: action.hint or 0)


def hints(screen: str) -> list[tuple[str, str]]:
    """Return key and label of the actions that the hint line of a screen names, the most useful first."""
    return [(symbol_of(action.keys[0]), action.label) for action in hinted(screen)]


def groups(screen: str) -> Iterable[tuple[str, list[Action]]]:
    """Return the actions of a screen by their heading, in the registry's order."""
    found: dict[str, list[Action]] = {}
    for action in valid_on(screen):
        found.setdefault(action.group, []).append(action)
    return found.items()

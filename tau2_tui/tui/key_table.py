"""The documentation of the keys, made from the registry of actions.

``python -m tau2_tui.tui.key_table`` prints it.
"""

from __future__ import annotations

from tau2_tui.tui.actions import ACTIONS, EVERYWHERE, Action

_HEAD = """\
# Keys of the inspector

`?` shows those of the screen, the last line the most useful ones, and `ctrl+p` finds any of them by a few letters of
its name. `^` is the control key. By mouse: a click selects, a second one opens, the wheel scrolls; hints, titles of
panes, column headings and the minimap are clicked too. `M` gives the mouse back to the terminal, for selecting text.

From opening a log to the cause of a failure: `1`, `}`, `enter`, `d`.

This file is made from the program by `python -m tau2_tui.tui.key_table`, and a test compares the two.
"""


def markdown() -> str:
    """Return the documentation of every key as Markdown: a table for each set of screens."""
    tables: dict[tuple[str, ...], list[Action]] = {}
    for action in sorted(ACTIONS, key=lambda action: EVERYWHERE not in action.where):
        tables.setdefault(action.where, []).append(action)
    parts = [_HEAD]
    for where, actions in tables.items():
        title = ", ".join(where)
        parts.append(f"## {title[0].upper()}{title[1:]}\n\n| key | does |\n|---|---|\n{''.join(map(_row, actions))}")
    return "\n".join(parts)


def _row(action: Action) -> str:
    keys = " ".join(f"`{key}`" for key in action.key_text.split())
    return f"| {keys} | {action.help} |\n"


if __name__ == "__main__":
    print(markdown(), end="")

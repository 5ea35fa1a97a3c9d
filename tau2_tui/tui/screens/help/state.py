"""The lines of the help screen, without Textual."""

from __future__ import annotations

from tau2_tui.tui.actions import Action, groups
from tau2_tui.tui.cells import fit, width
from tau2_tui.tui.format.runs import Run, TextLine, heading, line
from tau2_tui.tui.format.summary import Badge, Lane

_KEYS = 14
"""Least cells of the column with the keys."""


def help_lines(screen: str) -> list[TextLine]:
    """Return what the keys of a screen do, under headings, and what the symbols mean."""
    lines: list[TextLine] = []
    for title, actions in groups(screen):
        column = max(_KEYS, *(width(action.key_text) for action in actions)) + 2
        lines += [heading(title), *(_action(action, column) for action in actions), line()]
    lines.append(heading("Who acts"))
    lines += [line(("  ", "text"), (fit(lane.label, 7), lane.value), _LANES[lane], indent=9) for lane in Lane]
    lines += [line(), heading("Marks")]
    lines += [
        line("  ", (f"{badge.symbol} {badge.word}".ljust(14), badge.token), _BADGES[badge], indent=16)
        for badge in Badge
    ]
    return lines


def _action(action: Action, column: int) -> TextLine:
    return TextLine((Run("  "), Run(fit(action.key_text, column), "key"), Run(action.help)), column + 2)


_LANES = {
    Lane.AGENT: "the agent under test",
    Lane.USER: "the user simulator, its own tool calls too",
    Lane.TOOL: "a tool call of the agent, and the result it gets",
    Lane.ENVIRONMENT: "the databases: changes and snapshots",
    Lane.MODEL: "a call of a language model",
    Lane.RUN: "the run: its tasks, where simulations start and end",
}

_BADGES = {
    Badge.ERROR: "the tool, the model call or the line failed",
    Badge.FAILED: "the simulation did not get the full reward",
    Badge.PASSED: "the simulation got the full reward",
    Badge.UNKNOWN: "the simulation was not evaluated",
    Badge.CHANGED: "a database was changed",
    Badge.WARNING: "something to look at",
    Badge.SENSITIVE: "arguments hold personal data or a secret",
    Badge.CUT: "the result was cut when it was recorded",
    Badge.HISTORY: "from the task's own history, not said in this simulation",
}

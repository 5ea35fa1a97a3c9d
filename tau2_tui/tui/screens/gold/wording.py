"""How the arguments of a call differ from those of a reference action, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tau2_tui.events.changes import Change, diff
from tau2_tui.tui.format.runs import one_line
from tau2_tui.tui.format.values import compact
from tau2_tui.tui.screens.gold.alignment import Pair

_MOST = 12
"""Differences that are shown of one call."""

_LONGEST = 600
"""Characters of one value that are shown."""


@dataclass(frozen=True)
class Differing:
    """A value that is not the reference's; everything in it is safe to draw.

    Attributes:
        path: the argument, and the place in it where only a part differs.
        reference: the reference's value.
        made: that of the call.
    """

    path: str
    reference: str
    made: str


def differences(pair: Pair) -> list[Differing]:
    """Return how the call of a pair differs from its reference action, innermost values first to last argument."""
    if pair.action is None or pair.call is None:
        return []
    found: list[Differing] = []
    for name in pair.differing:
        for one in _of_argument(name, pair.action.args, pair.call.args):
            if len(found) == _MOST:
                return [*found, Differing("…", "more differences", "more differences")]
            found.append(one)
    return found


def _of_argument(name: str, reference: Any, made: Any) -> Iterator[Differing]:
    label = one_line(name, 80)
    if name not in made:
        yield Differing(label, _value(reference[name]), "not given")
    elif name not in reference:
        yield Differing(label, "not given", _value(made[name]))
    else:
        yield from _of_values(label, reference[name], made[name])


def _of_values(label: str, reference: Any, made: Any) -> Iterator[Differing]:
    telling = _inside(reference, made)
    if not telling:
        yield Differing(label, _value(reference), _value(made))
    for change in telling:
        yield Differing(
            label + one_line(change["path"], 120),
            _value(change["old"]) if "old" in change else "nothing",
            _value(change["value"]) if "value" in change else "nothing",
        )


def _inside(reference: Any, made: Any) -> list[Change]:
    """Return the places inside two objects or arrays that differ; none where they are only to be shown whole."""
    if not isinstance(reference, (dict, list)) or type(reference) is not type(made):
        return []
    try:
        changes = diff(reference, made)
        return [change for change in changes if change["op"] != "replace" or change["old"] != change["value"]]
    except RecursionError:  # deeper than any real argument
        return []


def _value(value: Any) -> str:
    return compact(value, _LONGEST)

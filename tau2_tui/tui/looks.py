"""How each kind of text looks in a theme: its colour is one of the theme's variables.

Component classes of a style sheet would say the same, and take a tenth of the time until the first events are seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from rich.style import Style
from textual.color import Color

SELECTED = "selected"
"""Look of the selected row of the pane that has the keys: one for the whole row."""

MARKED = "marked"
"""Look of the selected row of another pane."""


class Look(NamedTuple):
    """What tells a kind of text from others.

    Attributes:
        colour: the theme's variable that names its colour, empty for the colour of all text.
        style: attributes such as ``bold``; after a ``$``, the theme's variable that names them.
    """

    colour: str = ""
    style: str = ""


LOOKS: Mapping[str, Look] = {
    "text": Look(),
    "muted": Look("muted-color", "$muted-style"),
    "strong": Look(style="bold"),
    "heading": Look(style="bold"),
    "key": Look("secondary"),
    "string": Look("success"),
    "number": Look("primary"),
    "literal": Look("accent"),
    "error": Look("error", "bold"),
    "warning": Look("warning"),
    "success": Look("success"),
    "added": Look("success"),
    "removed": Look("error"),
    "match": Look(style="underline bold"),
    "cursor": Look(style="reverse"),
    "message": Look(style="bold"),
    "agent": Look("secondary"),
    "user": Look("success"),
    "tool": Look("accent"),
    "environment": Look("warning"),
    "model": Look("muted-color", "$muted-style"),
    "run": Look("primary"),
    SELECTED: Look(style="$chosen-style"),
    MARKED: Look(style="bold"),
}
"""Every look, by its name. What one means is also said in words or by a symbol."""


def style_of(name: str, base: Style, variables: Mapping[str, str]) -> Style:
    """Return a look as a style.

    Args:
        name: of :data:`LOOKS`.
        base: the style of all text.
        variables: the theme's; one that it has not changes nothing.

    Raises:
        KeyError: there is no such look.
    """
    look = LOOKS[name]
    attributes = variables.get(look.style[1:], "") if look.style.startswith("$") else look.style
    return _combined(base, variables.get(look.colour), attributes)


@lru_cache(maxsize=1024)
def _combined(base: Style, colour: str | None, attributes: str) -> Style:
    if colour is not None:
        base += Style.from_color(Color.parse(colour).rich_color)
    return base + Style.parse(attributes) if attributes else base

"""Figures of matplotlib as SVG elements that stand inside a page and take its colours.

What is drawn uses marks for colours, which become variables of the page's style sheet: so a plot follows the page into
dark mode. Everything in the SVG was written by matplotlib and is written anew from its parsed form: texts are escaped,
ids are unique in the page, and nothing but drawing elements is left.
"""

from __future__ import annotations

import io
import logging
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from tau2_tui.safe_text import visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#000001"
MUTED = "#000002"
LINE = "#000003"
ACCENT = "#000004"
SECOND = "#000005"
FAILED = "#000006"
PASSED = "#000007"
PAPER = "#000008"
COLOURS = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    LINE: "var(--line)",
    ACCENT: "var(--accent)",
    SECOND: "var(--second)",
    FAILED: "var(--failed)",
    PASSED: "var(--passed)",
    PAPER: "var(--paper)",
}
"""Marks, and the variables of the style sheet that stand in their place."""

_SVG = "http://www.w3.org/2000/svg"
_LINK = "{http://www.w3.org/1999/xlink}href"
_DRAWING = frozenset({"svg", "g", "path", "text", "tspan", "use", "defs", "clipPath", "rect", "title"})
_REFERENCE = re.compile(r"url\(#([^)]*)\)")
_NO_XML = re.compile("[\ufffe\uffff]")
_STRAIGHT = re.compile(r"rotate\(-0 [^)]*\)")
_FONT = re.compile(r"font: ([0-9.]+)px [^;]*")
_FAMILY = re.compile(r"font-family: [^;]*; ?")
_LONGEST = 36
"""Characters of a name on an axis."""

_FRONT = 12
"""Of a longer name, the characters of its beginning; names that begin alike differ at their ends."""

_WIDE = 7.0
"""Inches from which on a plot takes the whole width of the page."""

_SETTINGS = {
    "svg.fonttype": "none",
    "svg.hashsalt": "tau2-tui",
    "text.parse_math": False,
    "text.usetex": False,
    "axes.unicode_minus": False,
    "font.family": ["DejaVu Sans"],
    "font.size": 10.0,
    "axes.formatter.use_mathtext": False,
    "path.simplify": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
}


class Canvas:
    """A figure being drawn; ``svg`` holds it when it is done."""

    def __init__(self, figure: Figure, axes: Axes) -> None:
        self.figure = figure
        self.axes = axes
        self.svg = ""


@contextmanager
def drawing(name: str, title: str, *, width: float = 6.4, height: float = 2.8) -> Iterator[Canvas]:
    """Give axes to draw on; afterwards the canvas holds the SVG.

    Args:
        name: a name unique in the report, of letters, digits and hyphens: ids begin with it.
        title: what the plot shows, for who cannot see it.
        width: inches; the page shrinks it where there is less room.
        height: inches.
    """
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it tells of its font cache on standard error
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(_SETTINGS), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")  # the page's fonts draw the text
        figure = Figure(figsize=(width, height), layout="constrained")
        canvas = Canvas(figure, figure.add_subplot())
        yield canvas
        raw = io.BytesIO()
        nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
        figure.savefig(raw, format="svg", transparent=True, metadata=nothing)
    canvas.svg = _inline(raw.getvalue(), name, title, "plot wide" if width >= _WIDE else "plot")


def harmless(text: str) -> str:
    """Return a text on one line that XML can hold, without what a screen would obey."""
    return _NO_XML.sub("�", visible(text))


def short(text: str) -> str:
    """Return a harmless name that fits on an axis, of a long one its beginning and its end."""
    safe = harmless(text)
    return safe if len(safe) <= _LONGEST else f"{safe[:_FRONT]}…{safe[_FRONT + 1 - _LONGEST :]}"


def labels(names: Sequence[str]) -> list[str]:
    """Return harmless names that fit on an axis; those that would look alike begin where they differ."""
    found = {name: short(name) for name in names}
    for alike in _alike(found):
        found |= _cut_apart(alike)
    return [found[name] for name in names]


def _alike(found: Mapping[str, str]) -> list[list[str]]:
    """Return the names that share a label with others."""
    named: dict[str, list[str]] = {}
    for name, label in found.items():
        named.setdefault(label, []).append(name)
    return [names for names in named.values() if len(names) > 1]


def _cut_apart(names: Sequence[str]) -> dict[str, str]:
    safe = {name: harmless(name) for name in names}
    start = _alike_until(list(safe.values()))
    found = {name: _cut_from(text, start) for name, text in safe.items()}
    for alike in _alike(found):
        if _alike_until([safe[name] for name in alike]) > start:
            found |= _cut_apart(alike)
    return found


def _alike_until(texts: Sequence[str]) -> int:
    """Return how many characters all of some texts have in common from their beginning."""
    first, last = min(texts), max(texts)
    pairs = enumerate(zip(first, last, strict=False))
    return next((place for place, (one, other) in pairs if one != other), min(len(first), len(last)))


def _cut_from(text: str, start: int) -> str:
    rest = text[max(0, min(start, len(text) - _LONGEST + 1)) :]
    return f"…{rest}" if len(rest) < _LONGEST else f"…{rest[: _LONGEST - 2]}…"


def _inline(raw: bytes, name: str, title: str, classes: str) -> str:
    """Return an SVG file as an element of a page."""
    root = ElementTree.fromstring(raw)
    _clean(root, name)
    root.attrib = {
        "viewBox": root.get("viewBox", "0 0 1 1"),
        "role": "img",
        "class": classes,
        "aria-labelledby": f"{name}-title",
    }
    label = ElementTree.Element("title", {"id": f"{name}-title"})
    label.text = harmless(title)
    root.insert(0, label)
    return ElementTree.tostring(root, encoding="unicode")


def _clean(element: ElementTree.Element, name: str) -> None:
    """Take namespaces, ids of other plots, fixed colours and everything that does not draw out of an element."""
    element.tag = element.tag.removeprefix(f"{{{_SVG}}}")
    element.attrib = {key: _value(key, value, name) for key, value in _attributes(element)}
    for child in list(element):
        if child.tag.removeprefix(f"{{{_SVG}}}") in _DRAWING:
            _clean(child, name)
        else:
            element.remove(child)


def _attributes(element: ElementTree.Element) -> Iterator[tuple[str, str]]:
    used = element.tag in ("g", "svg", "text", "tspan")  # their ids name parts for an editor; nothing refers to them
    for key, value in element.attrib.items():
        if key == _LINK:
            yield "href", value
        elif key == "transform" and _STRAIGHT.fullmatch(value):
            continue
        elif not key.startswith("{") and not (used and key == "id"):
            yield key, value


def _value(key: str, value: str, name: str) -> str:
    if key == "id":
        return f"{name}-{value}"
    if key == "href":
        return f"#{name}-{value.removeprefix('#')}"
    value = _REFERENCE.sub(rf"url(#{name}-\1)", value)
    if key == "style":
        value = _FAMILY.sub("", _FONT.sub(r"font-size: \1px", value))
        for mark, variable in COLOURS.items():
            value = value.replace(mark, variable)
    return value

"""A report as one HTML file: no network, no script, and nothing from a log that a browser would obey.

Every text goes through the template engine, which writes characters with a meaning in HTML as references, and before
that through :func:`_harmless`, which shows control and bidirectional characters as symbols. A Content-Security-Policy
in the file forbids scripts and the network besides.
"""

from __future__ import annotations

import re
from functools import cache
from typing import IO, TYPE_CHECKING, Any

from tau2_tui.reports.document import Plot, Report
from tau2_tui.safe_text import visible

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

    from tau2_tui.analysis.help.explanation import Explanation

_PIECES = 200
"""Pieces of the template that are written at once."""


class Lines(str):
    """A text of several lines whose characters are harmless already; still to be escaped."""

    __slots__ = ()


def write_html(report: Report, out: IO[bytes]) -> None:
    """Write a report as HTML in UTF-8."""
    stream = _environment().get_template("report.html.jinja").stream(report=report)
    stream.enable_buffering(_PIECES)
    stream.dump(out, encoding="utf-8", errors="backslashreplace")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("tau2_tui.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )

    def style_sheet() -> Markup:
        assert environment.loader is not None
        return Markup(environment.loader.get_source(environment, "report.css")[0])

    def drawing(plot: Plot) -> Markup:
        return Markup(plot.svg)

    environment.globals["style_sheet"] = style_sheet

    def breakable(text: str) -> Markup:
        """Return a text in which a line may end after each ``_``, as names of tools need on paper."""
        return Markup("<wbr>").join(re.split("(?<=_)(?=[^_])", visible(text)))

    filters = {"breakable": breakable, "drawing": drawing, "lines": _lines, "method": _method, "width": _width}
    environment.filters |= filters
    return environment


def _harmless(value: Any) -> Any:
    """Return a text without anything that acts on a reader's screen; what is no text as it is.

    Of two texts joined by ``~`` in a template the engine makes markup at once: templates must not join texts.
    """
    if type(value) is str:
        return visible(value)
    return value


def _lines(text: str) -> Lines:
    return Lines(visible(text, newlines=True))


def _method(explanation: Explanation) -> str:
    return f"{explanation.question} {explanation.formula}"


def _width(share: float) -> str:
    """Return a share as a width in a style: of digits only, whatever the number."""
    return f"{100 * min(max(share, 0.0), 1.0):.1f}%" if share == share else "0%"

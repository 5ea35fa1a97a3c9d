"""Style sheets, parsed once.

Textual 8.2 parses all of them again when the app has started, for the theme that it had before, and whenever a screen
brings one more. What comes out differs only when the theme's variables do. Relied on are ``Stylesheet._variables`` and
that ``Stylesheet.parse`` keeps what it has parsed until they are set.
"""

from __future__ import annotations

from textual.css.stylesheet import Stylesheet


class SteadyStylesheet(Stylesheet):
    """Style sheets that are parsed again when other variables stand in them, and only then."""

    _are_new = False

    def set_variables(self, variables: dict[str, str]) -> None:
        """Take the variables of a theme."""
        if variables != self._variables:
            super().set_variables(variables)
            self._are_new = True

    def reparse(self) -> None:
        """Parse what was not parsed with these variables."""
        if self._are_new:
            super().reparse()
            self._are_new = False
        else:
            self.parse()

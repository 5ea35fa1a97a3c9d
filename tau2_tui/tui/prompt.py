"""A line that is being typed: text and cursor, no Textual."""

from __future__ import annotations

from dataclasses import dataclass

from tau2_tui.safe_text import visible
from tau2_tui.tui.cells import clusters, normal
from tau2_tui.tui.format.runs import Run

_LONGEST = 1_000
"""Characters that may be typed or pasted."""


@dataclass
class Prompt:
    """A question at the bottom of the screen and its answer so far.

    Attributes:
        label: what is asked, such as ``/``.
        text: the answer.
        cursor: index of the character under the cursor, the text's length at its end.
    """

    label: str
    text: str = ""
    cursor: int = 0

    def insert(self, text: str) -> None:
        """Type or paste text; line feeds end up as spaces."""
        text = " ".join(text.splitlines())[: max(0, _LONGEST - len(self.text))]
        self.text = self.text[: self.cursor] + text + self.text[self.cursor :]
        self.cursor += len(text)

    def press(self, key: str) -> bool:
        """Obey an editing key, by Textual's name; return whether it is one."""
        before, after = self.text[: self.cursor], self.text[self.cursor :]
        if key in ("backspace", "ctrl+h"):
            self.text, self.cursor = before[:-1] + after, max(0, self.cursor - 1)
        elif key in ("delete", "ctrl+d"):
            self.text = before + after[1:]
        elif key in ("left", "ctrl+b"):
            self.cursor = max(0, self.cursor - 1)
        elif key in ("right", "ctrl+f"):
            self.cursor = min(len(self.text), self.cursor + 1)
        elif key in ("home", "ctrl+a"):
            self.cursor = 0
        elif key in ("end", "ctrl+e"):
            self.cursor = len(self.text)
        elif key == "ctrl+u":
            self.text, self.cursor = after, 0
        elif key == "ctrl+k":
            self.text = before
        elif key == "ctrl+w":
            kept = before.rstrip()
            kept = kept[: kept.rfind(" ") + 1]
            self.text, self.cursor = kept + after, len(kept)
        else:
            return False
        return True

    def runs(self, cells: int) -> tuple[Run, ...]:
        """Return the prompt as it is drawn in that many cells, the part with the cursor in sight."""
        before = normal(visible(self.text[: self.cursor]))
        under = normal(visible(self.text[self.cursor : self.cursor + 1])) or " "
        after = normal(visible(self.text[self.cursor + 1 :]))
        room = max(1, cells - len(self.label) - 2)
        shown: list[str] = []
        used = 0
        for cluster, size in reversed(clusters(before)):
            if used + size > room:
                break
            shown.append(cluster)
            used += size
        return Run(self.label, "strong"), Run("".join(reversed(shown))), Run(under, "cursor"), Run(after)

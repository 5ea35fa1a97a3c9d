"""What is done to the inspector at random: keys, answers to prompts, mouse, sizes, bytes that no terminal sends."""

from __future__ import annotations

import random
from typing import Any

from textual.keys import _character_to_key

from tau2_tui.tui.actions import ACTIONS

SMALLEST, LARGEST = (20, 5), (300, 100)
USUAL_SIZES = ((80, 24), (120, 40), (40, 10), (160, 50), SMALLEST, LARGEST, (21, 6), (200, 60))

ESCAPES = {
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "delete": "\x1b[3~",
    "shift+tab": "\x1b[Z",
    "f1": "\x1bOP",
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "space": " ",
    "backspace": "\x7f",
}
ESCAPES |= {_character_to_key(chr(code)): chr(code) for code in range(0x21, 0x7F)}
ESCAPES |= {f"ctrl+{chr(code + 96)}": chr(code) for code in range(1, 27) if chr(code) not in "\t\r\x08"}
LEAVING = ("q", "ctrl+q", "ctrl+c")
TEXTS = (
    "error", "type:tool", "type:message or error", "not (", "task:7", "cost>0", "(a or b) and not c", '"', "7:1", "#2",
    "14:05", "@1760000000", "99999999999999999999", "-1", "0", "100%", "[bold red]x[/]", "[@click=app.quit]q", "日本語",
    "👨‍👩‍👧‍👦🇩🇪👍🏽", "e\u0301\u0337" * 9, "\u202eabc", "a" * 1500, " ", "\\", "{}", "success:false", "tool_name~^get",
)  # fmt: skip
NOISE = (
    b"\xff\xfe",
    b"\xc3(",
    b"\x1b[",
    b"\x1b]0;x\x07",
    b"\x1b[<0;",
    b"\x00",
    b"\x1b[999;999R",
    b"\x1b\x1b\x1b",
    b"\x9b",
    b"\x1b[48;:u",
)

Step = dict[str, Any]
"""What is done: ``send`` bytes as Latin-1 text, ``resize`` to a size, or ``open`` the inspector again."""


class Keys:
    """Steps at random."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        names = sorted({key for action in ACTIONS for key in action.keys})
        self.keys = [name for name in names if name not in (*LEAVING, "x")]

    def steps(self, size: tuple[int, int]) -> list[Step]:
        """Return the next steps."""
        kinds = {self._some_keys: 60, self._prompt: 12, self._mouse: 14, self._sizes: 8, self._noise: 3, self._leave: 1}
        (kind,) = self.random.choices(list(kinds), list(kinds.values()))
        return kind(size)

    def _some_keys(self, size: tuple[int, int]) -> list[Step]:
        names = self.random.choices(self.keys, k=self.random.choice((1, 1, 1, 3, 8)))
        if self.random.random() < 0.2:
            names = names[:1] * 20
        return [{"send": ESCAPES[name]} for name in names]

    def _prompt(self, size: tuple[int, int]) -> list[Step]:
        """Return an answer to a prompt. A file's name never holds a slash, so that exports stay where they are."""
        key = self.random.choice("/f:mx")
        texts = [text for text in TEXTS if "/" not in text] if key == "x" else TEXTS
        text = self.random.choice(texts)
        if self.random.random() < 0.3:
            text = f"\x1b[200~{text}\n\t{text}\x1b[201~"
        editing = self.random.choices(("left", "home", "backspace", "delete", "ctrl+w", "ctrl+u", "ctrl+k", "end"), k=3)
        pressed = [ESCAPES[name] for name in editing] if self.random.random() < 0.5 else []
        end = self.random.choices(("\r", "\x1b"), (3, 1))[0]
        return [{"send": _latin(part)} for part in (key, text, *pressed, end)]

    def _mouse(self, size: tuple[int, int]) -> list[Step]:
        x, y = self.random.randint(1, size[0] + 2), self.random.randint(1, size[1] + 2)
        button = self.random.choice((0, 0, 0, 1, 2, 64, 65, 64, 65, 35, 32, 8, 67))
        pressed, released = f"\x1b[<{button};{x};{y}M", f"\x1b[<{button};{x};{y}m"
        return [{"send": (pressed + released) * self.random.choice((1, 2, 3))}]

    def _sizes(self, size: tuple[int, int]) -> list[Step]:
        return [{"resize": self._size()} for _ in range(self.random.choice((1, 1, 2, 6)))]

    def _size(self) -> tuple[int, int]:
        if self.random.random() < 0.6:
            return self.random.choice(USUAL_SIZES)
        return self.random.randint(SMALLEST[0], LARGEST[0]), self.random.randint(SMALLEST[1], LARGEST[1])

    def _noise(self, size: tuple[int, int]) -> list[Step]:
        return [{"send": self.random.choice(NOISE).decode("latin-1")}]

    def _leave(self, size: tuple[int, int]) -> list[Step]:
        return [{"send": ESCAPES[self.random.choice(LEAVING)]}]


def _latin(text: str) -> str:
    return text.encode().decode("latin-1")

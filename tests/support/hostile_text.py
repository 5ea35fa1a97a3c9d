"""Texts that attack a terminal, and what must not be left of them in what is written to one."""

from __future__ import annotations

import re

ATTACKS = (
    "\x1b]52;c;ZXZpbA==\x07",
    "\x1b]0;EVIL\x07",
    "\x1b]8;;http://evil.example\x1b\\EVIL\x1b]8;;\x1b\\",
    "\x1bP+q544e\x1b\\",
    "\x1b[31;5mEVIL\x1b[2J\x1b[H",
    "\x1b[?1049l\x1bc\x1b[6n\x1b[21t",
    "\x9b31m\x9d0;EVIL\x9c\x90q\x9c",
    "[bold red]EVIL[/] [@click=app.quit]EVIL[/]",
    "\u202eEVIL\u202c\u2066x\u2069\u200b\u200f\ufeff",
    "\x00\x07\x08\x0e\x7f\r\n\x0b\x0c",
)
TEXT = " ".join(ATTACKS)
# Joiners are missing among these: emoji are made with them.
DANGEROUS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")

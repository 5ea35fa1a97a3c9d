"""Text that every match of a regular expression holds, to be looked for before anything is parsed."""

from __future__ import annotations

import re

SAFE = re.compile(r"[A-Za-z0-9_ :,=+-]")
"""Characters that stand in a line as they are, whoever wrote the JSON."""

_CODE = re.compile(r"\\[xuUN0-9]")
"""A character by its number or name: what follows the letter is no text."""

_SHORTEST = 3


def literal_of(pattern: str) -> str | None:
    """Return the longest text that every match of a pattern holds and that stands in a line as it is, if any."""
    if any(sign in pattern for sign in "|(") or _CODE.search(pattern):
        return None
    runs, run, at = [], "", 0
    while at < len(pattern):
        sign = pattern[at]
        if SAFE.fullmatch(sign) and sign != "+":
            run, at = run + sign, at + 1
            continue
        if sign in "?*{":
            run = run[:-1]
        runs.append(run)
        run = ""
        if sign == "\\":
            at += 1
        elif sign == "[":
            at = _end_of_class(pattern, at)
        elif sign == "{":
            at = max(pattern.find("}", at), at)
        at += 1
    longest = max([*runs, run], key=len)
    return longest if len(longest) >= _SHORTEST else None


def literals_of(pattern: str) -> tuple[str, ...]:
    """Return texts of which every match of a pattern holds one, one an alternative; none when that is not known."""
    branches = [pattern] if any(sign in pattern for sign in ("(", "[", r"\|")) else pattern.split("|")
    literals = tuple(map(literal_of, branches))
    return () if None in literals else tuple(literal for literal in literals if literal is not None)


def _end_of_class(pattern: str, start: int) -> int:
    """Return the place of the bracket that closes a class of characters."""
    at = start + 1 + (pattern[start + 1 : start + 2] == "^")
    at += pattern[at : at + 1] == "]"
    while at < len(pattern) and pattern[at] != "]":
        at += 2 if pattern[at] == "\\" else 1
    return at

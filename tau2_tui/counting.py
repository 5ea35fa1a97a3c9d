"""How many of something, with its noun: ``1 task``, ``2 tasks``."""

from __future__ import annotations


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Return a number with its noun, for a person: ``1 change``, ``1,200 changes``.

    Args:
        number: how many there are.
        noun: what one of them is called.
        plural: what several are called; the noun with an ``s`` by default.
    """
    return f"{number:,} {_fitting(number, noun, plural)}"


def counted_plainly(number: int, noun: str) -> str:
    """Return a number with its noun as it stands in the message of a recorded event: ``1200 changes``."""
    return f"{number} {_fitting(number, noun)}"


def _fitting(number: int, noun: str, plural: str | None = None) -> str:
    return noun if number == 1 else plural or f"{noun}s"

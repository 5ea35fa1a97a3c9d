"""Frozen records by the hundred thousand: a constructor without the cost of freezing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar

T = TypeVar("T")


def constructor(cls: type[T]) -> Callable[..., T]:
    """Return a function that makes instances of a frozen dataclass with slots, in about a quarter of the time.

    Its own ``__init__`` sets each field through ``object.__setattr__``. Here the fields are set on an instance of a
    class with the same slots that is not frozen, which then becomes one of ``cls``.

    Args:
        cls: the class; the function takes all of its fields, by position.
    """
    names = tuple(field.name for field in fields(cls))  # type: ignore[arg-type]
    draft = type(f"{cls.__name__}Draft", (), {"__slots__": names})
    lines = [f"def make({', '.join(names)}):", "    row = draft()"]
    lines += [f"    row.{name} = {name}" for name in names]
    lines += ["    row.__class__ = cls", "    return row"]
    scope: dict[str, Any] = {"draft": draft, "cls": cls}
    exec("\n".join(lines), scope)
    make: Callable[..., T] = scope["make"]
    return make

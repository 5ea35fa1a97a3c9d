"""Regular expressions of users on texts of models, bounded in time: a match costs no more than its text is worth.

Python's own engine can take longer than anybody lives over a pattern like ``(a+)+$``, and holds up every thread
meanwhile. Patterns that can match in a few ways at any one place are left to it; all others go to the engine of the
``regex`` package, which can be given a limit.
"""

from __future__ import annotations

import re
import time
import warnings
from collections.abc import Callable, Iterable
from typing import Any, AnyStr, Generic

from tau2_tui.errors import Tau2TuiError

SECONDS_A_BYTE = 1e-6
"""What a search may take for each character of its text: fifty times what common patterns take."""

SPARE_SECONDS = 3.0
"""Processor time that a pattern may take beyond that, over all its searches."""

_FEW_WAYS = 1000
_MANY_WAYS = 1 << 62
_BRACE = re.compile(r"\\N\{|\\.|\{(?!\d+,?\d*\}|,\d*\})", re.DOTALL)
"""A brace that Python's engine takes for text, among escapes, which stay as they are."""


class SlowPattern(Tau2TuiError):
    """A regular expression that takes too long."""

    def __init__(self) -> None:
        super().__init__(
            f"the regular expression takes more than {SPARE_SECONDS:g} s too long: a repeat within a repeat, or several"
            " one after the other, can match the same text in too many ways"
        )


class Pattern(Generic[AnyStr]):
    """A compiled regular expression whose searches end."""

    def __init__(self, pattern: AnyStr, flags: int = 0) -> None:
        """Compile a pattern.

        Args:
            pattern: in the language of Python's ``re``.
            flags: those of ``re``.

        Raises:
            ValueError: it is no regular expression; the message says why.
        """
        try:
            compiled = re.compile(pattern, flags)
        except (re.error, OverflowError, RecursionError) as error:
            raise ValueError(f"no regular expression: {error}") from None
        self._find: Callable[..., re.Match[AnyStr] | None] = compiled.search
        self._spare = SPARE_SECONDS
        self._is_bounded = _ways_of(pattern, flags) > _FEW_WAYS
        if self._is_bounded:
            self._find = _other_engine(pattern, flags)

    def search(self, text: AnyStr | bytearray, start: int = 0, end: int | None = None) -> re.Match[AnyStr] | None:
        """Return the first match in a text, or in a part of it, None when there is none.

        Raises:
            SlowPattern: it takes longer than the text is worth.
        """
        end = len(text) if end is None else end
        if not self._is_bounded:
            return self._find(text, start, end)
        worth = max(0, end - start) * SECONDS_A_BYTE
        begun = time.thread_time()
        try:
            return self._find(text, start, end, timeout=worth + max(self._spare, 0.001))
        except TimeoutError:
            raise SlowPattern from None
        finally:
            self._spare -= max(0.0, time.thread_time() - begun - worth)


def _other_engine(pattern: AnyStr, flags: int) -> Callable[..., Any]:
    import regex

    escaped: Any = pattern
    if isinstance(pattern, bytes):
        escaped = _escaped(pattern.decode("latin-1")).encode("latin-1")
    elif isinstance(pattern, str):
        escaped = _escaped(pattern)
    known = {re.IGNORECASE: regex.IGNORECASE, re.MULTILINE: regex.MULTILINE, re.DOTALL: regex.DOTALL}
    wanted = sum(int(other) for own, other in known.items() if flags & own)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            find: Callable[..., Any] = regex.compile(escaped, wanted | regex.VERSION0).search
    except (regex.error, OverflowError, RecursionError) as error:
        raise ValueError(f"no regular expression that can be bounded in time: {error}") from None
    return find


def _escaped(pattern: str) -> str:
    """Return the pattern with those braces escaped that mean something to the other engine only."""
    return _BRACE.sub(lambda found: r"\{" if found.group() == "{" else found.group(), pattern)


def _ways_of(pattern: str | bytes, flags: int) -> int:
    """Return in how many ways a pattern can match at one place, at most; very many when there is no end of them."""
    try:
        from re import _parser as parser  # type: ignore[attr-defined, unused-ignore]
    except ImportError:  # Python 3.10
        import sre_parse as parser
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _ways(parser.parse(pattern, flags))
        except RecursionError:
            return _MANY_WAYS


def _ways(nodes: Iterable[tuple[Any, Any]]) -> int:
    total = 1
    for kind, value in nodes:
        total = min(total * _ways_of_node(str(kind), value), _MANY_WAYS)
    return total


def _ways_of_node(kind: str, value: Any) -> int:
    if kind in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        least, most, body = value
        if int(most) > _FEW_WAYS:
            return _MANY_WAYS
        within: int = _ways(body)
        total: int = sum(within**count for count in range(int(least), int(most) + 1))
        return min(total, _MANY_WAYS)
    if kind == "BRANCH":
        return sum(_ways(branch) for branch in value[1])
    if kind == "SUBPATTERN":
        return _ways(value[-1])
    if kind == "ATOMIC_GROUP":
        return _ways(value)
    if kind in ("ASSERT", "ASSERT_NOT"):
        return _ways(value[1])
    if kind == "GROUPREF_EXISTS":
        return _ways(value[1]) + _ways(value[2] or ())
    return 1

"""Our own regular expressions on texts made to be slow: none takes longer than a multiple of the text's length."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

import tau2_tui
from tests.runlog.damages import no_hang

LENGTH = 12_000
SECONDS = 1.0
"""A search of so short a text takes less than a millisecond when it is linear, and several seconds when it is not."""

UNITS = [
    *("a", "A", "0", " ", "\t", "\n", "-", "_", ".", ",", ":", "/", "\\", '"', "'", "(", "[", "{", "@", "+", "*", "#"),
    *("a ", "a.", "a@", "a@b.", "1-", "1 ", "1,", "a_", "a-", "aA", '\\"', '""', "()", "[]", "{}", "a:b ", "://", "%2"),
    *(
        "not ",
        "error ",
        "key=",
        "sk-",
        "Bearer ",
        "https://",
        "4111 ",
        "+1 ",
        "2026-01-01",
        "é",
        "\x1b[",
        "\x00",
        '"a":',
    ),
]
ANCHORED = {"wrong_values._CODE", "markdown._LINE_START", "enhanced_exports._HEADER"}
"""Patterns that are only ever held against the beginning of a text, or all of it: never looked for in its midst."""

ENDS = ["", "!", "\n", "x", "@", '"']


def modules() -> Iterator[Any]:
    for found in pkgutil.walk_packages(tau2_tui.__path__, "tau2_tui."):
        if found.name == "tau2_tui.__main__":
            continue
        try:
            yield importlib.import_module(found.name)
        except ModuleNotFoundError as error:
            if (error.name or "").split(".")[0] not in ("tau2", "litellm", "textual_serve", "pyarrow"):
                raise


def patterns_in(value: Any) -> Iterator[re.Pattern[Any]]:
    """Yield compiled patterns, also those in tuples and dictionaries."""
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, (tuple, list, set, frozenset)):
        for item in value:
            yield from patterns_in(item)
    elif isinstance(value, dict):
        for item in (*value.keys(), *value.values()):
            yield from patterns_in(item)


def all_patterns() -> dict[str, re.Pattern[Any]]:
    return {
        f"{module.__name__}.{name} {pattern.pattern!r:.60}": pattern
        for module in modules()
        for name, value in vars(module).items()
        for pattern in patterns_in(value)
    }


@pytest.mark.slow
def test_none_takes_long() -> None:
    slow = []
    patterns = all_patterns()
    assert len(patterns) > 60
    for name, pattern in patterns.items():
        for unit in UNITS:
            for end in ENDS:
                text = (unit * (LENGTH // len(unit) + 1))[:LENGTH] + end
                given: Any = text.encode() if isinstance(pattern.pattern, bytes) else text
                begun = time.thread_time()
                with no_hang(120):
                    if not name.split(" ")[0].endswith(tuple(ANCHORED)):
                        pattern.search(given)
                    pattern.match(given)
                    pattern.fullmatch(given)
                if time.thread_time() - begun > SECONDS:
                    slow.append((name, unit, end, round(time.thread_time() - begun, 1)))
                    break
            else:
                continue
            break
    assert not slow, "\n".join(map(str, slow))


def test_anchored_patterns_are_used_as_such() -> None:
    for module in modules():
        source = inspect.getsource(module)
        for anchored in ANCHORED:
            name, _, pattern = anchored.partition(".")
            if module.__name__.endswith(f".{name}"):
                methods = set(re.findall(rf"\b{pattern}\.(\w+)", source))
                assert methods and methods <= {"match", "fullmatch"}, anchored

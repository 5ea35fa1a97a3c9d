"""Every test that SECURITY.md names exists, and its limits are those of the program."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tau2_tui.runlog import decompress, patterns
from tau2_tui.runlog.formats import enhanced_document, json_pieces

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[^`]+)`", TEXT)))


def test_each_promise_names_tests() -> None:
    promises = TEXT.partition("## Promises")[2].partition("## Not promised")[0].split("\n### ")[1:]
    assert len(promises) > 7
    for promise in promises:
        assert "`tests/" in promise.partition("\nTests: ")[2], promise.splitlines()[0]


@pytest.mark.parametrize("named", NAMED)
def test_a_named_test_exists(named: str) -> None:
    path, _, function = named.partition("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    tests = {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
    assert function in tests if function else any(name.startswith("test_") for name in tests)


def test_the_limits_are_those_of_the_program() -> None:
    assert (decompress._LEAST_LIMIT, decompress._MOST_RATIO) == (1 << 30, 250)
    assert (json_pieces.LARGEST_BYTES, enhanced_document.LARGEST_BYTES) == (256 << 20, 2 << 30)
    assert (patterns.SECONDS_A_BYTE, patterns.SPARE_SECONDS) == (1e-6, 3.0)
    for said in ("1 GiB", "250 times", "256 MiB", "2 GiB", "a microsecond", "three\nseconds", "32 random bytes"):
        assert said in TEXT

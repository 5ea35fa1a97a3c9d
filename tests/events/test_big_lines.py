"""A big line is parsed without looking for garbage meanwhile, and whoever turned that off keeps it off."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from tau2_tui.events.codec import loads

BIG = b"[" + b'{"a": [1]},' * 200_000 + b"{}]"


@pytest.fixture(autouse=True)
def collecting() -> Iterator[None]:
    gc.enable()
    yield
    gc.enable()


def collections() -> int:
    return sum(generation["collections"] for generation in gc.get_stats())


def test_no_collection_while_a_big_line_is_parsed() -> None:
    before = collections()
    assert len(loads(BIG)) == 200_001
    assert collections() - before <= 3
    assert gc.isenabled()


def test_a_broken_big_line_leaves_it_on() -> None:
    with pytest.raises(ValueError, match=r"."):
        loads(BIG[:-1])
    assert gc.isenabled()


def test_it_stays_off_where_it_was_off() -> None:
    gc.disable()
    loads(BIG)
    assert not gc.isenabled()

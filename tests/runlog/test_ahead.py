from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tau2_tui.runlog.ahead import TAKEN, ahead


def readers() -> int:
    return sum(thread.name == "reading ahead" for thread in threading.enumerate())


def test_items_come_in_order_and_the_thread_ends() -> None:
    assert list(ahead(iter(range(1, 50)))) == list(range(1, 50))
    assert readers() == 0


def test_no_more_is_taken_than_may_be_in_use() -> None:
    taken = []

    def items() -> Iterator[int]:
        for number in range(1, 10):
            taken.append(number)
            yield number

    for number in ahead(items()):
        assert len(taken) <= number + TAKEN - 1


def test_what_the_iterator_raises_is_raised() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise OSError("gone")

    found = ahead(items())
    assert next(found) == 1
    with pytest.raises(OSError, match="gone"):
        next(found)
    assert readers() == 0


def test_the_thread_ends_when_nobody_wants_more() -> None:
    found = ahead(iter(range(1, 1000)))
    assert [next(found), next(found)] == [1, 2]
    found.close()  # type: ignore[attr-defined]
    assert readers() == 0

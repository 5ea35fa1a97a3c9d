"""What an iterator yields, of which another thread takes the next meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from queue import SimpleQueue
from typing import TypeVar

Item = TypeVar("Item")

TAKEN = 2
"""How many items are in use at most: the one that was yielded last, and the one after it."""


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """Yield the items of an iterator, which a thread of its own asks for the next one while this one is in use.

    An item may be used until the next one is asked for. What the iterator raises is raised here.
    """
    taken: SimpleQueue[Item | BaseException | None] = SimpleQueue()
    wanted: SimpleQueue[bool] = SimpleQueue()

    def take() -> None:
        try:
            while wanted.get():
                item = next(items, None)
                taken.put(item)
                if item is None:
                    return
        except BaseException as error:
            taken.put(error)

    for _ in range(TAKEN):
        wanted.put(True)
    thread = threading.Thread(target=take, name="reading ahead", daemon=True)
    thread.start()
    try:
        while (item := taken.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
            wanted.put(True)
    finally:
        wanted.put(False)
        thread.join()

"""A value that a second process works out beside this one, from what this one has in memory."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

T = TypeVar("T")


class Aside(Generic[T]):
    """The value of a function, worked out in a forked process where that is safe and a processor is free for it.

    Elsewhere, and when the process comes to nothing, the function is called here when the value is asked for.

    Args:
        compute: the function. Nothing that it does but its value, which must be picklable, reaches this process.
        fork: whether a process is worth it.
    """

    def __init__(self, compute: Callable[[], T], *, fork: bool = True) -> None:
        self._compute = compute
        self._receiver: Connection | None = None
        if fork and _can_fork():
            with suppress(OSError):  # there is no room for another process
                self._fork()

    def value(self) -> T:
        """Return the value, once; raises what the function raises."""
        if self._receiver is not None:
            try:
                (value,) = self._receiver.recv()
            except (EOFError, OSError):
                pass  # the process failed, or was ended over its answer: what is wrong shows when it is done here
            else:
                found: T = value
                return found
            finally:
                self.close()
        return self._compute()

    def close(self) -> None:
        """End the process if it still runs."""
        if self._receiver is not None:
            self._receiver.close()
            self._receiver = None
            self._process.kill()
            self._process.join()

    def _fork(self) -> None:
        from multiprocessing import get_context

        context = get_context("fork")
        receiver, sender = context.Pipe(duplex=False)
        try:
            self._process = context.Process(target=_work, args=(self._compute, receiver, sender), daemon=True)
            self._process.start()
        except OSError:
            receiver.close()
            raise
        finally:
            sender.close()
        self._receiver = receiver


def _can_fork() -> bool:
    """Return whether a forked process can go on: on Linux, where libraries allow it, with two processors."""
    return sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1


def _work(compute: Callable[[], object], receiver: Connection, sender: Connection) -> None:
    receiver.close()  # else this process would wait for itself to read, should the other one be killed
    try:
        sender.send((compute(),))
    except BaseException:  # the waiting process does it again, and shows what is wrong
        os._exit(1)
    sender.close()
    os._exit(0)

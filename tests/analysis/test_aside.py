from __future__ import annotations

import os
import sys

import pytest

from tau2_tui.analysis.aside import Aside
from tests.support.orphan import outlives_its_parent

on_linux = pytest.mark.skipif(
    sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2, reason="needs Linux and two processors"
)


@on_linux
def test_the_value_comes_from_another_process() -> None:
    assert Aside(os.getpid).value() != os.getpid()


def test_without_a_process_the_function_is_called_here() -> None:
    assert Aside(os.getpid, fork=False).value() == os.getpid()


def test_what_the_function_raises_is_raised_here() -> None:
    def refuse() -> None:
        raise ValueError("told so")

    with pytest.raises(ValueError, match="told so"):
        Aside(refuse).value()


def test_what_cannot_be_sent_is_worked_out_here() -> None:
    assert Aside(lambda: os.getpid, fork=True).value()() == os.getpid()
    assert callable(Aside(lambda: lambda: 1).value())


@on_linux
def test_a_process_that_is_not_waited_for_is_ended() -> None:
    import time

    aside = Aside(lambda: time.sleep(600))
    process = aside._process
    aside.close()
    assert process.exitcode is not None


@on_linux
def test_a_process_that_is_ended_over_its_answer_costs_nothing_but_time() -> None:
    here = os.getpid()
    aside = Aside(lambda: (os.getpid() == here, bytes(10 << 20)))
    assert aside._receiver is not None and aside._receiver.poll(60)
    aside._process.kill()
    aside._process.join()
    mine, data = aside.value()
    assert mine and len(data) == 10 << 20


@on_linux
def test_without_room_for_a_process_the_function_is_called_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> int:
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(os, "fork", full)
    assert Aside(os.getpid).value() == os.getpid()


@on_linux
def test_no_process_is_left_when_the_one_that_waits_is_killed() -> None:
    program = """
from tau2_tui.analysis.aside import Aside
aside = Aside(lambda: bytes(10 << 20))
aside._receiver.poll(60)
print(aside._process.pid, flush=True)
input()
"""
    assert not outlives_its_parent(program)

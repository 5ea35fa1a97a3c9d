from __future__ import annotations

import os
import sys

import pytest

from tau2_tui.analysis.aside import Aside

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

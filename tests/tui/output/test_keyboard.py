"""Bytes that no terminal should send do not end the inspector."""

from __future__ import annotations

import codecs
import importlib
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from textual import events
from textual._xterm_parser import XTermParser

from tau2_tui.tui.output.keyboard import PatientParser, make_patient


def keys(parser: XTermParser, data: str) -> list[str]:
    return [message.key for message in parser.feed(data) if isinstance(message, events.Key)]


@pytest.mark.parametrize("sequence", ["\x1b[:~", "\x1b[48;:u", "\x1b[8:91~"])
def test_a_sequence_that_breaks_textuals_parser_is_passed_over(sequence: str) -> None:
    with pytest.raises(ValueError, match="int"):
        list(XTermParser().feed(sequence))
    assert keys(PatientParser(), f"j{sequence}k\x1b[A")[-2:] == ["k", "up"]


@given(st.text("\x1b[]<>?;:0123456789ABCDEFHMOPRSTmtuyc~$ jé\x00\x7f\x9b", min_size=1, max_size=60))
@example("\x1b[1114112999u")
def test_no_input_ends_it(text: str) -> None:
    parser = PatientParser()
    list(parser.feed(text))
    assert keys(parser, "\x1b[201~\x1b[A\x1b[Aj")[-1:] == ["j"]


@given(st.lists(st.sampled_from(["j", "G", "\x1b[A", "\x1b[6~", "é", "日", "\x1b[<0;3;4M", "\x1b[I", "\r"])))
def test_what_terminals_send_is_read_as_textual_reads_it(parts: list[str]) -> None:
    data = "".join(parts)
    assert list(map(repr, PatientParser().feed(data))) == list(map(repr, XTermParser().feed(data)))


def test_the_driver_reads_bytes_that_are_not_utf_8(monkeypatch: pytest.MonkeyPatch) -> None:
    driver: Any = importlib.import_module("textual.drivers.linux_driver")
    monkeypatch.setattr(driver, "getincrementaldecoder", codecs.getincrementaldecoder)
    monkeypatch.setattr(driver, "XTermParser", XTermParser)
    make_patient()
    assert driver.getincrementaldecoder("utf-8")().decode(b"j\xff\xc3k\xc3") == "j\ufffd\ufffdk"
    assert driver.XTermParser is PatientParser

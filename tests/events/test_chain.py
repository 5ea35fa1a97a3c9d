from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.events import chain


def test_the_chain_is_blake2b_of_the_previous_chain_and_the_line_without_it() -> None:
    line, link = chain.seal(chain.ZERO, b'{"seq":0')
    assert line == b'{"seq":0,"chain":"' + link.hex().encode() + b'"}\n'
    assert link == hashlib.blake2b(bytes(16) + b'{"seq":0', digest_size=16).digest()


@given(st.binary(min_size=16, max_size=16), st.binary(max_size=200))
def test_a_sealed_line_splits_into_what_it_was_made_of(previous: bytes, body: bytes) -> None:
    line, link = chain.seal(previous, body)
    assert chain.split(line[:-1]) == (body, link)


@given(st.binary(max_size=80))
def test_any_bytes_split_or_do_not(data: bytes) -> None:
    parts = chain.split(data)
    assert parts is None or parts[0] + b',"chain":"' + parts[1].hex().encode() + b'"}' == data


def test_upper_case_and_cut_chains_are_none() -> None:
    line = chain.seal(chain.ZERO, b'{"seq":0')[0][:-1]
    head, tail = line[:-34], line[-34:]
    assert chain.split(head + tail.upper()) is None or tail.upper() == tail
    assert chain.split(line[:-1]) is None
    assert chain.split(line + b" ") is None

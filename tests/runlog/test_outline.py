from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.runlog import outline
from tau2_tui.runlog.outline import Outline, outlined
from tau2_tui.runlog.source import LogFile
from tests.runlog.naive import split_lines

contents = st.lists(st.binary(max_size=30) | st.just(b"\n") | st.just(b"z" * 90), max_size=30).map(b"".join)


def outline_of(file: LogFile) -> Outline:
    return [one for one in outlined(file, 0, 0) if one is not None][-1]


@given(contents, st.integers(1, 40), st.integers(1, 20))
def test_every_line_starts_where_it_does_wherever_pieces_end(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, piece: int, block: int
) -> None:
    path = tmp_path_factory.mktemp("outline") / "file"
    path.write_bytes(content)
    with pytest.MonkeyPatch.context() as patch, LogFile(path) as file:
        patch.setattr(outline, "_PIECE_BYTES", piece)
        patch.setattr(outline, "_BLOCK_BYTES", block)
        found = outline_of(file)
    starts = [offset for offset, _ in split_lines(content)]
    assert found.starts.tolist() == starts and found.end == len(content)


def test_of_a_file_that_is_shortened_meanwhile_it_ends_where_the_file_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outline, "_PIECE_BYTES", 64)
    path = tmp_path / "file"
    path.write_bytes(b"0123456789\n" * 100)
    with LogFile(path) as file:
        pieces = outlined(file, 0, 0)
        next(pieces)
        os.truncate(path, 605)
        found = [one for one in pieces if one is not None][-1]
        assert found.end == 605 and found.starts.tolist() == list(range(0, 605, 11))

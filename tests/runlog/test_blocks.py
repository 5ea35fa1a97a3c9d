from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.runlog import blocks
from tau2_tui.runlog.blocks import blocks_backward, blocks_forward, first_lines, last_lines
from tau2_tui.runlog.source import LogFile
from tests.runlog.naive import split_lines

contents = st.lists(st.binary(max_size=40) | st.just(b"\n") | st.just(b"z" * 100), max_size=30).map(b"".join)


@given(contents, st.integers(1, 60), st.integers(0, 40))
def test_lines_and_blocks_from_either_end_are_those_of_the_file(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, block: int, count: int
) -> None:
    path = tmp_path_factory.mktemp("blocks") / "file"
    path.write_bytes(content)
    lines = split_lines(content)
    with pytest.MonkeyPatch.context() as patch, LogFile(path) as file:
        patch.setattr(blocks, "BLOCK_BYTES", block)
        assert first_lines(file, count) == lines[:count]
        assert last_lines(file, count) == lines[len(lines) - min(count, len(lines)) :]
        forward = list(blocks_forward(file, 0))
        backward = list(blocks_backward(file, len(content)))
    for found in (forward, backward[::-1]):
        assert b"".join(data for _, data in found) == content
        assert all(content[offset : offset + len(data)] == data for offset, data in found)
        assert all(data.endswith(b"\n") for _, data in found[:-1])


def test_huge_lines_bound_how_many_come(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes((b"a" * (3 << 20) + b"\n") * 4)
    with LogFile(path) as file:
        assert len(first_lines(file, 10)) == 1
        assert len(last_lines(file, 10)) == 1


def test_blocks_stop_where_the_file_ended_when_they_began(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one\ntw")
    with LogFile(path) as file, path.open("ab") as writer:
        found = blocks_forward(file, 0)
        first = next(found)
        writer.write(b"o\nthree\n")
        writer.flush()
        assert [first, *found] == [(0, b"one\n"), (4, b"tw")]

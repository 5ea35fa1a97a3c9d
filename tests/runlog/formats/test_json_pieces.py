from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tau2_tui.runlog.formats import json_pieces
from tau2_tui.runlog.formats.json_pieces import BrokenJsonError, Piece, exact, holds_infinities, pieces

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)
documents = st.dictionaries(st.sampled_from(["simulations", "tasks"]) | st.text(), values) | st.lists(values)


def put_together(data: bytes, found: list[Piece]) -> Any:
    """Return the document that its pieces make, from the bytes that they name."""
    if not found or found[0].key is None:
        return [exact(data[piece.start : piece.end])[0] for piece in found] if data.lstrip()[:1] == b"[" else {}
    document: dict[str, Any] = {}
    for piece in found:
        assert piece.key is not None
        if piece.kind == "array":
            document[piece.key] = []
            continue
        value, _ = exact(data[piece.start : piece.end])
        if piece.kind == "element":
            document[piece.key].append(value)
        else:
            document[piece.key] = value
    return document


@settings(max_examples=60)
@given(documents, st.sampled_from([None, 2]), st.booleans(), st.sampled_from([1, 7, 64, 1 << 20]))
def test_the_pieces_make_the_document(document: Any, indent: int | None, ascii_only: bool, chunk: int) -> None:
    data = json.dumps(document, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_pieces, "_CHUNK_BYTES", chunk)
        found = list(pieces(BytesIO(data), {"simulations", "tasks"}))
    assert put_together(data, found) == json.loads(data)


@pytest.mark.parametrize("cut", [b"[0.", b"[12e", b"[1.5E", b"[7", b"[-3."])
def test_a_number_that_breaks_off_is_none(cut: bytes) -> None:
    with pytest.raises(BrokenJsonError):
        list(pieces(BytesIO(cut), {"simulations"}))


@settings(max_examples=60)
@given(documents, st.data())
def test_a_document_that_breaks_off_gives_what_comes_before(document: Any, data: st.DataObject) -> None:
    whole = json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    expected = list(pieces(BytesIO(whole), {"simulations", "tasks"}))
    found = []
    with pytest.raises(BrokenJsonError):
        for piece in pieces(BytesIO(cut), {"simulations", "tasks"}):
            found.append(piece)
    assert found == expected[: len(found)]
    assert all(piece.end >= len(cut) for piece in expected[len(found) :])


@given(st.binary(max_size=200))
def test_anything_else_is_broken_at_a_byte_of_it(data: bytes) -> None:
    try:
        for piece in pieces(BytesIO(data), {"simulations"}):
            assert 0 <= piece.start <= piece.end <= len(data)
    except BrokenJsonError as error:
        assert 0 <= error.offset <= len(data) and "\n" not in str(error)


def test_a_value_that_nests_too_deep_has_its_place_and_no_content() -> None:
    deep = '[["]"],' * 50_000 + "1" + "]" * 50_000
    data = f'{{"simulations": [1, {deep}, 2]}}'.encode()
    _, first, second, third = pieces(BytesIO(data), {"simulations"})
    assert (first.value, second.value, third.value) == (1, None, 2)
    assert data[second.start : second.end].decode() == deep
    with pytest.raises(ValueError, match="nested too deep"):
        exact(data[second.start : second.end])


def test_a_number_of_thousands_of_digits_does_not_end_the_reading() -> None:
    data = b'{"a": ' + b"9" * 5000 + b', "b": 1}'
    first, second = pieces(BytesIO(data), ())
    assert data[first.start : first.end] == b"9" * 5000 and second.value == 1


def test_memory_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_pieces, "LARGEST_BYTES", 1 << 16)
    monkeypatch.setattr(json_pieces, "_CHUNK_BYTES", 1 << 12)
    data = b'{"simulations": [1, "' + b"x" * (1 << 20)
    found = []
    with pytest.raises(BrokenJsonError, match="a value of more than 0 MiB"):
        found.extend(pieces(BytesIO(data), {"simulations"}))
    read = BytesIO(data)
    with pytest.raises(BrokenJsonError):
        list(pieces(read, {"simulations"}))
    assert read.tell() < 1 << 19


def test_a_byte_order_mark_is_no_part_of_it() -> None:
    [piece] = pieces(BytesIO(b'\xef\xbb\xbf{"a": 1}'), ())
    assert (piece.key, piece.value, piece.start) == ("a", 1, 9)


@pytest.mark.parametrize(
    ("data", "holds"),
    [(b'{"a": NaN}', True), (b"[-Infinity]", True), (b'["NaN"]', False), (b'{"Infinity": 1}', False), (b"[1]", False)],
)
def test_numbers_that_json_does_not_have_are_found(data: bytes, holds: bool) -> None:
    assert holds_infinities(data) is holds

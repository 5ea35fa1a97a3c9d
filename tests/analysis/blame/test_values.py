from __future__ import annotations

from tau2_tui.analysis.blame.values import texts


def test_numbers_are_written_as_a_conversation_writes_them() -> None:
    assert list(texts({"price": [10234.55, 3.0, 0.1 + 0.2], "n": 1_000_000, "given": True})) == [
        "10234.55",
        "3",
        "0.3",
        "1000000",
    ]

from __future__ import annotations

from types import ModuleType

import pytest

from tests.support.scripts import script


@pytest.fixture
def rows() -> ModuleType:
    return script("benchmarks/result_rows.py")


def test_a_ratio_is_of_medians_and_held_up_to_its_limit(rows: ModuleType) -> None:
    row = rows.Row("g", "n", "s", [9.0, 3.0, 4.0], "base", [2.0, 1.0, 100.0], 2)
    assert row.ratio == 2
    assert row.of_limit == 1
    assert "**" not in "".join(rows.cells(row))
    worse = rows.Row("g", "n", "s", [5.0], "base", [2.0], 2)
    assert worse.of_limit == 1.25
    assert "**1.25**" in list(rows.cells(worse))


def test_a_limit_without_a_base_is_of_the_unit(rows: ModuleType) -> None:
    assert rows.Row("g", "n", "MB", [100.0], limit=400).of_limit == 0.25
    assert rows.Row("g", "n", "bytes", [0.0], limit=0).of_limit == 0
    assert rows.Row("g", "n", "bytes", [3.0], limit=0).of_limit > 1


def test_nothing_is_held_that_was_not_measured(rows: ModuleType) -> None:
    row = rows.failure("g", "n", "no such | thing\nat all")
    assert row.of_limit is None
    text = "\n".join([*rows.summary([row]), *rows.tables([row])])
    assert "0 of 0 promises" in text
    assert "| n | **not measured**: no such \\| thing at all |" in text


def test_who_is_ahead_is_named(rows: ModuleType) -> None:
    row = rows.Row("g", "n", "s", [2.0], peers={"fast": [1.0], "slow": [3.0]}, absent={"other": "not installed"})
    assert row.behind == ["fast"]
    text = " ".join(rows.cells(row))
    assert "fast 1.000 s: ahead of us; slow 3.000 s: behind us; other not measured: not installed" in text
    assert "- Ahead of us: fast in g, n." in list(rows.summary([row]))
    assert "1 of 1" not in "".join(rows.summary([row]))


def test_the_least_and_the_most_stand_behind_a_median(rows: ModuleType) -> None:
    assert rows.figure([1.0, 2.0, 4.0], "s", spread=True) == "2.000 s (1.000 to 4.000)"
    assert rows.figure([1.0], "s", spread=True) == "1.000 s"
    assert rows.figure([1234.4], "bytes") == "1,234 bytes"

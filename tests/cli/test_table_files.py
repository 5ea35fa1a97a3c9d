from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.cli.table_files import write_table

ROWS: list[dict[str, Any]] = [
    {"seq": 0, "name": "first", "passed": True, "args": {"b": [1, None]}},
    {"seq": None, "late": 2, "name": "日本 \ud800 end"},
    {"late": 0.5, "passed": False, "big": 1 << 70, "mixed": 3},
    {"seq": 3, "name": None, "mixed": "text"},
]


def test_every_cell_of_a_csv_stands_in_its_column(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    assert write_table(path, "csv", lambda: ROWS) == 4
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["seq", "name", "passed", "args", "late", "big", "mixed"]
    assert rows[1] == ["0", "first", "true", '{"b":[1,null]}', "", "", ""]
    assert rows[2] == ["", "日本 \\ud800 end", "", "", "2", "", ""]
    assert rows[3] == ["", "", "false", "", "0.5", str(1 << 70), "3"]
    assert rows[4] == ["3", "", "", "", "", "", "text"]


def test_every_cell_of_a_parquet_table_stands_in_its_column(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "rows.parquet"
    many = [*({"seq": number, "only": None} for number in range(2500)), *ROWS]  # more than one batch
    assert write_table(path, "parquet", lambda: many) == 2504
    table = parquet.read_table(path)
    names = ["seq", "only", "name", "passed", "args", "late", "big", "mixed"]
    types = ["int64", "string", "string", "bool", "string", "double", "string", "string"]
    assert table.column_names == names
    assert [str(field.type) for field in table.schema] == types
    rows = table.to_pylist()
    assert [row["seq"] for row in rows[:2500]] == list(range(2500))
    assert all(set(row.values()) == {None, row["seq"]} for row in rows[:2500])
    first, second, third, fourth = rows[2500:]
    assert (first["seq"], first["name"], first["passed"], json.loads(first["args"])) == (
        0,
        "first",
        True,
        {"b": [1, None]},
    )
    assert (second["seq"], second["name"], second["late"]) == (None, "日本 \\ud800 end", 2.0)
    assert (third["passed"], third["late"], third["big"], third["mixed"]) == (False, 0.5, str(1 << 70), "3")
    assert (fourth["seq"], fourth["name"], fourth["mixed"]) == (3, None, "text")

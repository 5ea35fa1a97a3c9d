"""The list of rooms in docs/architecture.md is that of the tree."""

from __future__ import annotations

import re

from tests.docs.console import ROOT

PACKAGE = ROOT / "tau2_tui"
TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
ROOMS = TEXT.partition("## Rooms")[2].partition("## Who may import whom")[0]
LINES = [line for line in ROOMS.splitlines() if line.startswith("    ")]


def test_every_file_and_folder_that_it_names_is_there() -> None:
    named = set(re.findall(r"[\w/]+(?:\.py|/)(?![\w.])", "\n".join(LINES)))
    assert len(named) > 40
    parts = [ROOT / name for name in ("tau2_tui", "tests", "benchmarks", "docs", "sample_logs")]
    tree = {f"/{path.relative_to(ROOT)}" for part in parts for path in (part, *part.rglob("*"))}
    missing = [name for name in named if not any(path.endswith(f"/{name.rstrip('/')}") for path in tree)]
    assert missing == []


def test_every_room_is_in_it() -> None:
    rooms = {path.name for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    ours = rooms - {"__main__.py"}
    assert len(ours) > 12
    assert [name for name in ours if not re.search(rf"(?<![\w/]){re.escape(name)}\b", "\n".join(LINES))] == []

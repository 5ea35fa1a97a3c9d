"""docs/statistics.md says what the code says."""

from __future__ import annotations

from pathlib import Path

from tau2_tui.analysis.help.documentation import markdown
from tau2_tui.analysis.help.explain import explanations

DOCUMENT = Path(__file__).parents[3] / "docs" / "statistics.md"


def test_the_document_is_made_from_the_explanations() -> None:
    written = DOCUMENT.read_text(encoding="utf-8")
    assert written == markdown(), "run: python -m tau2_tui.analysis.help.documentation > docs/statistics.md"


def test_every_statistic_has_a_row_with_all_of_its_cells() -> None:
    rows = [line for line in markdown().splitlines() if line.startswith("| `")]
    assert len(rows) == len(explanations())
    for row in rows:
        assert row.replace("\\|", "").count("|") == 7
        assert "|  |" not in row

"""Reports of real result files of every format."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reports.made import html_of, markdown_of
from tests.reports.test_html import check_harmless, check_links
from tests.support.real_data import results_files

SAMPLES = sorted((Path(__file__).parents[2] / "sample_logs").glob("*.jsonl"))


@pytest.mark.parametrize("path", [*SAMPLES, *results_files()], ids=lambda path: path.name)
def test_a_report_can_be_made_of_it_and_every_link_leads_somewhere(path: Path) -> None:
    check_links(check_harmless(html_of(path)))
    assert markdown_of(path).startswith("# ")

"""Reports of real result files of every format, in a real browser too where there is one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reports.made import html_of, markdown_of
from tests.reports.test_browser import BROWSER, opened
from tests.reports.test_html import check_harmless, check_links
from tests.support.real_data import results_files

SAMPLES = sorted((Path(__file__).parents[2] / "sample_logs").glob("*.jsonl"))


@pytest.mark.parametrize("path", [*SAMPLES, *results_files()], ids=lambda path: path.name)
def test_a_report_can_be_made_of_it_and_every_link_leads_somewhere(path: Path, tmp_path: Path) -> None:
    html = html_of(path)
    check_links(check_harmless(html))
    assert markdown_of(path).startswith("# ")
    if BROWSER is not None:
        page = tmp_path / "page.html"
        page.write_text(html, encoding="utf-8", errors="backslashreplace")
        dom, console = opened(page, tmp_path / "profile")
        assert console == [] and "What to look at first" in dom

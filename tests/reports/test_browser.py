"""Reports in a real browser, where there is one: nothing runs, nothing is complained of."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.reports.made import hostile_log, html_of, parsed

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium")

SAMPLE = Path(__file__).parents[2] / "sample_logs" / "noisy.jsonl"
PAPER = 718
"""Pixels of CSS between margins of a centimetre on A4; letter paper has 20 more."""


def opened(path: Path, profile: Path, *further: str) -> tuple[str, list[str]]:
    """Return the page as it stands after loading, and what the browser wrote to its console."""
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--enable-logging=stderr"]
    options += [f"--user-data-dir={profile}", *further]
    done = subprocess.run(
        [BROWSER or "", *options, "--virtual-time-budget=2000", "--dump-dom", path.as_uri()],
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


def test_the_console_stays_empty(tmp_path: Path, small_log: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(html_of(small_log, small_log), encoding="utf-8")
    dom, console = opened(page, tmp_path / "profile")
    assert console == []
    assert "What to look at first" in dom


def test_nothing_in_a_hostile_log_runs(tmp_path: Path, small_log: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(html_of(hostile_log(tmp_path / "hostile.jsonl", small_log)), encoding="utf-8")
    dom, console = opened(page, tmp_path / "profile")
    assert console == []
    tree = parsed(dom)
    assert not list(tree.iter("script")) and not list(tree.iter("img"))
    assert not [name for element in tree.iter() for name in element.attrib if name.startswith("on")]


def test_a_script_that_stood_in_the_page_would_not_run(tmp_path: Path, small_log: Path) -> None:
    html = html_of(small_log).replace("</body>", "<script>document.title = 'ran'</script></body>")
    page = tmp_path / "page.html"
    page.write_text(html, encoding="utf-8")
    dom, console = opened(page, tmp_path / "profile")
    assert re.search("<title>tau2-bench report", dom) and any("Content Security Policy" in line for line in console)


def measured(tmp_path: Path, html: str, width: int, what: str) -> list[float]:
    """Return numbers that a script finds in a report in a window of a width, beginning with the page's own width."""
    allowed = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
    script = f"<script>document.title = [document.documentElement.scrollWidth, {what}].join(' ')</script>"
    page = tmp_path / "page.html"
    page.write_text(allowed.replace("</body>", f"{script}</body>"), encoding="utf-8")
    dom, _ = opened(page, tmp_path / "profile", f"--window-size={width},1000")
    found = re.search(r"<title>([\d. ]+)</title>", dom)
    assert found is not None
    return [float(number) for number in found[1].split()]


def test_tables_fit_on_paper_in_letters_of_nine_points(tmp_path: Path) -> None:
    html = html_of(SAMPLE)
    assert html.count("@media print") == 1
    sizes = "[...document.querySelectorAll('th, td')].map(cell => parseFloat(getComputedStyle(cell).fontSize))"
    wide, smallest = measured(tmp_path, html.replace("@media print", "@media screen"), PAPER, f"Math.min(...{sizes})")
    assert wide <= PAPER and smallest >= 12, "9 points are 12 pixels of CSS"


def test_a_plot_can_be_read_on_a_phone(tmp_path: Path) -> None:
    scales = """[...document.querySelectorAll(".plot")].flatMap(plot => {
        const scale = plot.getBoundingClientRect().width / plot.viewBox.baseVal.width;
        return [...plot.querySelectorAll("text")].map(text => scale * parseFloat(text.style.fontSize));
    })"""
    wide, smallest = measured(tmp_path, html_of(SAMPLE), 500, f"Math.min(...{scales})")
    assert wide <= 500, "the plots scroll, not the page"
    assert smallest >= 7.5

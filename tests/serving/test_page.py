from __future__ import annotations

import re
from pathlib import Path

import tau2_tui.serving

PAGE = Path(tau2_tui.serving.__file__).parent / "page"


def test_the_page_takes_nothing_from_elsewhere_and_holds_no_script_of_its_own() -> None:
    for file in PAGE.iterdir():
        assert not re.search(r"https?:|//[a-z]", file.read_text()), file
    page = (PAGE / "index.html").read_text()
    assert not re.search(r"<script(?! src=)|<style| on[a-z]+=| style=", page)


def test_who_gets_no_inspector_is_told_why_and_who_had_one_that_it_ended() -> None:
    page, style = (PAGE / "index.html").read_text(), (PAGE / "page.css").read_text()
    assert re.search(r'<p class="had">The connection has ended', page)
    assert re.search(r'<p class="never">No inspector came: [^<]*as many connections', page) and "--max-sessions" in page
    assert "body.-first-byte .never,\nbody:not(.-first-byte) .had {\n  display: none;" in style

"""The documentation's pictures: small, fetching nothing, and still to be made from the screens."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

from tests.docs.console import PAGES, ROOT
from tests.support.scripts import script

FOLDER = ROOT / "docs" / "pictures"
LARGEST = 150_000
NAMESPACE = "http://www.w3.org/2000/svg"


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    return script("docs/make_pictures.py")


def texts(svg: str) -> list[str]:
    return [text.text or "" for text in ElementTree.fromstring(svg).iter(f"{{{NAMESPACE}}}text")]


def test_each_picture_is_there_small_and_fetches_nothing(maker: ModuleType) -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(maker.PICTURES)
    for path in FOLDER.iterdir():
        svg = path.read_text(encoding="utf-8")
        assert len(svg) < LARGEST, path.name
        assert re.findall(r"https?:[^\s\"')]*", svg) == [NAMESPACE], path.name
        assert "@font-face" not in svg and "@import" not in svg and "<script" not in svg, path.name
        assert "".join(texts(svg)).count("tau2-tui") == 1, path.name


def test_the_pages_show_pictures_that_there_are() -> None:
    shown: set[str] = set()
    for page in PAGES:
        for target in re.findall(r"(?:\]\(|src=\"|srcset=\")([^)\s\"]+\.svg)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).is_file(), f"{page.name}: {target}"
            shown.add(Path(target).stem)
    assert {"overview", "timeline"} <= shown


async def test_a_picture_is_what_the_screen_shows(maker: ModuleType) -> None:
    kept = (FOLDER / "overview.svg").read_text(encoding="utf-8")
    assert texts(await maker.draw(maker.PICTURES["overview"])) == texts(kept)


def test_what_rich_would_fetch_is_taken_out(maker: ModuleType) -> None:
    font = '@font-face { font-family: "Fira Code"; src: url("https://cdnjs.cloudflare.com/x.woff2") }'
    style = f'<style>{font} .a {{ font-family: "Fira Code"; }}</style>'
    clean = maker.inert(f"<!-- Generated with Rich https://www.textualize.io -->{style}", "tau2-dark")
    assert "http" not in clean and "Fira" not in clean and "monospace" in clean

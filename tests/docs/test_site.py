"""The documentation: its links and pictures are there, its Python runs, and it is a site that needs no network."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import tau2_tui
from tests.docs.console import PAGES, ROOT

TEXTS = [*PAGES, *(ROOT / name for name in ("CHANGELOG.md", "SECURITY.md", "sample_logs/README.md"))]
TARGETS = re.compile(r"""\]\(([^)\s]+)\)|(?:src|srcset|href)=["']([^"']+)["']""")
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LOADED = re.compile(
    r"""<(?:script|img|iframe|link)\b[^>]*?\b(?:src|href)=["']?(?:https?:)?//|@import|url\(["']?(?:https?:)?//"""
)


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.name)
def test_every_link_and_picture_of_a_page_is_there(page: Path) -> None:
    for found in TARGETS.finditer(re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)):
        target = found[1] or found[2]
        if not re.match(r"[a-z]+:", target):
            path, _, anchor = target.partition("#")
            there = (page.parent / path).resolve() if path else page
            assert there.exists(), target
            assert not anchor or anchor in _anchors(there.read_text()), target


def _anchors(text: str) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def test_the_python_page_names_every_public_name() -> None:
    page = (ROOT / "docs" / "api.md").read_text()
    shown = {name.rpartition(".")[2] for name in re.findall(r"^::: (\S+)$", page, re.MULTILINE)}
    assert shown == set(tau2_tui.__all__) - {"__version__"}


@pytest.mark.parametrize("block", PYTHON.findall((ROOT / "docs" / "api.md").read_text()))
def test_the_python_page_says_what_works(block: str, tmp_path: Path) -> None:
    if "run_enhanced_simulation" in block:
        pytest.importorskip("tau2", reason="tau2-bench is not installed")
    shutil.copytree(ROOT / "sample_logs", tmp_path / "sample_logs")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", block], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(sys.version_info < (3, 11), reason="mkdocstrings for 3.10 fails with newer Markdown extensions")
@pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("mkdocs", "material", "mkdocstrings_handlers")),
    reason="the extra docs is not installed",
)
def test_the_site_builds_without_a_complaint_and_needs_no_network(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    # Whoever would ask another machine while building gets no answer.
    nowhere = {name: "http://127.0.0.1:9" for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")}
    environment = {**os.environ, **nowhere, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    pages = {page.stem: page.read_text() for page in tmp_path.glob("*.html")}
    assert {page.stem for page in TEXTS if page.parent.name == "docs"} | {"SECURITY", "CHANGELOG"} <= set(pages)
    assert not [name for name, text in pages.items() if LOADED.search(text)]
    assert "get_failure_causes" in pages["api"] and ":class:" not in pages["api"]

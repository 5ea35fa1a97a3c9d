"""For mkdocs: pages of the site that stand in the repository's root, links to and from them, names in docstrings."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
PAGES = ("CHANGELOG.md", "SECURITY.md")

_OUT_OF_DOCS = re.compile(r"\]\(\.\./(CHANGELOG|SECURITY)\.md")
_INTO_DOCS = re.compile(r"\]\(docs/")
_ROLE = re.compile(r":(?:class|func|meth|mod|data):<code>(?:~[\w.]*?)?\.?(\w+)</code>")


def on_files(files: Files, *, config: Any) -> Files:
    """Add the pages of the root."""
    for name in PAGES:
        text = (ROOT / name).read_text(encoding="utf-8")
        files.append(File.generated(config, name, content=_INTO_DOCS.sub("](", text)))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Let links to the root's pages stay inside the site."""
    return _OUT_OF_DOCS.sub(r"](\1.md", markdown)


def on_page_content(html: str, **_: Any) -> str:
    """Show names in docstrings as names, without the markup that another documentation tool would need."""
    return _ROLE.sub(r"<code>\1</code>", html)

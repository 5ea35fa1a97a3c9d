"""What can be read with ``tau2-tui help``, and where the texts are: pages of docs/ and the root, part of the wheel."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]
_FOLDERS = (_PACKAGE / "docs", _PACKAGE.parent / "docs", _PACKAGE.parent)
"""In an installed wheel, and in a clone: the documentation, and what stands in the root."""


@dataclass(frozen=True)
class Topic:
    """A text to read.

    Attributes:
        file: its name in docs/ or in the root.
        about: one line on what is in it.
    """

    file: str
    about: str


TOPICS = {
    "start": Topic("getting-started.md", "install, record, look, compare: the first ten minutes"),
    "triage": Topic("triage.md", "why a simulation failed, by example"),
    "five-keys": Topic("five-keys.md", "from opening a log to the cause of a failure, screen by screen"),
    "keys": Topic("keys.md", "every key of the inspector"),
    "filters": Topic("filters.md", "filter expressions, for events and for rows"),
    "recording": Topic("recording.md", "models, keys, retries, resume, redaction, privacy"),
    "agents": Topic("agents.md", "agents that deal with failures and limits"),
    "watching": Topic("watching.md", "follow a log, record --open, streams, serve"),
    "reports": Topic("reports.md", "one file on a run, for people who were not there"),
    "formats": Topic("formats.md", "foreign files: what opens, and what becomes of it"),
    "log-format": Topic("log-format.md", "what is on each line of a run log"),
    "statistics": Topic("statistics.md", "each number: question, method, assumptions, source"),
    "intervals": Topic("coverage.md", "how often the intervals hold what they promise"),
    "causes": Topic("blame.md", "how causes of failures are told, and how often rightly"),
    "python": Topic("api.md", "the Python interface, by example"),
    "security": Topic("SECURITY.md", "what is promised about hostile logs, keys and files"),
    "environment": Topic("environment.md", "environment variables, and the files that are kept"),
    "migration": Topic("migration.md", "coming from tau2-enhanced"),
}
"""The topics, in the order of use."""


def text_of(topic: str) -> str:
    """Return the Markdown text of a topic.

    Raises:
        FileNotFoundError: the installation lacks it.
    """
    name = TOPICS[topic].file
    found = next((folder / name for folder in _FOLDERS if (folder / name).is_file()), None)
    if found is None:
        raise FileNotFoundError(name)
    return found.read_text(encoding="utf-8")


def topic_of(file: str) -> str | None:
    """Return the topic that a page is the text of, None when it is none; ``../`` leads from docs/ to the root."""
    name_of_page = file.removeprefix("../").removeprefix("docs/")
    return next((name for name, topic in TOPICS.items() if topic.file == name_of_page), None)

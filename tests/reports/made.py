"""Reports made in a test, and what a browser would see of them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import html5lib

from tau2_tui.analysis.data.reading import read_run
from tau2_tui.reports import Options, Report, ReportedRun, make_report, write_html, write_markdown
from tau2_tui.runlog.opening import open_log

PAYLOAD = (
    '"><img src=x onerror=alert(1)><script>alert(1)</script>]]><svg onload=alert(1)><a xlink:href="javascript:1">'
    "</svg></text></title></style></details></table>{{7*7}}{% raw %} ```\n``` [x](javascript:alert(1)) ![y](//a.test/z)"
    " https://evil.test www.evil.test a@evil.test $\\frac{1}{2}$ <!-- & &lt; | \\| \u202e \x1b[31m ' **bold** # h"
)

_STRUCTURE = ("event_type", "level", "role", "requestor", "op", "state_type", "tool_type")


@contextmanager
def gathered(*paths: Path, options: Options | None = None) -> Iterator[Report]:
    """Give the report of logs, which stay open meanwhile."""
    with ExitStack() as stack:
        logs = [stack.enter_context(open_log(path, index="now")) for path in paths]
        for log in logs:
            log.wait()
        yield make_report([ReportedRun(log, read_run(log)) for log in logs], options or Options())


def html_of(*paths: Path, options: Options | None = None) -> str:
    """Return a report of logs as HTML."""
    out = io.BytesIO()
    with gathered(*paths, options=options) as report:
        write_html(report, out)
    return out.getvalue().decode("utf-8")


def markdown_of(*paths: Path, options: Options | None = None) -> str:
    """Return a report of logs as Markdown."""
    out = io.BytesIO()
    with gathered(*paths, options=options) as report:
        write_markdown(report, out)
    return out.getvalue().decode("utf-8")


def parsed(html: str) -> Element:
    """Return the page as a browser builds it."""
    return html5lib.parse(html, treebuilder="etree", namespaceHTMLElements=False)  # type: ignore[no-any-return]


def text_of(element: Element) -> str:
    """Return all text in an element."""
    return " ".join("".join(element.itertext()).split())


def write_lines(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """Write events without a hash chain."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Return a log's events."""
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def poisoned(value: Any) -> Any:
    """Return a value in which every text, keys of arguments too, holds what would harm a page that trusts it."""
    if isinstance(value, str):
        return value + PAYLOAD
    if isinstance(value, list):
        return [poisoned(one) for one in value]
    if isinstance(value, dict):
        return {key: one if key in _STRUCTURE else poisoned(one) for key, one in value.items()}
    return value


def hostile_log(path: Path, small_log: Path) -> Path:
    """Write a log like the small one in which every text is hostile; both simulations fail."""
    rows = rows_of(small_log)
    for row in rows:
        row.pop("chain", None)
        if row["event_type"] == "TaskEvent":
            action = {"action_id": "a", "name": "create_task", "arguments": {"user_id": "u"}, "requestor": "assistant"}
            row["task"]["evaluation_criteria"] = {"actions": [action]}
        if row["event_type"] == "SimulationEndEvent":
            row |= {"reward": 0.0, "error": "broken", "reward_info": {"reward": 0.0, "reward_breakdown": {"DB": 0.0}}}
            row["gold_diff"] = {"database": [{"op": "add", "path": "/x", "value": "y"}]}
        if row["event_type"] == "ToolExecutionEvent":
            row["tool_args"] = {f"user_id{PAYLOAD}": "mia", "email": "mia@example.com"}
    return write_lines(path, [poisoned(row) for row in rows])

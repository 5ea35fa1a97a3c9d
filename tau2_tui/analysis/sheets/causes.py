"""The section ``causes``: how often each cause comes first; the failed simulations each reader shows in its own way."""

from __future__ import annotations

from typing import Any

from tau2_tui.analysis.shared import figures as fig
from tau2_tui.analysis.sheets.plots import Bars
from tau2_tui.analysis.sheets.sheet import Head, Sheet
from tau2_tui.analysis.sheets.writer import SheetWriter, bar, number, row, some_of


def in_words(kind: str) -> str:
    """Return a kind of cause as words."""
    return kind.replace("_", " ")


def causes(found: dict[str, Any]) -> Sheet:
    """Say how often each cause comes first, and whose fault that is."""
    sheet = SheetWriter("Why simulations failed, from the evidence in the log", "causes")
    total = found["failed"]
    if not total:
        sheet.remark("no simulation failed")
        return sheet.sheet()
    counts = sorted(found["first_causes"].items(), key=lambda item: -item[1])
    heads = Head("first cause"), number("simulations", 80), number("share of failures", 70)
    sheet.table(heads, (row(in_words(kind), fig.count(n), bar(n / total, "failed")) for kind, n in counts))
    if found["undecided"]:
        sheet.field("no evidence", fig.things(found["undecided"], "simulation"))
    owners = ", ".join(f"{owner} {amount:,}" for owner, amount in found["owners"].items())
    sheet.field("whose fault", owners or fig.NONE)
    if found["suspicious_tasks"]:
        sheet.field("look at the tasks", some_of(found["suspicious_tasks"]))
    drawn = tuple((in_words(kind), float(n)) for kind, n in counts)
    sheet.plot(Bars("Failed simulations by first cause", drawn, failures=True))
    return sheet.sheet()

"""The section ``sequence``: what follows what, how near to the reference, and where simulations part from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from tau2_tui.analysis.shared import figures as fig
from tau2_tui.cli.page import Page
from tau2_tui.cli.statistics.layout import field, heading, remark, rows
from tau2_tui.cli.table import Column


def sequence(section: dict[str, Any], page: Page, limit: int) -> Iterator[str]:
    """Yield transitions, agreement with the reference, first divergences and loops."""
    yield from _transitions(section["transitions"], page, limit)
    yield from _ngrams(section["trigrams"], page, limit)
    yield from _agreement(section["gold_agreement"], page, limit)
    yield from _divergence(section["first_divergence"], page)
    yield from _loops(section["loops"], page, limit)


def _transitions(found: Any, page: Page, limit: int) -> Iterator[str]:
    yield from heading("What follows a call, within a simulation", page)
    columns = [Column("after", shrinks=True), Column("comes", shrinks=True), Column("count", right=True)]
    columns += [Column("share", right=True), Column("interval")]
    cells = []
    for row in sorted(found.rows, key=lambda row: -row.count):
        numbers = [fig.count(row.count), fig.share(row.share), fig.share_range(row.share)]
        cells.append([fig.text(row.source), fig.text(row.target), *numbers])
    yield from rows(columns, cells, page, limit=limit)
    if found.entropy is not None:
        told = "bits that the next call leaves open when the last one is known"
        yield from field("entropy", fig.number(found.entropy), page, note=told)
    yield from remark(found.note, page)


def _ngrams(found: Any, page: Page, limit: int) -> Iterator[str]:
    if not found:
        return
    yield from heading("Three calls in a row", page)
    columns = [Column("calls", shrinks=True), Column("count", right=True), Column("simulations", right=True)]
    columns += [Column("tasks", right=True)]
    cells = [
        [
            " → ".join(fig.text(name) for name in one.tools),
            fig.count(one.count),
            fig.count(one.simulations),
            fig.count(one.tasks),
        ]
        for one in found
    ]
    yield from rows(columns, cells, page, limit=limit)


def _agreement(found: Any, page: Page, limit: int) -> Iterator[str]:
    yield from heading("Reference actions that were made (tau2's rule: an equal call anywhere)", page)
    for label, estimate in (("all", found.actions), ("writes", found.writes), ("reads", found.reads)):
        if estimate.value is not None:
            told = f"{fig.share_range(estimate)}; of {estimate.n:,}"
            yield from field(label, fig.share(estimate), page, note=told)
    columns = [
        Column("tool", shrinks=True),
        Column("writes"),
        Column("reference", right=True),
        Column("made", right=True),
    ]
    columns += [Column("wrong arguments", right=True), Column("missing", right=True)]
    kind = {True: "writes", False: "", None: "?"}
    cells = [
        [
            fig.text(row.tool_name),
            kind[row.writes],
            *(fig.count(n) for n in (row.gold, row.matched, row.wrong_arguments, row.missing)),
        ]
        for row in found.tools
    ]
    yield from rows(columns, cells, page, limit=limit)
    yield from remark(found.note, page)


def _divergence(found: Any, page: Page) -> Iterator[str]:
    counts = Counter(one.kind for one in found)
    if not counts:
        return
    yield from heading("Where simulations first part from the reference in what explains a failed database", page)
    columns = [Column("first"), Column("simulations", right=True), Column("share", right=True)]
    total = len(found)
    yield from rows(columns, ([kind, fig.count(n), fig.percent(n / total)] for kind, n in counts.most_common()), page)
    for note in dict.fromkeys(one.note for one in found):
        yield from remark(note, page)


def _loops(found: Any, page: Page, limit: int) -> Iterator[str]:
    yield from heading("Going in circles", page)
    yield from field("longest repeat", f"{found.longest:,} times the same call in a row", page)
    yield from field("retries", f"{found.retries:,} identical calls right after an error", page)
    yield from field("cycles", f"{found.cycles:,}", page)
    yield from remark(found.note, page)
    columns = [Column("task", shrinks=True), Column("calls", right=True), Column("longest", right=True)]
    columns += [Column("tool", shrinks=True), Column("repeats", right=True), Column("retries", right=True)]
    looping = [one for one in found.simulations if one.longest > 1 or one.cycles]
    cells = [
        [
            fig.text(one.task_id),
            fig.count(one.calls),
            fig.count(one.longest),
            fig.text(one.longest_tool),
            fig.count(one.repeats),
            fig.count(one.retries),
        ]
        for one in sorted(looping, key=lambda one: -one.longest)
    ]
    yield from rows(columns, cells, page, limit=limit)

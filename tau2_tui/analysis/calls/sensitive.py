"""Which personal data and secrets went into tool calls."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from tau2_tui.analysis.data.records import Call
from tau2_tui.analysis.help.explanation import Explanation

_INDEX = re.compile(r"/[0-9]+(?=/|$)")


@dataclass(frozen=True, slots=True)
class SensitiveRow:
    """One kind of sensitive value at one place of one tool's arguments.

    Attributes:
        kind: such as ``email``, ``payment`` or ``secret``.
        tool: the tool.
        path: JSON pointer into the arguments, ``*`` for places in lists.
        masked: preview of the first one, which hides it.
        count: how many values.
        calls: in how many calls.
        tasks: in how many tasks.
        line: the first one's line in the log.
    """

    kind: str
    tool: str
    path: str
    masked: str
    count: int
    calls: int
    tasks: int
    line: int


@dataclass(frozen=True, slots=True)
class Sensitive:
    """Sensitive values in a run's tool calls.

    Attributes:
        rows: most values first.
        count: values in all.
        calls: calls with at least one.
        total_calls: calls in all.
        note: ``none found (names and patterns only)``, or empty.
    """

    rows: tuple[SensitiveRow, ...]
    count: int
    calls: int
    total_calls: int
    note: str = ""


def sensitive(calls: Sequence[Call]) -> Sensitive:
    """Return where sensitive values went into calls, by kind, tool and place."""
    hits: defaultdict[tuple[str, str, str], list[tuple[Call, str]]] = defaultdict(list)
    for call in calls:
        for hit in call.sensitive:
            path = _INDEX.sub("/*", str(hit.get("path", "")))
            hits[str(hit.get("kind", "")), call.name, path].append((call, str(hit.get("preview", ""))))
    rows = [
        SensitiveRow(
            kind=kind,
            tool=tool,
            path=path,
            masked=own[0][1],
            count=len(own),
            calls=len({call.line for call, _ in own}),
            tasks=len({call.task_id for call, _ in own}),
            line=own[0][0].line,
        )
        for (kind, tool, path), own in hits.items()
    ]
    return Sensitive(
        rows=tuple(sorted(rows, key=lambda row: (-row.count, row.kind, row.tool, row.path))),
        count=sum(row.count for row in rows),
        calls=sum(bool(call.sensitive) for call in calls),
        total_calls=len(calls),
        note="" if rows else "none found (names and patterns only)",
    )


EXPLANATIONS = {
    "sensitive": Explanation(
        "Did personal data go into calls?",
        "walk through all arguments: keys by their words (date_of_birth, payment_id, email …), values by their shape "
        "(email, card number with the Luhn check, IBAN, JWT, keys); always masked",
        "names and patterns only: an unusual name or a value in prose is missed",
        "key words and checksums; Luhn 1954",
        "'none found (names and patterns only)'",
    ),
}

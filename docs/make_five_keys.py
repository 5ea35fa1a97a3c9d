"""Writes the screens of docs/five-keys.md: what each key shows on the way to the cause of a failure.

    python docs/make_five_keys.py [--into docs/five-keys.md]

What stands above the first screen is kept. The screens are those of ``sample_logs/noisy.jsonl`` at 80x24;
tests/end_to_end/test_five_keys.py presses the same keys in a real terminal and holds the page against it.
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import NamedTuple

from make_pictures import LOGS, ROOT, Step, of_nobody, screen_text, walk

from tau2_tui.runlog import RunLog
from tau2_tui.tui.app import InspectorApp
from tau2_tui.tui.source import EventSource

LOG = "noisy.jsonl"
SIZE = (80, 24)


class Screen(NamedTuple):
    """A screen of the page.

    Attributes:
        keys: pressed since the log was opened, as a person reads them.
        steps: the same, with what to wait for.
        words: what to look at.
    """

    keys: tuple[str, ...]
    steps: tuple[Step, ...]
    words: str


OVERVIEW = Step(("1",), "pass^k")
FAILED = Step(("}",), "} failed")
CAUSE = Step(("enter",), "wrong tool: ")
GOLD = Step(("5",), "first divergence")
STATE = Step(("4",), "change by change")

SCREENS = (
    Screen(("1",), (OVERVIEW,), "How good the run is; below, each failed simulation with its cause."),
    Screen(("1", "}"), (OVERVIEW, FAILED), "The first failed simulation is selected."),
    Screen(
        ("1", "}", "enter"),
        (OVERVIEW, FAILED, CAUSE),
        "Its timeline, on the event that shows the cause; the last line says the cause.",
    ),
    Screen(
        ("1", "}", "enter", "tab"),
        (OVERVIEW, FAILED, CAUSE, Step(("tab",), "Arguments")),
        "The call with its arguments and its result.",
    ),
    Screen(
        ("1", "}", "5"),
        (OVERVIEW, FAILED, GOLD),
        "All causes with their confidence, and the reference actions beside the calls.",
    ),
    Screen(("1", "}", "5", "d"), (OVERVIEW, FAILED, GOLD, Step(("d",), "first divergence")), "The first divergence."),
    Screen(
        ("1", "}", "5", "d", "enter"),
        (OVERVIEW, FAILED, GOLD, Step(("d",), "first divergence"), Step(("enter",), "event ")),
        "The same place in the conversation.",
    ),
    Screen(("1", "}", "4"), (OVERVIEW, FAILED, STATE), "What each call changed in the databases: here, nothing."),
    Screen(
        ("1", "}", "4", "A"),
        (OVERVIEW, FAILED, STATE, Step(("A",), "the reference's")),
        "How the end differs from the reference's: a certificate was not given.",
    ),
)


async def text_of(screen: Screen) -> str:
    """Return what a screen shows."""
    with RunLog.open(LOGS / LOG, index="off") as log:
        app = InspectorApp(EventSource(log))
        async with app.run_test(size=SIZE) as pilot:
            await walk(pilot, screen.steps)
            return screen_text(app)


def page(old: str) -> str:
    """Return the page with its screens made anew."""
    parts = [old.partition("\n## ")[0]]
    for screen in SCREENS:
        keys = " ".join(f"`{key}`" for key in screen.keys)
        parts.append(f"## {keys}\n\n{screen.words}\n\n```text\n{asyncio.run(text_of(screen))}\n```\n")
    return "\n".join(parts)


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--into", type=Path, default=ROOT / "docs" / "five-keys.md")
    options = parser.parse_args()
    with of_nobody():
        options.into.write_text(page(options.into.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()

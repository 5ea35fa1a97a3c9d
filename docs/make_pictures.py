"""Makes the pictures of the documentation: real screens of the inspector, as SVG files that fetch nothing.

    python docs/make_pictures.py [--into docs/pictures] [NAME ...]

They show ``sample_logs/noisy.jsonl``, a recording of the noisy oracle with a fixed seed, so that they come out the same
wherever they are made.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from textual.pilot import Pilot

from tau2_tui.runlog import RunLog
from tau2_tui.tui.app import InspectorApp
from tau2_tui.tui.source import EventSource

ROOT = Path(__file__).parents[1]
LOGS = ROOT / "sample_logs"
SIZE = (120, 36)
FONTS = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace"
PATIENCE_SECONDS = 60.0

_FONT_FACE = re.compile(r"@font-face\s*\{.*?\}", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->\s*", re.DOTALL)
_FONT_FAMILY = re.compile(r"font-family:[^;]*;")


class Step(NamedTuple):
    """Keys to press, and what the screen shows once they have done their work."""

    keys: tuple[str, ...]
    shown: str


class Picture(NamedTuple):
    """A screen to draw.

    Attributes:
        steps: how to get there.
        logs: files of ``sample_logs`` that are open.
        size: columns and rows.
        theme: colours.
    """

    steps: tuple[Step, ...]
    logs: tuple[str, ...] = ("noisy.jsonl",)
    size: tuple[int, int] = SIZE
    theme: str = "tau2-dark"


OVERVIEW = Step(("1",), "pass^k")
FAILED = Step(("}", "}", "}", "}"), "✗ 2 trial 1")
GOLD = Step(("5",), "first divergence")

PICTURES = {
    "overview": Picture((OVERVIEW, FAILED)),
    "overview-light": Picture((OVERVIEW, FAILED), theme="tau2-light"),
    "simulations": Picture((Step(("2",), "database"), Step(("}",), "✗"))),
    "timeline": Picture((OVERVIEW, FAILED, Step(("enter",), "wrong argument"), Step(("v",), "Arguments"))),
    "state": Picture((OVERVIEW, FAILED, Step(("4",), "certificate")), size=(120, 16)),
    "gold": Picture((OVERVIEW, FAILED, GOLD, Step(("d",), "first divergence")), size=(120, 20)),
    "statistics": Picture((Step(("6",), "pass^k"), Step(("tab", "tab"), "inequality"))),
    "compare": Picture((Step(("7",), "difference"),), logs=("airline.jsonl", "noisy.jsonl")),
    "palette": Picture((OVERVIEW, Step(("ctrl+p", *"sta"), "statistics")), size=(120, 20)),
}


LIGHT = {"#292929": "#fcfcfc", "#c5c8c6": "#24292e"}
"""What a light terminal has in the place of the background and the foreground that Rich draws."""


def inert(svg: str, theme: str) -> str:
    """Return a picture of Rich's without the fonts that it would fetch, and without its comment."""
    svg = _FONT_FACE.sub("", _COMMENT.sub("", svg))
    for dark, light in LIGHT.items() if theme.endswith("light") else ():
        svg = svg.replace(dark, light)
    svg = _FONT_FAMILY.sub(f"font-family: {FONTS};", svg)
    return "\n".join(line.rstrip() for line in svg.splitlines() if line.strip()) + "\n"


def screen_text(app: InspectorApp) -> str:
    """Return the text on the screen, a line a row."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)


async def until(pilot: Pilot[None], shown: str) -> None:
    """Wait until a text is on the screen and the screen rests."""
    app, end = pilot.app, time.monotonic() + PATIENCE_SECONDS
    assert isinstance(app, InspectorApp)
    while shown not in screen_text(app) or not getattr(app.screen, "rests", True):
        if time.monotonic() > end:
            raise TimeoutError(f"{shown!r} did not come; on the screen:\n{screen_text(app)}")
        await pilot.pause(0.05)


async def walk(pilot: Pilot[None], steps: tuple[Step, ...]) -> None:
    """Take the steps, once the log is indexed."""
    app = pilot.app
    assert isinstance(app, InspectorApp)
    while not app.inspection.source.outcomes:
        await pilot.pause(0.05)
    for keys, shown in steps:
        await pilot.press(*keys)
        await until(pilot, shown)
    await app.workers.wait_for_complete()
    await pilot.pause()


async def draw(picture: Picture) -> str:
    """Return a screen as SVG."""
    with ExitStack() as stack:
        logs = [stack.enter_context(RunLog.open(LOGS / name, index="off")) for name in picture.logs]
        first, *more = map(EventSource, logs)
        app = InspectorApp(first, more=more)
        app.theme = picture.theme
        async with app.run_test(size=picture.size) as pilot:
            await walk(pilot, picture.steps)
            return inert(app.export_screenshot(title=f"tau2-tui open {' '.join(picture.logs)}"), picture.theme)


@contextmanager
def of_nobody() -> Iterator[None]:
    """Let the screens know nothing of the terminal, the logs and the choices of who makes the pictures."""
    for name in ("NO_COLOR", "COLORFGBG", "COLORTERM", "TAU2_TUI_THEME"):
        os.environ.pop(name, None)
    os.environ["TERM"] = "xterm-256color"
    with TemporaryDirectory() as home:
        for name in ("DATA", "CACHE", "CONFIG", "STATE"):
            os.environ[f"XDG_{name}_HOME"] = home
        yield


def main() -> None:
    """Draw all pictures, or some."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PICTURES))
    parser.add_argument("--into", type=Path, default=ROOT / "docs" / "pictures")
    options = parser.parse_args()
    options.into.mkdir(parents=True, exist_ok=True)
    with of_nobody():
        for name in options.names or PICTURES:
            path = options.into / f"{name}.svg"
            path.write_text(asyncio.run(draw(PICTURES[name])), encoding="utf-8")
            print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()

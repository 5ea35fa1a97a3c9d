"""``tau2-tui doctor``: what is installed, what the terminal can do, what is missing and how to get it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import locale
import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from tau2_tui import __version__
from tau2_tui.cli.output import ExitCode
from tau2_tui.safe_text import visible

_PACKAGES = ("textual", "rich", "click", "orjson", "numpy", "statsmodels")
_REQUIREMENT = re.compile(r"[\w.-]+")
_OPTIONAL = {"pyarrow": 'Parquet export: pip install "tau2-tui[parquet]"'}
_KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "NVIDIA_NIM_API_KEY", "OPENROUTER_API_KEY")
_DOMAINS = ("airline", "retail", "telecom", "mock")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        topic: program, tau2, terminal or keys.
        name: what it is.
        state: ``ok``, ``note`` or ``missing``.
        text: what was found.
        advice: what to do about it, empty when nothing.
    """

    topic: str
    name: str
    state: str
    text: str
    advice: str = ""


EXAMPLES = """\b
Examples:
  tau2-tui doctor
  tau2-tui doctor --json
"""


@click.command(epilog=EXAMPLES)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def command(as_json: bool) -> None:
    """Say what is installed, what the terminal can do, and what is missing.

    Exits with 1 when something is missing without which nothing can be recorded.
    """
    findings = [*_program(), *_tau2(), *_terminal(), *_keys()]
    if as_json:
        from tau2_tui.cli.json_output import print_json

        print_json({"findings": [asdict(finding) for finding in findings]})
    else:
        click.echo("\n".join(_lines(findings)))
    if any(finding.state == "missing" for finding in findings):
        raise SystemExit(int(ExitCode.NO))


def _lines(findings: list[Finding]) -> Iterator[str]:
    from tau2_tui.cli.page import hanging, page

    paper = page()
    advised = 25 if paper.width >= 80 else 11
    topic = ""
    for finding in findings:
        if finding.topic != topic:
            topic = finding.topic
            yield topic
        mark = {"ok": "ok     ", "note": "note   ", "missing": "MISSING"}[finding.state]
        yield from hanging(f"  {mark}  {finding.name:<12}  {visible(finding.text)}", paper, 11)
        if finding.advice:
            yield from hanging(" " * advised + visible(finding.advice), paper, advised)


def _program() -> Iterator[Finding]:
    yield Finding("program", "tau2-tui", "ok", f"{__version__} in {Path(__file__).parents[1]}")
    supported = sys.version_info >= (3, 10)
    python = f"{platform.python_version()} in {sys.prefix}"
    advice = "" if supported else "Python 3.10 or later"
    yield Finding("program", "Python", "ok" if supported else "missing", python, advice)
    for name in (*_PACKAGES, *_missing_requirements()):
        version = _version(name)
        state, advice = ("ok", "") if version else ("missing", "install tau2-tui again: pip install tau2-tui")
        yield Finding("program", name, state, version or "not installed", advice)
    for name, advice in _OPTIONAL.items():
        version = _version(name)
        yield Finding(
            "program", name, "ok" if version else "note", version or "not installed", "" if version else advice
        )


def _missing_requirements() -> Iterator[str]:
    """Yield the further packages that tau2-tui says it needs and that are not there."""
    try:
        required = importlib.metadata.requires("tau2-tui") or []
    except importlib.metadata.PackageNotFoundError:  # run from a source tree
        return
    for name in (_REQUIREMENT.match(line) for line in required if "extra ==" not in line):
        if name is not None and name.group() not in _PACKAGES and _version(name.group()) is None:
            yield name.group()


def _tau2() -> Iterator[Finding]:
    from tau2_tui.errors import RecordingError
    from tau2_tui.recording.tau2_package import find_package

    try:
        package = find_package()
    except RecordingError as error:
        yield Finding("tau2", "tau2-bench", "missing", str(error), "logs can be read without it")
        return
    line = "1.x" if package.generation else "0.2"
    yield Finding("tau2", "tau2-bench", "ok", f"{package.name} ({line}) in {package.folder}")
    yield _data(package.folder, package.generation)
    litellm = _version("litellm")
    yield Finding(
        "tau2",
        "litellm",
        "ok" if litellm else "missing",
        litellm or "not installed",
        "" if litellm else "pip install litellm",
    )
    if litellm and not package.generation and importlib.util.find_spec("mcp") is None:
        yield Finding(
            "tau2",
            "mcp",
            "note",
            "not installed: new litellm cannot call a model with tools",
            'pip install "litellm[mcp]"',
        )


def _data(package: Path, generation: int) -> Finding:
    """Say whether tau2's domains have their data where tau2 will look."""
    folder = package / "data"
    if generation:
        given = os.environ.get("TAU2_DATA_DIR")
        folder = Path(given) if given else package.parents[1] / "data"
    missing = [name for name in _DOMAINS if not (folder / "tau2" / "domains" / name).is_dir()]
    if not missing:
        return Finding("tau2", "data", "ok", str(folder))
    advice = "set TAU2_DATA_DIR to the data folder of a tau2-bench checkout" if generation else "install tau2 again"
    return Finding("tau2", "data", "missing", f"{folder} lacks {', '.join(missing)}", advice)


def _terminal() -> Iterator[Finding]:
    tty = sys.stdout.isatty()
    size = shutil.get_terminal_size()
    yield Finding(
        "terminal", "output", "ok" if tty else "note", f"{size.columns}x{size.lines}" if tty else "no terminal"
    )
    term = os.environ.get("TERM", "")
    dumb = term in ("", "dumb")
    yield Finding(
        "terminal",
        "TERM",
        "note" if dumb else "ok",
        term or "not set",
        "set TERM, such as xterm-256color" if dumb else "",
    )
    true = os.environ.get("COLORTERM", "") in ("truecolor", "24bit")
    colours = "off by NO_COLOR" if os.environ.get("NO_COLOR") else "24 bit" if true else "256 or fewer, as TERM says"
    yield Finding("terminal", "colours", "ok", colours)
    encoding = locale.getpreferredencoding(False)
    unicode = encoding.lower().replace("-", "") == "utf8"
    yield Finding(
        "terminal", "encoding", "ok" if unicode else "note", encoding, "" if unicode else "set LANG, such as C.UTF-8"
    )
    remote = "over SSH" if os.environ.get("SSH_CONNECTION") else "local"
    inside = "in tmux" if os.environ.get("TMUX") else "in screen" if os.environ.get("STY") else ""
    yield Finding("terminal", "session", "ok", " ".join(part for part in (remote, inside) if part))


def _keys() -> Iterator[Finding]:
    """Say which providers' keys are set; never what they are."""
    found = [name for name in _KEYS if os.environ.get(name)]
    text = ", ".join(found) if found else "none set: --agent oracle records without a model"
    yield Finding("keys", "variables", "ok" if found else "note", text)


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None

"""The manual page, in the language of ``man``, made from the commands' own help."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import click

from tau2_tui import __version__
from tau2_tui.cli.help_topics import TOPICS, text_of

_ROW = re.compile(r"^\| (.*?) \| (.*) \|$", re.MULTILINE)
_LINK = re.compile(r"\[([^\[\]]+)\]\([^)]+\)")
_EXIT_STATUS = (
    ("0", "Fine."),
    ("1", "The answer is no: verify found a change, diff --exit-code a difference, search nothing, doctor a lack."),
    ("2", "Wrong usage or unreadable input, with one line on standard error."),
    ("130", "Interrupted; a log being recorded is valid and can be continued."),
)


def manual_page(cli: click.Group, commands: Mapping[str, str]) -> str:
    """Return the manual page of a command line and its commands, in ASCII."""
    parent = click.Context(cli, info_name="tau2-tui")
    lines = [f'.TH "TAU2\\-TUI" "1" "" "tau2\\-tui {_text(__version__)}" "User Commands"', ".SH NAME"]
    about = (cli.help or "").strip().rstrip(".")
    lines.append(f"tau2\\-tui \\- {_text(about[0].lower() + about[1:])}")
    lines += [".SH SYNOPSIS", ".B tau2\\-tui", "COMMAND [OPTIONS] [ARGS]", ".SH DESCRIPTION"]
    lines += _paragraph("tau2-tui COMMAND --help shows a command's help, tau2-tui help TOPIC more on a subject.")
    lines += [".SH COMMANDS"]
    for name in commands:
        found = cli.get_command(parent, name)
        if found is not None:
            lines += _command(found, parent, name)
    lines += [".SH TOPICS", *_paragraph("Of tau2-tui help TOPIC:")]
    lines += _terms((name, topic.about) for name, topic in TOPICS.items())
    variables, _, files = _LINK.sub(r"\1", text_of("environment")).replace("`", "").partition("## Files")
    lines += [".SH ENVIRONMENT", *_rows(variables)]
    lines += [".SH FILES", *_rows(files)]
    lines += [".SH EXIT STATUS", *_terms(_EXIT_STATUS)]
    return "\n".join(lines) + "\n"


def _rows(text: str) -> Iterator[str]:
    """Yield the rows of the first table in a text."""
    return _terms(_ROW.findall(text.partition("|---|---|\n")[2]))


def _command(command: click.Command, parent: click.Context, name: str) -> Iterator[str]:
    # No arguments are parsed: the context only says how the command is called.
    context = click.Context(command, info_name=name, parent=parent)
    yield f'.SS "tau2\\-tui {_text(name)}"'
    yield f".B tau2\\-tui {_text(name)}"
    yield _text(" ".join(command.collect_usage_pieces(context)))
    yield from _prose(command.help or "")
    records = (parameter.get_help_record(context) for parameter in command.get_params(context))
    yield from _terms(record for record in records if record is not None)
    yield from _prose(command.epilog or "")


def _prose(text: str) -> Iterator[str]:
    """Yield paragraphs as click takes them: one that begins with a backspace keeps its lines."""
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        if paragraph.startswith("\b"):
            yield from [".PP", ".nf", *map(_line, paragraph.removeprefix("\b").strip("\n").splitlines()), ".fi"]
        elif paragraph.strip():
            yield from _paragraph(paragraph)


def _paragraph(text: str) -> list[str]:
    return [".PP", _line(" ".join(text.split()))]


def _terms(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    for term, text in pairs:
        yield from [".TP", f".B {_text(term)}", _line(" ".join(text.split()))]


def _line(text: str) -> str:
    """Return a line of text that is not taken for a request, whatever it begins with."""
    written = _text(text)
    return f"\\&{written}" if written.startswith((".", "'")) else written


def _text(text: str) -> str:
    r"""Return text as roff writes it: ``\`` and ``-`` as themselves, letters beyond ASCII by their number."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga").replace("'", "\\(aq")
    escaped = escaped.replace("^", "\\(ha").replace("~", "\\(ti").replace('"', "\\(dq")
    return "".join(char if char.isascii() else f"\\[u{ord(char):04X}]" for char in escaped)

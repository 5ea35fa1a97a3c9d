"""Everything that a report holds, gathered from the runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Literal

from tau2_tui.reports.document import Chapter, Facts, Part, Plot, Remark, Report, Section, Table
from tau2_tui.reports.places import Places

if TYPE_CHECKING:
    from tau2_tui.analysis.data.records import Run
    from tau2_tui.runlog import RunLog

Which = Literal["failed", "all", "none"]

_ORDER = (
    "overview",
    "tasks",
    "causes",
    "tools",
    "errors",
    "latency",
    "cost",
    "arguments",
    "results",
    "sequence",
    "temporal",
    "sensitive",
    "state",
)
"""The sections as they stand in a report: what went wrong before what it took."""

_SECTIONS = tuple(name for name in _ORDER if name != "causes")


@dataclass(frozen=True)
class ReportedRun:
    """A log and the run that was read from it."""

    log: RunLog
    run: Run


@dataclass(frozen=True)
class Options:
    """How a report is made.

    Attributes:
        level: coverage of the intervals.
        transcripts: which conversations it holds.
        limit: characters of one conversation.
        made: when it is made, None to say nothing of that.
    """

    level: float = 0.95
    transcripts: Which = "failed"
    limit: int = 30_000
    made: datetime | None = None


def make_report(
    runs: Sequence[ReportedRun], options: Options, *, progress: Callable[[float], None] | None = None
) -> Report:
    """Gather what a report says of one or several runs.

    Args:
        runs: logs and what was read from them; the logs must stay open until the report is written.
        options: how it is made.
        progress: called with the share done, 0 to 1, also while conversations are made, when the report is written.
    """
    from tau2_tui.analysis.sections import causes

    why = causes([(one.log, one.run) for one in runs])
    several = len(runs) > 1
    making = [
        _Making(one, found, Places(f"r{number}", one.run, _read(one.run, options.transcripts, found)), options, several)
        for number, (one, found) in enumerate(zip(runs, why, strict=True))
    ]
    advance = _advance(progress, len(runs) * (len(_SECTIONS) + 1) + 1 + sum(len(one.places.read) for one in making))
    chapters = [_chapter(one, advance) for one in making]
    if several:
        from tau2_tui.reports.sections.comparison import compared, comparison
        from tau2_tui.reports.sections.opening import compared_first

        found = compared([one.run for one in runs], options.level)
        chapters.insert(0, Chapter("", "all", (compared_first(found), comparison(found))))
    advance()
    title = ", ".join(one.run.label for one in runs)
    return Report(f"tau2-bench report: {title}", _made(options), tuple(chapters), _explained(chapters))


def _advance(progress: Callable[[float], None] | None, steps: int) -> Callable[[], None]:
    done = 0

    def advance() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(min(1.0, done / steps))

    return advance


@dataclass(frozen=True)
class _Making:
    """What a chapter is made from."""

    reported: ReportedRun
    causes: dict[str, Any]
    places: Places
    options: Options
    several: bool


def _chapter(making: _Making, advance: Callable[[], None]) -> Chapter:
    from tau2_tui.analysis.calls.reference import references
    from tau2_tui.analysis.sections import section
    from tau2_tui.reports.simulations import Simulations

    one, places, options = making.reported, making.places, making.options
    found: dict[str, dict[str, Any]] = {"causes": making.causes}
    for name in _SECTIONS:
        found[name] = section(name, one.run, level=options.level)
        advance()
    sections = _sections(one, found, places)
    advance()
    agreement = {each.simulation: each for each in found["sequence"]["gold_agreement"].simulations}
    made = Simulations(
        log=one.log,
        places=places,
        verdicts={verdict.simulation: verdict for verdict in making.causes["verdicts"]},
        agreement={index: each for index, each in agreement.items() if index is not None},
        gold=references(one.run),
        limit=options.limit,
        advance=advance,
    )
    return Chapter(
        title=one.run.label if making.several else "",
        anchor=places.prefix,
        sections=sections,
        transcripts=made.transcripts if places.read else None,
        transcripts_anchor=places.section("transcripts") if places.read else "",
        transcripts_note=_which(options, len(places.read)),
    )


def _which(options: Options, number: int) -> str:
    from tau2_tui.analysis.shared import figures as fig

    of = fig.things(number, "failed simulation" if options.transcripts == "failed" else "simulation")
    return (
        f"{of}. At most {options.limit:,} characters of each; where something is left out it says how much, "
        "and what a cause names is always there. Numbers are lines of the log. Nothing in them is masked."
    )


def _read(run: Run, which: Which, causes: Mapping[str, Any]) -> frozenset[int]:
    """Return the simulations whose conversation is in the report."""
    if which == "none":
        return frozenset()
    verdicts = {verdict.simulation for verdict in causes["verdicts"]}
    return frozenset(
        one.index
        for one in run.simulations
        if which == "all" or one.index in verdicts or (one.ended and one.success is False)
    )


def _sections(one: ReportedRun, found: Mapping[str, dict[str, Any]], places: Places) -> tuple[Section, ...]:
    from tau2_tui.analysis.sheets.behind import Records
    from tau2_tui.analysis.sheets.making import sheet_of
    from tau2_tui.reports.sections import failures, opening, simulations
    from tau2_tui.reports.sections.drawing import section_of

    records = Records(one.run)
    sheets = {
        name: section_of(sheet_of(name, found[name], records), places.section(name), places) for name in _SECTIONS
    }
    sheets["causes"] = failures.causes(found["causes"], places)
    empty = [name for name in _ORDER if name != "causes" and _says_nothing(sheets[name])]
    return (
        opening.header(one.log, places),
        opening.first_look(found, places),
        *(sheets[name] for name in _ORDER if name not in empty),
        simulations.simulations(places),
        *([_without_data([sheets[name] for name in empty], places)] if empty else ()),
    )


def _remarks(section: Section) -> list[str]:
    return [block.text for part in section.parts for block in part.blocks if isinstance(block, Remark)]


def _says_nothing(section: Section) -> bool:
    """Return whether a section only says why there is nothing in it."""
    return len(_remarks(section)) == sum(len(part.blocks) for part in section.parts)


def _without_data(empty: Sequence[Section], places: Places) -> Section:
    """Return a line for each section of which the log holds nothing, in place of the sections."""
    from tau2_tui.reports.writer import SectionWriter

    sheet = SectionWriter("What this log says nothing about", places.section("nothing"))
    for one in empty:
        about = dict.fromkeys(name for part in one.parts for name in part.about)
        sheet.fact(one.title, "; ".join(dict.fromkeys(_remarks(one))), "", *about)
    return sheet.section()


def _made(options: Options) -> str:
    from tau2_tui import __version__

    by = f"tau2-tui {__version__}"
    if options.made is None:
        return f"made by {by}"
    return f"made by {by} on {options.made.astimezone(timezone.utc):%Y-%m-%d %H:%M:%S UTC}"


def _explained(chapters: Sequence[Chapter]) -> dict[str, Any]:
    """Return the explanations of all statistics that the report names."""
    from tau2_tui.analysis.help.explain import explanations

    known = explanations()
    names = {name for chapter in chapters for section in chapter.sections for name in _named(section.parts)}
    names.add("gold_agreement")  # of the conversations, which are not made yet
    return {name: known[name] for name in sorted(names)}


def _named(parts: Iterable[Part]) -> Iterator[str]:
    for part in parts:
        yield from part.about
        for block in part.blocks:
            if isinstance(block, (Table, Plot)):
                yield from block.about
            if isinstance(block, Facts):
                yield from (name for fact in block.facts for name in fact.about)

"""What a report begins with: what ran, and what to look at first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from tau2_tui.analysis.shared import figures as fig
from tau2_tui.analysis.sheets.behind import name_of
from tau2_tui.analysis.sheets.causes import in_words
from tau2_tui.reports.document import Cell, Section
from tau2_tui.reports.places import Places
from tau2_tui.reports.writer import SectionWriter

if TYPE_CHECKING:
    from tau2_tui.reports.sections.comparison import Compared
    from tau2_tui.runlog import RunLog

_NAMED = 6
_SURE = 0.05
"""A p-value below it is worth a sentence."""

_MOST_VERDICTS = 3

_LONGEST = 100
"""Characters of an argument in the header."""

_SETTINGS = {"num_trials": "trials", "seed": "seed", "max_steps": "steps at most", "max_errors": "errors at most"}
"""Of the configuration, what decides how a run can come out, and its words."""


def header(log: RunLog, places: Places) -> Section:
    """Return what ran, with what, and what a reader should know of the data."""
    from tau2_tui.runlog.summary import summarize

    summary, run = summarize(log), places.run
    head, totals = summary.header, summary.totals
    sheet = SectionWriter("Run", places.section("run"))
    sheet.fact("log", Cell(run.label, "strong"), f"{fig.things(totals.events, 'event')}, {fig.size(log.size)}")
    sheet.fact("domain", head.domain or fig.NONE)
    settings = _settings(log)
    for label, name, model in (("agent", head.agent, head.agent_llm), ("user", head.user, head.user_llm)):
        given = _arguments(settings.get(f"{label}_llm_args")) if model else ""
        sheet.fact(label, name or fig.NONE, f"{model or 'model not recorded'}{given}")
    version = " ".join(part for part in (head.tau2_flavour, head.tau2_version) if part)
    sheet.fact("tau2-bench", version or "version not recorded")
    if summary.origin is not None:
        sheet.fact("converted from", summary.origin.format)
    if head.started is not None:
        sheet.fact("first event", _moment(head.started))
    limits = [f"{words} {settings[name]}" for name, words in _SETTINGS.items() if isinstance(settings.get(name), int)]
    if limits:
        sheet.fact("settings", ", ".join(limits))
    tasks = len({one.task_id for one in run.simulations})
    ended = f"{totals.ended:,} ended, {totals.evaluated:,} with a reward, {totals.passed:,} passed"
    sheet.fact("simulations", f"{totals.simulations:,} on {fig.things(tasks, 'task')}", ended, "basic")
    calls = f"{totals.tool_errors:,} failed"
    sheet.fact("tool calls", f"{totals.tool_calls:,}", calls, "basic")
    if not head.complete:
        sheet.remark("Running or cut off: the log has no end of the run.", tone="warning")
    if totals.unreadable_lines:
        sheet.remark(f"{fig.things(totals.unreadable_lines, 'line')} of the log cannot be read.", tone="warning")
    sheet.remark(*run.notes)
    return sheet.section()


def _settings(log: RunLog) -> dict[str, Any]:
    """Return the configuration that the log begins with, empty when it holds none."""
    config = getattr(log.event(0), "config", None) if len(log) else None
    return config if isinstance(config, dict) else {}


def _arguments(given: object) -> str:
    """Return the plain ones of a model's arguments, to stand after its name."""
    if not isinstance(given, dict):
        return ""
    plain = ((name, value) for name, value in given.items() if isinstance(value, (bool, int, float, str)))
    return "".join(f", {name} {value}"[:_LONGEST] for name, value in plain)


def _moment(seconds: float) -> str:
    """Return a time as a date, or as it stands in the log where no calendar has it."""
    try:
        return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%d %H:%M:%S UTC}"
    except (ValueError, OverflowError, OSError):
        return f"{seconds:g} seconds since 1970"


def first_look(found: Mapping[str, dict[str, Any]], places: Places) -> Section:
    """Return the strongest findings in sentences, each leading to where it comes from."""
    sheet = SectionWriter("What to look at first", places.section("first"))
    sheet.heading("", "success_new_tasks", "causes")
    sheet.findings(
        [
            *_success(found["overview"], places),
            *_failures(found["causes"], places),
            *_trials(found, places),
            *_calls(found, places),
            *_rest(found, places),
        ]
    )
    return sheet.section()


def _success(overview: dict[str, Any], places: Places) -> Iterator[Cell]:
    basic, new, same = overview["basic"], overview["success_new_tasks"], overview["success_same_tasks"]
    target = places.section("overview")
    if not basic.counted:
        yield Cell(f"No simulation has a reward: {new.note or 'nothing was evaluated'}.", "warning", target)
        return
    said = f"{basic.passed:,} of {fig.things(basic.counted, 'simulation')} passed ({fig.share(new)} over tasks)"
    if new.low is not None:
        said += (
            f". On new tasks like these expect {fig.share_range(new)}, on the same tasks again {fig.share_range(same)}"
        )
    else:
        said += f"; interval not available: {new.note or 'too few data'}"
    yield Cell(f"{said}.", "strong", target)
    left_out = basic.ended - basic.counted
    if left_out > 0:
        yield Cell(f"{fig.things(left_out, 'simulation')} ended without a reward and do not count.", "warning", target)
    passes = [one for one in overview["pass_hat"] if one.value is not None]
    if len(passes) > 1:
        last = passes[-1]
        yield Cell(f"In all of {last.k} trials a task passes with {fig.share(last)} (pass^{last.k}).", target=target)


def _failures(causes: dict[str, Any], places: Places) -> Iterator[Cell]:
    if not causes["failed"]:
        return
    target = places.section("causes")
    counts = sorted(causes["first_causes"].items(), key=lambda item: -item[1])
    if counts:
        number = counts[0][1]
        kinds = [in_words(kind) for kind, amount in counts if amount == number]
        owners = ", ".join(f"{owner} {amount:,}" for owner, amount in causes["owners"].items())
        share = f"{number:,} of {fig.things(causes['failed'], 'failure')}"
        said = f"The most frequent first cause is {kinds[0]}: {share}."
        if len(kinds) > 1:
            said = f"No first cause is the most frequent: {', '.join(kinds)} are {share} each."
        yield Cell(f"{said} Whose fault: {owners}.", target=target)
    else:
        yield Cell(
            f"{fig.things(causes['failed'], 'failure')}, and the log holds no evidence of a cause.", target=target
        )
    if causes["suspicious_tasks"]:
        yield Cell(f"Tasks whose reference is doubtful: {_first(causes['suspicious_tasks'])}.", "warning", target)
    for verdict in _clearest(causes["verdicts"]):
        first, name = verdict.first, name_of(verdict.task_id, verdict.trial)
        leads = (
            places.event(verdict.simulation, first.lines[0]) if first.lines else places.simulation(verdict.simulation)
        )
        said = f"Start with {name}: {in_words(first.kind)} ({100 * first.confidence:.0f} %), {first.summary}"
        yield Cell(said, target=leads)


def _clearest(verdicts: Sequence[Any]) -> list[Any]:
    """Return the failures whose causes are most certain, no two of them of one task."""
    known = sorted((one for one in verdicts if one.first is not None), key=lambda one: -one.first.confidence)
    by_task = {one.task_id: one for one in reversed(known)}
    return [one for one in known if by_task[one.task_id] is one][:_MOST_VERDICTS]


def _first(names: Sequence[str]) -> str:
    """Return the first of some names, and that there are more."""
    return ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")


def _trials(found: Mapping[str, dict[str, Any]], places: Places) -> Iterator[Cell]:
    flaky, effect = found["overview"]["flaky"], found["tasks"]["trial_effect"]
    if flaky.tasks:
        names = _first([one.task_id for one in flaky.tasks])
        said = f"{len(flaky.tasks):,} of {flaky.n_tasks:,} tasks pass in some trials only: {names}."
        yield Cell(said, target=places.section("tasks"))
    if effect.trend.p is not None and effect.trend.p < _SURE:
        said = f"Success changes from trial to trial ({fig.tested(effect.trend)})."
        yield Cell(said, "warning", places.section("temporal"))


def _calls(found: Mapping[str, dict[str, Any]], places: Places) -> Iterator[Cell]:
    worse = [
        one
        for one in found["tools"]["tool_vs_rest"]
        if one.test.p_adj is not None and one.test.p_adj < _SURE and (one.difference.value or 0) > 0
    ]
    for one in worse[:_NAMED]:
        said = (
            f"{one.tool_name} fails more than other tools in the same tasks ({fig.share(one.difference, signed=True)})."
        )
        yield Cell(said, "warning", places.section("tools"))
    table = found["errors"]["errors"]
    if table.errors:
        said = f"{table.errors:,} of {fig.things(table.calls, 'call')} failed"
        if table.recovery.value is not None:
            recovered = round(table.recovery.value * table.errors)
            said += f"; after {recovered:,} of these failures the same tool succeeded later"
        yield Cell(f"{said}.", target=places.section("errors"))
    longest = found["sequence"]["loops"].longest
    if longest >= 4:
        yield Cell(f"The same call was made {longest:,} times in a row.", "warning", places.section("sequence"))


def _rest(found: Mapping[str, dict[str, Any]], places: Places) -> Iterator[Cell]:
    cost = found["cost"]["cost"]
    if cost.total:
        each = "" if cost.per_success.value is None else f", {fig.money(cost.per_success.value)} for each success"
        yield Cell(f"It cost {fig.money(cost.total)}{each}.", target=places.section("cost"))
    lanes = [one for one in found["latency"]["bottlenecks"].shares if one.share is not None and one.lane != "rest"]
    if lanes:
        most = max(lanes, key=lambda one: one.share)
        whom = {"agent": "the agent", "user": "the user", "tool": "tools"}.get(most.lane, most.lane)
        said = f"{fig.percent(most.share)} of the time is spent waiting for {whom}."
        yield Cell(said, target=places.section("latency"))
    sensitive = found["sensitive"]["sensitive"]
    if sensitive.count:
        said = f"Personal data or secrets went into {fig.things(sensitive.calls, 'call')}."
        yield Cell(said, "warning", places.section("sensitive"))


def compared_first(found: Compared) -> Section:
    """Return what the comparison says, in sentences."""
    sheet = SectionWriter("Which run is better?", "first")
    sheet.heading("", "compare", "sign_flip")
    made = sum(one.sign_flip.p is not None for one in found.many.comparisons)
    cells = []
    for one in found.many.comparisons:
        value = one.difference.value
        if value is None:
            said = f"{one.label_b} against {one.label_a}: {one.difference.note}."
            cells.append(Cell(said, "muted", "comparison"))
            continue
        p = one.sign_flip.p_adj if one.sign_flip.p_adj is not None else one.sign_flip.p
        if p is not None and p < _SURE:
            verdict = "succeeds more often than" if value > 0 else "succeeds less often than"
        else:
            verdict = "cannot be told from"
        change = f"{fig.share(one.difference, signed=True)}, {fig.share_range(one.difference, signed=True)}"
        adjusted = f", {fig.p_value(p)} adjusted for {made} comparisons" if made > 1 else ""
        tested = f"{fig.tested(one.sign_flip)}{adjusted}; {fig.things(one.n_tasks, 'common task')}"
        cells.append(Cell(f"{one.label_b} {verdict} {one.label_a} ({change}; {tested}).", "strong", "comparison"))
    sheet.findings(cells)
    return sheet.section()

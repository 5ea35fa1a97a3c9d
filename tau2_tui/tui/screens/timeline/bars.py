"""The lines around the list: title, minimap, status and hints."""

from __future__ import annotations

from typing import Any

from tau2_tui.events import ExecutionEvent
from tau2_tui.runlog.refs import SimulationOutcome
from tau2_tui.tui.actions import TIMELINE, hints
from tau2_tui.tui.cells import cut_middle, width
from tau2_tui.tui.format.runs import Run, both_ends, cut_runs, joined, one_line, runs_width
from tau2_tui.tui.format.summary import models_text
from tau2_tui.tui.format.values import count
from tau2_tui.tui.screens.hinting import hint_runs
from tau2_tui.tui.screens.timeline.jumps import Target, rows_of
from tau2_tui.tui.screens.timeline.state import Pane, TimelineState

_SHOWS_TIMESTAMP = 110
"""Columns from which on the status line has room for the exact time, as it stands in the file."""

_BESIDE_ENDED, _LEAST_TASK = 24, 16
"""Cells of the title that are left for what is neither the task's name nor how it ended, and those of such a name."""

_LEAST_TITLE = 30
"""Cells of the title that how the simulations ended does not take."""

_SAYS_EVENTS = 50
"""Cells from which on the title has room for saying what is counted."""

Runs = tuple[Run, ...]


def title(state: TimelineState, cells: int) -> Runs:
    """Return the first line of the screen: what is shown, and how it ended."""
    ref = state.view.ref
    if ref is None:
        start = state.source.run_start
        if state.view.filtered:
            return both_ends([Run("whole run", "heading"), *_filter(state, cells - 9)], (), cells)
        about = [one_line(start.domain, 40), models_text(start.config)] if start else []
        left = [Run("whole run", "heading"), Run("".join(f" · {part}" for part in about if part))]
        return _with_ending(left, _run_status(state), cells)
    ended = _outcome(state.source.outcomes.get(ref.simulation_id)) if state.outcomes_known else []
    if cells - runs_width(ended) < _BESIDE_ENDED + _LEAST_TASK:
        ended = ended[:1]
    left = named(state, ref.simulation_id, max(_LEAST_TASK, cells - runs_width(ended) - _BESIDE_ENDED))
    if ref.repeated:
        left.append(Run(" · repeated later, not counted", "muted"))
    if state.view.filtered:
        left += _filter(state, cells - runs_width(left))
    return both_ends(left, ended, cells)


def named(state: TimelineState, simulation_id: str, task_cells: int = 120) -> list[Run]:
    """Return what a simulation is called, the name of its task in so many cells."""
    ref = next((ref for ref in state.source.simulations() if ref.simulation_id == simulation_id), state.view.ref)
    task, trial = (None, None) if ref is None else (ref.task_id, ref.trial)
    number = state.source.simulation_number(simulation_id)
    of_trial = "" if trial is None else f" trial {trial}"
    return [Run(f"#{number} task {cut_middle(one_line(task or '?', 400), task_cells)}{of_trial}", "heading")]


def _filter(state: TimelineState, cells: int) -> list[Run]:
    """Return what the filter is, and how many events it lets through."""
    view, known = state.view, state.filtering
    counted = f" · {view.count:,} of {count(view.total, 'event') if cells >= _SAYS_EVENTS else f'{view.total:,}'}"
    if known.version is None and view.total:
        counted += f", {known.stop / max(1, state.source.count):.0%} looked at"
    room = max(8, cells - width(counted) - len(" · filter "))
    return [Run(" · filter "), Run(cut_middle(one_line(known.text, 400), room), "match"), Run(counted)]


def nothing(state: TimelineState) -> Runs:
    """Return what stands in an empty list."""
    if state.source.awaited:
        return (Run(f"  waiting for {one_line(state.source.name, 200)}: it is not there yet", "muted"),)
    if not state.view.filtered:
        return ()
    looking = state.filtering.version is None
    return (Run("  looking …" if looking else "  no event matches the filter: f changes it, esc leaves it", "muted"),)


def _with_ending(left: list[Run], endings: tuple[str, ...], cells: int) -> Runs:
    """Return a title and the longest of some endings for which there is room; the title is cut for the shortest."""
    ending = next((one for one in endings if width(one) + 2 <= cells - runs_width(left)), endings[-1])
    room = cells - width(ending) - 2
    if ending and room >= _LEAST_TITLE:
        return both_ends(cut_runs(tuple(left), room), [Run(ending, "muted")], cells)
    return both_ends(left, (), cells)


def _run_status(state: TimelineState) -> tuple[str, ...]:
    """Return what can be said of how the simulations ended, the longest first, the last one in any case."""
    if not state.source.complete or state.source.awaited:
        return ("",)
    if not state.outcomes_known:
        return count(state.source.simulation_count, "simulation"), ""
    tally = state.source.tally
    more = (f"  ? {tally.unknown:,}" if tally.unknown else "") + (
        f"  running {tally.running:,}" if tally.running else ""
    )
    ended = f"✓ {tally.passed:,}  ✗ {tally.failed:,}{more}"
    return f"{count(tally.counting, 'simulation')}: {ended}", ended


def _outcome(outcome: SimulationOutcome | None) -> list[Run]:
    if outcome is None:
        return [Run("not ended", "muted")]
    reward = "no reward" if outcome.reward is None else f"reward {outcome.reward:g}"
    verdict = Run("✓ passed ", "success") if outcome.passed else Run("? not evaluated ", "warning")
    if outcome.failed:
        verdict = Run("✗ failed ", "error")
    ended = f" · {one_line(outcome.termination_reason, 40)}" if outcome.termination_reason else ""
    return [verdict, Run(reward + ended)]


def status(state: TimelineState, cells: int) -> Runs:
    """Return the line with the place in the log: file, event, simulation, turn."""
    entry = state.entry
    right = _searching(state) or _growth(state)
    left = [Run(cut_middle(one_line(state.source.name, 200), max(8, cells // 4)), "strong")]
    if state.refusal:
        return cut_runs((Run(f"✗ {state.refusal}", "error"),), cells)
    line = state.line
    if line is None:
        return both_ends([*left, Run("  no events")], right, cells)
    number = getattr(entry, "seq", None)
    shown = line if number is None or state.source.merged else number
    left.append(Run(f"  event {shown:,} of {state.source.count:,}{'' if state.source.complete else '+'}"))
    mark = state.bookmarks.get(line)
    if mark is not None:
        left.append(Run(f"  * {one_line(mark.note, 60) or 'bookmark'}", "warning"))
    left += [Run(f"  {part}", "muted") for part in _place(entry)]
    if cells >= _SHOWS_TIMESTAMP and isinstance(entry, ExecutionEvent):
        left.append(Run(f"  @{entry.timestamp!r}", "muted"))
    while right and len(left) > 2 and runs_width(left) + runs_width(right) + 2 > cells:
        left.pop()
    return both_ends(left, right, cells)


def _searching(state: TimelineState) -> list[Run]:
    """Return how far a worker has looked for a hit of the search, when that takes long."""
    share = state.search.share
    return [] if share is None else [Run(f"searching {share:.0%}, esc stops", "warning")]


def _growth(state: TimelineState) -> list[Run]:
    """Return what is to be said of a log that is not known whole, or is being written."""
    source = state.source
    if source.log.failure is not None:
        return [Run(f"✗ {one_line(source.log.failure, 60)}", "error")]
    if source.awaited:
        return []
    if not source.complete:
        return [Run(f"indexing {source.progress:.0%}", "warning")]
    if state.paused:
        news = f"{state.new_rows:,} new" if state.new_rows else "paused"
        return [Run(f"{news}, G follows", "warning" if state.new_rows else "muted")]
    return [Run("following", "success")] if state.following else []


def _place(entry: Any) -> list[str]:
    task, trial = getattr(entry, "task_id", None), getattr(entry, "trial", None)
    turn = getattr(entry, "turn_idx", None)
    parts = [] if task is None else [f"task {cut_middle(one_line(task, 200), 24)}"]
    parts += [] if trial is None else [f"trial {trial}"]
    return parts + ([] if turn is None else [f"turn {turn}"])


def bottom(state: TimelineState, cells: int) -> Runs:
    """Return the last line: a message when there is one, otherwise what the most useful keys do."""
    if state.message:
        return cut_runs((Run(state.message, "message"),), cells)
    return hint_runs(hints(TIMELINE), cells)


def detail_title(state: TimelineState, cells: int) -> Runs:
    """Return the line above the detail: how the event is shown, and where in it the window is."""
    detail = state.detail
    mode = "JSON" if detail.raw else "formatted"
    focused = state.pane is Pane.DETAIL
    left = [Run("▌" if focused else " ", "strong"), Run("detail", "heading" if focused else "muted")]
    left.append(Run(f" {mode}{'' if detail.wrap else ', cut'}", "muted"))
    end = f"{detail.rows.top + 1}-{min(detail.rows.count, detail.rows.top + detail.rows.height)}"
    more = f"{end} of {detail.rows.count}{'+' if detail.unfinished else ''}"
    return both_ends(left, [Run(more, "muted")], cells)


class Minimap:
    """A strip that shows all rows of the view at once: where its errors, changes and simulations are."""

    def __init__(self) -> None:
        self._key: object = None
        self._marks: list[Run] = []

    def runs(self, state: TimelineState, cells: int) -> Runs:
        """Return the strip in that many cells, the cursor's place marked."""
        if not state.outcomes_known or not state.view.count or cells < 1:
            return ()
        key = (state.view, state.view.count, state.filtering.changes, cells)
        if key != self._key:
            self._key, self._marks = key, _marks(state, cells)
        at = min(state.rows.cursor * cells // state.view.count, cells - 1)
        marks = list(self._marks)
        marks[at] = Run(marks[at].text, "cursor")
        return joined(marks)


def _marks(state: TimelineState, cells: int) -> list[Run]:
    marks = [Run("─", "muted")] * cells
    count = state.view.count

    def put(rows: Any, run: Run) -> None:
        for place in set((rows * cells // count).tolist()) if len(rows) else ():
            marks[place] = run

    refs = state.source.simulations() if state.view.whole else []
    if refs:
        import numpy as np

        firsts = np.fromiter((ref.first_line for ref in refs), np.int64, len(refs))
        put(state.view.rows_from(firsts), Run("┬", "muted"))
    put(rows_of(state.view, Target.CHANGE), Run("Δ", "warning"))
    put(rows_of(state.view, Target.ERROR), Run("✗", "error"))
    return marks

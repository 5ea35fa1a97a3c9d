"""What the statistics say, as a sheet of the screen: drawings in columns of their own, and what can be asked."""

from __future__ import annotations

from tau2_tui.analysis.shared.estimate import Estimate
from tau2_tui.analysis.sheets.behind import Behind, Event
from tau2_tui.analysis.sheets.plots import Bars, Course, Histogram
from tau2_tui.analysis.sheets.sheet import Cell
from tau2_tui.analysis.sheets.writer import SheetWriter, bar, number, rate, row, words
from tau2_tui.tui.format.runs import Run
from tau2_tui.tui.inspection import Place
from tau2_tui.tui.screens.sheet.drawing import write
from tau2_tui.tui.screens.sheet.items import MOST_ROWS, Field, Grid, Heading, Sheet, Subject, Writer
from tau2_tui.tui.screens.sheet.items import Behind as Shown

ESTIMATE = Estimate(0.5, 0.25, 0.75, n=8)


def _ask(behind: Behind | None, about: tuple[str, ...]) -> Subject:
    found = () if behind is None else behind()
    events = tuple(Shown(one.text, Place(None, one.line)) for one in found if isinstance(one, Event))
    return Subject(about, events)


def _drawn(sheet: SheetWriter) -> Sheet:
    writer = Writer()
    write(sheet.sheet(), _ask, writer)
    return writer.sheet()


def _grid(sheet: SheetWriter) -> Grid:
    (grid,) = (item for item in _drawn(sheet).items if isinstance(item, Grid))
    return grid


def test_bars_and_lines_stand_in_columns_behind_their_numbers() -> None:
    sheet = SheetWriter("Tools", "tool_table")
    heads = words("tool"), number("share", 30), number("rate", 80), words("interval", 70)
    sheet.table(heads, [row("book", bar(0.5, "tool"), *rate(ESTIMATE))])
    grid = _grid(sheet)
    assert [head.title for head in grid.heads] == ["tool", "share", "", "rate", "interval", "0 to 100 %"]
    (line,) = grid.lines
    assert line.cells[2] == Run("███████", "tool")
    assert line.cells[5].text == "·····━━━━━┃━━━━·····"
    assert line.subject.about == ("tool_table",)


def test_marks_are_one_word_in_the_colour_that_they_share() -> None:
    sheet = SheetWriter("Tasks", "task_matrix")
    passed, failed = Cell("✓", "passed"), Cell("✗", "failed")
    rows = [row(str(n), marks=marks) for n, marks in enumerate([(passed, passed), (failed, failed), (passed, failed)])]
    sheet.table([words("task")], rows, marks=("t0", "t1"))
    assert [line.cells[1] for line in _grid(sheet).lines] == [
        Run("✓✓", "success"),
        Run("✗✗", "error"),
        Run("✓✗", "warning"),
    ]


def test_what_is_behind_a_number_is_asked_only_of_rows_that_are_shown() -> None:
    asked: list[int] = []

    def behind(number: int) -> Behind:
        def found() -> list[Event]:
            asked.append(number)
            return [Event(None, number, "here")]

        return found

    sheet = SheetWriter("Tools", "tool_table")
    sheet.table([words("tool")], [row(str(n), behind=behind(n)) for n in range(MOST_ROWS + 5)])
    grid = _grid(sheet)
    assert (len(grid.lines), grid.more) == (MOST_ROWS, 5) and asked == list(range(MOST_ROWS))
    assert grid.lines[7].subject.events == (Shown("here", Place(None, 7)),)


def test_a_rate_of_a_field_is_drawn_before_its_note() -> None:
    sheet = SheetWriter("Success", "basic")
    sheet.field("on new tasks", Cell("25 to 75 %", rate=ESTIMATE), "95 % interval", "success_new_tasks")
    _, field = _drawn(sheet).items
    assert isinstance(field, Field)
    assert field.note == "·····━━━━━┃━━━━····· 95 % interval" and field.subject.about == ("success_new_tasks",)


def test_plots_are_drawn_as_far_as_characters_go() -> None:
    sheet = SheetWriter("Latency", "latency")
    sheet.plot(Bars("not drawn", (("a", 1.0),)))
    sheet.plot(Histogram("durations", (0.0, 1.0, 2.0), (4, 1), lambda low, high: lambda: [Event(None, int(high), "")]))
    sheet.plot(Course("course", (), ((0.0, 1.0), (1.0, 2.0), (2.0, 3.0)), "hour", "duration"))
    heading, grid, field = _drawn(sheet).items
    assert isinstance(heading, Heading) and isinstance(grid, Grid) and isinstance(field, Field)
    assert [line.cells[1].text for line in grid.lines] == ["4", "1"]
    assert [line.subject.events[0].place.line for line in grid.lines] == [1, 2]
    assert field.label == "duration over time" and field.value.text == "▁▅█"

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.reports.plots import charts
from tau2_tui.reports.plots.canvas import COLOURS, labels, short

HOSTILE = "</text><script>alert(1)</script>$\\frac{1}{2}$ & \x1b\u202e\ufffe 漢字"

PLOTS: dict[str, Callable[[str, str], str]] = {
    "pass_curve": lambda name, text: charts.pass_curve(name, text, [(text, [(1, 0.6, 0.4, 0.8), (2, 0.5, 0.3, 0.7)])]),
    "ranges": lambda name, text: charts.ranges(name, text, [(text, 0.5, 0.2, 0.8), ("b", 1.0, 0.9, 1.0)], label=text),
    "bars": lambda name, text: charts.bars(name, text, [(text, 3.0), ("b", 0.0)], label=text),
    "histogram": lambda name, text: charts.histogram(name, text, [0.0, 1.0, 2.0], [3, 4], label=text),
    "shares_below": lambda name, text: charts.shares_below(
        name, text, [(text, [(0.1, 0.5), (900.0, 1.0)])], label=text
    ),
    "course": lambda name, text: charts.course(name, text, [(0, 1), (1, 0), (2, 1)], label=text, side=text),
    "flow": lambda name, text: charts.flow(name, text, [text, "<start>"], ["b", text], [[0.5, 0.5], [0.0, 1.0]]),
}


@pytest.mark.parametrize("plot", PLOTS.values(), ids=PLOTS)
def test_names_in_a_plot_are_text(plot: Callable[[str, str], str]) -> None:
    svg = plot("p", HOSTILE)
    root = ElementTree.fromstring(svg)
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert names <= {"svg", "g", "path", "text", "tspan", "use", "defs", "clipPath", "rect", "title"}
    assert "\x1b" not in svg and "\u202e" not in svg and "<!" not in svg
    title = next(element.text for element in root.iter() if element.tag.endswith("title")) or ""
    assert "<script>alert(1)</script>" in title and "␛⟦RLO⟧" in title
    assert short("$x^2$") == "$x^2$"


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter("text")]


def test_what_is_counted_has_whole_numbers_on_its_axis() -> None:
    counted = texts(charts.bars("p", "t", [("a", 1.0), ("b", 1.0)]))
    assert {"0", "1"} <= set(counted) and not [text for text in counted if "." in text]
    assert not [text for text in texts(charts.histogram("p", "t", [0, 2000, 4000], [1, 2])) if "." in text]
    assert "0.10" in texts(charts.bars("p", "t", [("a", 0.25)], shown="{:g}".format))


def test_there_is_no_course_where_all_begin_at_one_time() -> None:
    assert charts.course("p", "t", [(0, 1), (0, 0), (0, 1)]) == ""
    assert charts.course("p", "t", [(0, 1), (1, 0), (2, 1)]) != ""


def test_a_legend_stands_below_the_curves_and_never_on_them() -> None:
    curves = [(f"tool gap {name}", [(0.1 * place, 0.05), (90.0 * place, 1.0)]) for place, name in enumerate("abcde", 1)]
    tree = ElementTree.fromstring(charts.shares_below("p", "t", curves, label="seconds"))
    down = {element.text: float(element.get("y") or 0) for element in tree.iter("text")}
    assert all(down[name] > down["seconds"] > down["0 %"] for name, _ in curves)


@pytest.mark.parametrize("plot", PLOTS.values(), ids=PLOTS)
def test_a_plot_is_the_same_each_time_and_shares_no_id_with_another(plot: Callable[[str, str], str]) -> None:
    one, again, other = plot("p", "title"), plot("p", "title"), plot("q", "title")
    assert one == again
    ids = [set(re.findall(r'\bid="([^"]*)"', svg)) for svg in (one, other)]
    assert ids[0] and not ids[0] & ids[1]
    for reference in re.findall(r'(?:href="|url\()#([^")]*)', one):
        assert reference in ids[0]


@pytest.mark.parametrize("plot", PLOTS.values(), ids=PLOTS)
def test_colours_are_those_of_the_page(plot: Callable[[str, str], str]) -> None:
    svg = plot("p", "title")
    assert not re.findall(r"#[0-9a-f]{6}", svg)
    assert "var(--ink)" in svg and any(variable in svg for variable in COLOURS.values())


def test_long_names_that_begin_and_end_alike_are_told_apart() -> None:
    tasks = [
        f"[mobile_data_issue]airplane_mode_on|{middle}user_abroad_roaming_enabled_off[PERSONA:Easy]"
        for middle in ("", "bad_vpn|", "bad_network_preference|", "bad_network_preference|bad_vpn|")
    ]
    named = labels([*tasks, "7", tasks[0]])
    assert len(set(named)) == 5 and named[0] == named[-1] and named[4] == "7"
    assert all(len(name) <= 36 for name in named)
    assert named[1].startswith("…bad_vpn|user_abroad")
    drawn = texts(charts.ranges("p", "t", [(task, 0.5, 0.2, 0.8) for task in tasks]))
    assert len({text for text in drawn if "…" in text}) == len(tasks)


@given(st.lists(st.text("ab|", min_size=20, max_size=60), max_size=8))
def test_whatever_they_are_called_different_names_look_different(names: list[str]) -> None:
    named = labels(names)
    assert len(set(named)) == len(set(names)) and all(len(name) <= 36 for name in named)


def test_names_of_tools_are_not_taken_for_formulas() -> None:
    assert "$\\alpha$" in charts.bars("p", "t", [("$\\alpha$", 1.0)])


def test_without_data_there_is_no_plot() -> None:
    assert charts.bars("p", "t", []) == charts.ranges("p", "t", []) == charts.flow("p", "t", [], [], []) == ""
    assert charts.pass_curve("p", "t", [("a", [(1, 0.5, 0.1, 0.9)])]) == charts.histogram("p", "t", [0, 1], [1]) == ""
    assert charts.shares_below("p", "t", []) == charts.course("p", "t", [(0, 1)]) == ""

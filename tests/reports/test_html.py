from __future__ import annotations

import re
import subprocess
import sys
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from xml.etree.ElementTree import Element

from tau2_tui.reports import Options
from tests.reports.made import PAYLOAD, hostile_log, html_of, parsed, text_of

ELEMENTS = set(
    """
    html head meta link title style body a header h1 h2 h3 h4 h5 p nav ul ol li main section div span dl dt dd table
    thead tbody tr th td figure figcaption details summary b i small mark wbr
    svg g path text tspan use defs clipPath rect
    """.split()  # noqa: SIM905 - easier to read
)
ATTRIBUTES = set(
    """
    lang charset http-equiv content name rel href class id aria-label aria-labelledby aria-describedby aria-hidden role
    tabindex scope title style viewBox d x y width height transform clip-path
    """.split()  # noqa: SIM905
)
STYLE = re.compile(r"[-a-z0-9.,:;()% ]*", re.IGNORECASE)


def every(tree: Element, name: str) -> list[Element]:
    return list(tree.iter(name))


def check_harmless(html: str) -> Element:
    """Check that nothing stands in a page but what the template and the plots put there."""
    tree = parsed(html)
    assert {element.tag.rpartition("}")[2] for element in tree.iter() if isinstance(element.tag, str)} <= ELEMENTS
    assert not [element for element in tree.iter() if not isinstance(element.tag, str)], "a comment"
    for element in tree.iter():
        assert set(element.attrib) <= ATTRIBUTES, element.attrib
        target = element.get("href")
        assert target is None or target == "data:," or re.fullmatch(r"#[-\w]+", target), target
        assert STYLE.fullmatch(element.get("style", "")), element.get("style")
        assert re.fullmatch(r"[-\w]*", element.get("id", ""))
    return tree


def check_links(tree: Element) -> None:
    """Check that every place is there once, and every link leads to one."""
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for element in tree.iter():
        for name in ("href", "aria-labelledby", "aria-describedby"):
            target = (element.get(name) or "").removeprefix("#")
            assert not target or target == "data:," or target in ids, target


def test_a_hostile_log_is_text_and_nothing_else(tmp_path: Path, small_log: Path) -> None:
    html = html_of(hostile_log(tmp_path / '"><img src=x onerror=alert(1)><b>.jsonl', small_log))
    tree = check_harmless(html)
    check_links(tree)
    said = text_of(tree)
    assert said.count("<script>alert(1)</script>") > 30
    assert "{{7*7}}" in said and "$\\frac{1}{2}$" in said
    assert "\u202e" not in html and "\x1b" not in html
    assert "⟦RLO⟧" in said and "␛[31m" in said
    assert PAYLOAD not in html


def test_the_page_forbids_scripts_and_the_network(small_log: Path) -> None:
    tree = parsed(html_of(small_log))
    (policy,) = [
        one.get("content", "") for one in every(tree, "meta") if one.get("http-equiv") == "Content-Security-Policy"
    ]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data:" and rules["style-src"] == "'unsafe-inline'"
    assert not {"script-src", "connect-src"} & set(rules)
    assert "url(h" not in html_of(small_log) and "@import" not in html_of(small_log)


def test_everything_that_a_link_leads_to_is_there(small_log: Path) -> None:
    for transcripts in ("failed", "all", "none"):
        check_links(check_harmless(html_of(small_log, options=Options(transcripts=transcripts))))  # type: ignore[arg-type]
    check_links(parsed(html_of(small_log, small_log)))


def test_headings_go_down_one_at_a_time_and_tables_have_headers(small_log: Path) -> None:
    for tree in (parsed(html_of(small_log)), parsed(html_of(small_log, small_log))):
        levels = [int(element.tag[1]) for element in tree.iter() if re.fullmatch("h[1-6]", str(element.tag))]
        assert levels[0] == 1 and levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        for table in every(tree, "table"):
            assert all(head.get("scope") in ("col", "row") and text_of(head) for head in every(table, "th"))
            assert len(every(table, "th")) > len(every(table, "tr")) - 1
        for plot in [element for element in tree.iter() if str(element.tag).endswith("svg")]:
            assert plot.get("role") == "img" and plot.get("aria-labelledby")


def test_a_cell_of_the_matrix_leads_to_its_conversation_and_is_not_told_by_colour_alone(small_log: Path) -> None:
    tree = parsed(html_of(small_log))
    (matrix,) = [table for table in every(tree, "table") if table.get("class") == "marks"]
    cells = {text_of(every(row, "th")[0]): every(row, "td")[0] for row in every(matrix, "tr")[1:]}
    failed, passed = cells["update_task_1"], cells["create_task_1"]
    assert (text_of(failed), text_of(passed)) == ("✗", "✓")
    assert "failed" in (failed.get("title") or "") and "passed" in (passed.get("title") or "")
    (link,) = every(failed, "a")
    place = next(one for one in tree.iter() if f"#{one.get('id')}" == link.get("href"))
    assert "User not found" in text_of(place) and "Please create a task to buy milk" in text_of(place)
    (link,) = every(passed, "a")
    row = next(one for one in tree.iter() if f"#{one.get('id')}" == link.get("href"))
    assert text_of(row) == "task create_task_1, trial 0"


def test_every_number_says_how_it_was_computed(small_log: Path) -> None:
    tree = parsed(html_of(small_log))
    methods = {element.get("id") for element in tree.iter() if (element.get("id") or "").startswith("method-")}
    assert {"method-success_new_tasks", "method-pass_hat", "method-causes", "method-latency"} <= methods
    parents = {child: parent for parent in tree.iter() for child in parent}
    for table in every(tree, "table"):
        assert table.get("title"), text_of(table)[:80]
    without = set()
    for value in [one for one in tree.iter("span") if "value" in (one.get("class") or "").split()]:
        if not value.get("title"):
            without.add(text_of(parents[parents[value]])[:20])
    of_the_header = ("log", "domain", "agent", "user", "tau2-bench", "first", "settings")
    assert all(label.startswith(of_the_header) for label in without), without
    causes = [one for one in tree.iter("ol") if one.get("class") == "causes"]
    assert causes and all("reached writes are paired" in (one.get("title") or "") for one in causes)
    for link in [one for one in tree.iter("a") if one.get("class") == "how"]:
        assert (link.get("href") or "")[1:] in methods and len(text_of(link)) > 40


def test_where_data_do_not_suffice_it_says_why(tmp_path: Path, small_log: Path) -> None:
    from tests.reports.made import rows_of, write_lines

    head = [row for row in rows_of(small_log) if row["event_type"] == "RunStartEvent"]
    said = text_of(parsed(html_of(write_lines(tmp_path / "empty.jsonl", head))))
    assert "interval not available: no finished simulations" in said
    assert "Running or cut off" in said


BOTH_FORMS = """
import sys
from tau2_tui.cli.main import cli
for target in sys.argv[2:]:
    cli(["report", sys.argv[1], "-o", target, "--no-date"], standalone_mode=False)
"""


def test_the_same_log_gives_the_same_bytes(tmp_path: Path, small_log: Path) -> None:
    made = []
    for seed in ("1", "2"):
        targets = [tmp_path / f"{seed}.{form}" for form in ("html", "md")]
        command = [sys.executable, "-c", BOTH_FORMS, str(small_log), *map(str, targets)]
        subprocess.run(command, check=True, env={"PYTHONHASHSEED": seed, "XDG_CACHE_HOME": str(tmp_path / seed)})
        made.append([target.read_bytes() for target in targets])
    assert made[0] == made[1]


def test_no_template_joins_texts_before_they_are_made_harmless() -> None:
    template = files("tau2_tui.reports") / "templates" / "report.html.jinja"
    expressions = re.findall(r"{{.*?}}|{%.*?%}", template.read_text("utf-8"))
    assert expressions and not [one for one in expressions if "~" in one or "|join" in one or "| join" in one]


def test_of_several_methods_each_says_which_it_is(small_log: Path) -> None:
    tree = parsed(html_of(small_log))
    said = {text_of(link).split()[1] for link in tree.iter("a") if link.get("href") == "#method-pass_at"}
    assert said == {"pass_at"}


def test_short_texts_of_tables_stay_on_one_line(small_log: Path) -> None:
    cells = [cell for cell in parsed(html_of(small_log)).iter("td") if text_of(cell)]
    broken = {text_of(cell) for cell in cells if "short" not in (cell.get("class") or "").split()}
    assert all(len(text) > 32 for text in broken) and len(broken) < len(cells)


def test_what_is_closed_when_it_is_printed_is_said_on_paper_alone(small_log: Path) -> None:
    (note,) = [one for one in parsed(html_of(small_log)).iter("p") if "on-paper" in (one.get("class") or "")]
    assert "closed" in text_of(note)
    style = "".join(one.text or "" for one in parsed(html_of(small_log)).iter("style"))
    screen, _, paper = style.partition("@media print")
    assert ".on-paper { display: none; }" in screen and ".on-paper { display: block; }" in paper

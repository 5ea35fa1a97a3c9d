"""Names that are cut and can still be told apart."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tau2_tui.tui.cells import width
from tau2_tui.tui.format.runs import one_line
from tau2_tui.tui.told_apart import told_apart

TELECOM = [
    "[mobile_data_issue]airplane_mode_on|bad_network_preference[PERSONA:Hard]",
    "[mobile_data_issue]airplane_mode_on|data_mode_off[PERSONA:None]",
    "[mobile_data_issue]airplane_mode_on|user_abroad_roaming_enabled_off[PERSONA:None]",
    "[mobile_data_issue]data_mode_off|data_usage_exceeded[PERSONA:None]",
    "[mobile_data_issue]data_saver_mode_on|user_abroad_roaming_enabled_off[PERSONA:Easy]",
    "[mobile_data_issue]data_usage_exceeded|user_abroad_roaming_enabled_off[PERSONA:Easy]",
    "[mobile_data_issue]airplane_mode_on|data_saver_mode_on|user_abroad_roaming_disabled_on[PERSONA:None]",
]


def test_names_that_there_is_room_for_stay_as_they_are() -> None:
    assert told_apart(["7", "12", "7"], 6) == {"7": "7", "12": "12"}
    assert told_apart([], 6) == {}


def test_words_that_every_name_has_are_left_out() -> None:
    short = told_apart(TELECOM, 40)
    assert short[TELECOM[1]] == "airplane_mode_on|data_mode_off|None"
    assert short[TELECOM[3]] == "data_mode_off|data_usage_exceeded|None"


@pytest.mark.parametrize("cells", [16, 17, 26, 40, 60])
def test_no_name_is_taken_for_another(cells: int) -> None:
    short = told_apart(TELECOM, cells)
    assert len(set(short.values())) == len(TELECOM)
    assert all(width(text) <= cells for text in short.values())


def test_of_names_without_words_in_common_the_part_that_differs_stays() -> None:
    short = told_apart(["create_the_first_task_of_the_day", "create_the_other_task_of_the_day"], 11)
    assert ["first" in text for text in short.values()] == [True, False]
    assert ["other" in text for text in short.values()] == [False, True]


def test_one_word_that_others_lack_is_enough() -> None:
    short = told_apart([f"[issue]airplane_mode_on|{what}[None]" for what in ("bad_vpn", "no_signal")], 20)
    assert list(short.values()) == ["bad_vpn", "no_signal"]


def test_one_long_name_is_cut_at_its_end() -> None:
    assert told_apart(["a_name_of_many_letters"], 10) == {"a_name_of_many_letters": "a_name_of…"}


NAMES = st.lists(st.text("ab_|é日\u0301👍 ", min_size=1, max_size=40).map(one_line), max_size=8)


@given(NAMES, st.integers(1, 50))
@example(["_a", "__a"], 1)
def test_every_name_has_a_text_that_fits(names: list[str], cells: int) -> None:
    short = told_apart(names, cells)
    assert set(short) == set(names)
    assert all(width(text) <= cells for text in short.values())
    assert all(text == name for name, text in short.items() if width(name) <= cells)

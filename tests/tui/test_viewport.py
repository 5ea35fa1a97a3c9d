from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.tui.viewport import Viewport

moves = st.one_of(
    st.tuples(st.sampled_from(["move", "page", "scroll"]), st.integers(-40, 40)),
    st.tuples(st.sampled_from(["goto", "resize", "set_count"]), st.integers(0, 60)),
)


@given(st.integers(0, 50), st.integers(1, 30), st.lists(moves, max_size=30))
def test_the_cursor_is_always_on_a_row_that_is_shown(count: int, height: int, steps: list[tuple[str, int]]) -> None:
    window = Viewport(count=count, height=height)
    for name, value in steps:
        getattr(window, name)(value)
        assert 0 <= window.cursor <= window.last
        assert window.top <= window.cursor < window.top + window.height
        assert 0 <= window.top <= max(0, window.count - window.height)


def test_moving_within_the_window_does_not_scroll() -> None:
    window = Viewport(count=100, height=10)
    window.move(9)
    assert (window.cursor, window.top) == (9, 0)
    window.move(1)
    assert (window.cursor, window.top) == (10, 1)


def test_a_page_keeps_one_row_in_sight() -> None:
    window = Viewport(count=100, height=10)
    window.page(1)
    assert (window.cursor, window.top) == (9, 9)
    window.page(-1)
    assert (window.cursor, window.top) == (0, 0)
    window.page(30)
    assert (window.cursor, window.top) == (99, 90)


def test_a_jump_shows_rows_around_its_target_but_a_near_one_does_not_scroll() -> None:
    window = Viewport(count=100, height=10)
    window.goto(50, margin=3)
    assert window.top == 44
    window.goto(52, margin=3)
    assert window.top == 44
    window.goto(20, margin=3)
    assert window.top == 17

"""What is offered to open."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tau2_tui.tui.screens.opening.state import Kind, OpeningState, listed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "runs").mkdir()
    for name in ("run-a.jsonl", "run-b.jsonl", ".hidden"):
        (tmp_path / name).write_text("x")
    return tmp_path


def test_without_anything_typed_it_offers_what_is_open_and_what_was_looked_at(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    state = OpeningState([(1, "other.jsonl")], [Path("/old.jsonl")])
    kinds = [choice.kind for choice in state.choices]
    assert kinds == [Kind.OPEN, Kind.RECENT, Kind.DIRECTORY, Kind.FILE, Kind.FILE]
    assert state.choices[0].place == 1


def test_what_is_typed_comes_first_then_what_holds_it(folder: Path) -> None:
    state = OpeningState([(0, "other.jsonl")], [Path("/old/run-a.jsonl")])
    state.look_for("run-a")
    assert [(choice.kind, choice.text) for choice in state.choices[:2]] == [
        (Kind.TYPED, "run-a"),
        (Kind.RECENT, "/old/run-a.jsonl"),
    ]


def test_completion_goes_as_far_as_the_names_agree(folder: Path) -> None:
    state = OpeningState([], [])
    state.look_for(f"{folder}/r")
    assert state.completed() == f"{folder}/run"
    state.look_for(f"{folder}/run-b")
    assert state.completed() == f"{folder}/run-b.jsonl"
    state.look_for(f"{folder}/runs")
    assert state.completed() == f"{folder}/runs/"
    state.look_for(f"{folder}/zzz")
    assert state.completed() == f"{folder}/zzz"


def test_directories_come_first_and_hidden_files_for_a_dot_only(folder: Path) -> None:
    assert [Path(choice.text).name for choice in listed(f"{folder}/")] == ["runs", "run-a.jsonl", "run-b.jsonl"]
    assert [Path(choice.text).name for choice in listed(f"{folder}/.")] == [".hidden"]


def test_the_home_directory_is_known_and_stays_as_it_was_typed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    (choice,) = listed("~/run-a")
    assert choice.text == "~/run-a.jsonl" and choice.path == folder / "run-a.jsonl"


@pytest.mark.parametrize("text", ["/no/such/place/x", "a\0b/c", "~nobody-of-that-name/x", "/no/" + "x" * 5_000])
def test_what_cannot_be_read_offers_nothing(text: str) -> None:
    assert listed(text) == []


def test_a_link_in_a_circle_hides_nothing(folder: Path) -> None:
    (folder / "circle").symlink_to(folder / "circle")
    names = [Path(choice.text).name for choice in listed(f"{folder}/")]
    assert names == ["runs", "circle", "run-a.jsonl", "run-b.jsonl"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_a_closed_directory_offers_nothing(folder: Path) -> None:
    (folder / "runs").chmod(0)
    assert listed(f"{folder}/runs/") == []

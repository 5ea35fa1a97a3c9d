"""Replays of runs that others made with real models."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tau2_tui.events import SimulationEndEvent, StateChangeEvent
from tau2_tui.recording.replay import SimulationReport, replay
from tau2_tui.recording.tau2_api import Tau2
from tau2_tui.runlog import formats
from tests.support.real_data import real_data


@dataclass(frozen=True)
class Replay:
    reports: list[SimulationReport]
    changes: int
    ends: list[SimulationEndEvent]

    @property
    def results(self) -> int:
        return sum(report.results for report in self.reports)

    @property
    def equal(self) -> int:
        return sum(report.equal for report in self.reports)


def replay_of(*parts: str) -> Replay:
    reports: list[SimulationReport] = []
    events = list(replay(formats.read(real_data(*parts)).events, progress=reports.append))
    return Replay(
        reports,
        sum(isinstance(event, StateChangeEvent) for event in events),
        [event for event in events if isinstance(event, SimulationEndEvent)],
    )


@pytest.mark.parametrize(
    ("file", "results"),
    [
        ("v01_telecom_gpt4o_20x1.json", 215),
        ("v01_telecom_solo_gpt41_5x4.json", 192),
        ("v02_telecom_gpt41mini_1x1.json", 7),
        ("v02_mock_gpt41mini_1x1.json", 1),
        pytest.param("v01_airline_gpt41_20x1.json", 148, marks=pytest.mark.slow),
        pytest.param("v02_retail_toolorchestra_114x1.json", 873, marks=pytest.mark.slow),
        pytest.param("v02_airline_gpt-oss-120b_langchain_50x1.json", 847, marks=pytest.mark.slow),
    ],
)
def test_results_are_identical_and_the_rest_is_explained(tau2: Tau2, file: str, results: int) -> None:
    done = replay_of("tau2-0.x", file)
    assert done.results == results
    assert done.equal >= 0.995 * results
    differing = [found for report in done.reports for found in report.differing]
    assert len(differing) == results - done.equal
    assert {found.kind for found in differing} <= {"library_text"}
    compared = [report for report in done.reports if report.db_match is not None]
    assert compared and all(report.gold_equal == report.db_match for report in compared)
    for end in done.ends:
        assert end.gold_diff is not None
        diff = end.metadata.get("gold_diff_after_sync", end.gold_diff)
        assert ("first_divergence" in end.metadata["replay"]) == any(diff.values())


@pytest.mark.slow
def test_the_calls_that_changed_the_state_in_a_log_of_the_predecessor(tau2: Tau2) -> None:
    done = replay_of("tau2-enhanced", "airline_gemini2_5_flash_10tasks_2t_enhanced_logs.json")
    assert (done.results, done.changes) == (79, 4)
    assert {found.kind for report in done.reports for found in report.differing} == {"library_text"}


def test_a_run_of_reference_actions_reaches_the_reference_state(tau2: Tau2) -> None:
    """tau2's evaluator acts them out without ``sync_tools``: what that leaves is no difference in a conversation."""
    done = replay_of("nvidia", "nv263_telecom_oracle_10x2.json")
    assert done.equal == done.results == 44
    assert all(report.gold_equal == report.db_match for report in done.reports)
    for end in done.ends:
        diff = end.metadata.get("gold_diff_after_sync", end.gold_diff)
        assert diff == {"database": [], "user_database": []}
        assert "first_divergence" not in end.metadata["replay"]


def test_results_that_somebody_made_up_are_told_apart(tau2: Tau2) -> None:
    done = replay_of("tau2-1.x", "v1_retail_gpt-5.5_4x1_smoke.json")
    assert (done.results, done.equal) == (4, 0)
    assert all("the task is not known" in report.notes[0] for report in done.reports)
    assert {found.kind for report in done.reports for found in report.differing} == {"fails_now"}


@pytest.mark.parametrize(
    "parts", [("nvidia", "nv263_mock_skipped-samples.json"), ("tau2-1.x", "v101_mock_infrastructure-error.json")]
)
def test_simulations_that_never_began_are_left_alone(tau2: Tau2, parts: tuple[str, str]) -> None:
    done = replay_of(*parts)
    assert [report.not_replayed for report in done.reports] == ["the log has nothing of its conversation"] * 2
    assert all(end.gold_diff is None for end in done.ends)


def test_a_voice_run_without_calls_has_nothing_to_compare(tau2: Tau2) -> None:
    folder = ("v1_voice_dirformat", "tests", "test_voice", "test_interaction_metrics", "testdata", "experiment")
    done = replay_of("tau2-1.x", *folder)
    assert [report.results for report in done.reports] == [0, 0, 0]
    assert all(report.in_words() == "no result to compare" for report in done.reports)

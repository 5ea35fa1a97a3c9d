"""Enhanced domains under tau2's own runner: the same rewards, and a log of what was live and nothing else."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.recording.config import RecordConfig
from tau2_tui.recording.enhanced.registry import EnhancedDomainRegistry, close_logs
from tau2_tui.recording.environment import LoggingEnvironment
from tau2_tui.recording.preparation import prepare
from tau2_tui.recording.tau2_api import Tau2
from tests.recording.logs import Row, by_simulation, of_type, rows_of
from tests.support.tau2_runner import run_batch, tasks_of

ORACLES = str(Path(__file__).parents[2] / "support" / "registered_oracle.py")
FAILING = "a fault of the user"


@pytest.fixture(autouse=True)
def registry(tau2: Tau2, tmp_path: Path) -> Iterator[EnhancedDomainRegistry]:
    """Twins of all domains, agents that act out the reference actions, and logs in a folder of the test's own."""
    prepare(RecordConfig(domain="mock", imports=(ORACLES,)))
    registry = EnhancedDomainRegistry(log_dir=tmp_path / "logs", snapshots="all")
    registry.register_all_available_domains()
    yield registry
    close_logs()


def logs_in(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*_enhanced_logs.jsonl"))


def rewards(results: Any) -> dict[tuple[str, int], float]:
    return {(run.task_id, run.trial): run.reward_info.reward for run in results.simulations}


def check_log(rows: list[Row], results: Any, *, snapshots: bool = True) -> None:
    """Compare a log with what tau2 returned: the same simulations, their messages, and no calls but theirs."""
    recorded = by_simulation(rows)
    assert recorded.keys() == {run.id for run in results.simulations}
    for run in results.simulations:
        events = recorded[run.id]
        (start,), (end,) = of_type(events, "SimulationStartEvent"), of_type(events, "SimulationEndEvent")
        assert (start["task_id"], start["trial"], start["seed"]) == (run.task_id, run.trial, run.seed)
        assert end["reward"] == run.reward_info.reward
        messages = of_type(events, "MessageEvent")
        assert len(messages) == len(run.messages)
        live = [row["tool_call_id"] for row in messages if row["role"] == "tool" and not row["history"]]
        calls = of_type(events, "ToolExecutionEvent")
        assert [row["tool_call_id"] for row in calls] == live
        triggers = [row["action_trigger"] for row in of_type(events, "StateSnapshotEvent")]
        assert not snapshots or sum(trigger.startswith("before_") for trigger in triggers) == len(calls)
    assert not [row for row in of_type(rows, "ToolExecutionEvent") if row["simulation_id"] is None]


@pytest.mark.parametrize(
    ("domain", "ids"),
    [
        ("mock", None),
        pytest.param("airline", ("0", "7"), marks=pytest.mark.slow),
        ("retail", ("0", "5")),
        ("telecom", None),
        pytest.param("telecom-workflow", None, marks=pytest.mark.slow),
    ],
)
def test_a_handful_of_each_domain_eight_at_once(
    tau2: Tau2, tmp_path: Path, domain: str, ids: tuple[str, ...] | None
) -> None:
    tasks = tasks_of(tau2, f"{domain}_enhanced", None if ids else 8, ids)
    if tau2.generation and domain == "retail":
        tasks = [task for task in tasks if not task.evaluation_criteria.nl_assertions]
    plain = run_batch(tau2, domain, tasks, "acting_agent", "following_user", at_once=8, num_trials=2)
    assert not logs_in(tmp_path)
    twin = run_batch(tau2, f"{domain}_enhanced", tasks, "acting_agent", "following_user", at_once=8, num_trials=2)
    assert rewards(twin) == rewards(plain) and len(rewards(twin)) == 2 * len(tasks)
    (log,) = logs_in(tmp_path)
    rows = rows_of(log)
    check_log(rows, twin)
    assert rows[0]["event_type"] == "RunStartEvent" and rows[0]["domain"] == domain
    assert rows[-1]["event_type"] == "RunEndEvent" and rows[-1]["totals"]["simulations"] == 2 * len(tasks)
    assert twin.info.environment_info.domain_name == plain.info.environment_info.domain_name


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_whole_telecom_has_every_reward(tau2: Tau2, tmp_path: Path) -> None:
    tasks = tasks_of(tau2, "telecom_enhanced")
    twin = run_batch(tau2, "telecom_enhanced", tasks, "acting_agent", "following_user", at_once=8)
    assert list(rewards(twin).values()) == [1.0] * 114
    check_log(rows_of(*logs_in(tmp_path)), twin)


def test_solo_mode(tau2: Tau2, tmp_path: Path) -> None:
    if tau2.generation:
        pytest.skip("tau2 1.0's own runner cannot build its user of solo mode")
    tasks = tasks_of(tau2, "telecom_enhanced", 10)
    plain = run_batch(tau2, "telecom", tasks, "acting_solo_agent", "dummy_user")
    twin = run_batch(tau2, "telecom_enhanced", tasks, "acting_solo_agent", "dummy_user", at_once=8)
    assert rewards(twin) == rewards(plain)
    rows = rows_of(*logs_in(tmp_path))
    check_log(rows, twin)
    assert all(row["solo_mode"] for row in of_type(rows, "SimulationStartEvent"))


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_whole_telecom_in_solo_mode(tau2: Tau2, tmp_path: Path) -> None:
    if tau2.generation:
        pytest.skip("tau2 1.0's own runner cannot build its user of solo mode")
    tasks = [task for task in tasks_of(tau2, "telecom_enhanced") if tau2.suits_solo_mode(task)]
    plain = run_batch(tau2, "telecom", tasks, "acting_solo_agent", "dummy_user")
    twin = run_batch(tau2, "telecom_enhanced", tasks, "acting_solo_agent", "dummy_user", at_once=8)
    assert rewards(twin) == rewards(plain) and len(tasks) == 114
    check_log(rows_of(*logs_in(tmp_path)), twin)


def test_a_log_stands_beside_tau2s_results_and_goes_on_when_they_do(
    tau2: Tau2, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = tmp_path / "results" / "mine.json"
    saved.parent.mkdir()
    tasks = tasks_of(tau2, "mock_enhanced", 4)
    run_batch(tau2, "mock_enhanced", tasks, "acting_agent", "following_user", save_to=saved)
    log = saved.with_name("mine_enhanced_logs.jsonl")
    first = rows_of(log)
    with log.open("ab") as torn:
        torn.write(b'{"seq":')  # as a killed process may leave it
    if not tau2.generation:
        display = importlib.import_module("tau2.run").ConsoleDisplay
        monkeypatch.setattr(display.console, "input", lambda _: "y")
    results = run_batch(tau2, "mock_enhanced", tasks, "acting_agent", "following_user", save_to=saved, num_trials=2)
    rows = rows_of(log)
    assert rows[: len(first)] == first and logs_in(tmp_path) == [log]
    check_log(rows, results)
    assert rows[-1]["totals"]["simulations"] == 8
    assert len({row["run_id"] for row in of_type(rows, "RunStartEvent")}) == 1


def test_a_simulation_that_raises_is_an_end_and_tau2_hears_of_it(
    tau2: Tau2, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user_class = tau2._registry.get_user_constructor("following_user")
    original = user_class.generate_next_message
    calls: list[int] = []

    def fails_at_first(self: Any, *args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError(FAILING)
        return original(self, *args, **kwargs)

    monkeypatch.setattr(user_class, "generate_next_message", fails_at_first)
    tasks = tasks_of(tau2, "mock_enhanced", 1)
    if tau2.generation:
        run_batch(tau2, "mock_enhanced", tasks, "acting_agent", "following_user")
    else:
        with pytest.raises(RuntimeError, match=FAILING):
            run_batch(tau2, "mock_enhanced", tasks, "acting_agent", "following_user")
    rows = rows_of(*logs_in(tmp_path))
    first, *again = of_type(rows, "SimulationEndEvent")
    assert (first["error"], first["error_type"], first["reward"]) == (FAILING, "RuntimeError", None)
    assert FAILING in first["traceback"] and first["metadata"]["failed_in"] == "conversation"
    if tau2.generation:
        assert [(row["attempt"], row["reward"]) for row in again] == [(2, 1.0)]
        assert rows[-1]["totals"]["repeated"] == 1 and rows[-1]["totals"]["errors"] == 0
    else:
        assert not again and rows[-1]["metadata"]["interrupted"] is True


def test_an_orchestrator_run_by_hand_is_recorded_also_without_an_evaluation(tau2: Tau2, tmp_path: Path) -> None:
    from tests.recording.runs import run_bare

    config = RecordConfig(domain="mock_enhanced", user="scripted", num_tasks=1)
    (task, *_) = tasks_of(tau2, "mock_enhanced")
    run_bare(tau2, config, task)
    run_bare(tau2, config, task)
    close_logs()
    rows = rows_of(*logs_in(tmp_path))
    ends = of_type(rows, "SimulationEndEvent")
    assert [(row["trial"], row["reward"], row["metadata"]["evaluated"]) for row in ends] == [
        (0, None, False),
        (1, None, False),
    ]
    assert len(of_type(rows, "ToolExecutionEvent")) == 2 and rows[-1]["event_type"] == "RunEndEvent"


def test_calls_on_an_environment_by_hand_are_recorded_and_replays_are_not(tau2: Tau2, tmp_path: Path) -> None:
    registry = importlib.import_module("tau2.registry").registry
    make = registry.get_env_constructor("telecom_enhanced")
    environment, other = make(), make(solo_mode=True)
    assert type(environment).__mro__[2] is type(registry.get_env_constructor("telecom")())
    assert isinstance(environment, LoggingEnvironment) and isinstance(environment, tau2.environment_base)
    assert other.solo_mode and not environment.solo_mode
    environment.set_state(initialization_data=None, initialization_actions=None, message_history=[])
    environment.make_tool_call(tool_name="get_data_usage", requestor="assistant", customer_id="C1001", line_id="L1002")
    environment.sync_tools()
    assert not logs_in(tmp_path)
    call = tau2.tool_call("1", "get_customer_by_id", {"customer_id": "C1001"}, "assistant")
    for each in (environment, other, environment):
        assert not each.get_response(call).error
    close_logs()
    recorded = by_simulation(rows_of(*logs_in(tmp_path)))
    assert sorted(len(of_type(rows, "ToolExecutionEvent")) for rows in recorded.values()) == [1, 2]
    assert {rows[0]["solo_mode"] for rows in recorded.values()} == {True, False}


def test_task_splits_are_kept_and_registering_twice_changes_nothing(
    tau2: Tau2, registry: EnhancedDomainRegistry
) -> None:
    splits = importlib.import_module("tau2.registry").registry.get_task_splits_loader
    before = tau2.domains()
    assert EnhancedDomainRegistry().register_all_available_domains() == registry.get_enhanced_domains()
    assert tau2.domains() == before and not [name for name in before if name.endswith("_enhanced_enhanced")]
    assert splits("airline_enhanced")() == splits("airline")()
    for split in ("train", "test", "base"):
        twin = [task.id for task in tau2.tasks("airline_enhanced", split)]
        assert twin == [task.id for task in tau2.tasks("airline", split)]

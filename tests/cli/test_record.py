"""``tau2-tui record`` in this process; whole processes are in tests/end_to_end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tau2_tui import recording
from tau2_tui.cli import record
from tau2_tui.cli.record_order import Order
from tau2_tui.cli.record_progress import summary
from tau2_tui.recording import RunOutcome, RunPlan, SimulationOutcome
from tau2_tui.recording.session import SimulationIdentity
from tests.cli.command import one_error, run


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the command line asks the recorder for."""
    seen: dict[str, Any] = {}

    def keep(order: Order) -> None:
        seen.update(
            options=order.options,
            path=Path(order.path),
            existing=order.existing,
            log_level=order.log_level,
            note=order.note,
        )

    monkeypatch.setattr(record, "record_with_progress", keep)
    return seen


def invoke(*args: str) -> Any:
    return CliRunner().invoke(record.command, args)


@pytest.mark.parametrize(
    "text",
    [
        "import os\nraise ValueError('not with ' + os.environ['OPENAI_API_KEY'])\n",
        "import os\nfrom tau2.registry import registry\n"
        "def environment(solo_mode=False):\n    raise OSError(os.environ['OPENAI_API_KEY'])\n"
        "registry.register_domain(environment, 'mock_of_mine')\n",
    ],
)
def test_a_key_is_not_in_what_the_program_says_of_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    pytest.importorskip("tau2", reason="tau2-bench is not installed")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-hidden-0123456789")
    (tmp_path / "mine.py").write_text(text)
    done = run("record", "--domain", "mock_of_mine", "--import", tmp_path / "mine.py", "-o", tmp_path / "run.jsonl")
    assert "sk-hidden" not in done.err and "[secret removed]" in one_error(done)


def test_a_key_is_not_in_a_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("tau2", reason="tau2-bench is not installed")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-hidden-0123456789")

    def broken(*arguments: Any, **options: Any) -> None:
        raise RuntimeError("a fault of ours: sk-hidden-0123456789")

    monkeypatch.setattr(recording, "record_run", broken)
    done = run("record", "--domain", "mock", "-o", tmp_path / "run.jsonl")
    assert done.code == 1 and "RuntimeError: a fault of ours: [secret removed]" in done.err
    assert "sk-hidden" not in done.err


def test_without_a_model_the_reference_solutions_are_acted_out_and_it_says_so(asked: dict[str, Any]) -> None:
    assert invoke("--domain", "mock").exit_code == 0
    assert (asked["options"]["agent"], asked["options"]["user"]) == ("oracle", "scripted")
    assert "oracle" in asked["note"]
    assert asked["path"].name.startswith("mock_") and asked["path"].suffix == ".jsonl"


def test_with_a_model_tau2s_own_agent_and_user_take_part(asked: dict[str, Any]) -> None:
    invoke("--domain", "mock", "--agent-llm", "gpt-4.1", "--agent-llm-args", '{"temperature": 1}')
    options = asked["options"]
    assert (options["agent"], options["user"], options["agent_llm"]) == ("llm_agent", "user_simulator", "gpt-4.1")
    assert options["agent_llm_args"] == {"temperature": 1} and asked["note"] is None


@pytest.mark.parametrize(
    "words",
    [
        ["--task-ids", "a", "b", "c"],
        ["--task-ids", "a", "--task-ids", "b", "--task-ids", "c"],
        ["--task-ids", "a", "b", "--seed", "4", "c"],
    ],
)
def test_task_ids_take_several_words_like_tau2s_own_option(asked: dict[str, Any], words: list[str]) -> None:
    assert invoke("--domain", "mock", *words).exit_code == 0
    assert sorted(asked["options"]["task_ids"]) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--domain", "mock", "stray"], "stray"),
        (["--domain", "mock", "--agent-llm-args", "{"], "not JSON"),
        (["--domain", "mock", "--agent-llm-args", "[1]"], "JSON object"),
        (["--domain", "mock", "--num-trials", "0"], "--num-trials"),
        (["--domain", "mock", "--snapshots", "some"], "--snapshots"),
        (["--domain", "mock", "-o", "-"], "is a file"),
        ([], "--domain"),
    ],
)
def test_wrong_words_are_refused_with_what_is_wrong(asked: dict[str, Any], words: list[str], said: str) -> None:
    done = invoke(*words)
    assert done.exit_code == 2 and said in done.output and not asked


def test_logs_that_were_not_named_have_names_of_their_own_also_in_one_second(
    asked: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("time.strftime", lambda *_: "20260101_120000")
    (tmp_path / "mock_20260101_120000.jsonl").write_text("another recording, under way")
    invoke("--domain", "mock")
    assert asked["path"] == Path("mock_20260101_120000_2.jsonl") and asked["existing"]["claimed"]
    assert not asked["existing"]["replace"] and [path.name for path in tmp_path.iterdir()] == [
        "mock_20260101_120000.jsonl"
    ]


def test_a_log_that_is_still_empty_is_left_to_a_recording_that_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def begin(order: Order) -> None:
        """Put an empty log in the place of the file that holds its name, as the recorder does."""
        Path(order.path).unlink()
        Path(order.path).touch()

    monkeypatch.setattr(record, "record_with_progress", begin)
    assert invoke("--domain", "mock").exit_code == 0
    assert [path.suffix for path in tmp_path.iterdir()] == [".jsonl"]


def test_two_recordings_begun_in_one_second_both_have_their_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("tau2", reason="tau2-bench is not installed")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("time.strftime", lambda *_: "20260101_120000")
    words = ["record", "--domain", "mock", "--task-ids", "create_task_1"]
    inner: list[Any] = []

    def during(order: Order) -> None:
        if not inner:
            inner.append(None)
            inner[0] = run(*words)
        with_progress(order)

    with_progress = record.record_with_progress
    monkeypatch.setattr(record, "record_with_progress", during)
    outer = run(*words)
    assert (outer.code, inner[0].code) == (0, 0), (outer.err, inner[0].err)
    logs = sorted(tmp_path.iterdir())
    assert [path.name for path in logs] == ["mock_20260101_120000.jsonl", "mock_20260101_120000_2.jsonl"]
    assert all(path.stat().st_size for path in logs)


def test_a_results_file_is_not_replaced_by_a_recording_whose_log_was_not_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("tau2", reason="tau2-bench is not installed")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.json").write_text("{}")
    done = run("record", "--domain", "mock", "--save-to", "mine")
    assert "exists already" in one_error(done) and [path.name for path in tmp_path.iterdir()] == ["mine.json"]


def test_what_tau2_prints_stays_off_standard_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("tau2", reason="tau2-bench is not installed")
    from tau2_tui.recording import simulation

    build = simulation.build_participants

    def chatty(*args: Any) -> Any:
        print("WARNING: model response does not seem valid")
        return build(*args)

    monkeypatch.setattr(simulation, "build_participants", chatty)
    order = Order({"domain": "mock", "num_tasks": 1}, str(tmp_path / "run.jsonl"), {}, None, [])
    record.record_with_progress(order)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "does not seem valid" in captured.err and "1 passed" in captured.err


PLAN = RunPlan("r", "mock", 4, 4, Path("run.jsonl"))


def outcome_of(reward: float | None, error: str | None = None) -> SimulationOutcome:
    identity = SimulationIdentity("s", "task\x1b[31m", 0, "mock")
    return SimulationOutcome(identity, reward, "user_stop", error, 2, 1, 1, 0.5)


def test_the_summary_says_what_came_of_it_and_how_to_open_the_log() -> None:
    simulations = (outcome_of(1.0), outcome_of(0.0), outcome_of(None, "broke"))
    text = summary(RunOutcome(PLAN, simulations, 75.0, 12_345_678))
    assert "3 simulations, 1 passed (33.3 %), mean reward 0.500, 1:15 min" in text
    assert "6 tool calls (3 failed), 3 state changes, simulations ended by an error: 1" in text
    assert "run.jsonl (12.3 MB)" in text and text.splitlines()[-1] == "open it: tau2-tui open run.jsonl"
    assert "3 of 4 simulations, interrupted" in summary(RunOutcome(PLAN, simulations, 1.0, 1, interrupted=True))


def test_one_is_not_called_several_and_a_name_with_spaces_is_one_word_of_the_command() -> None:
    plan = RunPlan("r", "mock", 1, 1, Path("a log.jsonl"))
    text = summary(RunOutcome(plan, (outcome_of(1.0),), 1.0, 1))
    assert "1 simulation, 1 passed" in text and "2 tool calls (1 failed), 1 state change, " in text
    assert "log: a log.jsonl" in text and text.endswith("tau2-tui open 'a log.jsonl'")
    assert "0 of 1 simulation, interrupted" in summary(RunOutcome(plan, (), 1.0, 1, interrupted=True))

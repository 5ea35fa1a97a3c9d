"""Model keys given in every way there is, and looked for in every byte that a recording leaves behind."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.model_replies import Failure, ToolCall
from tests.support.model_scripts import agent, by_role, user
from tests.support.model_server import ModelServer
from tests.support.program import COMMAND, PATIENCE, without_keys
from tests.support.terminal import Session

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("tau2") is None, reason="tau2-bench is not installed"),
    pytest.mark.timeout(1200),  # tau2-bench is loaded, for a minute or two on a machine that is busy
]

BY_ARGUMENT = "sk-argument-Zq8w0123456789"
BY_VARIABLE = "sk-variable-Kp3x9876543210"
BY_HEADER = "hdr-Wm5t5555666677"
IN_ADDRESS = "pw/d Ln7y#33334444"
WITH_QUOTES = 'sk-"quoted"\\Zb2-00112233'
SECRETS = {BY_ARGUMENT, BY_VARIABLE, BY_HEADER, IN_ADDRESS, WITH_QUOTES}
MARKERS = ["Zq8w0123456789", "Kp3x9876543210", "Wm5t5555666677", "Ln7y", "Zb2-00112233"]
"""A piece of each secret that survives every way of quoting it."""

CREATE = ToolCall("create_task", {"user_id": "user_1", "title": "Important Meeting"})


@pytest.fixture
def talkative() -> Iterator[ModelServer]:
    """A server that repeats, in its answers and its errors, every secret that it was ever told."""
    told = " ".join(sorted(SECRETS))
    echo = Failure(401, f"these keys are all wrong: {told}", "authentication_error")

    with ModelServer(by_role(agent=echo, user=user(f"Please create the task. My keys are {told}"))) as server:
        yield server


def words(server: ModelServer, log: Path) -> list[str]:
    address = server.base_url.replace("http://", "http://me:pw%2Fd%20Ln7y%2333334444@")
    agent_args = {
        "api_base": server.base_url,
        "api_key": BY_ARGUMENT,
        "extra_headers": {"X-Subscription-Key": BY_HEADER},
        "fallbacks": [{"model": "openai/gpt-4.1", "api_base": address, "api_key": WITH_QUOTES}],
        "num_retries": 0,
    }
    user_args = {"api_base": server.base_url, "num_retries": 0}
    return [
        *["record", "--domain", "mock", "--task-ids", "create_task_1", "--max-retries", "0", "-o", str(log)],
        *["--agent-llm", "openai/gpt-4.1", "--agent-llm-args", json.dumps(agent_args)],
        *["--user-llm", "openai/gpt-4.1", "--user-llm-args", json.dumps(user_args)],
        *["--log-level", "DEBUG", "--save-to", str(log.with_name("results.json"))],
    ]


def environment() -> dict[str, str]:
    return {**without_keys(), "OPENAI_API_KEY": BY_VARIABLE, "PYTHONPATH": os.pathsep.join(sys.path)}


def leaks(data: bytes) -> list[str]:
    return [marker for marker in MARKERS if marker.encode() in data]


def check_files(folder: Path) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {"run.jsonl", "results.json"} <= {path.name for path in files}
    for path in files:
        assert leaks(path.read_bytes()) == [], path


def test_no_key_is_in_the_log_the_results_or_what_is_printed(tmp_path: Path, talkative: ModelServer) -> None:
    log = tmp_path / "run.jsonl"
    command = [*COMMAND, *words(talkative, log)]
    done = subprocess.run(command, capture_output=True, cwd=tmp_path, env=environment(), timeout=PATIENCE)
    assert done.returncode == 0, done.stderr.decode()
    assert talkative.totals.requests >= 2
    assert any(BY_VARIABLE in exchange.headers.get("authorization", "") for exchange in talkative.journal)
    assert leaks(done.stdout) == [] and leaks(done.stderr) == []
    check_files(tmp_path)
    rows = [json.loads(line) for line in log.read_bytes().splitlines()]
    assert any(row["event_type"] == "LLMCallEvent" and row["error"] for row in rows)
    assert any("[secret removed]" in (row.get("content") or "") for row in rows)
    assert b"[secret removed]" in done.stderr
    assert rows[0]["config"]["agent_llm_args"]["num_retries"] == 0
    assert rows[-1]["totals"]["redacted"]["known secret"] >= 5


def test_no_key_is_on_the_screen_of_a_terminal(tmp_path: Path, talkative: ModelServer) -> None:
    command = [*COMMAND, *words(talkative, tmp_path / "run.jsonl")]
    with Session(command, (80, 24), {**environment(), "TERM": "xterm-256color"}, tmp_path) as session:
        session.end()
    shown = session.written
    joined = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]|[\r\n]", b"", shown)
    assert b"simulations ended by an error: 1" in joined
    assert leaks(shown) == [] and leaks(joined) == []
    check_files(tmp_path)


def test_redacted_logs_and_results_hold_no_personal_data(tmp_path: Path) -> None:
    personal = "mia.li7525@example.com"
    script = by_role(
        agent=agent(CREATE, say="I wrote to mia.li7525@example.com as you asked."),
        user=user("I am reached at mia.li7525@example.com. Please create the task."),
    )
    log = tmp_path / "run.jsonl"
    with ModelServer(script) as server:
        arguments = json.dumps({**server.llm_args(), "num_retries": 0})
        done = subprocess.run(
            [
                *[*COMMAND, "record", "--domain", "mock", "--task-ids", "create_task_1"],
                *["--agent-llm", "openai/gpt-4.1", "--agent-llm-args", arguments, "--user-llm", "openai/gpt-4.1"],
                *["--user-llm-args", arguments, "--redact", "mask", "-o", str(log)],
                *["--save-to", str(tmp_path / "results.json")],
            ],
            capture_output=True,
            env=environment(),
            timeout=PATIENCE,
        )
    assert done.returncode == 0, done.stderr.decode()
    for path in (log, tmp_path / "results.json"):
        data = path.read_text()
        assert personal not in data and "[email " in data, path
    rows = [json.loads(line) for line in log.read_bytes().splitlines()]
    assert rows[-1]["totals"]["redacted"]["email"] >= 2
    assert rows[-1]["totals"]["passed"] == 1

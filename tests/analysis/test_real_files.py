"""Statistics of real result files against counts from their plain JSON."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.analysis.calls.bottlenecks import bottlenecks
from tau2_tui.analysis.calls.cost import cost
from tau2_tui.analysis.calls.latency import latency
from tau2_tui.analysis.calls.reference import agreement_table
from tau2_tui.analysis.calls.requestor import by_requestor
from tau2_tui.analysis.calls.sequence import transitions
from tau2_tui.analysis.calls.steps import steps_to_end
from tau2_tui.analysis.calls.tools import tool_table
from tau2_tui.analysis.data.reading import read_run
from tau2_tui.runlog.opening import open_log

DATA = os.environ.get("TAU2_TUI_TEST_DATA")
FILES = (
    "tau2-0.x/v01_airline_gpt41_20x1.json",
    "tau2-0.x/v01_telecom_gpt4o_20x1.json",
    "tau2-0.x/v01_telecom_solo_gpt41_5x4.json",
    "tau2-0.x/v02_airline_gpt-oss-120b_langchain_50x1.json",
    "tau2-0.x/v02_retail_toolorchestra_114x1.json",
    "tau2-0.x/v02_telecom_gpt41mini_1x1.json",
    "tau2-1.x/v1_airline_gpt41mini_5x1.json",
    "nvidia/nv263_telecom_oracle_10x2.json",
    "tau2-enhanced/airline_gemini2_5_flash_10tasks_2t.json",
)

pytestmark = pytest.mark.skipif(not DATA, reason="TAU2_TUI_TEST_DATA is not set")


def load(path: Path) -> list[dict[str, Any]]:
    simulations: list[dict[str, Any]] = json.loads(path.read_text())["simulations"]
    return simulations


@pytest.mark.parametrize("name", FILES)
def test_counts_are_those_of_the_file(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    path = Path(DATA or "") / name
    run, simulations = read_run(open_log(path)), load(path)
    made, failed, requestors = Counter[str](), Counter[str](), Counter[str]()
    for simulation in simulations:
        for place, message in enumerate(simulation["messages"]):
            calls = message.get("tool_calls") or []
            replies = simulation["messages"][place + 1 : place + 1 + len(calls)]
            for call, reply in zip(calls, replies, strict=True):
                made[call["name"]] += 1
                failed[call["name"]] += bool(reply.get("error", str(reply["content"]).startswith("Error")))
                requestors[call.get("requestor", "assistant")] += 1
    rows = {row.tool_name: row for row in tool_table(run.calls)}
    assert {tool: row.calls for tool, row in rows.items()} == dict(made)
    assert {tool: row.errors for tool, row in rows.items()} == {tool: failed[tool] for tool in made}
    assert {row.requestor: row.calls for row in by_requestor(run.calls, run.simulations)} == dict(requestors)
    found = transitions(run.calls)
    assert found.total == sum(made.values()) + found.simulations
    known = [price for s in simulations for price in (s.get("agent_cost"), s.get("user_cost")) if price is not None]
    total = cost(run).total
    assert (total or 0.0) == pytest.approx(sum(known))
    if not known:
        assert total is None


@pytest.mark.parametrize("name", FILES)
def test_reference_actions_match_as_tau2_recorded_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    path = Path(DATA or "") / name
    table = agreement_table(read_run(open_log(path)))
    ours = {row.simulation: [action.outcome == "matched" for action in row.actions] for row in table.simulations}
    compared = 0
    by_id = {simulation["id"]: simulation for simulation in load(path)}
    for simulation in read_run(open_log(path)).simulations:
        checks = (by_id[simulation.simulation_id].get("reward_info") or {}).get("action_checks")
        if checks:
            assert ours[simulation.index] == [check["action_match"] for check in checks]
            compared += len(checks)
    assert compared


def test_where_the_time_went(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    run = read_run(open_log(Path(DATA or "") / FILES[-1]))
    found = bottlenecks(run)
    assert found.seconds == pytest.approx(sum(s.duration or 0 for s in run.simulations), rel=0.02)
    assert 0.9 < sum(share.share or 0 for share in found.shares) <= 1.0 + 1e-9
    tool = next(row for row in latency(run).rows if (row.kind, row.name) == ("gap", "tool"))
    assert (tool.n, round(tool.quantiles[0].value, 1)) == (79, 0.2)
    success = next(curve for curve in steps_to_end(run.simulations).curves if curve.end == "success")
    assert success.share[-1] == pytest.approx(12 / 20)


def test_missing_times_are_not_zero(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    run = read_run(open_log(Path(DATA or "") / "tau2-0.x/v02_retail_toolorchestra_114x1.json"))
    assert latency(run).note == "message times not recorded"
    assert cost(run).note == "cost not recorded"

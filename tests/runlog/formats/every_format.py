"""A small run in every foreign format that is read, as the files that make it up."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.runlog.formats import enhanced_samples
from tests.runlog.formats.results_documents import answer, asks, call, results, says, simulation
from tests.runlog.formats.test_tau_bench import trajectory
from tests.runlog.formats.test_voice import chunk, tick, voice


@dataclass(frozen=True)
class Sample:
    """A run in one format.

    Attributes:
        opened: what is opened, relative to the folder; ``.`` for the folder itself.
        files: contents by relative name.
    """

    opened: str
    files: dict[str, bytes]

    def write(self, folder: Path) -> Path:
        """Write the files, and return what is to be opened."""
        for name, data in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return folder / self.opened


def _json(document: Any) -> bytes:
    return json.dumps(document).encode()


def _alone(document: Any, name: str = "run.json") -> Sample:
    return Sample(name, {name: document if isinstance(document, bytes) else _json(document)})


def _talk() -> list[Any]:
    return [
        says("hello ✈", role="user"),
        asks(call("get_user", "x", id=1), call("get_user", "x", id=2), cost=0.5, usage={"prompt_tokens": 3}),
        answer('{"a": 1}', "x"),
        answer("Error: no", "x", error=True),
    ]


def _checks() -> dict[str, Any]:
    action = {"action_id": "a", "name": "get_user", "arguments": {"id": 1}, "requestor": "assistant"}
    return {
        "reward": 0.0,
        "db_check": {"db_match": False, "db_reward": 0.0},
        "action_checks": [{"action": action, "action_match": True, "action_reward": 1.0}],
        "nl_assertions": [{"nl_assertion": "be kind", "met": True, "justification": "was"}],
        "communicate_checks": [{"info": "7", "met": False, "justification": ""}],
        "reward_basis": ["DB", "ACTION"],
        "reward_breakdown": {"DB": 0.0, "ACTION": 1.0},
    }


def _v0() -> dict[str, Any]:
    return results(simulation(*_talk(), reward_info=_checks()), simulation(*_talk(), id="s2", trial=1))


def _v1() -> dict[str, Any]:
    document = results(
        simulation(*_talk(), mode="half_duplex", reward_info=_checks(), provider_error=None, policy="Be kind."),
        format_version="1.0",
    )
    document["info"] |= {"audio_native_config": None, "text_streaming_config": None}
    return document


def _directory() -> Sample:
    document = _v1()
    simulations = document.pop("simulations")
    listed = [{"id": one, "task_id": "t1", "trial": 0, "reward": 1.0} for one in ("s1", "s2")]
    files = {"results.json": _json({**document, "simulation_index": listed})}
    files |= {f"simulations/{one['id']}.json": _json(one) for one in (*simulations, simulation(id="s2"))}
    return Sample(".", files)


def _trimmed() -> dict[str, Any]:
    document = copy.deepcopy(_v0())
    del document["info"]["environment_info"]["policy"]
    for one in document["simulations"]:
        one["messages"] = [
            {key: value for key, value in message.items() if key in ("role", "content", "tool_calls")}
            for message in one["messages"]
        ]
    return document


def _voice() -> dict[str, Any]:
    first = tick(0, chunk(True, content="Hi"), chunk())
    calls = tick(1, agent_tool_calls=[call("a"), call("b", "c2")], user_transcript="hello")
    return voice([first, calls, tick(2, agent_tool_results=[answer("1"), answer("2", "c2")])])


def samples() -> dict[str, Sample]:
    """Return a run in each format, by a name for the format."""
    events, snapshots = enhanced_samples.log(enhanced_samples.SIMULATIONS[:2])
    events = [event | {"metadata": {"a": 1}} for event in events[:6]]
    log, two = _json(enhanced_samples.document()), enhanced_samples.SIMULATIONS[:2]
    pair = {"run.json": _json(enhanced_samples.results()), "run_enhanced_logs.json": log}
    legacy = {"run.json": _json(enhanced_samples.legacy_results(two)), "run_enhanced_logs.json": _json({})}
    lines = "".join(json.dumps(snapshot) + "\n" for snapshot in snapshots[:4])
    return {
        "tau2 0.x results": _alone(_v0()),
        "tau2 1.0 results": _alone(_v1()),
        "tau2 1.0 directory": _directory(),
        "tau2 1.0 directory by its results": Sample("results.json", _directory().files),
        "folder of simulations": Sample(".", {f"{n}.json": _json(simulation(*_talk(), id=n)) for n in "ab"}),
        "single simulation": _alone(simulation(*_talk(), reward_info=_checks())),
        "trimmed": _alone(_trimmed()),
        "voice": _alone(_voice()),
        "tau-bench": _alone([trajectory(), trajectory(1)]),
        "tau2-enhanced pair": Sample("run_enhanced_logs.json", pair),
        "tau2-enhanced pair by its results": Sample("run.json", pair),
        "tau2-enhanced log alone": _alone(log, "run_enhanced_logs.json"),
        "tau2-enhanced, older, results": Sample("run.json", legacy),
        "tau2-enhanced, older, log": _alone(enhanced_samples.legacy_log(two), "run_enhanced_logs.json"),
        "tau2-enhanced jit": _alone(enhanced_samples.jit(two)),
        "tau2-enhanced jit reduced": _alone(enhanced_samples.reduced(two)),
        "event export, JSON": _alone(enhanced_samples.events_json(events).encode()),
        "event export, JSON Lines": _alone(enhanced_samples.events_lines(events).encode(), "run.jsonl"),
        "event export, CSV": _alone(enhanced_samples.events_table(events).encode(), "run.csv"),
        "snapshot export, JSON": _alone(enhanced_samples.snapshots_json(snapshots[:4]).encode()),
        "snapshot export, JSON Lines": _alone(lines.encode(), "run.jsonl"),
    }

"""A small run as a tau2 results file, for the formats of tau2-enhanced to be made of."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

BEGAN = 1_759_135_000.25
"""UTC, when the run began."""

PAUSE = 2.5
"""Seconds between two calls of a conversation; the evaluator makes none."""


@dataclass(frozen=True)
class Call:
    tool: str
    arguments: dict[str, Any]
    error: str | None = None
    changes: bool = False
    requestor: str = "assistant"


@dataclass(frozen=True)
class Sim:
    task: str
    trial: int
    calls: tuple[Call, ...]
    reward: float = 1.0

    @property
    def id(self) -> str:
        return f"sim-{self.task}-{self.trial}"


GET = Call("get_users", {})
LOOK = Call("get_task", {"task_id": "task_1"})
CREATE = Call("create_task", {"user_id": "user_1", "title": "Tea"}, changes=True)
UPDATE = Call("update_task_status", {"task_id": "task_1", "status": "completed"}, changes=True)
WRONG = Call("update_task_status", {"task_id": "task_9", "status": "completed"}, error="Task task_9 not found")
GOLD = {"brew": (CREATE,), "close": (LOOK, UPDATE)}
SIMULATIONS = (
    Sim("brew", 0, (GET, CREATE)),
    Sim("close", 0, (LOOK, WRONG, UPDATE)),
    Sim("brew", 1, (GET, GET), reward=0.0),
    Sim("close", 1, (LOOK, UPDATE)),
)


def began(place: int) -> float:
    return BEGAN + 60 * place


def ended(place: int, sim: Sim) -> float:
    return began(place) + PAUSE * (len(sim.calls) + 1)


def called(place: int, number: int) -> float:
    """When the call of a conversation came back."""
    return began(place) + PAUSE * (number + 1)


def local(seconds: float, zone_hours: float) -> str:
    moment = datetime.fromtimestamp(round(seconds + zone_hours * 3600, 6), timezone.utc)
    return moment.replace(tzinfo=None).isoformat()


# The results file


def results(sims: Sequence[Sim] = SIMULATIONS, zone_hours: float = -7) -> dict[str, Any]:
    def at(seconds: float) -> str:
        return local(seconds, zone_hours)

    return {
        "timestamp": at(BEGAN - 0.5),
        "info": {
            "git_commit": "0" * 40,
            "num_trials": 2,
            "max_steps": 200,
            "max_errors": 10,
            "user_info": {
                "implementation": "user_simulator",
                "llm": "some/user",
                "llm_args": {"temperature": 0.0},
                "global_simulation_guidelines": "Be a user.",
            },
            "agent_info": {"implementation": "llm_agent", "llm": "some/agent", "llm_args": {"temperature": 0.0}},
            "environment_info": {"domain_name": "mock", "policy": "Be good.", "tool_defs": None},
            "seed": 300,
        },
        "tasks": [_task(name) for name in GOLD],
        "simulations": [_simulation(place, sim, at) for place, sim in enumerate(sims)],
    }


def _task(name: str) -> dict[str, Any]:
    actions = [
        {
            "action_id": f"{name}_{place}",
            "requestor": call.requestor,
            "name": call.tool,
            "arguments": call.arguments,
            "info": None,
            "compare_args": None,
        }
        for place, call in enumerate(GOLD[name])
    ]
    return {
        "id": name,
        "description": None,
        "user_scenario": {"persona": None, "instructions": f"Ask for {name}."},
        "ticket": None,
        "initial_state": None,
        "evaluation_criteria": {
            "actions": actions,
            "env_assertions": None,
            "communicate_info": None,
            "nl_assertions": None,
            "reward_basis": ["DB"],
        },
    }


def _simulation(place: int, sim: Sim, at: Any) -> dict[str, Any]:
    return {
        "id": sim.id,
        "task_id": sim.task,
        "timestamp": at(ended(place, sim)),
        "start_time": at(began(place)),
        "end_time": at(ended(place, sim)),
        "duration": ended(place, sim) - began(place),
        "termination_reason": "user_stop",
        "agent_cost": 0.01 * (place + 1),
        "user_cost": 0.002,
        "reward_info": {
            "reward": sim.reward,
            "db_check": {"db_match": sim.reward == 1.0, "db_reward": sim.reward},
            "env_assertions": [],
            "action_checks": None,
            "nl_assertions": None,
            "communicate_checks": None,
            "reward_basis": ["DB"],
            "reward_breakdown": {"DB": sim.reward},
            "info": None,
        },
        "messages": list(_messages(place, sim, at)),
        "trial": sim.trial,
        "seed": 626729 + sim.trial,
    }


def _messages(place: int, sim: Sim, at: Any) -> Iterable[dict[str, Any]]:
    turn = 0

    def said(role: str, content: str | None, seconds: float, calls: list[dict[str, Any]] | None) -> dict[str, Any]:
        return {
            "role": role,
            "content": content,
            "tool_calls": calls,
            "turn_idx": turn,
            "timestamp": at(seconds),
            "cost": 0.001,
            "usage": {"completion_tokens": 5, "prompt_tokens": 100},
            "raw_data": {"finish_reason": "stop", "index": 0, "message": {"content": content}},
        }

    yield said("user", "Hello", began(place) + 0.5, None)
    for number, call in enumerate(sim.calls):
        turn += 1
        asked = {
            "id": f"call_{place}_{number}",
            "name": call.tool,
            "arguments": call.arguments,
            "requestor": call.requestor,
        }
        yield said(call.requestor, None, called(place, number) - 0.3, [asked])
        turn += 1
        yield {
            "id": asked["id"],
            "role": "tool",
            "content": f"Error: {call.error}" if call.error else json.dumps({"tool": call.tool}),
            "requestor": call.requestor,
            "error": call.error is not None,
            "turn_idx": turn,
            "timestamp": at(called(place, number) + 0.001),
        }
    turn += 1
    yield said("user", "###STOP###", ended(place, sim) - 0.1, None)

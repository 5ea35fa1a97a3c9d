"""What recording costs: a tool call with and without it, and a whole simulation with and without it.

Run: ``python benchmarks/recording_overhead.py [--calls 200] [--tasks 10] [--domains mock airline retail telecom]``.
Both sides of a pair run in the same process, one after the other, in alternating order; medians are shown.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tau2_tui.logging import ExecutionLogger
from tau2_tui.recording import LoggingEnvironment, RecordConfig, tau2_api
from tau2_tui.recording.databases import StateFingerprint
from tau2_tui.recording.session import SimulationIdentity
from tau2_tui.recording.simulation import RunContext, SimulationRecorder
from tau2_tui.recording.stopping import StopSwitch
from tau2_tui.recording.task_selection import select_tasks

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # what the tests hold a recording against is measured here
from tests.recording.runs import run_bare  # noqa: E402

Call = tuple[str, dict[str, Any]]


def mock_calls(environment: Any) -> tuple[Call, list[Call]]:
    states = ("completed", "pending")
    return ("get_users", {}), [("update_task_status", {"task_id": "task_1", "status": status}) for status in states]


def airline_calls(environment: Any) -> tuple[Call, list[Call]]:
    database = environment.tools.db
    reservation = next(iter(database.reservations.values()))
    people = [passenger.model_dump() for passenger in reservation.passengers]
    renamed = [[{**person, "first_name": name} for person in people] for name in ("Ada", "Grace")]
    return ("get_user_details", {"user_id": next(iter(database.users))}), [
        ("update_reservation_passengers", {"reservation_id": reservation.reservation_id, "passengers": passengers})
        for passengers in renamed
    ]


def retail_calls(environment: Any) -> tuple[Call, list[Call]]:
    user_id = next(iter(environment.tools.db.users))
    address = {"user_id": user_id, "address2": "", "city": "X", "state": "Y", "country": "USA", "zip": "1"}
    streets = ("1 A Street", "2 B Street")
    return ("get_user_details", {"user_id": user_id}), [
        ("modify_user_address", {**address, "address1": street}) for street in streets
    ]


def telecom_calls(environment: Any) -> tuple[Call, list[Call]]:
    database = environment.tools.db
    environment.user_tools.db.surroundings.phone_number = database.lines[0].phone_number
    ids = {"customer_id": database.customers[0].customer_id, "line_id": database.lines[0].line_id}
    return ("get_customer_by_id", {"customer_id": ids["customer_id"]}), [
        ("enable_roaming", ids),
        ("disable_roaming", ids),
    ]


CALLS: dict[str, Callable[[Any], tuple[Call, list[Call]]]] = {
    "mock": mock_calls,
    "airline": airline_calls,
    "retail": retail_calls,
    "telecom": telecom_calls,
}


def timed(function: Callable[[], Any]) -> float:
    start = time.perf_counter()
    function()
    return (time.perf_counter() - start) * 1000


def call_costs(tau2: tau2_api.Tau2, domain: str, calls: int, log: Path) -> list[tuple[str, float, float]]:
    """Return kind, bare and recorded median milliseconds of a read and of a write that changes something."""
    bare, recorded = tau2.environment(domain), tau2.environment(domain)
    read, writes = CALLS[domain](bare)
    CALLS[domain](recorded)
    logger = ExecutionLogger(log, recent=0)

    class Sink:
        def emit(self, event: Any) -> None:
            logger.log_event(event)

        def call_turn_idx(self) -> int | None:
            return None

    LoggingEnvironment(recorded, sink=Sink())
    rows = []
    for kind, sequence in (("read", [read]), ("write", writes)):
        times: tuple[list[float], list[float]] = ([], [])
        for name, arguments in itertools.islice(itertools.cycle(sequence), calls if kind == "read" else calls // 5):
            call = tau2.tool_call("call", name, arguments, "assistant")
            for side, environment in enumerate((bare, recorded)):
                times[side].append(timed(lambda e=environment, c=call: check(e.get_response(c))))
        rows.append((f"{kind} {sequence[0][0]}", statistics.median(times[0]), statistics.median(times[1])))
    logger.close()
    return rows


def check(message: Any) -> None:
    if message.error:
        raise SystemExit(f"the benchmark's call failed: {message.content}")


def one_serialisation(tau2: tau2_api.Tau2, domain: str) -> float:
    """Return the median milliseconds of pydantic's own ``model_dump_json`` of the agent's database."""
    database = tau2.environment(domain).tools.db
    return statistics.median(timed(database.model_dump_json) for _ in range(15))


def run_costs(tau2: tau2_api.Tau2, domain: str, tasks: int, log: Path) -> list[tuple[float, float]]:
    """Return bare and recorded milliseconds of building, running and evaluating each task."""
    config = RecordConfig(domain=domain, num_tasks=tasks)
    baseline = StateFingerprint.of(tau2.environment(domain))
    pairs = []
    with ExecutionLogger(log, recent=0) as logger:
        context = RunContext(tau2, config, logger, baseline, StopSwitch())
        for number, task in enumerate(select_tasks(tau2, config)):
            identity = SimulationIdentity(str(uuid.uuid4()), task.id, 0, domain, seed=1)
            sides = [
                lambda t=task: run_bare(tau2, config, t),
                lambda t=task, i=identity: SimulationRecorder(context, i, t).record(),
            ]
            order = (0, 1) if number % 2 else (1, 0)
            times = {side: timed(sides[side]) for side in order}
            pairs.append((times[0], times[1]))
    return pairs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--tasks", type=int, default=10)
    parser.add_argument("--domains", nargs="+", default=list(CALLS))
    options = parser.parse_args()
    tau2 = tau2_api.load()
    with tempfile.TemporaryDirectory() as folder:
        print(f"{'one call':52}{'bare ms':>10}{'recorded':>10}{'added':>10}{'1 dump':>10}")
        for domain in options.domains:
            dump = one_serialisation(tau2, domain)
            for kind, bare, recorded in call_costs(tau2, domain, options.calls, Path(folder) / f"{domain}_calls"):
                print(f"{domain + ' ' + kind:52}{bare:10.3f}{recorded:10.3f}{recorded - bare:10.3f}{dump:10.3f}")
        print(f"\n{'one simulation, evaluation included':52}{'bare ms':>10}{'recorded':>10}{'added':>10}{'ratio':>10}")
        for domain in options.domains:
            pairs = run_costs(tau2, domain, options.tasks, Path(folder) / f"{domain}_runs")
            bare, recorded = (statistics.median(side) for side in zip(*pairs, strict=True))
            added = statistics.median(b - a for a, b in pairs)
            ratio = statistics.median(b / a for a, b in pairs)
            print(f"{f'{domain}, {len(pairs)} tasks':52}{bare:10.1f}{recorded:10.1f}{added:10.1f}{ratio:10.3f}")


if __name__ == "__main__":
    main()

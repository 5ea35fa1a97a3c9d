"""Documents of any shape under the keys that the formats know: each is read, or refused in one line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tau2_tui.errors import LogFormatError
from tau2_tui.events.codec import loads
from tau2_tui.runlog.formats import read
from tau2_tui.runlog.spool import write_events
from tests.runlog.formats.every_format import samples


def keys_in(value: Any) -> set[str]:
    """Return every key in a document."""
    if isinstance(value, dict):
        return set(value).union(*map(keys_in, value.values()))
    return set().union(*map(keys_in, value)) if isinstance(value, list) else set()


DOCUMENTS = [
    json.loads(data) for sample in samples().values() for name, data in sample.files.items() if name.endswith(".json")
]
KEYS = sorted(set().union(*map(keys_in, DOCUMENTS)) | {"\ud800", ""})

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3) | st.integers(-(2**70), 2**70),
    st.floats(),
    st.sampled_from(
        ["assistant", "user", "tool", "s1", "t1", "c1", "ToolExecutionEvent", "2026-01-01T00:00:00", "error"]
    ),
    st.text(st.characters(), max_size=4),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=8),
    max_leaves=30,
)
objects = st.dictionaries(st.sampled_from(KEYS), values, max_size=8)


def as_results(simulations: list[Any], members: dict[str, Any]) -> bytes:
    return dumped({"info": {"num_trials": 1}, **members, "simulations": simulations})


def as_simulation(_: list[Any], members: dict[str, Any]) -> bytes:
    return dumped({"task_id": "t", "messages": [], **members})


def as_tau_bench(entries: list[Any], members: dict[str, Any]) -> bytes:
    return dumped([{"traj": [], "task_id": 0, "reward": 0, **members}, *entries])


def as_enhanced(entries: list[Any], members: dict[str, Any]) -> bytes:
    return dumped({"execution_events": entries, **members})


def as_legacy(entries: list[Any], members: dict[str, Any]) -> bytes:
    return dumped({"enhanced_simulations": 1, "simulations": {str(n): one for n, one in enumerate(entries)}, **members})


def as_jit(entries: list[Any], members: dict[str, Any]) -> bytes:
    one = {"execution_logs": entries, "enhanced_logging_enabled": True, "task_id": "t"}
    return dumped({"info": {}, "simulations": [one, members, one | members], "tasks": entries})


def as_events(entries: list[Any], members: dict[str, Any]) -> bytes:
    return dumped({"events": [members, *entries], "metadata": members})


def as_snapshots(entries: list[Any], members: dict[str, Any]) -> bytes:
    return dumped({"snapshots": [members, *entries], "metadata": members})


def as_lines(entries: list[Any], members: dict[str, Any]) -> bytes:
    first = {"timestamp": 1.5, "event_type": "ToolExecutionEvent", **members}
    return b"\n".join(map(dumped, [first, *entries]))


def as_table(entries: list[Any], members: dict[str, Any]) -> bytes:
    names = ["event_type", "timestamp", "level", "tool_args", *(key for key in members if key.isidentifier())]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(names)
    writer.writerow([repr(members.get(name)) for name in names])
    writer.writerows([[repr(one)] * len(names) for one in entries])
    return out.getvalue().encode("utf-8", "surrogatepass")


def dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


FORMS = [
    *(as_results, as_simulation, as_tau_bench, as_enhanced, as_legacy),
    *(as_jit, as_events, as_snapshots, as_lines, as_table),
]


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(entries=st.lists(values, max_size=4), members=objects)
def test_any_values_under_known_keys(
    tmp_path: Path, form: Callable[[list[Any], dict[str, Any]], bytes], entries: list[Any], members: dict[str, Any]
) -> None:
    path = tmp_path / "run_enhanced_logs.json"
    path.write_bytes(form(entries, members))
    target = io.BytesIO()
    try:
        write_events(read(path).events, target)
    except LogFormatError as error:
        assert "\n" not in str(error)
    for number, line in enumerate(target.getvalue().splitlines()):
        assert loads(line)["seq"] == number

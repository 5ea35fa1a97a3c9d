"""``LoggingEnvironment`` around environments built on tau2's own classes."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.errors import LogWriteError
from tau2_tui.recording import LoggingEnvironment
from tau2_tui.recording.databases import StateFingerprint
from tau2_tui.recording.environment import observer_of, stop_recording
from tau2_tui.recording.tau2_api import Tau2
from tests.recording.logs import ListSink, of_type, rows_of


class Built:
    """An environment of our own with every kind of tool, and what it records."""

    def __init__(self, tau2: Tau2, environment: Any, **options: Any) -> None:
        self.tau2 = tau2
        self.sink = ListSink()
        self.environment: Any = LoggingEnvironment(environment, sink=self.sink, **options)

    def call(self, tool: str, /, *, by: str = "assistant", **arguments: Any) -> Any:
        return self.environment.get_response(self.tau2.tool_call("id-1", tool, arguments, by))

    def tool_event(self) -> dict[str, Any]:
        (event,) = self.sink.of("ToolExecutionEvent")
        return event


def make_environment(tau2: Tau2, *, syncing: bool = False) -> Any:
    from tau2.environment.db import DB
    from tau2.environment.toolkit import ToolKitBase, ToolType, is_tool

    class Database(DB):  # type: ignore[misc]
        items: dict[str, int]
        log: list[str]

    class Tools(ToolKitBase):  # type: ignore[misc]
        @is_tool(ToolType.READ)
        def get_item(self, name: str, default: int = 0) -> int:
            """Read."""
            return self.db.items.get(name, default)

        @is_tool(ToolType.READ)
        def peek_and_poke(self, name: str) -> str:
            """A tool that says it reads, and writes."""
            self.db.items[name] = -1
            return "done"

        @is_tool(ToolType.WRITE)
        def put_item(self, name: str, value: int) -> dict[str, int]:
            """Write."""
            self.db.items[name] = value
            return self.db.items

        @is_tool(ToolType.WRITE)
        def put_and_fail(self, name: str) -> None:
            """Write, then raise."""
            self.db.items[name] = 1
            raise KeyError(name)

        @is_tool(ToolType.READ)
        def peek_and_fail(self, name: str) -> str:
            """A tool that says it reads, writes, and raises."""
            self.db.items[name] = -1
            raise LookupError(name)

        @is_tool(ToolType.WRITE)
        def collect(self, names: list[str]) -> list[str]:
            """Change the argument itself."""
            names.append("more")
            return names

        @is_tool(ToolType.GENERIC)
        def parse(self, text: str) -> Any:
            """Validate."""
            return Database.model_validate(json.loads(text))

        @is_tool(ToolType.GENERIC)
        def odd(self) -> Any:
            """Return what pydantic has no JSON for."""
            return Database.model_construct(items={"a": object()}, log=[])

        @is_tool(ToolType.GENERIC)
        def blob(self, size: int) -> str:
            """Return much."""
            return "ä" * size

    class Environment(tau2.environment_base):  # type: ignore[misc,name-defined]
        def extra(self) -> str:
            return "kept"

    class SyncingEnvironment(Environment):
        broken = False

        def sync_tools(self) -> None:
            if self.broken:
                raise RuntimeError("sync broke")
            self.user_tools.db.items = {"sum": sum(self.tools.db.items.values())}

    cls = SyncingEnvironment if syncing else Environment
    return cls("custom", "policy", Tools(Database(items={"a": 1}, log=[])), Tools(Database(items={}, log=[])))


@pytest.fixture
def built(tau2: Tau2) -> Built:
    return Built(tau2, make_environment(tau2))


def test_the_environment_keeps_its_class_its_methods_and_its_identity(tau2: Tau2) -> None:
    original = make_environment(tau2)
    before = type(original)
    wrapped: Any = LoggingEnvironment(original, sink=ListSink())
    assert wrapped is original
    assert isinstance(wrapped, before) and isinstance(wrapped, LoggingEnvironment)
    assert wrapped.extra() == "kept"
    assert type(wrapped).__name__ == before.__name__
    with pytest.raises(TypeError, match="already"):
        LoggingEnvironment(wrapped)


def test_a_write_is_recorded_with_result_signature_and_what_it_changed(built: Built) -> None:
    answer = built.call("put_item", name="b", value=2)
    assert json.loads(answer.content) == {"a": "1", "b": "2"}  # tau2's own way to write it
    event = built.tool_event()
    assert event["success"] and event["state_changed"] is True and event["tool_call_id"] == "id-1"
    assert event["result"] == {"a": 1, "b": 2} and event["result_type"] == "dict"
    assert event["required_args_provided"] == ["name", "value"] and event["missing_args"] == []
    assert event["execution_time"] > 0
    (change,) = built.sink.of("StateChangeEvent")
    assert change["changes"] == [{"op": "add", "path": "/items/b", "value": 2}]
    assert (change["state_type"], change["action_trigger"], change["tool_call_id"]) == ("database", "put_item", "id-1")
    assert (event["pre_state_hash"], event["post_state_hash"]) == (change["pre_state_hash"], change["post_state_hash"])
    assert [row["action_trigger"] for row in built.sink.of("StateSnapshotEvent")] == ["after_put_item"]


def test_the_users_tool_changes_the_users_database(built: Built) -> None:
    built.call("put_item", by="user", name="u", value=5)
    (change,) = built.sink.of("StateChangeEvent")
    assert change["state_type"] == "user_database"
    assert built.tool_event()["requestor"] == "user"
    assert built.tool_event()["pre_state_hash"] == change["pre_state_hash"]


def test_a_tool_that_writes_and_then_raises_is_a_state_change_and_an_error(built: Built) -> None:
    answer = built.call("put_and_fail", name="x")
    assert answer.error and answer.content == "Error: 'x'"
    event = built.tool_event()
    assert (event["success"], event["error_type"], event["error_message"]) == (False, "KeyError", "'x'")
    assert event["level"] == "error" and event["state_changed"] is True
    (change,) = built.sink.of("StateChangeEvent")
    assert change["changes"] == [{"op": "add", "path": "/items/x", "value": 1}]
    assert [row["action_trigger"] for row in built.sink.of("StateSnapshotEvent")] == ["error"]


def test_reads_are_not_looked_after_unless_they_fail_or_all_is_asked_for(tau2: Tau2, built: Built) -> None:
    built.call("get_item", name="a")
    event = built.tool_event()
    assert event["state_changed"] is None and event["pre_state_hash"] is None and event["result"] == 1
    assert not built.sink.of("StateSnapshotEvent")
    careful = Built(tau2, make_environment(tau2), snapshots="all")
    careful.call("peek_and_poke", name="z")
    assert careful.tool_event()["state_changed"] is True
    triggers = [row["action_trigger"] for row in careful.sink.of("StateSnapshotEvent")]
    assert triggers == ["before_peek_and_poke", "after_peek_and_poke"]


def test_a_read_that_fails_is_looked_after(built: Built) -> None:
    built.call("peek_and_fail", name="z")
    assert built.tool_event()["state_changed"] is True
    (change,) = built.sink.of("StateChangeEvent")
    assert change["action_trigger"] == "peek_and_fail"


def test_what_a_mislabelled_read_wrote_is_found_at_the_next_look(built: Built) -> None:
    built.call("peek_and_poke", name="z")
    assert not built.sink.of("StateChangeEvent")
    observer_of(built.environment).look_for_untracked()
    (change,) = built.sink.of("StateChangeEvent")
    assert (change["action_trigger"], change["level"]) == ("untracked", "warning")
    assert change["changes"] == [{"op": "add", "path": "/items/z", "value": -1}]


def test_an_unknown_tool_is_an_error_without_known_arguments(built: Built) -> None:
    answer = built.call("no_such_tool", x=1)
    event = built.tool_event()
    assert answer.error and not event["success"] and event["error_type"] == "ValueError"
    assert event["unexpected_args"] == event["missing_args"] == event["required_args_provided"] == []
    assert event["state_changed"] is False


def test_missing_and_unexpected_arguments_are_named(built: Built) -> None:
    built.call("put_item", name="b", colour="red")
    event = built.tool_event()
    assert event["missing_args"] == ["value"] and event["unexpected_args"] == ["colour"]
    assert event["error_type"] == "TypeError" and event["state_changed"] is False


def test_optional_arguments_are_told_from_required_ones(built: Built) -> None:
    built.call("get_item", name="q", default=3)
    assert built.tool_event()["optional_args_provided"] == ["default"]


def test_pydantic_validation_errors_are_listed_by_argument(built: Built) -> None:
    built.call("parse", text='{"items": {"a": "many"}, "log": 3}')
    event = built.tool_event()
    assert event["error_type"] == "ValidationError"
    assert [text.split(":")[0] for text in event["validation_errors"]] == ["items.a", "log"]


def test_a_model_as_result_is_written_as_its_json(built: Built) -> None:
    built.call("parse", text='{"items": {"a": 4}, "log": []}')
    assert built.tool_event()["result"] == {"items": {"a": 4}, "log": []}
    assert built.tool_event()["result_type"] == "Database"


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
def test_a_model_that_pydantic_cannot_write_is_recorded_all_the_same(tau2: Tau2) -> None:
    built = Built(tau2, make_environment(tau2))
    answer = built.call("odd")
    event = built.tool_event()
    assert not answer.error and event["success"] and event["result_type"] == "Database"
    assert "object at" in event["result"]["items"]["a"] and event["result"]["log"] == []


def test_a_long_result_is_cut_and_says_so(tau2: Tau2) -> None:
    built = Built(tau2, make_environment(tau2), max_result_bytes=1000)
    built.call("blob", size=2000)
    event = built.tool_event()
    assert event["result_truncated"] is True and event["result_size"] == 4002
    assert len(event["result"].encode()) <= 1000 and event["result"].startswith('"ää')
    assert event["result_preview"].startswith("ää")


@pytest.mark.parametrize("name", ["requestor", "tool_name", "self"])
def test_arguments_named_like_pythons_own_give_the_texts_that_tau2_gives_alone(tau2: Tau2, name: str) -> None:
    bare = make_environment(tau2)
    expected = bare.get_response(tau2.tool_call("id-1", "get_item", {name: "x"}, "assistant"))
    built = Built(tau2, make_environment(tau2))
    answer = built.call("get_item", **{name: "x"})
    assert answer.content == expected.content and answer.error
    event = built.tool_event()
    assert event["error_type"] == "TypeError" and f"Error: {event['error_message']}" == expected.content


def test_the_recorded_arguments_are_those_of_the_call_even_if_the_tool_changes_them(built: Built) -> None:
    answer = built.call("collect", names=["a"])
    assert answer.content == '["a", "more"]'
    assert built.tool_event()["tool_args"] == {"names": ["a"]}
    assert built.tool_event()["result"] == ["a", "more"]


def test_calls_repeated_from_a_history_are_not_recorded(tau2: Tau2, built: Built) -> None:
    from tau2.data_model.message import AssistantMessage

    call = tau2.tool_call("h", "put_item", {"name": "h", "value": 9}, "assistant")
    other = make_environment(tau2)
    answer = other.get_response(call)
    message = AssistantMessage(role="assistant", tool_calls=[call])
    env = built.environment
    env.set_state(initialization_data=None, initialization_actions=None, message_history=[message, answer])
    assert env.tools.db.items["h"] == 9
    assert built.sink.rows == []
    built.call("put_item", name="n", value=1)
    (change,) = built.sink.of("StateChangeEvent")
    assert [part["path"] for part in change["changes"]] == ["/items/n"]


def test_what_sync_tools_changed_is_told_from_what_the_tool_changed(tau2: Tau2) -> None:
    built = Built(tau2, make_environment(tau2, syncing=True))
    built.call("put_item", name="b", value=2)
    changes = [(row["action_trigger"], row["state_type"], row["changes"]) for row in built.sink.of("StateChangeEvent")]
    assert changes == [
        ("put_item", "database", [{"op": "add", "path": "/items/b", "value": 2}]),
        ("sync_tools", "user_database", [{"op": "replace", "path": "/items/sum", "old": 1, "value": 3}]),
    ]
    assert built.environment.user_tools.db.items == {"sum": 3}


def test_a_sync_between_calls_is_recorded_by_itself(tau2: Tau2) -> None:
    built = Built(tau2, make_environment(tau2, syncing=True))
    env = built.environment
    env.tools.db.items["b"] = 9
    env.sync_tools()
    rows = built.sink.of("StateChangeEvent")
    assert {row["action_trigger"] for row in rows} == {"sync_tools"}
    assert all(row["tool_call_id"] is None for row in rows)


def test_a_sync_that_fails_is_the_calls_error_as_tau2_has_it(tau2: Tau2) -> None:
    environment = make_environment(tau2, syncing=True)
    built = Built(tau2, environment)
    environment.broken = True
    answer = built.call("put_item", name="b", value=2)
    event = built.tool_event()
    assert answer.error and answer.content == "Error: sync broke"
    assert (event["success"], event["error_type"]) == (False, "RuntimeError")
    assert event["metadata"] == {"failed_in": "sync_tools"}
    assert event["state_changed"] is True


def test_setting_a_state_is_looked_at_even_when_only_sync_tools_can_change_it(tau2: Tau2) -> None:
    environment = make_environment(tau2, syncing=True)
    environment.user_tools.db.items = {"sum": 99}
    built = Built(tau2, environment, baseline=StateFingerprint.of(environment))
    seen: list[Any] = []
    observer_of(built.environment).on_state_set = seen.append
    built.environment.set_state(initialization_data=None, initialization_actions=None, message_history=[])
    (delta,) = seen
    assert delta.changes == {"user_database": [{"op": "replace", "path": "/items/sum", "old": 99, "value": 1}]}


def test_full_snapshots_hold_both_databases(tau2: Tau2) -> None:
    built = Built(tau2, make_environment(tau2), snapshots="full")
    built.call("put_item", name="b", value=2)
    (snapshot,) = built.sink.of("StateSnapshotEvent")
    assert snapshot["state"]["database"]["items"] == {"a": 1, "b": 2}
    assert snapshot["state"]["user_database"]["items"] == {}


def test_a_deep_copy_is_independent_and_does_not_record(built: Built) -> None:
    twin: Any = copy.deepcopy(built.environment)
    twin.get_response(built.tau2.tool_call("t", "put_item", {"name": "t", "value": 1}, "assistant"))
    assert built.sink.rows == []
    assert "t" in twin.tools.db.items and "t" not in built.environment.tools.db.items


def test_an_environment_can_be_let_go_as_it_was(tau2: Tau2) -> None:
    environment = make_environment(tau2)
    original, before = type(environment), set(vars(environment))
    LoggingEnvironment(environment, sink=ListSink())
    stop_recording(environment)
    assert type(environment) is original and set(vars(environment)) == before


def test_a_new_instance_of_the_environments_class_is_an_ordinary_one(tau2: Tau2, built: Built) -> None:
    env = built.environment
    fresh = type(env)("other", "policy", env.tools, env.user_tools)
    assert fresh.domain_name == "other" and fresh is not env
    fresh.get_response(tau2.tool_call("t", "put_item", {"name": "t", "value": 1}, "assistant"))
    assert built.sink.rows == []


def test_a_log_file_that_was_taken_away_and_cannot_be_made_again_is_made_later(tau2: Tau2, tmp_path: Path) -> None:
    folder, aside = tmp_path / "logs", tmp_path / "aside"
    folder.mkdir()
    LoggingEnvironment(make_environment(tau2), log_file=folder / "own.jsonl")
    folder.rename(aside)
    with pytest.raises(LogWriteError, match="No such file"):
        LoggingEnvironment(make_environment(tau2), log_file=folder / "own.jsonl")
    aside.rename(folder)
    environment: Any = LoggingEnvironment(make_environment(tau2), log_file=folder / "own.jsonl")
    environment.get_response(tau2.tool_call("c", "put_item", {"name": "b", "value": 1}, "assistant"))
    assert of_type(rows_of(folder / "own.jsonl"), "ToolExecutionEvent")


def test_environments_used_on_their_own_share_one_log_file(tau2: Tau2, tmp_path: Path) -> None:
    path = tmp_path / "custom.jsonl"
    for number in range(3):
        environment: Any = LoggingEnvironment(make_environment(tau2), log_file=path)
        environment.get_response(tau2.tool_call(f"c{number}", "put_item", {"name": "b", "value": number}, "assistant"))
    calls = of_type(rows_of(path), "ToolExecutionEvent")
    assert [row["tool_call_id"] for row in calls] == ["c0", "c1", "c2"]
    assert {row["simulation_id"] for row in calls} == {None}
    assert len({row["metadata"]["environment"] for row in calls}) == 3


def test_a_failure_to_write_is_never_taken_for_the_tools_error(tau2: Tau2) -> None:
    class FullDisk(ListSink):
        def emit(self, event: Any) -> None:
            raise LogWriteError("disk full")

    environment: Any = LoggingEnvironment(make_environment(tau2), sink=FullDisk())
    with pytest.raises(LogWriteError):
        environment.get_response(tau2.tool_call("t", "put_item", {"name": "t", "value": 1}, "assistant"))

"""One simulation under examination, with everything of its run that may count as evidence."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate
from typing import Any

import numpy as np
import orjson

from tau2_tui.analysis.blame.values import plain, record_ids, texts
from tau2_tui.analysis.calls.reference import references
from tau2_tui.analysis.data.records import Call, GoldAction, Message, Run, Simulation
from tau2_tui.analysis.data.rows import mapping, objects, shallow, writing_tools
from tau2_tui.analysis.data.rows import texts as strings
from tau2_tui.analysis.data.tables import Table
from tau2_tui.events import SimulationEndEvent
from tau2_tui.runlog.envelope import parse_object
from tau2_tui.runlog.log import RunLog
from tau2_tui.runlog.refs import PASS_TOLERANCE

_WRITTEN_IN_WAYS = re.compile(r'[\x00-\x1f\x7f"\\/\ufffd]')
_READING = ("get_", "find_", "list_", "search_", "check_", "show_", "view_", "run_", "verify_", "can_", "is_")
_READING_NAMES = frozenset({"calculate", "think", "transfer_to_human_agents", "done"})

SPEAKERS = frozenset({"user", "tool", "assistant"})
"""The roles whose words belong to the conversation."""

Footprint = frozenset[tuple[str, ...]]


@dataclass(frozen=True)
class _Lines:
    """Lines of a log, read together when the first of them is asked for."""

    log: RunLog
    numbers: Sequence[int]

    @cached_property
    def raw(self) -> Mapping[int, bytes]:
        """Their bytes, by number."""
        return dict(zip(self.numbers, self.log.some(self.numbers), strict=True))


@dataclass(frozen=True)
class Said:
    """A message, whose text is read from the log when it is asked for.

    Attributes:
        lines: the lines of the conversation.
        turn: its index in the conversation.
        role: assistant, user or tool.
        line: its line in the log.
        calls: how many tool calls it makes.
    """

    lines: _Lines
    turn: int
    role: str
    line: int
    calls: int = 0

    @cached_property
    def text(self) -> str:
        """What was said, empty for none."""
        return _content(self.raw)

    def holds(self, value: Wanted) -> bool:
        """Return whether a text was said."""
        if value.written is not None and value.written not in self.raw and b"\\u" not in self.raw:
            return False  # nearly always, and without parsing the line
        return value.text in self.text

    @property
    def raw(self) -> bytes:
        """Its line's bytes."""
        return self.lines.raw[self.line]


class Wanted:
    """A text to look for in messages.

    Attributes:
        text: the text.
        written: its bytes in JSON but for escapes by number; None for a text that can be written in other ways too.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.written = None if _WRITTEN_IN_WAYS.search(text) else text.encode("utf-8", "surrogatepass")


class Conversation:
    """What user, agent and tools said, to look for texts in all of it at once.

    Args:
        said: the messages, in order.
    """

    def __init__(self, said: Sequence[Said]) -> None:
        spoken = [(place, one) for place, one in enumerate(said) if one.role in SPEAKERS]
        self._spoken = [one for _, one in spoken]
        raw = [one.raw for one in self._spoken]
        self._whole = b"\n".join(raw)  # no line feed stands inside a line, so nothing is found across two
        self._starts = list(accumulate((len(one) + 1 for one in raw), initial=0))
        self._escaped = b"\\u" in self._whole
        latest = list(accumulate((one.turn for one in said), max))
        self._latest = [latest[place] for place, _ in spoken]

    def first(self, value: Wanted, before: int | None = None) -> Said | None:
        """Return the first message with a text; those from the first one of index ``before`` on do not count."""
        latest, said = next(self.holding(value), (0, None))
        return said if before is None or latest < before else None

    def holding(self, value: Wanted, roles: frozenset[str] = SPEAKERS) -> Iterator[tuple[int, Said]]:
        """Yield the messages of these roles with a text, each with the highest index so far of any message."""
        if value.written is None or self._escaped:
            both = zip(self._latest, self._spoken, strict=True)
            yield from ((latest, one) for latest, one in both if one.role in roles and one.holds(value))
            return
        at = self._whole.find(value.written) if self._spoken else -1
        while at >= 0:
            place = bisect_right(self._starts, at) - 1
            said = self._spoken[place]
            if said.role in roles and said.holds(value):
                yield self._latest[place], said
            at = self._whole.find(value.written, self._starts[place + 1])


class RunEvidence:
    """What the simulations of a run share: who writes, what each tool touches, what was expected."""

    def __init__(self, log: RunLog, run: Run) -> None:
        self.log = log
        self.run = run
        self._writes = writing_tools(run.tools, run.calls)
        self._of_user = {name for whose, name in run.tools if whose == "user" and ("assistant", name) not in run.tools}
        self._calls: dict[int, list[Call]] = defaultdict(list)
        self._messages = Table.of(Message, run.messages)
        self._gold = references(run)
        self._defined: dict[str, list[GoldAction]] = defaultdict(list)
        for action in run.gold:
            self._defined[action.task_id].append(action)
        for call in run.calls:
            self._calls[call.simulation].append(call)

    def writes(self, requestor: str, name: str) -> bool:
        """Return whether a tool changes state; by its name where the log does not tell."""
        known = self._writes.get((requestor, name))
        if known is None and self.of_user(name):
            known = self._writes.get(("user", name))
        if known is not None:
            return known
        return not name.startswith(_READING) and name not in _READING_NAMES

    def of_user(self, name: str) -> bool:
        """Return whether a tool is the user's alone; an agent that works without a user has it too."""
        return name in self._of_user

    @cached_property
    def footprints(self) -> Mapping[str, Footprint]:
        """The places that each tool was seen to change, in any simulation of the run."""
        found: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        for change in self.run.state_changes:
            found[change.trigger].update(place(change.state_type, path) for path in change.paths)
        return {name: frozenset(places) for name, places in found.items()}

    def _messages_of(self, index: int) -> tuple[Message, ...]:
        simulations = self._messages.whole("simulation")
        first, stop = np.searchsorted(simulations, (index, index + 1)).tolist()
        return tuple(self._messages[first:stop])

    def case(self, simulation: Simulation) -> Case:
        """Return one simulation for examination."""
        index = simulation.index
        defined = self._defined.get(simulation.task_id, [])
        evaluated = self._gold[index]
        known = [(a.name, a.args) for a in defined] == [(a.name, a.args) for a in evaluated]
        return Case(
            evidence=self,
            simulation=simulation,
            calls=tuple(self._calls.get(index, ())),
            messages=self._messages_of(index),
            gold=_expected_of_agent(evaluated) if simulation.solo else evaluated,
            task=self.run.tasks.get(simulation.task_id, {}) if known else {},
        )


@dataclass(frozen=True, eq=False)
class Case:
    """One simulation under examination.

    Attributes:
        evidence: what it shares with the others of its run.
        simulation: its record.
        calls: its calls, in order.
        messages: its messages, in order.
        gold: the reference actions that it was evaluated against, all of them the agent's own where there is no user.
        task: the task's definition, empty when the log does not hold it, or holds another than the one that was run.
    """

    evidence: RunEvidence
    simulation: Simulation
    calls: tuple[Call, ...]
    messages: tuple[Message, ...]
    gold: tuple[GoldAction, ...]
    task: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def failed_checks(self) -> tuple[str, ...]:
        """The parts of the reward that were not full, as tau2 names them; from its checks without a breakdown."""
        parts = self.simulation.parts
        if parts:
            return tuple(name for name, value in parts.items() if value < 1.0 - PASS_TOLERANCE)
        info = mapping(self.simulation.reward_info)
        failed = []
        if mapping(info.get("db_check")).get("db_match") is False:
            failed.append("DB")
        checks = (
            ("COMMUNICATE", "communicate_checks"),
            ("ENV_ASSERTION", "env_assertions"),
            ("NL_ASSERTION", "nl_assertions"),
        )
        for name, key in checks:
            if any(check.get("met") is False for check in objects(info.get(key))):
                failed.append(name)
        return tuple(failed)

    @cached_property
    def basis(self) -> frozenset[str]:
        """What the reward is made of, as tau2 names it; empty when not recorded."""
        info, criteria = mapping(self.simulation.reward_info), mapping(self.task.get("evaluation_criteria"))
        return frozenset(strings(info.get("reward_basis")) or strings(criteria.get("reward_basis")))

    @property
    def state_failed(self) -> bool:
        """Whether what was done may be what failed: the state or the actions, or nobody says which check it was."""
        return not self.failed_checks or bool({"DB", "ENV_ASSERTION", "ACTION"} & set(self.failed_checks))

    def needed(self, action: GoldAction) -> bool:
        """Return whether leaving out a reference action can fail the task: it writes, or every action is checked."""
        return "ACTION" in self.failed_checks or self.evidence.writes(action.requestor, action.name)

    def call_writes(self, call: Call) -> bool:
        """Return whether a call changed state, as far as that is known."""
        if call.state_changed is not None:
            return call.state_changed
        return not call.error and self.evidence.writes(call.requestor, call.name)

    @cached_property
    def keys(self) -> Mapping[int, tuple[str, str, Hashable]]:
        """By place of each call: its tool, whose it is, and its arguments, equal where they mean the same."""
        return {call.i: (call.name, call.requestor, plain(call.args)) for call in self.calls}

    @cached_property
    def ids(self) -> Mapping[int, frozenset[str]]:
        """By place of each call: the ids among its arguments."""
        return {call.i: record_ids(call.args) for call in self.calls}

    @cached_property
    def first_used(self) -> Mapping[str, int]:
        """By id the place of the first call that had it among its arguments and did not fail."""
        found: dict[str, int] = {}
        for call in self.calls:
            if not call.error:
                for text in self.ids[call.i]:
                    found.setdefault(text, call.i)
        return found

    @cached_property
    def said(self) -> tuple[Said, ...]:
        """The messages; their texts are read from the log when they are asked for."""
        lines = _Lines(self.evidence.log, [message.line for message in self.messages])
        return tuple(
            Said(
                lines,
                i if message.turn is None else message.turn,
                message.role,
                message.line,
                message.tool_calls,
            )
            for i, message in enumerate(self.messages)
        )

    @cached_property
    def said_by_agent(self) -> tuple[Said, ...]:
        """The agent's messages."""
        return tuple(one for one in self.said if one.role == "assistant")

    @cached_property
    def conversation(self) -> Conversation:
        """What was said, to look for texts in."""
        return Conversation(self.said)

    @cached_property
    def scenario(self) -> str:
        """Everything that the user knows of the task, as one text."""
        parts = [self.task.get("user_scenario"), self.task.get("ticket")]
        return "\n".join(text for part in parts for text in texts(part))

    @cached_property
    def gold_diff(self) -> Mapping[str, list[Mapping[str, Any]]] | None:
        """Changes from the reference state to the reached one by database; None when not known."""
        recorded: Any = self.simulation.gold_diff
        if recorded is None or self.simulation.end_line is None:
            return None
        event = self.evidence.log.event(self.simulation.end_line)
        if isinstance(event, SimulationEndEvent):
            after_sync = event.metadata.get("gold_diff_after_sync")
            recorded = shallow(after_sync) if isinstance(after_sync, dict) else recorded
        return {str(name): objects(changes) for name, changes in recorded.items()}

    @cached_property
    def _diff_places(self) -> Footprint:
        diff = self.gold_diff or {}
        return frozenset(
            place(name, str(change.get("path", ""))) for name, changes in diff.items() for change in changes
        )

    @cached_property
    def _diff_text(self) -> str:
        diff = self.gold_diff or {}
        return "\n".join(
            text
            for changes in diff.values()
            for change in changes
            for text in (str(change.get("path", "")), *texts(change.get("old")), *texts(change.get("value")))
        )

    def lacked(self, action: GoldAction) -> bool | None:
        """Return whether leaving out a reference action shows: every action is checked, or as for ``mattered``."""
        return True if "ACTION" in self.failed_checks else self.mattered(action.name, action.args)

    def mattered(self, name: str, arguments: Mapping[str, Any]) -> bool | None:
        """Return whether a call, made or left out, shows in the difference to the reference state.

        None when there is no such difference in the log, or no way to tell.
        """
        if self.gold_diff is None:
            return None
        if not any(self.gold_diff.values()):
            return False
        if any(text in self._diff_text for text in record_ids(arguments) if len(text) > 2):
            return True
        touched = self.evidence.footprints.get(name)
        if touched is None:
            return None
        if any(_overlap(one, other) for one in touched for other in self._diff_places):
            return True
        return None if any(_beside(one, other) for one in touched for other in self._diff_places) else False


def _content(line: bytes) -> str:
    """Return the text of a message's line, empty when it has none or cannot be read."""
    try:
        event = orjson.loads(line)
    except ValueError:
        event = _parsed_slowly(line)
    content = event.get("content") if isinstance(event, dict) else None
    return content if isinstance(content, str) else ""


def _parsed_slowly(line: bytes) -> Any:
    """Return the value of a line that the fast parser refuses, None when it is none at all."""
    try:
        return parse_object(line)
    except ValueError:
        return None


def _expected_of_agent(gold: tuple[GoldAction, ...]) -> tuple[GoldAction, ...]:
    return tuple(replace(action, requestor="assistant") for action in gold)


def _overlap(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Return whether two places are the same, or one lies in the other."""
    shared = min(len(one), len(other))
    return one[:shared] == other[:shared]


def _beside(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Return whether two places are settings of one group, which may act on each other; not fields of a record."""
    return len(one) == len(other) > 3 and one[:-1] == other[:-1] and one[-2] != "*"


def place(state_type: str, path: str) -> tuple[str, ...]:
    """Return where in a database a change lies, the same for every record of a kind."""
    parts = [part for part in path.split("/") if part]
    return (state_type, *("*" if any(c.isdigit() or c in "#" for c in part) else part for part in parts))

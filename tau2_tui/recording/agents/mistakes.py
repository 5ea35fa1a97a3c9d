"""Mistakes such as language models make, planned into the reference actions of a task.

Whether an action goes wrong, and how, is drawn from the seed, the task and the action's place alone: the mistakes of a
low error rate are among those of a higher one, and the same everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from tau2_tui.recording.agents.script import ScriptedAction
from tau2_tui.recording.agents.wrong_values import is_id_name, unknown_id, wrong_value

WRONG_ARGUMENT = "wrong_argument"
UNKNOWN_ID = "unknown_id"
SKIPPED_ACTION = "skipped_action"
REPEATED_CALL = "repeated_call"
WRONG_TOOL = "wrong_tool"
ENDED_EARLY = "ended_early"

KINDS = (WRONG_ARGUMENT, UNKNOWN_ID, SKIPPED_ACTION, REPEATED_CALL, WRONG_TOOL, ENDED_EARLY)
_WEIGHTS = {WRONG_ARGUMENT: 3, UNKNOWN_ID: 2, SKIPPED_ACTION: 2, REPEATED_CALL: 2, WRONG_TOOL: 2, ENDED_EARLY: 1}

_PRETENDED = "That part is taken care of."
_NOT_ASKED = "There is nothing to change on your device."
_GIVEN_UP = "That is all that I can do for you."


@dataclass(frozen=True)
class Mistake:
    """One mistake, beside what would have been right.

    Attributes:
        kind: one of ``KINDS``.
        position: place of the action among the reference actions, from 0.
        reference: the right call.
        made: the call made in its place; the second one for a repeated call; None when none was made.
        dropped: how many further reference actions are not made because of it.
    """

    kind: str
    position: int
    reference: ScriptedAction
    made: ScriptedAction | None = None
    dropped: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the mistake as events hold it."""
        return {
            "kind": self.kind,
            "action_index": self.position,
            "reference": _plain(self.reference),
            "made": None if self.made is None else _plain(self.made),
            "dropped_actions": self.dropped,
        }


@dataclass(frozen=True)
class NoisyAction(ScriptedAction):
    """A step of a script with mistakes: a call, or a text in place of one.

    Attributes:
        mistake: what is wrong with it, None for nothing.
        text: said in place of a call; None for a call.
        ends: nothing is said or done after it.
    """

    mistake: Mistake | None = None
    text: str | None = None
    ends: bool = False


@dataclass(frozen=True)
class Tool:
    """A tool that the agent could call.

    Attributes:
        name: its name.
        parameters: JSON schemas of its parameters, by name.
        required: names of the parameters it needs.
    """

    name: str
    parameters: Mapping[str, Any]
    required: frozenset[str]

    @classmethod
    def of(cls, schema: Mapping[str, Any]) -> Tool:
        """Return the tool that an OpenAI function schema describes."""
        described = schema.get("parameters") or {}
        definitions = described.get("$defs") or {}
        parameters = {name: _resolved(item, definitions) for name, item in (described.get("properties") or {}).items()}
        return cls(str(schema["name"]), parameters, frozenset(described.get("required") or ()))


@dataclass(frozen=True)
class MistakePlanner:
    """Plans the mistakes of one simulation.

    Attributes:
        error_rate: probability of a mistake at each reference action, 0 to 1.
        seed: the trial's seed.
        task_id: the task.
        tools: what the agent could call.
    """

    error_rate: float
    seed: int | None
    task_id: str
    tools: Sequence[Tool]

    def plan(self, actions: Sequence[ScriptedAction]) -> list[ScriptedAction]:
        """Return the steps to take in place of the reference actions."""
        steps: list[ScriptedAction] = []
        for position, action in enumerate(actions):
            numbers = Random(f"{self.seed}/{self.task_id}/{position}")
            if numbers.random() >= self.error_rate:
                steps.append(action)
                continue
            steps += self._wrong_steps(actions, position, numbers)
            if isinstance(steps[-1], NoisyAction) and steps[-1].ends:
                break
        return steps

    def _wrong_steps(self, actions: Sequence[ScriptedAction], position: int, numbers: Random) -> list[ScriptedAction]:
        action = actions[position]
        possible = self._wrong_calls(actions, position, numbers)
        kinds = [kind for kind in KINDS if kind in possible or kind in (SKIPPED_ACTION, ENDED_EARLY)]
        (kind,) = numbers.choices(kinds, [_WEIGHTS[kind] for kind in kinds])
        if kind in possible:
            made = possible[kind]
            mistake = Mistake(kind, position, action, made)
            wrong = NoisyAction(made.requestor, made.name, made.arguments, mistake)
            return [action, wrong] if kind == REPEATED_CALL else [wrong]
        ends = kind == ENDED_EARLY
        mistake = Mistake(kind, position, action, dropped=len(actions) - position - 1 if ends else 0)
        silent = _NOT_ASKED if action.requestor == "user" else _PRETENDED
        return [NoisyAction("assistant", "", {}, mistake, _GIVEN_UP if ends else silent, ends)]

    def _wrong_calls(
        self, actions: Sequence[ScriptedAction], position: int, numbers: Random
    ) -> dict[str, ScriptedAction]:
        """Return a wrong call of each kind that is possible; none for the actions of the user, who is only asked."""
        action = actions[position]
        if action.requestor != "assistant":
            return {}
        calls = {
            WRONG_ARGUMENT: self._with_wrong_argument(actions, action, numbers),
            UNKNOWN_ID: _with_unknown_id(action, numbers),
            REPEATED_CALL: action,
            WRONG_TOOL: self._with_wrong_tool(action, numbers),
        }
        return {kind: call for kind, call in calls.items() if call is not None}

    def _with_wrong_argument(
        self, actions: Sequence[ScriptedAction], action: ScriptedAction, numbers: Random
    ) -> ScriptedAction | None:
        """Change an argument that is no id; among ids, confuse one with another of the same task."""
        tool = next((tool for tool in self.tools if tool.name == action.name), None)
        schemas = tool.parameters if tool is not None else {}
        candidates: dict[str, Any] = {}
        for name, value in action.arguments.items():
            if is_id_name(name):
                others = [item.arguments[name] for item in actions if item.arguments.get(name, value) != value]
                if others:
                    candidates[name] = numbers.choice(others)
            else:
                wrong = wrong_value(value, schemas.get(name) or {}, numbers)
                if wrong != value:
                    candidates[name] = wrong
        if not candidates:
            return None
        plain = [name for name in candidates if not is_id_name(name)]
        return _changed(action, candidates, numbers.choice(plain or list(candidates)))

    def _with_wrong_tool(self, action: ScriptedAction, numbers: Random) -> ScriptedAction | None:
        """Take the same arguments, as far as they fit, to the tools that they fit best."""
        others = [tool for tool in self.tools if tool.name != action.name]
        if not others:
            return None

        def fit(tool: Tool) -> tuple[int, int]:
            return (-len(tool.required - set(action.arguments)), len(set(tool.parameters) & set(action.arguments)))

        best = max(map(fit, others))
        tool = numbers.choice([tool for tool in others if fit(tool) == best])
        arguments = {name: value for name, value in action.arguments.items() if name in tool.parameters}
        return ScriptedAction(action.requestor, tool.name, arguments)


def _with_unknown_id(action: ScriptedAction, numbers: Random) -> ScriptedAction | None:
    ids = {name: value for name, value in action.arguments.items() if is_id_name(name)}
    changed = {name: unknown_id(value, numbers) for name, value in ids.items()}
    usable = [name for name in ids if changed[name] != ids[name]]
    return _changed(action, changed, numbers.choice(usable)) if usable else None


def _changed(action: ScriptedAction, values: Mapping[str, Any], name: str) -> ScriptedAction:
    return ScriptedAction(action.requestor, action.name, {**action.arguments, name: values[name]})


def _plain(action: ScriptedAction) -> dict[str, Any]:
    return {"requestor": action.requestor, "name": action.name, "arguments": dict(action.arguments)}


def _resolved(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a parameter's schema, a reference to a definition followed once."""
    reference = str(schema.get("$ref", ""))
    found = definitions.get(reference.rsplit("/", 1)[-1]) if reference else None
    return found if isinstance(found, Mapping) else schema

"""An oracle that makes mistakes, seeded and marked: failures whose cause is known, without a language model."""

from __future__ import annotations

import functools
from typing import Any

from tau2_tui.recording.agents.mistakes import Mistake, MistakePlanner, NoisyAction, Tool
from tau2_tui.recording.agents.oracle import oracle_class
from tau2_tui.recording.agents.script import Script
from tau2_tui.recording.tau2_api import Tau2

NAME = "noisy-oracle"

DEFAULT_ERROR_RATE = 0.3
"""Probability of a mistake at each reference action, unless told otherwise."""


class MistakeMarks:
    """The mistakes that an agent has made so far: what they are found by, for the events they belong to."""

    def __init__(self) -> None:
        self._by_call: dict[str, Mistake] = {}
        self._by_message: dict[int, tuple[Any, Mistake]] = {}

    def note(self, mistake: Mistake, message: Any) -> None:
        """Remember what is wrong with a message of the agent and, when it makes a call, with that call."""
        self._by_message[id(message)] = (message, mistake)
        for call in message.tool_calls or ():
            self._by_call[call.id] = mistake

    def of_call(self, call_id: str | None) -> dict[str, Any] | None:
        """Return the mistake in a call, as events hold it."""
        found = self._by_call.get(call_id) if call_id is not None else None
        return None if found is None else found.as_dict()

    def of_message(self, message: Any) -> dict[str, Any] | None:
        """Return the mistake in a message, as events hold it."""
        found = self._by_message.get(id(message))
        return None if found is None else found[1].as_dict()


def marks_of(agent: Any) -> MistakeMarks | None:
    """Return the marks of an agent that makes mistakes on purpose, None for any other."""
    marks = getattr(agent, "mistake_marks", None)
    return marks if isinstance(marks, MistakeMarks) else None


def noisy_oracle_agent(tau2: Tau2, environment: Any, task: Any, script: Script, error_rate: float) -> Any:
    """Return an agent for one simulation, which follows ``script`` but for its mistakes."""
    return _agent_class(tau2)(environment.get_tools(), environment.get_policy(), script, task.id, error_rate)


@functools.lru_cache(maxsize=4)
def _agent_class(tau2: Tau2) -> type[Any]:
    base: Any = oracle_class(tau2)

    class NoisyOracleAgent(base):  # type: ignore[misc]
        """Makes the reference calls that are the agent's, some of them wrongly."""

        def __init__(
            self, tools: list[Any], domain_policy: str, script: Script, task_id: str, error_rate: float
        ) -> None:
            super().__init__(tools=tools, domain_policy=domain_policy, script=script)
            self.mistake_marks = MistakeMarks()
            self._task_id = task_id
            self._error_rate = error_rate
            self._seed: int | None = None

        def set_seed(self, seed: int) -> None:
            """Take the trial's seed, from which the mistakes are drawn."""
            self._seed = seed

        def get_init_state(self, message_history: list[Any] | None = None) -> list[Any]:
            """Plan the mistakes; return the messages so far as the agent's state."""
            tools = [Tool.of(tool.openai_schema["function"]) for tool in self.tools]
            planner = MistakePlanner(self._error_rate, self._seed, self._task_id, tools)
            self.script.rewrite(planner.plan)
            state: list[Any] = super().get_init_state(message_history)
            return state

        def generate_next_message(self, message: Any, state: list[Any]) -> tuple[Any, list[Any]]:
            """Return the next step of the script, its mistake noted."""
            step = self.script.next_action()
            if not isinstance(step, NoisyAction) or step.mistake is None:
                answer: tuple[Any, list[Any]] = super().generate_next_message(message, state)
                return answer
            if step.text is None:
                answer = super().generate_next_message(message, state)
            else:
                self.script.take()
                self.script.told = self.script.told or step.ends
                answer = tau2.assistant_message(content=step.text), state
            self.mistake_marks.note(step.mistake, answer[0])
            return answer

    return NoisyOracleAgent

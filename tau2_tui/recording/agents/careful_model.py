"""How an agent's next message is made when failures are asked about again and requests are kept short."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tau2_tui.recording.agents.budgets import AgentBudgets, RetryBudget
from tau2_tui.recording.agents.context_keeper import ContextKeeper
from tau2_tui.recording.agents.model_faults import is_context_exceeded
from tau2_tui.recording.agents.retrier import Retrier
from tau2_tui.recording.agents.turns import Turn
from tau2_tui.recording.llm_calls import calls_watched
from tau2_tui.recording.specs import ModelChoice
from tau2_tui.recording.tau2_api import Tau2

SUMMARY = "context_summary"
"""What a model call for a summary is noted as."""

_ABOUT_TOOLS = ("tools", "tool_choice", "parallel_tool_calls", "response_format")

Generate = Callable[[Any, Any], tuple[Any, Any]]
"""tau2's own agent: from a message and a state to its answer and the next state."""


class CarefulModel:
    """Makes the messages of one agent of tau2's, by what that agent does by itself.

    Args:
        tau2: the installed tau2-bench.
        agent: tau2's model agent.
        budgets: what may be spent.
        retries: whether failures are asked about again.
        keeps_context: whether requests are kept short.
    """

    def __init__(self, tau2: Tau2, agent: Any, budgets: AgentBudgets, *, retries: bool, keeps_context: bool) -> None:
        self._tau2 = tau2
        self._agent = agent
        self._turn = Turn()
        self._retrier = Retrier(tau2, budgets.retry) if retries else None
        self._keeper = (
            ContextKeeper(tau2, budgets.context, agent.llm, agent.tools, self._summarise) if keeps_context else None
        )
        if retries:
            _make_each_request_once(agent.llm_args, budgets.retry)

    def begin(self) -> None:
        """Begin a conversation, with whole budgets."""
        for part in (self._retrier, self._keeper):
            if part is not None:
                part.begin()

    def seed(self, seed: int) -> None:
        """Draw what is random from a trial's seed."""
        if self._retrier is not None:
            self._retrier.seed(seed)

    def answer(self, message: Any, state: Any, generate: Generate) -> Any:
        """Return the agent's answer to a message; both are part of the state afterwards, and nothing else.

        Args:
            message: of the user, or of one or several tools.
            state: tau2's state of the agent.
            generate: what tau2's own agent does.
        """
        incoming = list(getattr(message, "tool_messages", None) or [message])
        state.messages.extend(incoming)
        conversation = list(state.messages)
        self._turn = Turn()

        def request(messages: list[Any]) -> Any:
            self._turn.answered = False
            apart = state.model_copy(update={"messages": messages[:-1]})
            return generate(messages[-1], apart)[0]

        def send(correction: Sequence[Any]) -> Any:
            return self._sent(state.system_messages, conversation, correction, request)

        with calls_watched(self._tau2, self._turn.note):
            if self._retrier is None:
                answer = send(())
            else:
                conversation = self._retrier.noted(conversation, len(incoming))
                answer = self._retrier.answer(send, self._agent.tools, self._turn)
        self._turn.add_cost_to(answer)
        state.messages.append(answer)
        return answer

    def _sent(
        self,
        instructions: Sequence[Any],
        conversation: list[Any],
        correction: Sequence[Any],
        request: Callable[[list[Any]], Any],
    ) -> Any:
        """Return the answer to a conversation and what is to be corrected, shortened where that is needed."""
        if self._keeper is None:
            return request([*conversation, *correction])
        system = [*instructions, *correction]
        fitted = self._keeper.fitted(system, conversation)
        try:
            return request([*fitted, *correction])
        except Exception as error:
            if not is_context_exceeded(self._tau2, error) or not self._keeper.shorten_refused(system, conversation):
                raise
        return request([*self._keeper.fitted(system, conversation), *correction])

    def _summarise(self, messages: list[Any]) -> Any:
        """Return the model's answer to the request for a summary."""
        arguments = {key: value for key, value in self._agent.llm_args.items() if key not in _ABOUT_TOOLS}
        model = ModelChoice(self._agent.llm, arguments)

        def send(correction: Sequence[Any]) -> Any:
            return self._tau2.ask(model, [*messages, *correction], SUMMARY)

        with self._turn.calling_for(SUMMARY):
            return send(()) if self._retrier is None else self._retrier.answer(send, (), self._turn)


def _make_each_request_once(llm_args: dict[str, Any], budget: RetryBudget) -> None:
    """Turn off what repeats requests below the agent, so that its budget is what counts, and let none wait for ever."""
    llm_args["num_retries"] = 0
    if budget.request_timeout is not None and not {"timeout", "request_timeout"} & set(llm_args):
        llm_args["timeout"] = budget.request_timeout

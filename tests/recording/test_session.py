"""One instrumented simulation, without a runner."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tau2_tui.logging import ExecutionLogger
from tau2_tui.recording import RecordConfig
from tau2_tui.recording.llm_calls import model_calls_recorded
from tau2_tui.recording.participants import build_participants
from tau2_tui.recording.session import RecordingStopped, SimulationIdentity, SimulationSession
from tau2_tui.recording.specs import OrchestratorSpec
from tau2_tui.recording.stopping import StopSwitch
from tau2_tui.recording.tau2_api import Tau2


def instrumented(
    tau2: Tau2, stop: StopSwitch | None = None, wrap_agent: Any = lambda agent: agent
) -> tuple[SimulationSession, Any]:
    config = RecordConfig(domain="mock")
    task: Any = tau2.tasks("mock", "base")[0]
    environment = tau2.environment("mock")
    agent, user = build_participants(tau2, config, environment, task)
    identity = SimulationIdentity(str(uuid.uuid4()), task.id, 3, "mock")
    orchestrator = tau2.orchestrator(
        OrchestratorSpec("mock", task, environment, wrap_agent(agent), user, 100, 10, 1, False, identity.simulation_id)
    )
    session = SimulationSession(identity, ExecutionLogger(), stop=stop)
    session.instrument(orchestrator)
    return session, orchestrator


def test_tau2s_own_result_carries_our_id_and_trial(tau2: Tau2) -> None:
    session, _ = instrumented(tau2)
    simulation = session.run()
    assert simulation.id == session.identity.simulation_id and simulation.trial == 3


def test_the_messages_of_the_result_are_the_messages_of_the_log(tau2: Tau2) -> None:
    session, _ = instrumented(tau2)
    simulation = session.run()
    logged = session._logger.get_events_by_type("MessageEvent")
    assert [(event.role, event.content, event.turn_idx) for event in logged] == [  # type: ignore[attr-defined]
        (message.role, message.content, message.turn_idx) for message in simulation.messages
    ]


def test_model_calls_of_the_evaluation_are_the_judges(tau2: Tau2) -> None:
    session, _ = instrumented(tau2)
    session.run()
    ask = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "met?"}], "mock_response": "yes"}
    with model_calls_recorded(tau2):
        session.evaluate(lambda: tau2.llm_utils.completion(**ask))
    (call,) = session._logger.get_events_by_type("LLMCallEvent")
    assert (call.purpose, call.turn_idx) == ("judge", None)  # type: ignore[attr-defined]


def test_model_calls_inside_a_tool_are_nobodys_and_name_the_tool(tau2: Tau2) -> None:
    session, orchestrator = instrumented(tau2)
    ask = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "?"}], "mock_response": "yes"}
    use_tool = orchestrator.environment.use_tool

    def thinking_tool(tool_name: str, **arguments: Any) -> Any:
        tau2.llm_utils.completion(**ask)
        return use_tool(tool_name, **arguments)

    orchestrator.environment.use_tool = thinking_tool
    with model_calls_recorded(tau2):
        session.run()
    (call,) = session._logger.get_events_by_type("LLMCallEvent")
    assert (call.purpose, call.metadata) == ("unknown", {"tool": "create_task"})  # type: ignore[attr-defined]


def test_being_told_to_stop_ends_it_at_the_next_step(tau2: Tau2) -> None:
    stop = StopSwitch()
    session, orchestrator = instrumented(tau2, stop)
    stop.after_turn()
    with pytest.raises(RecordingStopped):
        session.run()
    assert orchestrator.step_count == 0


def test_an_agent_that_takes_no_attributes_is_left_alone_and_the_log_says_so(tau2: Tau2) -> None:
    class Sealed:
        __slots__ = ("agent",)

        def __init__(self, agent: Any) -> None:
            self.agent = agent

        def __getattr__(self, name: str) -> Any:
            return getattr(self.agent, name)

        def generate_next_message(self, message: Any, state: Any) -> Any:
            return self.agent.generate_next_message(message, state)

    session, _ = instrumented(tau2, wrap_agent=Sealed)
    assert session.run().termination_reason.value == "user_stop"
    notices = session._logger.get_events_by_type("ExecutionEvent")
    assert [event.message for event in notices] == [
        "Sealed.generate_next_message cannot be watched: the instance takes no attributes"
    ]


def test_only_this_orchestrator_is_touched_and_it_is_given_back(tau2: Tau2) -> None:
    session, orchestrator = instrumented(tau2)
    agent, environment = orchestrator.agent, orchestrator.environment
    untouched = [type(orchestrator).step, type(agent).generate_next_message]
    session.run()
    session.let_go()
    assert [type(orchestrator).step, type(agent).generate_next_message] == untouched
    assert "step" not in vars(orchestrator) and "generate_next_message" not in vars(agent)
    assert not hasattr(environment, "_tau2_tui_observer")

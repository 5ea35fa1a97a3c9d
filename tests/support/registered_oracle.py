"""A user's own module: registers agents and a user that act out the reference solutions with tau2's registry.

Both tau2's own runner and the recorder can use them, so that the two can be compared without a language model. The
module is imported by ``--import``, and registers on import, as such modules do.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from tau2.registry import registry  # type: ignore[import-untyped,unused-ignore]

from tau2_tui.recording import tau2_api
from tau2_tui.recording.agents import oracle, scripted_user, solo_oracle
from tau2_tui.recording.agents.script import Script

AGENT, SOLO_AGENT, USER = "acting_agent", "acting_solo_agent", "following_user"

_tau2 = tau2_api.load()
_script: ContextVar[Script] = ContextVar("script")
_agent: Any = oracle.oracle_class(_tau2)
_solo_agent: Any = solo_oracle._agent_class(_tau2)
_user: Any = scripted_user._user_class(_tau2)


def _new_script(task: Any) -> Script:
    script = Script.of(task)
    _script.set(script)
    return script


class FollowingUser(_user):  # type: ignore[misc]
    def __init__(self, tools: Any = None, instructions: Any = None, **_: Any) -> None:
        super().__init__(instructions, tools, _script.get())


if _tau2.generation:

    def acting_agent(tools: Any, domain_policy: str, task: Any = None, **_: Any) -> Any:
        return _agent(tools, domain_policy, _new_script(task))

    def acting_solo_agent(tools: Any, domain_policy: str, task: Any = None, **_: Any) -> Any:
        return _solo_agent(tools, domain_policy, task, _new_script(task))

    registry.register_agent_factory(acting_agent, AGENT)
    registry.register_agent_factory(acting_solo_agent, SOLO_AGENT, metadata={"solo_mode": True})
else:
    from tau2.agent.llm_agent import LLMGTAgent  # type: ignore[import-untyped,unused-ignore]

    class ActingAgent(_agent, LLMGTAgent):  # type: ignore[misc]
        """tau2 0.2 builds only agents derived from its own, and gives a task to those of this kind."""

        def __init__(self, tools: Any, domain_policy: str, task: Any, **_: Any) -> None:
            _tau2.agent_base.__init__(self, tools=tools, domain_policy=domain_policy)
            self.script = _new_script(task)

    class ActingSoloAgent(_solo_agent):  # type: ignore[misc]
        def __init__(self, tools: Any, domain_policy: str, task: Any, **_: Any) -> None:
            super().__init__(tools, domain_policy, task, _new_script(task))

    registry.register_agent(ActingAgent, AGENT)
    registry.register_agent(ActingSoloAgent, SOLO_AGENT)

registry.register_user(FollowingUser, USER)

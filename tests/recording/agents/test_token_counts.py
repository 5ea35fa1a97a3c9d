from __future__ import annotations

from typing import Any

import pytest

from tau2_tui.recording.agents.token_counts import UNKNOWN_WINDOW, TokenCounter, default_limit
from tau2_tui.recording.tau2_api import Tau2


@pytest.mark.parametrize("model", ["gpt-4.1", "openai/gpt-4.1"])
def test_the_default_is_the_most_of_a_known_models_window(tau2: Tau2, model: str) -> None:
    assert default_limit(tau2, model) == int(tau2.litellm.model_cost["gpt-4.1"]["max_input_tokens"] * 0.85)


@pytest.mark.parametrize("model", ["hosted_vllm/nobody-knows", "", None])
def test_the_default_for_an_unknown_model_is_a_stated_number(tau2: Tau2, model: str | None) -> None:
    assert default_limit(tau2, model) == UNKNOWN_WINDOW == 32_000


def test_a_request_is_counted_with_its_tools_and_calls(tau2: Tau2) -> None:
    environment = tau2.environment("mock")
    counter = TokenCounter(tau2, "openai/gpt-4.1", environment.get_tools())
    call = tau2.tool_call("c", "get_users", {"long": "word " * 50}, "assistant")
    short = [tau2.user_message(content="hello")]
    longer = [*short, tau2.assistant_message(tool_calls=[call]), tau2.tool_message("c", "answer " * 30, error=False)]
    assert counter.request(short) > counter.messages(short) + 100
    assert counter.request(longer) > counter.request(short) + 75
    assert counter.exact


def test_without_a_tokenizer_the_length_is_taken_and_that_is_known(tau2: Tau2, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: Any) -> int:
        raise RuntimeError("no tokenizer")

    monkeypatch.setattr(tau2.litellm, "token_counter", broken)
    counter = TokenCounter(tau2, "openai/gpt-4.1")
    assert counter.text("a" * 300) == 101 and not counter.exact
    assert counter.request([tau2.user_message(content="b" * 300)]) > 100


@pytest.mark.parametrize("model", ["groq/llama-3.1-8b", "replicate/x", "cohere/command-r"])
def test_no_tokenizer_is_fetched_from_the_network(tau2: Tau2, monkeypatch: pytest.MonkeyPatch, model: str) -> None:
    asked: list[str] = []
    count = tau2.litellm.token_counter

    def watched(**given: Any) -> Any:
        asked.append(given["model"])
        return count(**given)

    monkeypatch.setattr(tau2.litellm, "token_counter", watched)
    assert TokenCounter(tau2, model).text("hello world") == 2
    assert asked == [""]


def test_a_text_is_cut_to_so_many_tokens(tau2: Tau2) -> None:
    counter = TokenCounter(tau2, "openai/gpt-4.1")
    long = "one two three four " * 200
    cut = counter.cut(long, 50)
    assert 30 <= counter.text(cut) <= 50 and cut.endswith("…") and long.startswith(cut[:-1])
    assert counter.cut("short", 50) == "short"
    assert len(counter.cut(long, 1)) <= 2

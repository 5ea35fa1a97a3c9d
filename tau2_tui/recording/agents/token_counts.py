"""How many tokens a request is, by litellm's tokenizers, without the network."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tau2_tui.recording.tau2_api import Tau2

UNKNOWN_WINDOW = 32_000
"""Tokens that a request may have when litellm's tables do not know the model."""

_SHARE_OF_WINDOW = 0.85
"""The rest is for the answer, and for tokenizers that count more than litellm's."""

_FETCHED_TOKENIZERS = ("command-r", "llama-2", "llama-3", "replicate")
"""Parts of the names of models whose tokenizers litellm would fetch from the network."""

_BYTES_PER_TOKEN = 3


class TokenCounter:
    """Counts the tokens of what one agent sends to its model.

    Args:
        tau2: the installed tau2-bench.
        model: the agent's.
        tools: the agent's; their schemas are part of every request.

    Attributes:
        exact: whether every count so far was made by a tokenizer; where none works, it is one token for three bytes.
    """

    def __init__(self, tau2: Tau2, model: str | None, tools: Sequence[Any] = ()) -> None:
        self._tau2 = tau2
        name = model or ""
        self._model = "" if any(part in name.lower() for part in _FETCHED_TOKENIZERS) else name
        self._schemas = [tool.openai_schema for tool in tools]
        self.exact = True

    def request(self, messages: Sequence[Any]) -> int:
        """Return the tokens of a request that carries these messages of tau2's, and the tools."""
        written = self._tau2.llm_utils.to_litellm_messages(list(messages))
        return self._count({"messages": written, "tools": self._schemas or None})

    def messages(self, messages: Sequence[Any]) -> int:
        """Return the tokens of messages of tau2's; the sum of parts may be a few more than the whole."""
        return self._count({"messages": self._tau2.llm_utils.to_litellm_messages(list(messages))})

    def text(self, text: str) -> int:
        """Return the tokens of a text."""
        return self._count({"text": text})

    def cut(self, text: str, tokens: int) -> str:
        """Return the beginning of a text, so long that it is about so many tokens at most."""
        kept = shown = text
        while kept and (count := self.text(shown)) > tokens:
            kept = kept[: min(len(kept) - 1, int(len(kept) * tokens / count))].rstrip()
            shown = kept + "…"
        return shown

    def _count(self, what: Mapping[str, Any]) -> int:
        try:
            return int(self._tau2.litellm.token_counter(model=self._model, **what))
        except Exception:  # whatever a tokenizer raises, a request is not to fail because of it
            self.exact = False
            written = what["text"] if "text" in what else json.dumps(dict(what), ensure_ascii=False, default=str)
            return len(written.encode("utf-8", "surrogatepass")) // _BYTES_PER_TOKEN + 1


def default_limit(tau2: Tau2, model: str | None) -> int:
    """Return how many tokens a request may have: 85 % of the model's window, 32,000 where that is unknown."""
    name = model or ""
    known: Mapping[str, Any] = tau2.litellm.model_cost
    for key in (name, name.partition("/")[2], name.rpartition("/")[2]):
        facts = known.get(key) if key else None
        window = (facts.get("max_input_tokens") or facts.get("max_tokens")) if isinstance(facts, Mapping) else None
        if isinstance(window, (int, float)) and window > 0:
            return max(1, int(window * _SHARE_OF_WINDOW))
    return UNKNOWN_WINDOW

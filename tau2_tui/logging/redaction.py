"""Taking personal data and secrets out of events before they are written.

Two different things are removed. Secrets that the recorder knows (model keys) are replaced wherever their value stands,
always. Sensitive data that the detector finds (see :mod:`tau2_tui.events.sensitive`) is masked or hashed when asked.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from itertools import takewhile
from secrets import token_bytes
from typing import Any, Literal
from urllib.parse import quote

from tau2_tui.events import ENVELOPE, sensitive
from tau2_tui.events.changes import describe, parts
from tau2_tui.events.codec import dumps, loads

RedactMode = Literal["mask", "hash", "off"]

SECRET_MARK = "[secret removed]"
"""What stands in place of a known secret."""

_MARK = SECRET_MARK.encode()

_SHORTEST_SECRET = 6
"""Shorter values are no keys, and replacing them would hit ordinary text."""

_TELLING = 8
"""So much of a secret's beginning is taken for it where a text was cut off in its middle."""

_CUT = ("…".encode(), b'"', b"\\")
"""What follows where a text was cut, or ends, in JSON."""

_SHORTEST_REMEMBERED = 5
_MAX_REMEMBERED = 2000
_MAX_DEPTH = 100

_DESCRIBES_THE_LINE = frozenset({*ENVELOPE, "chain"} - {"message", "metadata"})
_DESCRIBES_THE_RUN = frozenset(
    {"tools", "policy", "config", "command_line", "run_id", "host", "totals", "event_counts", "model", "usage"}
    | {"agent", "agent_llm", "user", "user_llm"}
)
_DESCRIBES_THE_CALL = frozenset(
    {"tool_name", "tool_call_id", "role", "requestor", "args_types", "sensitive_args", "missing_args"}
    | {"required_args_provided", "optional_args_provided", "unexpected_args"}
)
_NOT_CONTENT = _DESCRIBES_THE_LINE | _DESCRIBES_THE_RUN | _DESCRIBES_THE_CALL
"""Keys of a line that describe the run or the call, and hold none of its data."""


def _written_forms(secret: str) -> set[str]:
    """Return how a secret reads in plain text, in an address, and in JSON that is itself a text."""
    return {
        secret,
        quote(secret, safe="", errors="surrogatepass"),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
    }


def _without(data: bytes, secrets: list[bytes]) -> tuple[bytes, int]:
    """Return JSON text with secrets replaced, wherever they stand whole or a text was cut off in one; and how often."""
    present = [secret for secret in secrets if secret[:_TELLING] in data]
    found = 0
    for secret in present:
        found += data.count(secret)
        data = data.replace(secret, _MARK)
    for secret in present:
        parts: list[bytes] = []
        last, at = 0, data.find(secret[:_TELLING])
        while at >= 0:
            end = _end_of_beginning(data, at, secret)
            if data.startswith(_CUT, end):
                parts += [data[last:at], _MARK]
                last = end
            at = data.find(secret[:_TELLING], max(end, at + 1))
        if parts:
            data = b"".join([*parts, data[last:]])
            found += len(parts) // 2
    return data, found


def _end_of_beginning(data: bytes, at: int, secret: bytes) -> int:
    """Return where a beginning of a secret that stands at a place ends; never within an escape sequence."""
    length = sum(
        1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(secret, data[at : at + len(secret)], strict=False))
    )
    common = secret[:length]
    return at + length - (length - len(common.rstrip(b"\\"))) % 2


class Redactor:
    """Redact events on their way into a log. Safe to use from several threads.

    Args:
        mode: ``mask`` leaves the length and last two characters, ``hash`` a keyed hash by which equal values of this
            run can be told (the key is random and never written), ``off`` leaves the data alone.
        secrets: values that are replaced in everything written, whatever the mode.
    """

    def __init__(self, mode: RedactMode = "off", secrets: Iterable[str] = ()) -> None:
        self.mode: RedactMode = mode
        self._key = token_bytes(16)
        self._lock = threading.Lock()
        self._learning = threading.local()
        self._counts: Counter[str] = Counter()
        self._remembered: dict[str | None, dict[str, str]] = {}
        known = {secret for secret in secrets if len(secret) >= _SHORTEST_SECRET}
        forms = {form for secret in known for form in _written_forms(secret)}
        self._secrets = sorted({dumps(form)[1:-1] for form in forms}, key=len, reverse=True)

    @property
    def counts(self) -> dict[str, int]:
        """How many values were redacted, by kind; known secrets under ``known secret``."""
        with self._lock:
            return dict(self._counts)

    def add_counts(self, counts: Mapping[str, int]) -> None:
        """Add what another process redacted."""
        with self._lock:
            self._counts.update(counts)

    def take_counts(self) -> dict[str, int]:
        """Return the counts and begin anew at 0."""
        with self._lock:
            counts = dict(self._counts)
            self._counts.clear()
            return counts

    @property
    def active(self) -> bool:
        """Whether events have to pass through :meth:`redact`."""
        return self.mode != "off"

    def scrub(self, data: bytes) -> bytes:
        """Return JSON text with the known secrets replaced, also one that a text was cut off in."""
        data, found = _without(data, self._secrets)
        if found:
            self._count("known secret", found)
        return data

    def scrub_text(self, text: str) -> str:
        """Return text for a person (an error, a progress line) with the known secrets replaced."""
        data, found = _without(dumps(text), self._secrets)
        return str(loads(data)) if found else text

    def redact(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return a line's object with its sensitive data masked or hashed.

        Args:
            values: the object as :func:`tau2_tui.events.codec.to_dict` gives it; left as it is.
        """
        scope = values.get("simulation_id")
        plain: dict[str, Any] = loads(dumps(values))
        if values.get("event_type") == "TaskEvent":
            scope = f"task {values.get('task_id')}"  # its scenario names in free text what its actions name by key
            self.learn(plain.get("task"), scope)
        for key, value in plain.items():
            if key not in _NOT_CONTENT:
                plain[key] = self._value(value, None, scope, 0)
        if plain.get("state_diff") and isinstance(plain.get("changes"), list):
            plain["state_diff"] = describe(plain["changes"])
        if values.get("event_type") in ("SimulationEndEvent", "TaskEvent"):
            with self._lock:
                self._remembered.pop(scope, None)
        return plain

    def learn(self, value: Any, scope: str | None) -> None:
        """Remember the sensitive values in a JSON value, so that they are found in free text that comes before them.

        Args:
            value: what holds them under telling keys, such as a task.
            scope: the id of the simulation whose events they are looked for in.
        """
        self._learning.active = True
        try:
            self._value(value, None, scope, 0)
        finally:
            self._learning.active = False

    def _value(self, value: Any, kind: str | None, scope: str | None, depth: int) -> Any:
        if value is None or isinstance(value, bool) or depth > _MAX_DEPTH:
            return value
        if isinstance(value, dict):
            if "op" in value and isinstance(value.get("path"), str):
                return self._change(value, scope, depth)
            return {
                key: self._value(item, sensitive.kind_of_key(key) or kind, scope, depth + 1)
                for key, item in value.items()
            }
        if isinstance(value, list):
            return [self._value(item, kind, scope, depth + 1) for item in value]
        if kind is not None:
            return self._replacement(str(value), kind, scope) if str(value) else value
        return self._text(value, scope, depth) if isinstance(value, str) else value

    def _change(self, change: dict[str, Any], scope: str | None, depth: int) -> dict[str, Any]:
        """Redact one RFC 6902 operation: its path names what its values are."""
        try:
            kinds = [sensitive.kind_of_key(part) for part in parts(change["path"])]
        except ValueError:
            kinds = []
        kind = next((found for found in reversed(kinds) if found), None)
        return {
            key: self._value(item, kind, scope, depth + 1) if key in ("old", "value") else item
            for key, item in change.items()
        }

    def _text(self, text: str, scope: str | None, depth: int) -> str:
        """Redact free text: JSON in it by its keys, the rest by pattern and by what was redacted before."""
        if text[:1] in ("{", "[") and text[-1:] in ("}", "]"):
            try:
                inner = loads(text.encode("utf-8", "surrogatepass"))
            except ValueError:
                pass  # it only looks like JSON
            else:
                return dumps(self._value(inner, None, scope, depth + 1)).decode("utf-8")
        for kind, found in sensitive.findings(text):
            text = text.replace(found, self._replacement(found, kind, scope))
        with self._lock:
            remembered = list(self._remembered.get(scope, {}).items())
        for found, replacement in sorted(remembered, key=lambda item: -len(item[0])):
            if found in text:
                text = text.replace(found, replacement)
        return text

    def _replacement(self, text: str, kind: str, scope: str | None) -> str:
        if self.mode == "hash":
            digest = blake2b(text.encode("utf-8", "surrogatepass"), key=self._key, digest_size=6).hexdigest()
            replacement = f"[{kind} #{digest}]"
        else:
            replacement = f"[{kind} {sensitive.mask(text)}]"
        self._count(kind, 1)
        with self._lock:
            known = self._remembered.setdefault(scope, {})
            if len(text) >= _SHORTEST_REMEMBERED and len(known) < _MAX_REMEMBERED:
                known[text] = replacement
        return replacement

    def _count(self, kind: str, number: int) -> None:
        if getattr(self._learning, "active", False):
            return
        with self._lock:
            self._counts[kind] += number

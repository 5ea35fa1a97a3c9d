"""Personal data and secrets in JSON values, by the name of their key and by their own shape.

Names are compared word by word (``payment_id`` is one, ``keyboard`` is not), at every depth; values by pattern, with
the Luhn check for card numbers. What is found is reported with its place and a masked preview, never in clear.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tau2_tui.events.changes import join

_MAX_DEPTH = 60
_MAX_HITS = 50
_SHORTEST = 8
"""Shorter texts have no shape that tells what they are."""

_MAX_TEXT = 20_000
"""Longer texts are searched only so far: arguments of this size are documents, not fields."""

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

_KEYS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("secret", ("password", "passwd", "passphrase", "secret", "credential", "credentials", "authorization")),
    ("secret", ("api key", "apikey", "access key", "private key", "access token", "auth token", "refresh token")),
    ("secret", ("bearer token", "session token", "pin code", "pin", "token", "cookie")),
    ("payment", ("payment id", "payment method", "payment method id", "card number", "credit card", "debit card")),
    ("payment", ("gift card", "cvv", "cvc", "iban", "account number", "routing number", "payment methods")),
    ("birth date", ("dob", "date of birth", "birth date", "birthdate", "birthday")),
    ("name", ("first name", "last name", "full name", "given name", "family name", "surname", "maiden name")),
    ("email", ("email", "e mail", "email address")),
    ("phone", ("phone", "phone number", "mobile number", "telephone")),
    ("address", ("address", "address1", "address2", "address 1", "address 2", "street", "zip", "zip code", "postcode")),
    ("government id", ("ssn", "social security number", "passport", "passport number", "tax id", "driver license")),
)
_KIND_BY_KEY = {name: kind for kind, names in _KEYS for name in names}
_COUNTING_START = ("num", "max", "min", "total", "is", "has")
_COUNTING_END = ("count", "sent", "verified", "enabled")
_LONGEST_KEY = max(name.count(" ") + 1 for name in _KIND_BY_KEY)
_REMEMBERED = 100
"""Characters of the keys that are remembered; the same few stand in every call, but a model may make up any."""

_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("secret", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    ("secret", re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*")),
    ("secret", re.compile(r"\b(?:sk|pk|rk|ghp|gho|xox[abp])[-_][A-Za-z0-9_-]{16,}")),
    ("secret", re.compile(r"\bAKIA[0-9A-Z]{16}\b|\bAIza[\w-]{35}")),
    ("email", re.compile(r"\b[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z]{2,24}\b")),
    ("payment", re.compile(r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")),
    ("payment", re.compile(r"(?<![\w-])[0-9](?:[ -]?[0-9]){12,18}(?![\w-])")),
)


HEADERS = frozenset({"headers", "extra_headers", "default_headers"})
"""Arguments of a model whose values are HTTP headers by their names."""

_SECRET_HEADER = re.compile(r"key|auth|token|secret|credential|cookie|signature|password", re.IGNORECASE)
_SECRET_QUERY = re.compile(r"key|sig|token|secret|password|code", re.IGNORECASE)
_LOGIN = re.compile(r"(?<=://)[^/@\s]+@")
_QUERY = re.compile(r"(?<=[?&])([^=&?#\s]{1,60})=[^&#\s]+")


@dataclass(frozen=True)
class SensitiveHit:
    """One sensitive value: its kind, its JSON pointer, and a preview that hides it."""

    kind: str
    path: str
    preview: str


def find(value: Any) -> list[SensitiveHit]:
    """Return the sensitive values in a JSON value, at most 50, in reading order."""
    hits: list[SensitiveHit] = []
    _walk(value, "", None, hits, 0)
    return hits


def kind_of_key(key: str) -> str | None:
    """Return what a key's name says it holds, None for nothing sensitive."""
    return _kind_of_short_key(key) if len(key) <= _REMEMBERED else _kind_by_words(key)


@functools.lru_cache(maxsize=2048)
def _kind_of_short_key(key: str) -> str | None:
    return _kind_by_words(key)


def _kind_by_words(key: str) -> str | None:
    words = [word.lower() for word in _WORDS.findall(key)]
    for length in range(min(len(words), _LONGEST_KEY), 0, -1):
        for start in range(len(words) - length + 1):
            kind = _KIND_BY_KEY.get(" ".join(words[start : start + length]))
            if kind is not None and not _counts_something(words):
                return kind
    return None


def _counts_something(words: list[str]) -> bool:
    """``max_tokens``, ``credit_card_count``, ``email_sent``: about such values, without holding one."""
    return words[0] in _COUNTING_START or words[-1] in _COUNTING_END


def is_secret_header(name: str) -> bool:
    """Return whether an HTTP header of this name holds a secret."""
    return _SECRET_HEADER.search(name) is not None


def is_secret_in_query(name: str) -> bool:
    """Return whether the part of this name of an address's query holds a secret."""
    return _SECRET_QUERY.search(name) is not None


def address_without_secrets(text: str, mark: str) -> str:
    """Return a text with a mark in the place of logins, and of secrets in queries, of the addresses in it."""
    if "://" not in text:
        return text

    def cleaned(part: re.Match[str]) -> str:
        return f"{part[1]}={mark}" if is_secret_in_query(part[1]) else part[0]

    return _QUERY.sub(cleaned, _LOGIN.sub(f"{mark}@", text))


def kind_of_text(text: str) -> str | None:
    """Return what a text's own shape says it is or holds, None for nothing sensitive."""
    if len(text) < _SHORTEST:
        return None
    return next((kind for kind, _ in findings(text)), None)


def findings(text: str) -> Iterator[tuple[str, str]]:
    """Yield kind and wording of each stretch of a text that looks sensitive by itself."""
    if len(text) < _SHORTEST:
        return
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text, 0, _MAX_TEXT):
            if kind != "payment" or _is_account(match.group()):
                yield kind, match.group()


def mask(value: Any) -> str:
    """Return a preview that tells values apart by length and last characters, without giving them away."""
    text = str(value)
    shown = text[-2:] if len(text) >= 8 else ""
    return "•" * min(len(text) - len(shown), 8) + shown


def _is_account(text: str) -> bool:
    compact = re.sub(r"[ -]", "", text)
    return _luhn(compact) if compact.isdigit() else _iban(compact)


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (2 if place % 2 else 1)
        total += number - 9 if number > 9 else number
    return total % 10 == 0 and len(set(digits)) > 1


def _iban(text: str) -> bool:
    if not 15 <= len(text) <= 34:
        return False
    return int("".join(str(int(c, 36)) for c in text[4:] + text[:4])) % 97 == 1


def _walk(value: Any, path: str, kind: str | None, hits: list[SensitiveHit], depth: int) -> None:
    """Visit every leaf; ``kind`` is what the keys above already say about it."""
    if len(hits) >= _MAX_HITS or depth > _MAX_DEPTH or value is None or isinstance(value, bool):
        return
    if isinstance(value, dict):
        for key, item in value.items():
            _walk(item, path + join(str(key)), kind_of_key(str(key)) or kind, hits, depth + 1)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            _walk(item, f"{path}/{index}", kind, hits, depth + 1)
    else:
        text = str(value)
        found = kind_of_text(text) or kind if text else None
        if found is not None:
            hits.append(SensitiveHit(found, path, mask(text)))

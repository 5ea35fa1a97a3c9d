"""Finding the keys of model providers, so that they stay out of everything that is written."""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tau2_tui.events.sensitive import (
    HEADERS,
    address_without_secrets,
    is_secret_header,
    is_secret_in_query,
    kind_of_key,
)
from tau2_tui.logging.redaction import SECRET_MARK

_VARIABLES = (
    *("_KEY", "_KEY_ID", "APIKEY", "_TOKEN", "_BEARER_TOKEN_BEDROCK", "_JWT", "_PAT"),
    *("_PASSWORD", "_PASS", "_SECRET", "_CREDENTIALS"),
)
_SHORTEST = 12
"""Shorter values of variables are no keys of a provider."""

_PLACEHOLDERS = frozenset(
    {"ollama", "dummy", "dummy_key", "dummy-key", "not-needed", "not_needed", "no-key", "no_key", "none", "empty"}
    | {"placeholder", "lm-studio", "sk-no-key-required", "anything", "unused"}
)
"""What people write where a server wants a key and looks at none; the words may well stand elsewhere too."""

_SCHEME = re.compile(r"(?:Bearer|Basic|Token|ApiKey)\s+(\S+)", re.IGNORECASE)
_VARIABLE_REFERENCE = "os.environ/"
"""How litellm is told to take an argument from a variable."""

_VARIABLE_NAME = re.compile(r"[A-Z][A-Z0-9_]*")
_DUMMY = "dummy_key"
"""What tau2 0.2 has in place of a variable's name."""


def secret_values(sources: Iterable[Any], environment: Mapping[str, str] | None = None) -> set[str]:
    """Return the secret values of a run.

    Args:
        sources: configuration objects such as a model's arguments: their values under secret keys, and what is secret
            in addresses, at any depth.
        environment: variables named as providers name theirs; the process's own unless given.
    """
    variables = os.environ if environment is None else environment
    found = {form for name, value in variables.items() for form in _secrets_of_variable(name, value)}
    for source in sources:
        for value in _secrets_in(source):
            found.update(_forms(value, variables))
    return {value for value in found if value.lower() not in _PLACEHOLDERS}


def without_secrets(value: Any) -> Any:
    """Return a copy of a JSON value in which the values of secret keys, and secrets in addresses, are replaced."""
    return _cleaned(value, in_headers=False)


def command_line_without_secrets(words: Sequence[str]) -> list[str]:
    """Return a command line with the secrets replaced: in its JSON arguments, and after options named as keys are.

    The name of a variable that holds a key stays.
    """
    cleaned: list[str] = []
    before = ""
    for word in words:
        option, equals, text = word.partition("=") if word.startswith("--") else ("", "", word)
        named = option if equals else before if not word.startswith("-") else ""
        cleaned.append(f"{option}{equals}{_argument_without_secrets(named.lstrip('-'), text)}")
        before = word if word.startswith("--") and not equals else ""
    return cleaned


def _argument_without_secrets(option: str, text: str) -> str:
    """Return what was typed for an option, as it was typed when it holds no secret."""
    if text and is_secret_key(option) and not names_variable(text):
        return SECRET_MARK
    try:
        value = json.loads(text) if text.lstrip().startswith("{") else None
    except ValueError:
        value = None
    changed = without_secrets(value) if value is not None else None
    return text if changed == value else json.dumps(changed, ensure_ascii=False)


def names_variable(text: str) -> bool:
    """Return whether a text is the name of a variable rather than a key itself."""
    return text == _DUMMY or _VARIABLE_NAME.fullmatch(text) is not None


def is_secret_key(name: str) -> bool:
    """Return whether a model argument of this name holds a secret; prices by the token do not."""
    return kind_of_key(name) == "secret" and "cost" not in name.lower()


def _cleaned(value: Any, *, in_headers: bool) -> Any:
    if isinstance(value, Mapping):
        return {
            key: SECRET_MARK
            if item and _holds_secret(str(key), in_headers)
            else _cleaned(item, in_headers=str(key) in HEADERS)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_cleaned(item, in_headers=in_headers) for item in value]
    return address_without_secrets(value, SECRET_MARK) if isinstance(value, str) else value


def _holds_secret(key: str, in_headers: bool) -> bool:
    return is_secret_key(key) or (in_headers and is_secret_header(key))


def _secrets_in(value: Any, secret: bool = False, in_headers: bool = False) -> Iterator[str]:
    if isinstance(value, str):
        if secret and value:
            yield value
        elif "://" in value:
            yield from _secrets_of_address(value)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _secrets_in(item, secret or _holds_secret(str(key), in_headers), str(key) in HEADERS)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _secrets_in(item, secret, in_headers)


def _secrets_of_variable(name: str, value: str) -> Iterator[str]:
    """Yield what is secret in a variable: its value, as it stands and as clients send it; a password in an address."""
    if name.upper().endswith(_VARIABLES) and not value.startswith(("/", "~")):
        yield from (form for form in {value, value.strip()} if len(form) >= _SHORTEST)
    elif "://" in value:
        yield from (form for form in _secrets_of_address(value) if len(form) >= _SHORTEST)


def _secrets_of_address(address: str) -> Iterator[str]:
    try:
        parts = urlsplit(address)
        password, query = parts.password, parse_qsl(parts.query)
    except ValueError:
        return
    if password:
        yield unquote(password)
    for name, value in query:
        if is_secret_in_query(name):
            yield value


def _forms(value: str, variables: Mapping[str, str]) -> Iterator[str]:
    """Yield a secret, and what it stands for: the variable it names, the credential in a header."""
    if value.startswith(_VARIABLE_REFERENCE):
        named = variables.get(value.removeprefix(_VARIABLE_REFERENCE))
        if named:
            yield from {named, named.strip()}
        return
    yield from {value, value.strip()} - {""}
    credential = _SCHEME.fullmatch(value.strip())
    if credential is None:
        return
    yield credential.group(1)
    if value.lower().startswith("basic"):
        try:
            _, _, password = base64.b64decode(credential.group(1), validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return
        if password:
            yield password

"""What counts as a secret of a run, and in which shapes it is removed."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.events.codec import dumps
from tau2_tui.logging.redaction import SECRET_MARK, Redactor
from tau2_tui.recording.secrets import command_line_without_secrets, secret_values, without_secrets

KEY = "sk-Zq8-0123456789"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"api_key": KEY}, {KEY}),
        ({"fallbacks": [{"model": "m", "api_key": KEY}]}, {KEY}),
        ({"extra_headers": {"X-Subscription-Key": KEY, "User-Agent": "me"}}, {KEY}),
        ({"extra_headers": {"Authorization": f"Bearer {KEY}"}}, {f"Bearer {KEY}", KEY}),
        ({"api_base": "http://me:p%40ssword@host/v1?key=abcdef&page=2"}, {"p@ssword", "abcdef"}),
        ({"vertex_credentials": {"client": {"private_key": KEY}}}, {KEY}),
        ({"api_key": "os.environ/MY_MODEL"}, {"named-by-reference"}),
        ({"api_key": "ollama"}, set()),
        ({"max_tokens": 100, "input_cost_per_token": 1e-6, "temperature": 0, "model": "gpt"}, set()),
    ],
)
def test_secrets_are_found_in_model_arguments(arguments: dict[str, Any], expected: set[str]) -> None:
    assert secret_values([arguments], {"MY_MODEL": "named-by-reference"}) == expected


def test_the_password_of_a_basic_header_is_one() -> None:
    header = "Basic " + base64.b64encode(b"me:hunter2hunter2").decode()
    assert "hunter2hunter2" in secret_values([{"headers": {"Authorization": header}}], {})


def test_variables_are_found_by_the_names_that_providers_give_them() -> None:
    variables = {
        "OPENAI_API_KEY": KEY,
        "AZURE_OPENAI_KEY": "0123456789abcdef",
        "HF_TOKEN": "hf_0123456789",
        "WATSONX_APIKEY": "wx-0123456789abc",
        "AWS_BEARER_TOKEN_BEDROCK": "bedrock-0123456789",
        "SNOWFLAKE_JWT": "eyJ-0123456789",
        "HTTPS_PROXY": "http://me:pr0xy-password@proxy:3128",
        "DATABASE_URL": "postgres://postgres:postgres@localhost/tau2",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG",
        "SSL_KEY": "/etc/ssl/key.pem",
        "SHORT_KEY": "short",
        "OLLAMA_API_KEY": "ollama",
        "HOME": "/home/somebody",
    }
    found = secret_values([], variables)
    assert found == {
        *(KEY, "0123456789abcdef", "hf_0123456789", "wJalrXUtnFEMI/K7MDENG", "wx-0123456789abc"),
        *("bedrock-0123456789", "eyJ-0123456789", "pr0xy-password"),
    }


@pytest.mark.parametrize("space", [" ", "\n", "\r\n"])
def test_a_key_is_found_as_clients_send_it_without_the_space_around_it(space: str) -> None:
    assert KEY in secret_values([], {"OPENAI_API_KEY": KEY + space})
    assert KEY in secret_values([{"api_key": KEY + space}], {})
    assert KEY in secret_values([{"api_key": "os.environ/MINE"}], {"MINE": KEY + space})


def test_a_configuration_keeps_everything_but_its_secrets() -> None:
    arguments = {
        "api_base": "http://me:pass@host/v1",
        "api_key": KEY,
        "extra_headers": {"X-Key": KEY, "User-Agent": "me"},
        "input_cost_per_token": 1e-6,
        "fallbacks": [{"model": "m", "password": "x"}],
    }
    assert without_secrets(arguments) == {
        "api_base": f"http://{SECRET_MARK}@host/v1",
        "api_key": SECRET_MARK,
        "extra_headers": {"X-Key": SECRET_MARK, "User-Agent": "me"},
        "input_cost_per_token": 1e-6,
        "fallbacks": [{"model": "m", "password": SECRET_MARK}],
    }


def test_the_command_line_is_kept_as_it_was_typed_but_for_short_secrets_too() -> None:
    words = ["tau2-tui", "record", "--agent-llm-args", '{"api_key": "abc", "n": 1}', '--user-llm-args={"api_key":"de"}']
    cleaned = command_line_without_secrets([*words, '{"n":  2}', "{broken"])
    assert cleaned[:3] == words[:3] and cleaned[5:] == ['{"n":  2}', "{broken"]
    assert json.loads(cleaned[3]) == {"api_key": SECRET_MARK, "n": 1}
    assert cleaned[4].startswith("--user-llm-args={") and "de" not in cleaned[4]


def test_what_follows_an_option_named_as_a_key_is_not_kept() -> None:
    words = ["my_script.py", "--api-key", KEY, f"--user-token={KEY}", "--max-tokens", "100", "--seed", "3"]
    assert command_line_without_secrets(words) == [
        *("my_script.py", "--api-key", SECRET_MARK, f"--user-token={SECRET_MARK}"),
        *("--max-tokens", "100", "--seed", "3"),
    ]


def test_the_name_of_a_variable_is_no_key() -> None:
    words = ["run", "--agent-api-key", "NVIDIA_API_KEY", "--user-api-key=dummy_key", "--judge-api-key", "--seed", "1"]
    assert command_line_without_secrets(words) == words


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=6, max_size=30).filter(str.strip))
def test_a_known_secret_is_removed_in_every_shape_it_is_written_in(secret: str) -> None:
    redactor = Redactor(secrets=[secret])
    shapes = [secret, json.dumps(secret)[1:-1], json.dumps({"k": secret}), quote(secret, safe=""), repr(secret)[1:-1]]
    for shape in shapes:
        line = redactor.scrub(dumps({"": shape}))
        assert secret not in json.loads(line)[""] and SECRET_MARK in json.loads(line)[""]
        assert SECRET_MARK in redactor.scrub_text(shape)

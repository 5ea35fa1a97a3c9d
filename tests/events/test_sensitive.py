from __future__ import annotations

import pytest
from hypothesis import given

from tau2_tui.events.sensitive import address_without_secrets, find, kind_of_key, kind_of_text, mask
from tests.events.strategies import json_values


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("dob", "birth date"),
        ("date_of_birth", "birth date"),
        ("firstName", "name"),
        ("payment_id", "payment"),
        ("payment_method_id", "payment"),
        ("cardNumber", "payment"),
        ("email", "email"),
        ("shipping_address", "address"),
        ("phone_number", "phone"),
        ("user_password", "secret"),
        ("API_KEY", "secret"),
        ("passport", "government id"),
    ],
)
def test_sensitive_keys(key: str, kind: str) -> None:
    assert kind_of_key(key) == kind


@pytest.mark.parametrize(
    "key",
    ["keyboard", "keyword", "monkey_id", "author", "tokens", "max_tokens", "reservation_id", "pinned"],
)
def test_keys_that_only_contain_such_words(key: str) -> None:
    assert kind_of_key(key) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("write to mia.li@example.com please", "email"),
        ("4111 1111 1111 1111", "payment"),
        ("DE89 3704 0044 0532 0130 00", "payment"),
        ("sk-abcdefghijklmnop1234", "secret"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig", "secret"),
        ("-----BEGIN RSA PRIVATE KEY-----", "secret"),
        ("4111 1111 1111 1112", None),
        ("0000 0000 0000 0000", None),
        ("update my profile", None),
        ("order 12345", None),
        ("2024-05-15T15:00:00", None),
    ],
)
def test_sensitive_texts(text: str, kind: str | None) -> None:
    assert kind_of_text(text) == kind


def test_hits_are_found_at_any_depth_with_their_place_and_masked() -> None:
    args = {
        "passengers": [{"first_name": "Mia", "last_name": "Li", "dob": "1990-04-05"}],
        "payment_methods": [{"payment_id": "credit_card_4421486", "amount": 507}],
        "cabin": "economy",
    }
    hits = {hit.path: hit for hit in find(args)}
    assert set(hits) == {
        "/passengers/0/first_name",
        "/passengers/0/last_name",
        "/passengers/0/dob",
        "/payment_methods/0/payment_id",
        "/payment_methods/0/amount",
    }
    assert hits["/passengers/0/dob"].kind == "birth date"
    assert "4421486" not in hits["/payment_methods/0/payment_id"].preview
    assert all("Mia" not in hit.preview for hit in hits.values())


@given(json_values)
def test_any_value_can_be_searched(value: object) -> None:
    for hit in find(value):
        assert (hit.kind and hit.path.startswith("/")) or hit.path == ""


def test_the_mask_hides_short_values_wholly() -> None:
    assert mask("abc") == "•••"
    assert mask("4111111111111111") == "••••••••11"


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("https://me:pw@host/v1", "https://*@host/v1"),
        ("https://host/v1?a=1&api-key=pw#top", "https://host/v1?a=1&api-key=*#top"),
        ("see http://x/?sig=pw and https://u@y", "see http://x/?sig=* and https://*@y"),
        ("what? key=value, me@example.com", "what? key=value, me@example.com"),
        ("https://host/v1?version=3", "https://host/v1?version=3"),
    ],
)
def test_an_address_loses_its_login_and_the_secrets_in_its_query(text: str, without: str) -> None:
    assert address_without_secrets(text, "*") == without

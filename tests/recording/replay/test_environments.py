"""Environments that are used again hold what new ones hold."""

from __future__ import annotations

from typing import Any

import pytest

from tau2_tui.recording.databases import StateFingerprint
from tau2_tui.recording.replay.environments import RestoredEnvironments
from tau2_tui.recording.tau2_api import Tau2


@pytest.fixture(scope="module")
def retail(tau2: Tau2) -> Any:
    return tau2.environment("retail")


def used(environment: Any) -> RestoredEnvironments:
    kept = RestoredEnvironments()
    assert kept.learn(environment)
    return kept


def content(environment: Any) -> Any:
    database = environment.tools.db
    return {name: list(getattr(database, name)) for name in type(database).model_fields}, database.model_dump()


def test_changed_added_and_nested_records_are_put_back(tau2: Tau2) -> None:
    environment = tau2.environment("retail")
    before, state = content(environment), StateFingerprint.of(environment)
    kept = used(environment)
    orders, users = environment.tools.db.orders, environment.tools.db.users
    name, order = next(iter(orders.items()))
    order.status = "cancelled"
    order.items.clear()
    orders["#NEW"] = order.model_copy()
    next(iter(users.values())).address.city = "Elsewhere"
    kept.give_back(environment)
    assert kept.take() is environment
    assert content(environment) == before
    assert StateFingerprint.of(environment).hashes == state.hashes
    assert type(orders[name]) is type(order)


def test_one_is_given_out_once(retail: Any) -> None:
    kept = used(retail)
    assert kept.take() is None
    kept.give_back(retail)
    assert kept.take() is retail
    assert kept.take() is None


def test_one_whose_order_cannot_be_put_back_is_dropped(tau2: Tau2) -> None:
    environment = tau2.environment("retail")
    kept = used(environment)
    environment.tools.db.orders.pop(next(iter(environment.tools.db.orders)))
    kept.give_back(environment)
    assert kept.take() is None


def test_one_with_another_database_is_dropped(tau2: Tau2) -> None:
    environment = tau2.environment("retail")
    kept = used(environment)
    environment.tools.db = environment.tools.db.model_copy()
    kept.give_back(environment)
    assert kept.take() is None


def test_what_is_no_collection_of_records_is_not_kept(tau2: Tau2) -> None:
    assert not RestoredEnvironments().learn(tau2.environment("telecom"))


def test_a_toolkit_that_remembers_something_is_not_kept(tau2: Tau2) -> None:
    environment = tau2.environment("mock")
    environment.tools.seen = []
    assert not RestoredEnvironments().learn(environment)

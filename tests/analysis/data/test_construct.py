from __future__ import annotations

import dataclasses
import pickle

import pytest

from tau2_tui.analysis.data.construct import constructor
from tau2_tui.analysis.data.records import Call, Message, ModelCall, StateChange


@pytest.mark.parametrize("cls", [Call, Message, ModelCall, StateChange])
def test_rows_are_the_same_as_from_their_own_class(cls: type) -> None:
    values = [("value", i) for i, _ in enumerate(dataclasses.fields(cls))]
    made, own = constructor(cls)(*values), cls(*values)
    assert type(made) is cls and made == own and repr(made) == repr(own)
    assert dataclasses.replace(made) == own and pickle.loads(pickle.dumps(made)) == own
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.simulation = 1
    with pytest.raises(TypeError):
        constructor(cls)(1)

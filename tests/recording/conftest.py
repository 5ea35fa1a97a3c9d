from __future__ import annotations

import pytest

from tau2_tui.errors import RecordingError
from tau2_tui.recording import tau2_api
from tau2_tui.recording.tau2_api import Tau2


@pytest.fixture(scope="session")
def tau2() -> Tau2:
    """The installed tau2-bench; the test is skipped where there is none."""
    try:
        return tau2_api.load()
    except RecordingError as error:
        pytest.skip(str(error))

from __future__ import annotations

from pathlib import Path

import pytest

from tau2_tui.runlog import cache, decompress, index_cache, spool_cache
from tests.runlog.damages import UNPACKED_BYTES


@pytest.fixture
def kept_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for module in (cache, index_cache, decompress, spool_cache):
        monkeypatch.setattr(module, "cache_directory", lambda: tmp_path / "cache", raising=False)
    monkeypatch.setenv(decompress.LIMIT_VARIABLE, str(UNPACKED_BYTES))
    return tmp_path

"""What lies beside a log or in the user's directories, when somebody else has written it to attack the terminal."""

from __future__ import annotations

import json
from pathlib import Path

from tau2_tui.runlog import RunLog
from tau2_tui.tui.memory import Bookmark, Memory
from tests.end_to_end.test_open_hostile import assert_inert, type_keys
from tests.support.hostile_text import TEXT
from tests.support.terminal import environment, opened
from tests.tui.logs import airline


def test_bookmarks_and_recent_logs_of_somebody_else_are_text(tmp_path: Path) -> None:
    log = airline(tmp_path / "run.jsonl")
    with RunLog.open(log, index="now") as opened_log:
        kept = Memory(opened_log).keep_bookmarks([Bookmark(line, f"{line}{TEXT}") for line in (0, 3, 9, 10**9)])
    assert kept.parent == tmp_path, "beside the log, where whoever passes the log on can put it"
    data = tmp_path / "data" / "tau2-tui"
    data.mkdir(parents=True)
    names = [f"/{TEXT}.jsonl".replace("\x00", ""), str(log)]
    (data / "inspector.json").write_text(json.dumps({"format": 1, "theme": TEXT, "recent": names}))
    with opened(str(log), env=environment(XDG_DATA_HOME=str(tmp_path / "data")), ready="of 31") as session:
        type_keys(session, "'", "j", "j", "\r", "'", "G", "\x1b", "G", "g", "\x0f", "j", "j", "\x1b", "o", "\x1b")
        assert_inert(session)
        assert "EVIL" in session.written.decode()

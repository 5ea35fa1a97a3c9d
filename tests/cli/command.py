"""Commands run inside the test's own process: fast, with what they print and how they end."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any

from tau2_tui.cli.main import main


@dataclass(frozen=True)
class Done:
    """What a command did."""

    code: int
    raw: bytes
    err: str

    @property
    def out(self) -> str:
        return self.raw.decode("utf-8")

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    def json(self) -> Any:
        return json.loads(self.raw)

    def json_lines(self) -> list[Any]:
        return [json.loads(line) for line in self.raw.splitlines()]


class _Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def run(*args: object, terminal: bool = False) -> Done:
    """Run ``tau2-tui`` with these arguments; ``terminal`` lets it believe that standard output is one."""
    raw, err = io.BytesIO(), io.StringIO()
    out = (_Terminal if terminal else io.TextIOWrapper)(raw, encoding="utf-8", write_through=True)
    code = 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main([str(arg) for arg in args])
        except SystemExit as end:
            code = int(end.code or 0)
        out.flush()
    return Done(code, raw.getvalue(), err.getvalue())


def one_error(done: Done) -> str:
    """Return the one line that a command which could not do its work has printed."""
    assert done.code == 2 and done.raw == b"", done
    (line,) = done.err.splitlines()
    assert line.startswith("tau2-tui: ") and "Traceback" not in line
    return line

"""The process of an inspector in a browser: ``tau2-tui serve`` starts one for each connection."""

from __future__ import annotations

import contextlib
import gc
import json
import sys
from typing import Any, NoReturn

from tau2_tui.cli.open import inspect
from tau2_tui.cli.output import fail
from tau2_tui.errors import Tau2TuiError


def main(request: dict[str, Any]) -> NoReturn:
    """Show the logs of a request until the user leaves."""
    gc.disable()  # as for open: turned on again after the first paint
    from tau2_tui.runlog.index_process import IndexProcess
    from tau2_tui.runlog.opening import open_log

    try:
        with contextlib.ExitStack() as stack:
            logs = [
                stack.enter_context(open_log(path, index="off", process=IndexProcess())) for path in request["logs"]
            ]
            sys.exit(inspect(logs, request["at"], request["expression"], request["follow"]))
    except Tau2TuiError as error:
        fail(str(error))


PROGRAM = """
import json, sys
request = json.loads(sys.argv.pop())
sys.path[:] = request["path"]
from tau2_tui.cli.served import main
main(request)
"""
"""What the process runs: with the paths of the one that started it, so that it finds the same packages, no others."""


def words_for(logs: list[str], *, at: str, expression: str, follow: bool) -> list[str]:
    """Return the program that shows logs, and its arguments; no shell reads them."""
    request = {"path": sys.path, "logs": logs, "at": at, "expression": expression, "follow": follow}
    # Isolated: else a json.py in the folder that the server was started in would be what PROGRAM imports.
    return [sys.executable, "-I", "-c", PROGRAM, json.dumps(request)]

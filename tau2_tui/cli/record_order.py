"""A recording as it was ordered on the command line, and carrying it out: in this process, or in one of its own."""

from __future__ import annotations

import signal
import sys
import traceback
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from tau2_tui.cli.output import ExitCode, write_if_heard
from tau2_tui.errors import Tau2TuiError

if TYPE_CHECKING:
    from tau2_tui.cli.record_progress import Progress


@dataclass(frozen=True)
class Order:
    """What is to be recorded, and where.

    Attributes:
        options: of :class:`.RecordConfig`.
        path: the log.
        existing: what becomes of a log that is there already, as :func:`.record_run` takes it.
        log_level: from which on tau2's own log is shown, None for not at all.
        command_line: the words that the user typed.
        note: what to say when it begins.
        stream: where other processes may read the log's lines as they come.
        console: print one line an event.
    """

    options: dict[str, Any]
    path: str
    existing: dict[str, bool]
    log_level: str | None
    command_line: list[str]
    note: str | None = None
    stream: str | None = None
    console: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return what :meth:`of_json` takes."""
        return asdict(self)

    @classmethod
    def of_json(cls, value: dict[str, Any]) -> Order:
        """Return the order that was made to JSON, in which tuples are lists."""
        options = {name: tuple(one) if isinstance(one, list) else one for name, one in value["options"].items()}
        return cls(**{**value, "options": options})


def carry_out(order: Order, listener: Progress) -> None:
    """Record, say on standard error how it ended, and what libraries print meanwhile beside the progress.

    Raises:
        RunInterrupted: Ctrl-C, or a request to end.
        Tau2TuiError: as :func:`.record_run`.
    """
    from tau2_tui.cli.record_progress import printed_beside, summary
    from tau2_tui.logging.redaction import Redactor
    from tau2_tui.logging.streams import Streams
    from tau2_tui.recording import RecordConfig, RunInterrupted, record_run, tau2_api

    config = RecordConfig(**order.options)

    def clean(text: str) -> str:
        return Redactor(secrets=config.secrets()).scrub_text(text)  # keys may come from a file that tau2 loads

    treat_as_interrupts(signal.SIGTERM, signal.SIGHUP)
    try:
        with printed_beside(listener, clean):
            if order.log_level is not None:
                tau2_api.load()
                tau2_api.show_log(order.log_level)
            outcome = record_run(
                config,
                order.path,
                listener=listener,
                command_line=order.command_line,
                replace=order.existing.get("replace", False),
                resume=order.existing.get("resume", False),
                claimed=order.existing.get("claimed", False),
                streams=Streams(address=order.stream, console=order.console),
                restore=_simulations_of,
            )
    except RunInterrupted as interruption:
        listener.close()
        write_if_heard(sys.stderr, summary(interruption.outcome) + "\n")
        raise
    except Tau2TuiError as error:
        raise type(error)(clean(str(error))) from error
    except Exception:  # a fault of ours, or of a module of the user's own: what Python would print may hold keys
        listener.close()
        write_if_heard(sys.stderr, clean(traceback.format_exc()))
        sys.exit(ExitCode.NO)
    listener.close()
    write_if_heard(sys.stderr, summary(outcome) + "\n")


def _simulations_of(log: Path, wanted: Collection[str]) -> Iterator[bytes]:
    """Yield simulations of a log as tau2 would save them."""
    from tau2_tui.runlog import RunLog
    from tau2_tui.runlog.tau2_export import simulations_of

    with RunLog.open(log, index="now") as opened:
        yield from simulations_of(opened, wanted)


def treat_as_interrupts(*numbers: signal.Signals) -> None:
    """Let a polite request to end, or a lost connection, end the run as Ctrl-C does; those that are ignored stay so."""

    def interrupt(_number: int, frame: FrameType | None) -> None:
        handler = signal.getsignal(signal.SIGINT)  # ignored, when a shell started the program in the background
        (handler if callable(handler) else signal.default_int_handler)(signal.SIGINT, frame)

    for number in numbers:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, interrupt)

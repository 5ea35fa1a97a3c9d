"""A study in a process of its own: what computes there cannot hold the interpreter that draws.

Questions and pieces of answers go through pipes, each as its length and a pickle. Every question has a thread on the
other side, so that one that takes long does not keep another one waiting.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import struct
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any

from tau2_tui.runlog import interpreter
from tau2_tui.runlog.heap import give_back, share
from tau2_tui.runlog.log import RunLog
from tau2_tui.runlog.refs import LogOrigin
from tau2_tui.runlog.source import GivenFile
from tau2_tui.tui.inspection import Failed
from tau2_tui.tui.study.answers import Study
from tau2_tui.tui.study.pieces import joined, pieces

_LENGTH = struct.Struct("<q")
_NICENESS = 10
"""What is looked at comes before what is computed."""

_PROGRAM = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer);"
    "from tau2_tui.tui.study.process import main; main()"
)


class ProcessGone(Exception):
    """The process could not be started, or ended before it had answered."""


@dataclass(frozen=True)
class Subject:
    """The log to study.

    Attributes:
        descriptor: the open file.
        path: what it is called.
        origin: what it was converted from.
    """

    descriptor: int
    path: str
    origin: LogOrigin | None


@dataclass(frozen=True)
class _Question:
    number: int
    name: str
    details: tuple[Any, ...]


@dataclass(frozen=True)
class _Answer:
    """A piece of an answer, or why there is none; the last one of a question says so.

    Attributes:
        number: that of the question.
        piece: the pickled piece.
        last: whether it is the last one.
    """

    number: int
    piece: bytes
    last: bool


class StudyProcess:
    """The process that studies one log, and the questions to it that have no answer yet.

    Raises:
        ProcessGone: it could not be started.
    """

    def __init__(self, subject: Subject) -> None:
        self._asking = threading.Lock()
        self._awaited: dict[int, SimpleQueue[_Answer | None]] = {}
        self._count = 0
        self._gone = False
        try:
            self._process = interpreter.started(_PROGRAM, subject.descriptor)
        except OSError as error:
            raise ProcessGone from error
        assert self._process.stdin is not None and self._process.stdout is not None
        self._to, self._from = self._process.stdin, self._process.stdout
        with contextlib.suppress(OSError):  # it is found out by whoever asks
            pickle.dump(sys.path, self._to)
            pickle.dump(subject, self._to)
            self._to.flush()
        threading.Thread(target=self._listen, name="study", daemon=True).start()

    def answer(self, question: str, *details: Any) -> Any:
        """Return the answer to a question, a :class:`Failed` when finding it out fails.

        Raises:
            ProcessGone: the process has ended, or was ended.
        """
        answers: SimpleQueue[_Answer | None] = SimpleQueue()
        with self._asking:
            if self._gone:
                raise ProcessGone
            self._count += 1
            self._awaited[self._count] = answers
            try:
                _send(self._to, _Question(self._count, question, details))
            except (OSError, ValueError) as error:
                raise ProcessGone from error
        received = []
        while True:
            answer = answers.get()
            if answer is None:
                raise ProcessGone
            received.append(pickle.loads(answer.piece))
            if answer.last:
                return joined(received)

    def close(self) -> None:
        """End the process; nobody waits for an answer any longer."""
        self._process.kill()
        self._process.wait()

    def _listen(self) -> None:
        """Hand on what comes; unpacking is for who asked."""
        with contextlib.suppress(Exception):  # it has ended, or what it says is no answer: nobody shall wait for one
            while True:
                answer: _Answer = _received(self._from)
                self._awaited[answer.number].put(answer)
                if answer.last:
                    del self._awaited[answer.number]
        with self._asking:
            self._gone = True
            waiting = list(self._awaited.values())
        for answers in waiting:
            answers.put(None)
        self._process.kill()
        self._process.wait()
        for pipe in (self._to, self._from):
            with contextlib.suppress(OSError):
                pipe.close()


def _send(pipe: IO[bytes], value: object) -> None:
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    pipe.write(_LENGTH.pack(len(data)) + data)
    pipe.flush()


def _received(pipe: IO[bytes]) -> Any:
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    return pickle.loads(pipe.read(_LENGTH.unpack(head)[0]))


# The other side


def main() -> None:
    """Answer the questions on standard input until there is no more of it."""
    os.nice(_NICENESS)
    share()
    given, out = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # what a library prints is no answer
    subject: Subject = pickle.load(given)
    file = GivenFile(subject.descriptor, Path(subject.path), subject.origin)
    speaking = threading.Lock()
    log = RunLog.of(file, index="columns")
    study = Study(log)
    with contextlib.suppress(EOFError):
        while True:
            question: _Question = _received(given)
            arguments = (log, study, question, out, speaking)
            threading.Thread(target=_answer, args=arguments, daemon=True).start()
    os._exit(0)  # nobody waits for what is being computed


def _answer(log: RunLog, study: Study, question: _Question, out: IO[bytes], speaking: threading.Lock) -> None:
    try:
        log.wait()
        log.refresh()
        log.wait()
        found = _packed(study.answer(question.name, *question.details))
    except Exception as error:  # whatever it is, the screen that asked says so
        found = _packed(Failed(f"{type(error).__name__}: {error}"))
    for place, piece in enumerate(found, 1):
        with speaking:
            _send(out, _Answer(question.number, piece, place == len(found)))
    del found
    give_back()


def _packed(answer: object) -> list[bytes]:
    return [pickle.dumps(piece, pickle.HIGHEST_PROTOCOL) for piece in pieces(answer)]

"""Errors with a message for a person: one line that says what is wrong and where."""

from __future__ import annotations


class Tau2TuiError(Exception):
    """Base of the errors that the command line prints as one line, with exit code 2."""


class LogFormatError(Tau2TuiError):
    """A file cannot be read as what it should be: missing, a directory, empty, binary, another format."""


class UnreadableFileError(LogFormatError):
    """A file is there and cannot be read, so that nobody knows what it is: no permission, a broken disk, damaged."""


class LogWriteError(Tau2TuiError):
    """A log cannot be written: no permission, no space, another writer holds it."""


class RecordingError(Tau2TuiError):
    """A run cannot be recorded: no tau2-bench installed, unknown domain or task, an option it lacks."""

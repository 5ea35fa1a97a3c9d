"""What a person should know about a converted file: counted while it is read, told in one line a kind."""

from __future__ import annotations

from collections import Counter

_NOTES = {
    "skipped": "simulations skipped by the program that ran them: {n}; it gave them reward 0 without an evaluation and"
    " counts them as failed, as is done here",
    "no_evaluation": "simulations without a reward: {n}",
    "unreadable_simulations": "simulations that could not be read: {n}; a warning says where each is",
    "unreadable_tasks": "tasks that could not be read: {n}; a warning says where each is",
    "only_indexed": "simulations known from the run's summary only: {n}; their files are missing",
    "not_indexed": "simulation files that the run's summary does not name: {n}; they were read",
    "new_ids": "simulations without an id of their own: {n}; they got one",
    "tasks_missing": "simulations whose task is not in the file: {n}; their reference actions are unknown",
    "tasks_twice": "tasks with the id of another one: {n}; all are kept",
    "no_result": "tool calls without a result: {n}; kept in their messages and as warnings, not as executed calls",
    "no_call": "tool results without a call: {n}; kept as messages only",
    "by_position": "tool results whose id is missing or names no open call: {n}; matched to calls by position",
    "repeated_ids": "tool calls with the id of another call of their simulation: {n}; matched to results by position",
    "no_error_flag": "tool results that do not say whether the tool failed: {n}; those that begin with 'Error' count as"
    " failed",
    "odd_arguments": "tool calls whose arguments are no object: {n}; kept as they are in metadata",
    "history_calls": "tool calls of tasks' own initial histories: {n}; kept in messages, not as calls of this run",
    "odd_messages": "entries among the messages that are no messages: {n}; kept as warnings",
    "no_times": "messages without a time: {n}; they have that of the event before",
    "ticks": "voice conversations: {n}; their ticks became messages, and what else ticks hold is in metadata.ticks of"
    " each simulation's end, equal values in a row once; the times of single ticks are not kept",
    "ticks_and_messages": "voice conversations held twice, as messages and as ticks: {n}; the ticks were taken",
    "no_transcript": "voice conversations without words: {n}; their messages are the stretches in which somebody spoke",
    "audio": "pieces of audio that are not kept: {n}",
    "policy_copies": "simulations that repeat the run's policy: {n}; it is kept once",
    "masked": "secrets in the run's configuration: {n}; masked",
    "odd_rewards": "rewards that are no numbers: {n}",
    "replaced_bytes": "simulations and tasks with bytes that are no UTF-8: {n}; each such byte became U+FFFD",
    "not_finite": "simulations and tasks with numbers that are not finite: {n}; such numbers became null",
}


class Findings:
    """Counts by kind, and the notes that tell them.

    Attributes:
        notes: what is to be told that is not counted; the counted kinds follow when this is finished.
    """

    def __init__(self, notes: list[str]) -> None:
        self.notes = notes
        self._counts: Counter[str] = Counter()

    def count(self, kind: str, number: int = 1) -> None:
        """Count something of a kind that has a note."""
        self._counts[kind] += number

    def finish(self) -> None:
        """Add a note for every kind that was counted."""
        known = ((text, self._counts[kind]) for kind, text in _NOTES.items())
        self.notes.extend(text.format(n=f"{number:,}") for text, number in known if number)
        self._counts.clear()

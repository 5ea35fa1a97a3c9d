"""A question for workers that may be asked again before the answer is there."""

from __future__ import annotations


class Asked:
    """A question of which one worker at a time finds the answer out, once more when it is asked meanwhile."""

    def __init__(self) -> None:
        self._running = self._again = False

    def ask(self) -> bool:
        """Return whether a worker should begin."""
        self._again = self._running
        self._running = True
        return not self._again

    def answered(self) -> bool:
        """Take note of the answer; return whether it was asked again meanwhile."""
        self._running = False
        return self._again

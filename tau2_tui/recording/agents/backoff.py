"""How long to wait before a request is made again."""

from __future__ import annotations

import random

from tau2_tui.recording.agents.budgets import RetryBudget


class Backoff:
    """Waits that double, with jitter drawn from a seed, so that simulations at once do not all come back together.

    Args:
        budget: says how long.
    """

    def __init__(self, budget: RetryBudget) -> None:
        self._budget = budget
        self._numbers = random.Random("no seed")

    def seed(self, seed: int) -> None:
        """Draw from a trial's seed from now on."""
        self._numbers = random.Random(f"backoff {seed}")

    def wait(self, failures: int, retry_after: float | None, waited: float) -> float | None:
        """Return the seconds to wait now, None when that is more than the turn may wait.

        Args:
            failures: how many requests of the turn failed so far.
            retry_after: what the server asks for, in seconds; it is waited for at least.
            waited: seconds that were waited for in this turn already.
        """
        longest = min(self._budget.base_delay * 2.0 ** min(failures - 1, 60), self._budget.max_delay)
        seconds = max(longest * self._numbers.uniform(0.5, 1.0), retry_after or 0.0)
        return seconds if waited + seconds <= self._budget.max_wait else None

"""How long a comparison will still take, in words for whoever waits."""

import math
from dataclasses import dataclass

from batchmark.progress import in_words


@dataclass(frozen=True)
class Remaining:
    """What there was of a comparison's restarts so far, and what there is at most."""

    seconds: float
    """That the restarts took, all that belongs to them: starting processes and compiling too."""
    done: int
    most: int
    spent_seconds: float
    """Of the budget, which is of turns alone."""
    budget_seconds: float
    afterwards: tuple[str, ...] = ()
    """What is measured after the last of them."""

    def __str__(self) -> str:
        """Return for example ``at most about 6 min of restarts left, then memory``; nothing before one is done."""
        if not self.done:
            return ""
        left = f"at most about {in_words(self._restarts * self.seconds / self.done)} of restarts left"
        return f"{left}, then {' and '.join(self.afterwards)}" if self.afterwards else left

    @property
    def _restarts(self) -> int:
        """How many are left: the budget ends them early where they take more than their share of it."""
        left = self.most - self.done
        if self.spent_seconds <= 0:
            return left
        of_budget = math.ceil((self.budget_seconds - self.spent_seconds) / (self.spent_seconds / self.done))
        return max(1, min(left, of_budget))

"""How much of each cell is measured, and in which order."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from batchmark.errors import BatchmarkError
from batchmark.records import Cell

# A burst is long enough to be worth its dropped epoch and short enough that drift falls on all cells alike.
_BURST_SECONDS = 0.1
_MOST_ROUNDS = 50


@dataclass(frozen=True)
class Plan:
    """Turns, their budget and their order.

    A turn visits every cell once, in an order drawn from `seed`. Measuring ends after `turns` turns, or
    at the end of the turn in which `budget_seconds` is spent, but not before `minimum_turns`.
    """

    turns: int = 12
    minimum_turns: int = 6
    budget_seconds: float = 90.0
    seed: int = 0
    same_learning_rate: bool = False
    """Ignore the learning rates by batch size that the workload's source has."""

    def __post_init__(self) -> None:
        """Refuse a plan that measures nothing.

        Raises BatchmarkError.
        """
        if self.turns < 1 or self.minimum_turns < 1:
            message = f"{self.turns} turns measure nothing; use --turns with a whole number from 1"
            raise BatchmarkError(message)
        if not self.budget_seconds > 0:
            message = f"a budget of {self.budget_seconds} s measures nothing; use --budget with seconds above 0"
            raise BatchmarkError(message)

    def order_of(self, cells: Sequence[Cell], turn: int) -> list[Cell]:
        """Return `cells` in the random order of turn number `turn`, from 0; -1 is the order they are opened in."""
        order = list(cells)
        random.Random(f"{self.seed}/{turn}").shuffle(order)  # noqa: S311  an order, not a secret
        return order

    def is_over(self, *, turns_done: int, seconds_spent: float) -> bool:
        """Whether no further turn is to be measured."""
        spent = seconds_spent >= self.budget_seconds and turns_done >= self.minimum_turns
        return turns_done >= self.turns or spent


def rounds_in_burst(epoch_seconds: float) -> int:
    """Return how many rounds a burst of a cell whose epoch takes about `epoch_seconds` keeps."""
    if epoch_seconds <= 0:
        return _MOST_ROUNDS
    return max(1, min(_MOST_ROUNDS, round(_BURST_SECONDS / epoch_seconds)))

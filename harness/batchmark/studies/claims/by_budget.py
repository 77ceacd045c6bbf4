"""Trainings of one workload by batch size, where "the same training" can mean the same epochs or the same updates.

Most disagreement on batch size is one of the budget's kind and of the learning rate: so a claim on batch size as such
is asked at both budgets, and at rates that do and don't follow the batch size.

Source: Shallue et al. 2019, arXiv 1811.03600 (budgets, tuning); Goyal et al. 2017, arXiv 1706.02677 (a rate in
proportion to the batch size; without their warm-up here); Krizhevsky 2014, arXiv 1404.5997 (to its square root).
"""

import math
from dataclasses import dataclass
from enum import StrEnum

from batchmark.course import Instrument, constant
from batchmark.studies.laboratory.parts import Arm, Tuned


class Budget(StrEnum):
    """What all batch sizes have the same of."""

    EPOCHS = "equal epochs"
    UPDATES = "equal updates"


class Rate(StrEnum):
    """How the learning rate follows the batch size."""

    FIXED = "fixed rate"
    LINEAR = "linear rate"
    SQUARE_ROOT = "square-root rate"
    TUNED = "tuned rate"


@dataclass(frozen=True)
class ByBudget:
    """What trainings of a workload have in common."""

    workload: str
    examples: int
    rate: float
    """At the reference."""
    reference: int
    """The batch size from which scaled rates are counted."""
    epochs: int
    """Of every batch size at equal epochs."""
    updates: int
    """Of every batch size at equal updates, as nearly as whole epochs allow."""
    seeds: int
    factors: tuple[float, ...]
    """Tried by a tuned rate: of the square-root rate."""
    tuning_seeds: int
    epochs_per_look: int
    """At equal epochs."""
    looks: int
    """At equal updates: about so many."""
    instruments: tuple[Instrument, ...] = ()
    """What every training is looked at by, whichever claim asks for it first: so that all share it."""

    def part(self, size: int, budget: Budget, rate: Rate) -> Arm | Tuned:
        """Return the trainings at one batch size."""
        if rate is Rate.TUNED:
            return self.tuned(self.arm(size, budget, self.rate_at(size, Rate.SQUARE_ROOT)))
        return self.arm(size, budget, self.rate_at(size, rate))

    def tuned(self, arm: Arm) -> Tuned:
        """Return `arm` with its rates tuned for the quality that is judged, on other seeds."""
        return Tuned(arm, self.factors, self.tuning_seeds, by="fresh_quality")

    def arm(self, size: int, budget: Budget, rate: float) -> Arm:
        """Return the trainings at one batch size and this rate."""
        epochs, per_look = self.epochs, self.epochs_per_look
        if budget is Budget.UPDATES and (epochs := self.epochs_of_updates(size)) != self.epochs:
            per_look = max(1, epochs // self.looks)
        course = constant(size, epochs=epochs, learning_rate=rate, epochs_per_look=per_look)
        return Arm(self.workload, course, self.seeds, instruments=self.instruments)

    def epochs_of_updates(self, size: int) -> int:
        """Return the epochs that come nearest to the updates which all have at equal updates."""
        steps = -(-self.examples // size)
        return max(1, round(self.updates / steps))

    def rate_at(self, size: int, rate: Rate) -> float:
        """Return a rate that is known beforehand; of a tuned one, what it starts from."""
        times = size / self.reference
        match rate:
            case Rate.FIXED:
                return self.rate
            case Rate.LINEAR:
                return self.rate * times
            case Rate.SQUARE_ROOT | Rate.TUNED:
                return self.rate * math.sqrt(times)

"""The trainings by contrast, by labels and of the probe alone, and what each gains from batches and epochs."""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from batchmark.course import constant
from batchmark.studies.laboratory.parts import Arm
from batchmark.studies.laboratory.results import Results
from batchmark.trainings import Followed
from batchmark.workloads.digits_contrastive import DIGITS_CONTRASTIVE, DIGITS_RANDOM_ENCODER, DIGITS_SUPERVISED

SMALL, MIDDLE, LARGE = 16, 64, 256
FEW, MANY = 5, 20
"""Epochs. At a constant rate the few are the beginning of the many: one training is looked at twice."""
SEEDS = 24
FIRST_SEED = 24
"""Those before it were looked at when the rule was stated."""
SEEDS_OF_PROBE = 8
CONTRASTIVE, SUPERVISED, RANDOM = (each.name for each in (DIGITS_CONTRASTIVE, DIGITS_SUPERVISED, DIGITS_RANDOM_ENCODER))
RATE_AT_MIDDLE = DIGITS_CONTRASTIVE.learning_rate or math.nan
_LOOKS = {FEW: 0, MANY: -1}

Accuracies = NDArray[np.float64]
"""By seed; NaN where the training had diverged."""
TEST_DIGITS = 797
"""What the accuracy is of."""


class Rate(StrEnum):
    """How the learning rate goes with the batch size; at the middle one all are the same."""

    FIXED = "fixed rate"
    SQUARE_ROOT = "square-root rate"


def arm(workload: str, size: int, rate: Rate) -> Arm:
    """Return the trainings of one workload at one batch size and rate."""
    times = math.sqrt(size / MIDDLE) if rate is Rate.SQUARE_ROOT else 1.0
    course = constant(size, epochs=MANY, learning_rate=RATE_AT_MIDDLE * times, epochs_per_look=FEW)
    return Arm(workload, course, SEEDS_OF_PROBE if workload == RANDOM else SEEDS, first_seed=FIRST_SEED)


NEEDED = tuple(
    dict.fromkeys(
        arm(workload, size, rate)
        for workload in (CONTRASTIVE, SUPERVISED)
        for size in (SMALL, MIDDLE, LARGE)
        for rate in Rate
    )
)
BESIDE = tuple(arm(RANDOM, size, rate) for size in (SMALL, LARGE) for rate in Rate)


@dataclass(frozen=True)
class LargerBatch:
    """From the small to the large batch, after so many epochs each."""

    epochs: int
    rate: Rate

    def __str__(self) -> str:
        """Return what the gain is a difference of."""
        return f"accuracy at {LARGE} minus at {SMALL} after {self.epochs} epochs, {self.rate}"

    def ends(self, results: Results, workload: str) -> tuple[Accuracies, Accuracies]:
        """Return the accuracies at the small and at the large batch. Raises MissingPartError."""
        small, large = (results.of(arm(workload, size, self.rate)) for size in (SMALL, LARGE))
        return accuracies(small, self.epochs), accuracies(large, self.epochs)


@dataclass(frozen=True)
class MoreEpochs:
    """From few to many epochs, at one batch size."""

    size: int
    rate: Rate

    def __str__(self) -> str:
        """Return what the gain is a difference of."""
        return f"accuracy after {MANY} epochs minus after {FEW} at {self.size}, {self.rate}"

    def ends(self, results: Results, workload: str) -> tuple[Accuracies, Accuracies]:
        """Return the accuracies after few and after many epochs. Raises MissingPartError."""
        followed = results.of(arm(workload, self.size, self.rate))
        return accuracies(followed, FEW), accuracies(followed, MANY)


def accuracies(followed: Followed, epochs: int) -> Accuracies:
    """Return the probe's accuracy after so many epochs."""
    look = _LOOKS[epochs]
    quality, loss = (
        np.array([one[look] for one in curves], float)
        for curves in (followed.validation_quality, followed.validation_loss)
    )
    return np.where(np.isfinite(loss) & np.isfinite(quality), quality, np.nan)


def log_odds(given: Accuracies) -> Accuracies:
    """Return the logarithm of right over wrong: halving the errors counts as much near 1 as further off.

    Half a digit is added to both, so that it is finite where all are right.

    Source: Haldane 1956, doi 10.1111/j.1469-1809.1955.tb01285.x (the halves).
    """
    right = given * TEST_DIGITS
    return np.asarray(np.log((right + 0.5) / (TEST_DIGITS - right + 0.5)))

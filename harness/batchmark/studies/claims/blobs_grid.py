"""P's training at each batch size and each of ten learning rates: claims on rates and losses share it."""

from batchmark.studies.claims.blobs_arms import BY_BUDGET, SEEDS, SIZES
from batchmark.studies.claims.by_budget import Budget
from batchmark.studies.claims.target import Grid
from batchmark.studies.laboratory.parts import Arm, Timing
from batchmark.workloads.blobs import BLOBS

RATES = (0.000625, 0.00125, 0.0025, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32)
"""Each twice the one before, so that the linear rule from 0.01 at 32 is among them, at 8 and at 500 not at an edge."""
TUNING_SEEDS = 20
TARGET = 0.43
"""In nats, of validation loss: what P's own training at 32 ended with (its Table 1 has 0.4325)."""
HARDER = (0.41, 0.40)
"""Shown beside, where they are reached."""
TIMING = Timing(BLOBS.name, SIZES, turns=20)
"""The same part as that of claim 1."""


def arm(size: int, rate: float, budget: Budget = Budget.EPOCHS) -> Arm:
    """Return the trainings at a batch size and a rate, over P's 200 epochs or as many updates as 32 has in them."""
    return BY_BUDGET.arm(size, budget, rate)


def grid(size: int) -> Grid:
    """Return the trainings at a batch size, of which the last seeds choose the rate."""
    return Grid(size, tuple((rate, arm(size, rate)) for rate in RATES), SEEDS - TUNING_SEEDS)

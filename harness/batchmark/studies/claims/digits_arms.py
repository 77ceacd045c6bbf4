"""Trainings of digits-mlp at a small and at a large batch size: an equal arm is the same part to every claim."""

from dataclasses import replace

from batchmark.course import SHARPNESS, TRAINING_LOSS, Instrument
from batchmark.studies.claims.by_budget import Budget, ByBudget, Rate
from batchmark.studies.laboratory.parts import Arm, Tuned
from batchmark.workloads.digits_mlp import DIGITS_MLP

SMALL = DIGITS_MLP.reference_batch_size
LARGE = DIGITS_MLP.examples // 2
RATE = 0.001
"""The workload's own, of Adam."""
MARGIN = DIGITS_MLP.quality_margin
SEEDS = 48
"""Enough for the interval of a median accuracy to fit into the workload's margin."""
BOXES = (1e-3, 5e-4)
"""Keskar's two."""

_AT_THE_END = (
    *(Instrument(SHARPNESS, box=box, looks=(-1,)) for box in BOXES),
    Instrument(TRAINING_LOSS, looks=(-1,)),
)

BY_BUDGET = ByBudget(
    workload=DIGITS_MLP.name,
    examples=DIGITS_MLP.examples,
    rate=RATE,
    reference=SMALL,
    epochs=DIGITS_MLP.epochs,
    # Those that the small batch has in its epochs.
    updates=DIGITS_MLP.epochs * -(-DIGITS_MLP.examples // SMALL),
    seeds=SEEDS,
    factors=(1 / 4, 1 / 2, 1.0, 2.0, 4.0),
    tuning_seeds=5,
    epochs_per_look=1,
    looks=20,
)


def part(size: int, budget: Budget, rate: Rate) -> Arm | Tuned:
    """Return the trainings at a batch size, with sharpness and training loss looked at in the end."""
    plain = BY_BUDGET.part(size, budget, rate)
    if isinstance(plain, Tuned):
        return replace(plain, arm=replace(plain.arm, instruments=_AT_THE_END))
    return replace(plain, instruments=_AT_THE_END)


def sharpness_of(box: float) -> str:
    """Return the name of what the sharpness instrument finds in a box."""
    return f"{SHARPNESS}/{box:g}"

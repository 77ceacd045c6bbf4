"""P's trainings over many seeds, and those that vary what P kept: an equal arm is the same part to every claim."""

from batchmark.course import DISTANCE, Instrument
from batchmark.studies.claims.by_budget import Budget, ByBudget
from batchmark.studies.laboratory.parts import Arm
from batchmark.studies.ruler.paper import EPOCHS, TABLE_1
from batchmark.workloads.blobs import BLOBS

SEEDS = 100
RATE = 0.01
REFERENCE = BLOBS.reference_batch_size
FULL_BATCH = BLOBS.examples
SIZES = tuple(sorted(row.batch_size for row in TABLE_1))
"""P's ten."""
CEILING = 0.8224
"""The accuracy of Bayes' rule, which knows the blobs (`batchmark.analysis.bayes_ceiling`)."""
CEILING_NOTE = (f"Bayes' rule, which knows the blobs, has an accuracy of {CEILING}: no training learns to do better.",)

BY_BUDGET = ByBudget(
    workload=BLOBS.name,
    examples=BLOBS.examples,
    rate=RATE,
    reference=REFERENCE,
    epochs=EPOCHS,
    # Those that the reference has in P's 200 epochs.
    updates=EPOCHS * -(-BLOBS.examples // REFERENCE),
    seeds=SEEDS,
    factors=(1 / 8, 1 / 4, 1 / 2, 1.0, 2.0, 4.0, 8.0),
    tuning_seeds=10,
    # Claims on how curves look need each epoch of P's.
    epochs_per_look=1,
    looks=20,
    instruments=(Instrument(DISTANCE, looks=(*range(9, EPOCHS, 10), -1)),),
)


def papers(size: int) -> Arm:
    """Return P's training at a batch size: 0.01, but 0.001 at batch size 1, as its notebook has it."""
    rate = BLOBS.learning_rate_for(size)
    return BY_BUDGET.arm(size, Budget.EPOCHS, RATE if rate is None else rate)

"""Trainings made up by when they reach a loss."""

import numpy as np

from batchmark.studies.laboratory.parts import Arm
from batchmark.trainings import ALL_AT_ONCE, Followed
from claim_results_made import Values, looks_of

ABOVE, BELOW = 0.9, 0.2
"""What their validation loss is before, and from then on."""


def reaching(arm: Arm, updates: float | Values, *, diverged: int = 0, losses: Values | None = None) -> Followed:
    """Return trainings whose validation loss falls at the first look after so many updates, one number a seed.

    The first `diverged` of the seeds diverge in the end, having reached it. `losses`, one a seed, are those on fresh
    examples in the end; NaN of a training that diverged.
    """
    steps, examples = looks_of(arm)
    needed = np.broadcast_to(np.asarray(updates, float), (arm.seeds,))
    curves = tuple(map(tuple, np.where(np.array(steps) >= needed[:, None], BELOW, ABOVE).tolist()))
    ends = np.array(np.full(arm.seeds, BELOW) if losses is None else losses, float)
    ends[:diverged] = np.nan
    return Followed(
        seeds=arm.asked.seeds,
        steps=steps,
        examples=examples,
        training_loss=curves,
        validation_loss=curves,
        validation_quality=curves,
        fresh_loss=tuple(ends.tolist()),
        fresh_quality=tuple(np.where(np.isnan(ends), np.nan, 0.8).tolist()),
        observed={},
        method=ALL_AT_ONCE,
        seconds=1.0,
    )

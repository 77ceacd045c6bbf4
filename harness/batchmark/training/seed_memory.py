"""Whether what a seed comes to depends on the seeds before it: something that is kept where no variable shows it."""

import numpy as np
import tensorflow as tf

from batchmark.errors import WorkloadError
from batchmark.training.beside_fit import BesideFit
from batchmark.training.short_training import ShortTraining
from batchmark.training.single import Curves

_ROUNDING = 1e-3


def can_repeat(beside: BesideFit) -> bool:
    """Whether a training from the same seed has to end the same to the last digits, after whatever others.

    On a GPU sums are added up in any order, and random numbers of a graph go on from where they stopped.
    """
    return not beside.random_operations and not tf.config.list_physical_devices("GPU")


def require_no_memory(short: ShortTraining, seed: int, first: Curves, again: Curves) -> None:
    """Refuse a workload of which a `seed` that was trained first, and `again` after others, ends otherwise.

    Raises WorkloadError.
    """
    if np.allclose(first.fresh, again.fresh, rtol=_ROUNDING, atol=0.0, equal_nan=True):
        return
    (loss, quality), (loss_again, quality_again) = first.fresh.ravel(), again.fresh.ravel()
    message = (
        f"{short.line}: seed {seed}, trained once more after the others, ends with loss {loss_again:.6g} and quality "
        f"{quality_again:.6g}, and at first with {loss:.6g} and {quality:.6g}: something is counted or kept outside of "
        "the function that builds the model; make it inside"
    )
    raise WorkloadError(message)
